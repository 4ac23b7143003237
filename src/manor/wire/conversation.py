# SPDX-License-Identifier: Apache-2.0
"""The client's side of a connection without input and output: calls, replies, events, streams, subscriptions.

The tables of events are loaded with the first event or subscription: most commands have neither.

A shell sends the bytes it is given and hands in what it receives. Replies go to the waiters of their calls, by serial;
stream packets to their streams; events are queued with the subscription that asked for them. Nothing here waits, so
events can never hold up a reply.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.wire.errors import DecodeError, FrameError, WireError
from manor.wire.exchanges import Steps, ask
from manor.wire.frame import (
    CALL,
    CALL_WITH_FDS,
    ERROR,
    MAX_LENGTH,
    MESSAGE,
    OK,
    REPLY,
    REPLY_WITH_FDS,
    STREAM,
    STREAM_HOLE,
    Framer,
    Packet,
    procedure_frame,
)
from manor.wire.keepalive import PING, PONG, keepalive_frame
from manor.wire.programs import KEEPALIVE, PROGRAMS, REMOTE, Procedure
from manor.wire.remote_error import decode_error
from manor.wire.stream import ClientStreamCore

if TYPE_CHECKING:
    from manor.records.events import Event
    from manor.wire.events import EventCodec, EventKey

_error = reporter(ErrorDomain.RPC)

ORPHANS_MAX = 1000
"""Events kept for a registration whose reply has not come yet."""


class Waiter(Protocol):
    """Who waits for a reply; exactly one of the methods is called, once."""

    def resolve(self, packet: Packet) -> None: ...

    def fail(self, error: ManorError) -> None: ...


class _Call(NamedTuple):
    procedure: Procedure
    waiter: Waiter


class Registered(NamedTuple):
    """A subscription that the peer knows by `callback_id`."""

    key: EventKey
    callback_id: int


class Conversation:
    """The state of one connection to a daemon, from its first byte to its last."""

    def __init__(self, max_length: int = MAX_LENGTH) -> None:
        self.framer = Framer(max_length)
        self.events: deque[tuple[int, Event]] = deque()
        """Events with their subscription's number, in the order of arrival."""
        self.noticed = False
        """Whether something came that is no reply: events, stream data, the end. Whoever acts on it takes it back."""
        self.remote_close_reason: int | None = None
        """Why the daemon says its own connection to the hypervisor ended (virConnectCloseReason)."""
        self.streams: dict[int, ClientStreamCore] = {}
        self.outgoing: list[bytes] = []
        """Answers to the peer's pings, for the shell to send."""
        self.subscriptions: dict[int, Registered] = {}
        self._calls: dict[int, _Call] = {}
        self._serial = 0
        self._last_subscription = -1
        self._by_callback: dict[tuple[str, int], list[int]] = {}
        self._registering = 0
        self._orphans: list[tuple[str, int, Event]] = []

    # Calls

    def call(self, procedure: Procedure, payload: bytes, waiter: Waiter, fds: int = 0) -> tuple[int, bytes]:
        """The serial and the bytes of a call, whose reply goes to `waiter`. Raises FrameError for what is too long."""
        self._serial = serial = (self._serial + 1) & 0xFFFFFFFF
        kind = CALL_WITH_FDS if fds else CALL
        data = procedure_frame(procedure, kind, serial, OK, payload, fds)
        self._calls[serial] = _Call(procedure, waiter)
        return serial, data

    def ask_for_end(self) -> bytes:
        """The call that has the daemon tell when its own connection to the hypervisor ends; its answer is nobody's."""
        procedure = REMOTE.named("connect_register_close_callback")
        assert procedure is not None  # noqa: S101 - it is in the table
        return self.call(procedure, b"", _Nobody())[1]

    def forget(self, serial: int) -> None:
        """Nobody waits for this reply any more; when it comes it is dropped."""
        call = self._calls.get(serial)
        if call is not None:
            self._calls[serial] = call._replace(waiter=_Nobody())

    @property
    def waiting(self) -> bool:
        """Whether a reply is still to come."""
        return bool(self._calls)

    def open_stream(self, procedure: Procedure, serial: int) -> ClientStreamCore:
        """The stream that the call with this serial opens; to be made before its reply can come."""
        stream = self.streams[serial] = ClientStreamCore(procedure, serial)
        return stream

    def drop_stream(self, serial: int) -> None:
        """Whatever still comes of this stream is dropped."""
        self.streams.pop(serial, None)

    # What comes in

    def receive(self, data: bytes, fds: tuple[int, ...] = ()) -> None:
        """Take bytes and the descriptors that came with them.

        Raises ManorError where the peer breaks the protocol; the connection is then of no more use.
        """
        try:
            packets = self.framer.receive(data, fds)
        except FrameError as error:
            raise _error(ErrorNumber.RPC, str(error)) from error
        for packet in packets:
            kind = packet.type
            if kind in (REPLY, REPLY_WITH_FDS):
                self._reply(packet)
            elif kind in (STREAM, STREAM_HOLE):
                self._stream(packet)
            elif kind == MESSAGE:
                self._message(packet)
            else:
                raise _error(
                    ErrorNumber.RPC,
                    f"got unexpected RPC call prog {packet.program} vers {packet.version} "
                    f"proc {packet.procedure} type {packet.type}",
                )

    def _reply(self, packet: Packet) -> None:
        call = self._calls.pop(packet.serial, None)
        if call is None:
            raise _error(
                ErrorNumber.RPC,
                f"no call waiting for reply with prog {packet.program} vers {packet.version} serial {packet.serial}",
            )
        if packet.status == ERROR:
            # A call that fails opens no stream.
            self.streams.pop(packet.serial, None)
            call.waiter.fail(decode_error(packet.payload))
        else:
            call.waiter.resolve(packet)

    def _stream(self, packet: Packet) -> None:
        stream = self.streams.get(packet.serial)
        if stream is None:
            # Sent before the peer knew that we are through with it.
            return
        self.noticed = True
        try:
            stream.receive(packet)
        except DecodeError:
            stream.fail(unreadable())
        if stream.over:
            del self.streams[packet.serial]

    def _message(self, packet: Packet) -> None:
        if packet.program == KEEPALIVE.number:
            if packet.procedure == PING:
                self.outgoing.append(keepalive_frame(PONG))
            return
        from manor.wire.events import event_codec

        program = PROGRAMS.get(packet.program)
        procedure = program.find(packet.procedure) if program is not None else None
        codec = event_codec(procedure) if procedure is not None else None
        if codec is not None:
            self._event(codec, packet.payload)

    def _event(self, codec: EventCodec, payload: bytes) -> None:
        from manor.records.events import ConnectionClosedEvent
        from manor.wire.events import key_of

        try:
            callback_id, event = codec.decode(payload)
        except DecodeError:
            # libvirt drops an event it cannot read; the next one may be sound.
            return
        if isinstance(event, ConnectionClosedEvent):
            self.remote_close_reason = event.reason
            self.noticed = True
            return
        if callback_id is None:
            return
        kind = key_of(event)[0]
        numbers = self._by_callback.get((kind, callback_id))
        if numbers is not None:
            self.events.extend((number, event) for number in numbers)
            self.noticed = True
        elif self._registering and len(self._orphans) < ORPHANS_MAX:
            self._orphans.append((kind, callback_id, event))

    def fail(self, error: ManorError) -> None:
        """The connection is lost: everybody who waits is told."""
        self.noticed = True
        calls, self._calls = self._calls, {}
        for call in calls.values():
            call.waiter.fail(error)
        streams, self.streams = self.streams, {}
        for stream in streams.values():
            stream.fail(error)

    # Subscriptions

    def subscribe(self, key: EventKey, reference: Any = None, number: int | None = None) -> Steps[int]:
        """Ask the peer for events; gives the subscription's number, a new one unless `number` is given."""
        from manor.wire.events import REGISTRATIONS

        kind, event_id = key
        return self._register(key, number, REGISTRATIONS[kind].register, event_id, reference)

    def subscribe_monitor(
        self, event: str | None, flags: int, reference: Any = None, number: int | None = None
    ) -> Steps[int]:
        """Ask the peer for raw QMP events."""
        from manor.wire.events import MONITOR_KEY, REGISTRATIONS

        return self._register(MONITOR_KEY, number, REGISTRATIONS[MONITOR_KEY[0]].register, reference, event, flags)

    def _register(self, key: EventKey, number: int | None, procedure: str, *values: Any) -> Steps[int]:
        self._registering += 1
        try:
            (callback_id,) = yield from ask(procedure, *values)
            if number is None:
                self._last_subscription += 1
                number = self._last_subscription
            self.subscriptions[number] = Registered(key, callback_id)
            self._by_callback.setdefault((key[0], callback_id), []).append(number)
            # The daemon may have sent the first events before its reply.
            early = [event for *where, event in self._orphans if tuple(where) == (key[0], callback_id)]
            self.events.extend((number, event) for event in early)
            self.noticed = self.noticed or bool(early)
            return number
        finally:
            self._registering -= 1
            if not self._registering:
                self._orphans.clear()

    def unsubscribe(self, number: int) -> Steps[None]:
        """End a subscription at once here, then at the peer. Raises KeyError for one that is not known."""
        from manor.wire.events import REGISTRATIONS

        registered = self.subscriptions.pop(number)
        kind = registered.key[0]
        where = (kind, registered.callback_id)
        self._by_callback[where].remove(number)
        if not self._by_callback[where]:
            del self._by_callback[where]
        self.events = deque(entry for entry in self.events if entry[0] != number)
        yield from ask(REGISTRATIONS[kind].deregister, registered.callback_id)


class _Nobody:
    """Waits for a reply that nobody wants any more."""

    def resolve(self, packet: Packet) -> None:
        """Descriptors that came along must not stay open."""
        for fd in packet.fds:
            os.close(fd)

    def fail(self, error: ManorError) -> None:
        pass


def unreadable() -> ManorError:
    """A payload that does not fit its structure."""
    return _error(ErrorNumber.RPC, "Unable to decode message payload")


def wire_failure(error: WireError) -> ManorError:
    """What a caller is told of a value or an answer that does not fit the protocol."""
    if isinstance(error, DecodeError):
        return unreadable()
    return _error(ErrorNumber.RPC, f"Unable to encode message payload: {error}")
