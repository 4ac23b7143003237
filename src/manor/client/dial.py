# SPDX-License-Identifier: Apache-2.0
"""From a URI to a connected byte stream, over every transport. Blocking; the asyncio shell calls it in a thread.

Each transport's own matters are in its module: `sockets` (which UNIX socket), `tls`, `ssh`, `libssh`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from importlib import import_module

from manor.client import sockets
from manor.client.link import Link, ProgramLink, UnixLink
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.uri import ConnectURI, Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from manor.client.credentials import Credentials

_error = reporter(ErrorDomain.RPC)


def dial(uri: ConnectURI, credentials: Credentials, *, readonly: bool = False) -> Link:
    """Connect to the daemon a URI means.

    Raises ManorError: VIR_ERR_SYSTEM_ERROR with the reason where nobody answers, and what the transports have of
    their own.
    """
    dialler = _DIALLERS[uri.effective_transport]
    return dialler(uri, credentials, readonly)


def _unix(uri: ConnectURI, credentials: Credentials, readonly: bool) -> Link:
    path = sockets.choose(uri, readonly=readonly)
    try:
        return UnixLink(connect_unix(path), protected=True)
    except ManorError:
        if not _may_start_daemon(uri):
            raise
    return UnixLink(import_module("manor.client.autostart").start_session_daemon(path), protected=True)


def _may_start_daemon(uri: ConnectURI) -> bool:
    """Whether a user's own daemon may be started for this connection, as libvirt's clients do."""
    return (
        sockets.is_session(uri)
        and os.geteuid() != 0
        and "socket" not in uri.parameters
        and os.environ.get("LIBVIRT_AUTOSTART", "1") not in ("0", "")
    )


def connect_unix(path: str) -> socket.socket:
    """A connected UNIX socket. Raises VIR_ERR_SYSTEM_ERROR."""
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.connect(path)
    except OSError as error:
        sock.close()
        # A path that is too long has no errno.
        raise _error.system(error.errno or errno.ENAMETOOLONG, f"Failed to connect socket to '{path}'") from error
    return sock


def connect_tcp(host: str, port: int) -> socket.socket:
    """A connected TCP socket; every address of the host is tried. Raises VIR_ERR_SYSTEM_ERROR."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        reason = f"Unable to resolve address '{host}' service '{port}': {error.strerror}"
        raise _error(ErrorNumber.SYSTEM_ERROR, reason) from error
    failure = OSError(errno.ECONNREFUSED, "")
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise _error.system(failure.errno or errno.EIO, f"unable to connect to server at '{host}:{port}'") from failure


def _tcp(uri: ConnectURI, credentials: Credentials, readonly: bool) -> Link:
    return Link(connect_tcp(*_address(uri)), protected=False)


def _tls(uri: ConnectURI, credentials: Credentials, readonly: bool) -> Link:
    tls = import_module("manor.client.tls")
    host, port = _address(uri)
    context = tls.client_context(uri)
    link: Link = tls.start(connect_tcp(host, port), context, host)
    return link


def _address(uri: ConnectURI) -> tuple[str, int]:
    return uri.host or "localhost", uri.effective_port or 0


def _ssh(uri: ConnectURI, credentials: Credentials, readonly: bool) -> Link:
    return spawn(import_module("manor.client.ssh").command(uri, readonly=readonly))


def _libssh(uri: ConnectURI, credentials: Credentials, readonly: bool) -> Link:
    link: Link = import_module("manor.client.libssh").connect(uri, credentials, readonly=readonly)
    return link


def _ext(uri: ConnectURI, credentials: Credentials, readonly: bool) -> Link:
    return spawn([uri.parameters["command"]])


def spawn(argv: Sequence[str]) -> Link:
    """A program that speaks for the daemon on its input and output. Raises VIR_ERR_SYSTEM_ERROR."""
    import subprocess

    ours, theirs = socket.socketpair()
    with contextlib.closing(theirs):
        try:
            process = subprocess.Popen(argv, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.PIPE)
        except OSError as error:
            ours.close()
            raise _error.system(error.errno or errno.ENOENT, f"Cannot run '{argv[0]}'") from error
    return ProgramLink(process, ours)


_DIALLERS: dict[Transport, Callable[[ConnectURI, Credentials, bool], Link]] = {
    Transport.UNIX: _unix,
    Transport.TCP: _tcp,
    Transport.TLS: _tls,
    Transport.SSH: _ssh,
    Transport.LIBSSH: _libssh,
    Transport.LIBSSH2: _libssh,
    Transport.EXT: _ext,
}
