# SPDX-License-Identifier: Apache-2.0
"""The daemon: its servers, its drivers, its start and its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

from manor.daemon.hypervisor import HypervisorService
from manor.daemon.server import Listener, Server
from manor.daemon.sockets import listen_unix
from manor.drivers.interface import Driver, DriverContext, DriverProvider, Identity, Session
from manor.drivers.registry import load_provider
from manor.errors import ErrorDomain, reporter
from manor.uri import ConnectURI

_error = reporter(ErrorDomain.NONE)
_log = logging.getLogger(__name__)


class Drivers:
    """The drivers' shared sides, each started when it is first needed."""

    def __init__(self, context: DriverContext) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._known: dict[str, DriverProvider] = {}

    async def provider(self, scheme: str) -> DriverProvider:
        """The driver of a URI scheme."""
        known = self._known.get(scheme)
        if known is not None:
            return known
        async with self._lock:
            if scheme not in self._known:
                self._known[scheme] = await load_provider(scheme, self._context)
            return self._known[scheme]

    async def open(self, name: str | None, identity: Identity, *, readonly: bool) -> Driver:
        """A driver's connection; no name means the daemon's own hypervisor."""
        if not name:
            name = "qemu:///system" if self._context.privileged else "qemu:///session"
        uri = ConnectURI.parse(name)
        provider = await self.provider(uri.driver)
        session = Session(name, identity, readonly)
        return await provider.open(uri, session)

    async def aclose(self) -> None:
        """Stop all drivers; guests that outlive their manager keep running."""
        while self._known:
            scheme, provider = self._known.popitem()
            try:
                await provider.aclose()
            except Exception:
                _log.exception("stopping the driver %s failed", scheme)


class Daemon:
    """manord in one object; `run` serves until it is told to stop."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Start, serve, stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        privileged = os.geteuid() == 0
        runtime = self.root / "run"
        runtime.mkdir(parents=True, exist_ok=True)
        context = DriverContext.below(self.root, privileged=privileged)
        drivers = Drivers(context)
        await drivers.provider("qemu")
        server = Server(
            "manord", lambda peer, identity, readonly: HypervisorService(peer, drivers, identity, readonly=readonly)
        )
        paths = {runtime / "manor-sock": False, runtime / "manor-sock-ro": True}
        for path, readonly in paths.items():
            server.listen(Listener(listen_unix(path, 0o777), readonly))
        print("ready", flush=True)
        await self._stop.wait()
        await server.aclose()
        await drivers.aclose()
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
