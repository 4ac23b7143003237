# SPDX-License-Identifier: Apache-2.0
"""Where the daemon can be reached: its listening sockets, made as configured or taken over from a service manager."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Container
from pathlib import Path

from manor.daemon.auth import AuthRules, check_mechanisms
from manor.daemon.paths import DaemonPaths
from manor.daemon.server import TCP, TLS, UNIX, Listener
from manor.daemon.settings import Settings
from manor.daemon.sockets import listen_tcp, listen_unix, passed_sockets
from manor.errors import ManorError
from manor.users import UserFile


class Front:
    """The listening sockets. `open` makes them, `configure` takes other settings as far as that is possible."""

    def __init__(self, paths: DaemonPaths, settings: Settings, *, libvirt: bool) -> None:
        self.listeners: list[Listener] = []
        self._paths = paths
        self._libvirt = libvirt
        self._settings = settings
        self._users = UserFile(settings.sasl.users or paths.configuration / "users")
        folder, self._prefix = paths.socket_names(libvirt=libvirt)
        self._folder = settings.unix.folder or folder
        self._made: list[Path] = []

    def open(self) -> None:
        """Take over the sockets that a service manager has made, or make those that are configured.

        Raises ManorError; what was made until then is closed by `close`.
        """
        passed = {str(sock.getsockname()): sock for sock in passed_sockets()}
        for sock in passed.values():
            self._take_over(sock)
        # A service manager knows nothing of libvirt's sockets: whoever asks for them means them beside those it made.
        if not passed or self._libvirt:
            self._open_unix(have=passed)
        self._open_tcp(have={listener.transport for listener in self.listeners})

    def _open_unix(self, have: Container[str]) -> None:
        unix, admin = self._settings.unix, self._settings.admin
        own = 0o777 if self._paths.privileged else 0o700
        wanted = [("-sock", own if unix.mode is None else unix.mode)]
        if unix.readonly:
            wanted.append(("-sock-ro", unix.readonly_mode if self._paths.privileged else own))
        if admin.listen:
            wanted.append(("-admin-sock", admin.mode))
        for suffix, mode in wanted:
            path = self._folder / f"{self._prefix}{suffix}"
            if str(path) in have:
                continue
            sock = listen_unix(path, mode, unix.group)
            self._made.append(path)
            self._add_unix(sock, suffix)

    def _add_unix(self, sock: socket.socket, suffix: str) -> None:
        if suffix == "-admin-sock":
            self.listeners.append(Listener(sock, UNIX, admin=True))
        else:
            readonly = suffix == "-sock-ro"
            self.listeners.append(Listener(sock, UNIX, readonly=readonly, auth=self._unix_rules(readonly=readonly)))

    def _open_tcp(self, have: set[int]) -> None:
        settings = self._settings
        for transport, section in ((TCP, settings.tcp), (TLS, settings.tls)):
            if section.listen and transport not in have:
                for address in section.address:
                    for sock in listen_tcp(address, section.port):
                        self._add_tcp(sock, transport)

    def _add_tcp(self, sock: socket.socket, transport: int) -> None:
        if transport == TCP:
            self.listeners.append(Listener(sock, TCP, auth=self._rules(self._settings.tcp.auth, protected=False)))
            return
        from manor.daemon.tls import TlsFront

        rules = self._rules(self._settings.tls.auth, protected=True)
        self.listeners.append(Listener(sock, TLS, auth=rules, tls=TlsFront(self._settings.tls)))

    def _take_over(self, sock: socket.socket) -> None:
        """What a passed socket is for follows from its name or port."""
        if sock.family == socket.AF_UNIX:
            name = str(sock.getsockname())
            suffix = next((one for one in ("-admin-sock", "-sock-ro") if name.endswith(one)), "-sock")
            self._add_unix(sock, suffix)
        else:
            self._add_tcp(sock, TLS if sock.getsockname()[1] == self._settings.tls.port else TCP)

    # Authentication

    def _unix_rules(self, *, readonly: bool) -> AuthRules:
        unix = self._settings.unix
        if readonly:
            return self._rules(unix.readonly_auth, protected=True, action="monitor")
        return self._rules(unix.auth or ("polkit" if self._paths.privileged else "none"), protected=True)

    def _rules(self, method: str, *, protected: bool, action: str = "manage") -> AuthRules:
        settings = self._settings
        if method == "sasl":
            check_mechanisms(settings.sasl.mechanisms)
        return AuthRules(
            method,
            f"{settings.polkit.actions}.{action}",
            settings.polkit.timeout,
            tuple(settings.sasl.mechanisms),
            self._users,
            tuple(settings.sasl.allowed_users),
            protected,
        )

    def configure(self, settings: Settings) -> None:
        """Take other certificates, users and rules for those who come from now on; sockets stay as they are.

        Raises ManorError where something cannot be used; nothing changes then.
        """
        before, self._settings = self._settings, settings
        try:
            rules = [None if listener.admin else self._rules_for(listener) for listener in self.listeners]
            for listener in self.listeners:
                if listener.tls is not None:
                    listener.tls.update(settings.tls)
        except ManorError:
            self._settings = before
            raise
        self._users.path = settings.sasl.users or self._paths.configuration / "users"
        for listener, rule in zip(self.listeners, rules, strict=True):
            listener.auth = rule

    def _rules_for(self, listener: Listener) -> AuthRules:
        if listener.transport == UNIX:
            return self._unix_rules(readonly=listener.readonly)
        section = self._settings.tcp if listener.transport == TCP else self._settings.tls
        return self._rules(section.auth, protected=listener.transport == TLS)

    def close(self) -> None:
        """Close what is still open, and remove the sockets that were made here."""
        for listener in self.listeners:
            listener.sock.close()
        self.listeners.clear()
        for path in self._made:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
        self._made.clear()
