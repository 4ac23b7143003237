# SPDX-License-Identifier: Apache-2.0
"""What all API objects share: the reference they stand for, and the open connection they keep alive."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar, cast

from libvirt._errors import ErrorTuple, forget
from libvirt._values import uuid_text

if TYPE_CHECKING:
    from libvirt._connect import virConnect
    from libvirt._events import EventHub
    from manor.client.backend import Backend


class Link:
    """An open backend and the number of objects that use it; the last one closes it, as in libvirt.

    So a domain outlives its connection object, and closing the connection object says how many are left.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._events: EventHub | None = None
        self.last_error: ErrorTuple | None = None
        self._users = 0
        # Objects may be collected, and so release us, while this thread is acquiring: the lock is reentrant.
        self._lock = threading.RLock()

    def acquire(self) -> None:
        """One more user."""
        with self._lock:
            self._users += 1

    def release(self) -> int:
        """One user less; returns how many are left."""
        with self._lock:
            self._users -= 1
            left = self._users
        if not left:
            if self._events is not None:
                self._events.stop()
            self.backend.close()
        return left

    def hub(self) -> EventHub:
        """The connection's events, made on first use: many programs never ask for any."""
        from libvirt._events import EventHub

        with self._lock:
            if self._events is None:
                self._events = EventHub(self.backend)
            return self._events


class Handle:
    """An API object: `_o` is what it stands for on the connection, None once it is gone."""

    _o: Any = None
    _link: Link

    @property
    def _backend(self) -> Backend:
        """The connection, for a call of libvirt that begins now."""
        forget()
        return self._link.backend

    def _call(self, operation: str, *arguments: Any) -> Any:
        """Run an operation of the catalogue."""
        return self._backend.call(operation, *arguments)

    def _hub(self) -> EventHub:
        """The connection's events, for a call of libvirt that begins now."""
        forget()
        return self._link.hub()

    def c_pointer(self) -> int:
        """A number that identifies what this object stands for; there is no C object behind it."""
        return id(self._o)


class ConnectedObject(Handle):
    """An object that belongs to a connection."""

    _reference: ClassVar[type[Any]]
    """The type of `_o`."""

    def __init__(self, conn: Handle, _obj: object | None = None) -> None:
        if not isinstance(_obj, self._reference):
            raise Exception(f"Expected a wrapped C Object but got {type(_obj)}")
        self._conn = cast("virConnect", conn)
        self._o = _obj
        self._link = conn._link
        self._link.acquire()

    def __del__(self) -> None:
        if self._o is not None:
            self._o = None
            self._link.release()

    def connect(self) -> virConnect:
        """The connection this object came from."""
        return self._conn

    def _do(self, operation: str, *arguments: Any) -> int:
        """Run an operation on this object that returns nothing; 0, as in C."""
        self._call(operation, self._o, *arguments)
        return 0

    def _get(self, operation: str, *arguments: Any) -> Any:
        """Run an operation on this object and return what it returns."""
        return self._call(operation, self._o, *arguments)


class UniqueObject(ConnectedObject):
    """An object with a UUID."""

    def UUID(self) -> bytes:
        """The UUID as 16 bytes."""
        uuid: bytes = self._o.uuid
        return uuid

    def UUIDString(self) -> str:
        """The UUID in its usual form."""
        return uuid_text(self._o.uuid)


class NamedObject(UniqueObject):
    """An object with a name and a UUID."""

    def name(self) -> str:
        """The name."""
        name: str = self._o.name
        return name
