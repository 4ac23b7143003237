# SPDX-License-Identifier: Apache-2.0
"""The QEMU driver's provider, and what one connection to it gets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from manor.drivers.interface import Driver, DriverContext, Session
from manor.drivers.qemu import definitions, recovery
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.ops import QemuDomainFamily, QemuHostFamily
from manor.drivers.qemu.paths import DriverPaths
from manor.drivers.qemu.probe import CapsCache
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.storage import life as storage_life
from manor.storage.family import StorageOperations
from manor.store.sqlite import SqliteStore
from manor.system.host import Host
from manor.uri import ConnectURI

_error = reporter(ErrorDomain.NONE)

PATHS = ("/system", "/session", "/embed")


FAMILIES: Final = {"host": QemuHostFamily, "domain": QemuDomainFamily, "storage": StorageOperations}
"""What this driver serves."""


class QemuDriver(Driver):
    """A connection to QEMU."""

    name = "QEMU"


class QemuProvider:
    """The driver's shared side: one per daemon, or per embedded root in a process."""

    def __init__(self, core: QemuCore) -> None:
        self.core = core

    async def open(self, uri: ConnectURI, session: Session) -> QemuDriver:
        """Serve a connection; a system daemon serves /system, a user's /session, the embedded one /embed."""
        if uri.path not in PATHS:
            raise _error(
                ErrorNumber.INTERNAL_ERROR,
                f"unexpected qemu URI path '{uri.path}', try {self._usual_uri()}",
            )
        core = self.core
        return QemuDriver(
            session,
            core.events,
            host=QemuHostFamily(session, core),
            domain=QemuDomainFamily(session, core),
            storage=StorageOperations(session, core.storage),
        )

    def _usual_uri(self) -> str:
        return "qemu:///system" if self.core.context.privileged else "qemu:///session"

    async def aclose(self) -> None:
        """Let go of every guest, leaving it running, and of the store."""
        await self.core.cancel_tasks()
        for guest in self.core.guests:
            if guest.running is not None:
                recovery.leave(self.core, guest, guest.running)
        await self.core.cancel_tasks()
        await self.core.storage.aclose()
        self.core.store.close()


async def provide(context: DriverContext) -> QemuProvider:
    """Start the driver: open the store, take in definitions, find running guests again, start those marked for it.

    Raises VIR_ERR_OPERATION_INVALID naming the other process when the root is in use.
    """
    paths = DriverPaths(context)
    paths.make()
    context.state.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(context.state / "manor.db")
    with contextlib.ExitStack() as undo:
        undo.callback(store.close)
        core = QemuCore(context, paths, store, Host(), CapsCache(paths.capabilities))
        definitions.load(core)
        await asyncio.gather(storage_life.recover(core.storage), recovery.recover(core))
        undo.pop_all()
    recovery.autostart(core)
    return QemuProvider(core)
