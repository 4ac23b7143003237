# SPDX-License-Identifier: Apache-2.0
"""The test driver: every kind of object in memory, nothing on the host.

`test:///default` has the objects libvirt's own test driver shows; connections of one process share them for as long
as one is open. `test:///FILE.xml` reads a description of a node; each connection has that node for itself. Programs
are tested against this driver, so states, numbers, events and refusals are those of libvirt 9.0.0's. What its driver
does not implement answers VIR_ERR_NO_SUPPORT by inheritance.
"""

from __future__ import annotations

from manor.drivers.interface import DriverContext, DriverProvider

__all__ = ["provide"]


async def provide(context: DriverContext) -> DriverProvider:
    """The shared side of the driver; nothing is kept between two of them."""
    from manor.drivers.test.provider import TestProvider

    return TestProvider()
