# SPDX-License-Identifier: Apache-2.0
"""Listening sockets: made, given their modes and groups, taken over from a service manager, and removed again."""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import socket
from pathlib import Path

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.RPC)

_BACKLOG = 1024
_PATH_MAX = 107
_FIRST_PASSED = 3


def listen_unix(path: Path, mode: int, group: str | None = None) -> socket.socket:
    """A listening socket at `path`. One that nobody answers at any more is replaced.

    Raises VIR_ERR_SYSTEM_ERROR where that fails, or where somebody answers there.
    """
    gid = -1 if group is None else _group_number(group)
    if len(os.fsencode(path)) > _PATH_MAX:
        raise _error.system(errno.ENAMETOOLONG, f"Path '{path}' too long for a UNIX socket of {_PATH_MAX} bytes")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(path)
        # Nobody gets in before the mode and the group are right.
        before = os.umask(0o177)
        try:
            sock.bind(str(path))
        finally:
            os.umask(before)
        os.chown(path, -1, gid)
        path.chmod(mode)
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise _error.system(error.errno or errno.EIO, f"Failed to bind socket to '{path}'") from error
    return sock


def _group_number(group: str) -> int:
    try:
        return int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    except KeyError:
        raise _error(ErrorNumber.CONF_SYNTAX, f"there is no group '{group}' for the sockets") from None


def _remove_stale(path: Path) -> None:
    """Remove a socket that a daemon left behind. Raises OSError where one still answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, contextlib.suppress(FileNotFoundError):
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def listen_tcp(address: str, port: int) -> list[socket.socket]:
    """Listening sockets at every address a name stands for; an empty name stands for all of the machine.

    Raises VIR_ERR_SYSTEM_ERROR.
    """
    found: list[socket.socket] = []
    where = f"{address or '*'} port {port}"
    try:
        infos = socket.getaddrinfo(address or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, place in infos:
            try:
                sock = socket.socket(family, kind, protocol)
            except OSError:
                # A family that this machine does not speak.
                continue
            found.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(place)
            sock.listen(_BACKLOG)
    except OSError as error:
        for sock in found:
            sock.close()
        raise _error.system(error.errno or errno.EIO, f"Unable to listen at {where}") from error
    if not found:
        raise _error.system(errno.EADDRNOTAVAIL, f"Unable to listen at {where}")
    return found


def passed_sockets() -> list[socket.socket]:
    """The listening sockets that a service manager has opened for us (sd_listen_fds(3)); none where it has not."""
    environment = {name: os.environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")}
    if environment["LISTEN_PID"] != str(os.getpid()) or not environment["LISTEN_FDS"].isdecimal():
        return []
    count = int(environment["LISTEN_FDS"])
    sockets = []
    for fd in range(_FIRST_PASSED, _FIRST_PASSED + count):
        os.set_inheritable(fd, False)
        sockets.append(socket.socket(fileno=fd))
    return sockets
