# SPDX-License-Identifier: Apache-2.0
"""A backend without a driver: it checks every call against the catalogue, and makes up results of the right type."""

from __future__ import annotations

import inspect
import itertools
import threading
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

from manor.client.backend import StreamHole, Wakeup
from manor.constants import ConnectCloseReason, StreamEventType
from manor.drivers.interface import Stream
from manor.drivers.interface.driver import FAMILIES, operations
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records import DomainRef, NetworkRef, NodeDeviceRef, SecretRef, StoragePoolRef
from manor.records.events import Event

DOM = DomainRef("web", bytes(range(16)), 7)
NET = NetworkRef("lan", bytes(range(16)))
POOL = StoragePoolRef("images", bytes(range(16)))
DEV = NodeDeviceRef("pci_0000_00_00_0")
SECRET = SecretRef(bytes(range(16)), 1, "/x")

error = reporter(ErrorDomain.TEST)


def made_up(hint: Any) -> Any:
    """A value of a type."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return made_up(typing.get_args(hint)[0])
    if origin is list:
        return [made_up(typing.get_args(hint)[0])]
    if origin is tuple:
        return tuple(made_up(one) for one in typing.get_args(hint))
    if hint in (type(None), None):
        return None
    if isinstance(hint, type) and issubclass(hint, tuple):
        return hint(*(made_up(one) for one in typing.get_type_hints(hint).values()))
    return {int: 3, str: "text", bytes: b"0123456789abcdef", bool: True, float: 1.5}[hint]


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a type."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return any(fits(value, one) for one in typing.get_args(hint))
    if origin is not None and issubclass(origin, Sequence):
        kinds = typing.get_args(hint)
        return isinstance(value, Sequence) and all(fits(one, kinds[0]) for one in value)
    if hint is Stream:
        return isinstance(value, FakeStream)
    if hint in (type(None), None):
        return value is None
    return isinstance(value, hint)


class FakeStream:
    """A stream whose two ends are lists."""

    def __init__(self) -> None:
        self.sent: list[bytes | int] = []
        self.incoming: list[bytes | int] = []
        self.ended = True
        self.state = ""
        self.room = 1 << 30

    def send(self, data: bytes, *, wait: bool) -> int | None:
        if self.room <= 0:
            return None
        self.sent.append(data[: self.room])
        return min(len(data), self.room)

    def send_hole(self, length: int) -> None:
        self.sent.append(length)

    def recv(self, size: int, *, wait: bool, stop_at_hole: bool = False) -> bytes | StreamHole | None:
        if not self.incoming:
            return b"" if self.ended else None
        first = self.incoming[0]
        if isinstance(first, int):
            return StreamHole(first) if stop_at_hole else bytes(self.recv_hole())
        self.incoming[:1] = [first[size:]] if len(first) > size else []
        return first[:size]

    def recv_hole(self) -> int:
        length = self.incoming.pop(0)
        assert isinstance(length, int)
        return length

    def finish(self) -> None:
        self.state = "finished"

    def abort(self) -> None:
        self.state = self.state or "aborted"

    def ready(self) -> StreamEventType:
        events = StreamEventType(0)
        if self.incoming or self.ended:
            events |= StreamEventType.READABLE
        if self.room > 0:
            events |= StreamEventType.WRITABLE
        return events


class FakeBackend:
    """Records calls; `answers` holds results or errors by operation, what is missing is made up."""

    def __init__(self, uri: str = "fake:///default", *, readonly: bool = False) -> None:
        self.uri = uri
        self.readonly = readonly
        self.closed_reason: ConnectCloseReason | None = None
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.answers: dict[str, Any] = {}
        self.subscriptions: dict[int, tuple[Any, Any]] = {}
        self.streams: list[FakeStream] = []
        self._events: list[tuple[int, Event]] = []
        self._wakeup: Wakeup | None = None
        self._numbers = itertools.count(100)
        self._lock = threading.Lock()

    def call(self, operation: str, *arguments: Any) -> Any:
        if self.closed_reason is not None:
            raise error(ErrorNumber.INVALID_CONN, "closed")
        function = getattr(FAMILIES[operations()[operation]], operation)
        hints = typing.get_type_hints(function)
        bound = inspect.signature(function).bind(None, *arguments)
        for name, value in list(bound.arguments.items())[1:]:
            assert fits(value, hints[name]), f"{operation}: {name} = {value!r} is no {hints[name]}"
        with self._lock:
            self.calls.append((operation, arguments))
        answer = self.answers.get(operation, made_up(hints["return"]))
        if isinstance(answer, ManorError):
            # A new one each time: an exception that was raised keeps the frames it went through.
            raise ManorError.from_fields(answer.fields())
        return answer(*arguments) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]

    def new_stream(self) -> FakeStream:
        self.streams.append(FakeStream())
        return self.streams[-1]

    def subscribe(self, key: tuple[str, int], reference: object | None = None) -> int:
        number = next(self._numbers)
        self.subscriptions[number] = (key, reference)
        return number

    def subscribe_monitor(self, event: str | None, flags: int, reference: object | None = None) -> int:
        return self.subscribe(("qemu_monitor", flags), (event, reference))

    def unsubscribe(self, subscription: int) -> None:
        del self.subscriptions[subscription]

    def publish(self, subscription: int, event: Event) -> None:
        self._events.append((subscription, event))
        self.wake()

    def wake(self) -> None:
        if self._wakeup is not None:
            self._wakeup()

    def take_events(self) -> list[tuple[int, Event]]:
        events, self._events = self._events, []
        return events

    def set_wakeup(self, wakeup: Wakeup | None) -> None:
        self._wakeup = wakeup

    def fileno(self) -> int:
        return -1

    def pump(self) -> None:
        return None

    def lib_version(self) -> int:
        return 9000000

    def is_encrypted(self) -> bool:
        return False

    def set_keepalive(self, interval: int, count: int) -> bool:
        return interval > 0

    def lose(self, reason: ConnectCloseReason) -> None:
        self.closed_reason = reason
        self.wake()

    def close(self) -> None:
        self.closed_reason = ConnectCloseReason.CLIENT
