# SPDX-License-Identifier: Apache-2.0
"""The QEMU driver: guest actors, the QMP monitor, the guest agent, probing and command building.

Document rules shared with other drivers live in ``schema`` and the services, not here. `provide` is what the registry
of drivers calls; it imports the rest when a connection asks for it.
"""

from __future__ import annotations

from manor.drivers.interface import DriverContext, DriverProvider


async def provide(context: DriverContext) -> DriverProvider:
    """Start the driver in the folders of `context`; see `manor.drivers.qemu.driver.provide`."""
    from manor.drivers.qemu.driver import provide as start

    return await start(context)
