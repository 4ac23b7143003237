# SPDX-License-Identifier: Apache-2.0
"""The daemon: its servers and drivers, its start, its reload and its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from manor.daemon import systemd
from manor.daemon.access import AccessPolicy
from manor.daemon.admin import AdminService
from manor.daemon.audit import Audit
from manor.daemon.auth import Authentication
from manor.daemon.config import ConfigError, load
from manor.daemon.drivers import Drivers
from manor.daemon.front import Front
from manor.daemon.hypervisor import HypervisorService
from manor.daemon.identity import forget_names
from manor.daemon.logs import Log, default_outputs
from manor.daemon.options import Options
from manor.daemon.paths import CONFIGURATION, DaemonPaths
from manor.daemon.peer import Peer
from manor.daemon.pidfile import PidFile
from manor.daemon.server import Client, Server
from manor.daemon.settings import LimitSettings, Settings
from manor.errors import ManorError

_log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that calls under way get to end by themselves when the daemon stops."""


class Daemon:
    """manord in one object: made with what is known before it starts, then `run`."""

    def __init__(self, options: Options) -> None:
        """Read the configuration and begin to log. Raises ConfigError, ManorError."""
        self.options = options
        self.paths = DaemonPaths.choose(options.root)
        self.settings = self._load()
        # Logs may be configured to be in one of the folders.
        self.paths.make()
        self.log = Log()
        self._apply_log()
        self.policy = AccessPolicy(self.settings.access)
        self.servers: Mapping[str, Server] = {}
        self._timeout = options.timeout
        self._idle: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def _load(self) -> Settings:
        chosen = self.options.config
        return load(chosen or self.paths.configuration / CONFIGURATION, required=chosen is not None)

    def _apply_log(self) -> None:
        log = self.settings.log
        level = "debug" if self.options.verbose else log.level
        outputs = log.outputs or default_outputs(level, foreground=self.options.foreground)
        self.log.apply(level, log.filters, outputs)

    def _audit_file(self) -> Path:
        return self.settings.audit.file or self.paths.logs / "audit.log"

    # Start

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until told to stop; `ready()` is called once clients are answered. Raises ManorError."""
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with contextlib.AsyncExitStack() as undo:
            pid_file = PidFile(self.options.pid_file or self.paths.runtime / "manord.pid")
            undo.callback(pid_file.release)
            self._watch_signals(undo)
            self._front = Front(self.paths, self.settings, libvirt=self.options.libvirt_sockets)
            undo.callback(self._front.close)
            self.audit = Audit(self.settings.audit.record, self._audit_file())
            undo.callback(self.audit.close)
            self.drivers = Drivers(self.paths, self.settings.of_drivers())
            undo.push_async_callback(self.drivers.aclose)
            # Clients may connect from here on; they wait until the drivers have found their guests.
            self._front.open()
            await self.drivers.start()
            self._serve()
            undo.push_async_callback(self._close_servers)
            ready()
            systemd.notify(f"READY=1\nSTATUS=serving {', '.join(self.servers)}")
            self._became_idle()
            await self._stop.wait()
            systemd.notify("STOPPING=1")

    def _serve(self) -> None:
        name = "libvirtd" if self.options.libvirt_sockets else "manord"
        settings = self.settings
        main = Server(name, self._hypervisor_service, settings.limits, settings.keepalive, self._became_idle)
        admin = Server("admin", self._admin_service, _admin_limits(settings), settings.admin.keepalive)
        self.servers = {name: main, "admin": admin}
        for listener in self._front.listeners:
            (admin if listener.admin else main).listen(listener)
        for server in self.servers.values():
            server.accept_clients()

    def _hypervisor_service(self, client: Client) -> HypervisorService:
        rules = client.listener.auth
        assert rules is not None  # noqa: S101 - only the admin's listener has none
        auth = Authentication(rules, client.identity, partial(self.audit.authentication, client.number, client.address))
        return HypervisorService(client.peer, self, auth, readonly=client.readonly)

    def authenticated(self, peer: Peer) -> None:
        """A client of the main server has shown who it is."""
        client = self._main.clients.get(peer.number)
        if client is not None:
            self._main.authenticated(client)

    def _admin_service(self, client: Client) -> AdminService:
        return AdminService(client.peer, client, self)

    @property
    def _main(self) -> Server:
        return next(iter(self.servers.values()))

    # Signals, reload, idleness

    def _watch_signals(self, undo: contextlib.AsyncExitStack) -> None:
        handlers: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGTERM: self.shut_down,
            signal.SIGINT: self.shut_down,
            signal.SIGHUP: self.reload,
        }
        for number, handler in handlers.items():
            self._loop.add_signal_handler(number, handler)
            undo.callback(self._loop.remove_signal_handler, number)

    def shut_down(self) -> None:
        """Stop, leaving guests running."""
        self._stop.set()

    def reload(self) -> None:
        """Read the configuration again; where it is wrong, everything stays as it was."""
        systemd.notify("RELOADING=1")
        try:
            settings = self._load()
            policy = AccessPolicy(settings.access)
            self._front.configure(settings)
        except (ConfigError, ManorError) as error:
            _log.error("the configuration stays as it was: %s", error)
        else:
            self.settings, self.policy = settings, policy
            forget_names()
            self._reopen_logs()
            main, admin = self.servers.values()
            main.configure(settings.limits, settings.keepalive)
            admin.configure(_admin_limits(settings), settings.admin.keepalive)
            for server in (main, admin):
                server.workers.next()
                server.accept_clients()
            _log.info("the configuration was read again")
        systemd.notify("READY=1")

    def _reopen_logs(self) -> None:
        """Log as configured now; the files are opened again by their names, since somebody may have moved them."""
        try:
            self._apply_log()
            self.audit.configure(self.settings.audit.record, self._audit_file())
        except (ManorError, OSError) as error:
            _log.error("the logs stay as they were: %s", error)

    def update_tls(self, server: Server) -> bool:
        """Read the certificates again; False where nobody listens for TLS."""
        fronts = [listener.tls for listener in server.listeners if listener.tls is not None]
        for front in fronts:
            front.update()
        return bool(fronts)

    def set_timeout(self, seconds: int) -> None:
        """Stop after so many seconds without a client; 0 means never."""
        self._timeout = seconds
        self._became_idle()

    def _became_idle(self) -> None:
        """Nobody is connected, at this moment at least."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._timeout and not self._main.clients:
            self._idle = self._loop.call_later(self._timeout, self._idle_for_long)

    def _idle_for_long(self) -> None:
        if not self._main.clients:
            self._spawn(self._stop_unless_busy(), "end of idleness")

    async def _stop_unless_busy(self) -> None:
        """Stop, unless there are guests to watch over."""
        if await self.drivers.busy():
            self._became_idle()
        elif not self._main.clients:
            _log.info("no client for %d seconds: stopping", self._timeout)
            self.shut_down()

    def _spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        task = self._loop.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close_servers(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(server.aclose(PATIENCE) for server in self.servers.values()))


def _admin_limits(settings: Settings) -> LimitSettings:
    """The admin server's limits: its own where it has some; nobody is anonymous there."""
    admin = settings.admin
    return LimitSettings(
        clients=admin.clients, requests=admin.requests, anonymous_clients=admin.clients, priority_workers=0
    )
