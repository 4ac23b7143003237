# SPDX-License-Identifier: Apache-2.0
"""virConnect, one module per family of objects, and the functions that open one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from libvirt import _loop
from libvirt._api import UInt32, api, call_guarded
from libvirt._connect.domains import DomainConnect
from libvirt._connect.events import EventConnect
from libvirt._connect.host import HostConnect
from libvirt._connect.networks import InterfaceConnect, NetworkConnect, NWFilterConnect
from libvirt._connect.nodedevs import NodeDeviceConnect
from libvirt._connect.storage import SecretConnect, StorageConnect
from libvirt._errors import ErrorTuple
from libvirt._handle import Link
from libvirt._stream import StreamReference, virStream
from manor.client import open_backend
from manor.client.backend import Credential
from manor.constants import LIBVIR_VERSION_NUMBER, ConnectFlags
from manor.errors import ErrorDomain, ErrorNumber, reporter

__all__ = ["getVersion", "open", "openAuth", "openReadOnly", "virConnect"]

_auth_error = reporter(ErrorDomain.AUTH)

# virConnGetLastError of a connection that had none.
_NO_ERROR: ErrorTuple = (0, 0, None, 0, None, None, None, 0, 0)


class virConnect(
    HostConnect,
    DomainConnect,
    NetworkConnect,
    StorageConnect,
    NodeDeviceConnect,
    InterfaceConnect,
    NWFilterConnect,
    SecretConnect,
    EventConnect,
):
    """A connection to a hypervisor."""

    def __init__(self, _obj: object | None = None) -> None:
        if not isinstance(_obj, Link):
            raise Exception(f"Expected a wrapped C Object but got {type(_obj)}")
        super().__init__()
        self._o = self._link = _obj
        _obj.acquire()

    def __del__(self) -> None:
        if self._o is not None:
            self._o = None
            self._link.release()

    def __enter__(self) -> virConnect:
        return self

    def __exit__(
        self,
        exc_type_: type[BaseException] | None,
        exc_value_: BaseException | None,
        traceback_: TracebackType | None,
    ) -> None:
        self.close()

    @api("virConnectClose")
    def close(self) -> int:
        """Let the connection go; returns 1 when other objects still keep it open."""
        self._o = None
        return int(self._link.release() > 0)

    @api("virStreamNew")
    def newStream(self, flags: UInt32 = 0) -> virStream:
        """A new stream; with VIR_STREAM_NONBLOCK it never waits."""
        return virStream(self, StreamReference(self._backend.new_stream(), flags))

    def virConnGetLastError(self) -> ErrorTuple:
        """The last error of this connection, all zero where there was none."""
        return self._link.last_error or _NO_ERROR

    def virConnResetLastError(self) -> None:
        """Forget the last error of this connection."""
        self._link.last_error = None


class _ProgramAuthenticator:
    """Asks the program's callback, as openAuth was given it."""

    def __init__(self, auth: Sequence[Any]) -> None:
        self.credential_types: Sequence[int] = list(auth[0] or ())
        self._callback: Callable[[list[list[Any]], Any], int] | None = auth[1]
        self._opaque = auth[2] if len(auth) > 2 else None

    def ask(self, credentials: Sequence[Credential]) -> list[str | None]:
        """Put the questions in lists, whose fifth place the callback fills."""
        if self._callback is None:
            raise _auth_error(ErrorNumber.AUTH_FAILED, "No authentication callback available")
        questions: list[list[Any]] = [
            [int(one.type), one.prompt, one.challenge, one.default, None] for one in credentials
        ]
        if self._callback(questions, self._opaque) < 0:
            raise _auth_error(ErrorNumber.AUTH_FAILED, "Failed to collect auth credentials")
        return [question[4] for question in questions]


def _open(function: str, name: str | None, *, readonly: bool = False, **options: Any) -> virConnect:
    if name is not None and not isinstance(name, str):
        raise TypeError(f"{function}() argument 1 must be str or None, not {type(name).__name__}")
    link = Link(call_guarded(function, lambda: open_backend(name, readonly=readonly, **options)))
    conn = virConnect(link)
    if _loop.current() is not None:
        # With an event loop the connection notices its end by itself, whether events are asked for or not.
        link.hub().start()
    return conn


def open(name: str | None = None) -> virConnect:
    """Connect to the hypervisor of a URI, or to the default one."""
    return _open("virConnectOpen", name)


def openReadOnly(name: str | None = None) -> virConnect:
    """Connect without the right to change anything."""
    return _open("virConnectOpenReadOnly", name, readonly=True)


def openAuth(uri: str | None, auth: Sequence[Any] | None, flags: int = 0) -> virConnect:
    """Connect, answering questions: `auth` is [credential types, callback(credentials, opaque), opaque].

    Each credential is a list [VIR_CRED_* type, prompt, challenge, default, answer], of which the callback sets the
    last; it returns 0, or -1 to give up. VIR_CONNECT_RO in `flags` asks for a read-only connection.
    """
    authenticator = None if auth is None else _ProgramAuthenticator(auth)
    readonly = bool(flags & ConnectFlags.RO)
    aliases = not flags & ConnectFlags.NO_ALIASES
    return _open("virConnectOpenAuth", uri, readonly=readonly, auth=authenticator, aliases=aliases)


def getVersion(name: str | None = None) -> int | tuple[int, int]:
    """The version of libvirt this module is; with a driver's name a pair of it and the driver's."""
    version = LIBVIR_VERSION_NUMBER
    return version if name is None else (version, version)
