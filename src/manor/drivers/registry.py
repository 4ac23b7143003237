# SPDX-License-Identifier: Apache-2.0
"""Which package serves which URI scheme in process. Packages are imported when a connection asks for them.

The remote driver is not here: whether a URI is served in process or by a daemon is the caller's decision (see
`manor.client`), since one scheme can be both (`qemu:///embed?root=…` and `qemu:///system`).
"""

from __future__ import annotations

from importlib import import_module

from manor.drivers.interface import DriverContext, DriverProvider
from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.NONE)

PROVIDERS: dict[str, str] = {
    "test": "manor.drivers.test",
    "qemu": "manor.drivers.qemu",
}
"""URI scheme to the package whose coroutine `provide(context)` makes the driver's shared side."""


async def load_provider(scheme: str, context: DriverContext) -> DriverProvider:
    """Import and start the driver of a scheme.

    Raises VIR_ERR_NO_CONNECT for a scheme no package serves, and whatever the driver's own start-up raises.
    """
    package = PROVIDERS.get(scheme)
    if package is None:
        raise _error(ErrorNumber.NO_CONNECT, f"{scheme}:///")
    provider: DriverProvider = await import_module(package).provide(context)
    return provider
