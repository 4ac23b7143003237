# SPDX-License-Identifier: Apache-2.0
"""virStream: data to and from the other end of a connection."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from libvirt._api import Int32, UInt32, api
from libvirt._errors import failed, forget
from libvirt._handle import ConnectedObject, Handle
from manor.client.backend import ClientStream, StreamHole
from manor.constants import StreamEventType, StreamFlags, StreamRecvFlagsValues
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

_error = reporter(ErrorDomain.STREAMS)

WOULD_BLOCK = -2
AT_HOLE = -3

# The size of the pieces that sendAll and recvAll ask for: what fits one packet.
CHUNK = 262120

StreamCallback = Callable[["virStream", int, Any], None]


class StreamReference(NamedTuple):
    """What a virStream stands for."""

    stream: ClientStream
    flags: int


class _Interest:
    """A stream's event callback and the events it wants."""

    def __init__(self, owner: virStream, events: int, callback: StreamCallback, opaque: object) -> None:
        self.owner = owner
        self.events = events
        self.callback = callback
        self.opaque = opaque

    def _due(self) -> int:
        # Errors and hang-ups are told even if nobody asked, as poll does.
        wanted = self.events | StreamEventType.ERROR | StreamEventType.HANGUP if self.events else 0
        return int(self.owner._o.stream.ready()) & wanted

    def dispatch(self) -> None:
        """Tell the program what does not wait now."""
        due = self._due()
        if due:
            self.owner._dispatchStreamEventCallback(due, {"cb": self.callback, "opaque": self.opaque})

    def wants_dispatch(self) -> bool:
        """Whether the event loop shall come round again at once."""
        return bool(self._due())


class virStream(ConnectedObject):
    """A stream; it carries data once it was given to a call such as virDomain.openConsole."""

    _reference = StreamReference
    _o: StreamReference

    def __init__(self, conn: Handle, _obj: object | None = None) -> None:
        self._interest: _Interest | None = None
        self._in_use = False
        super().__init__(conn, _obj)

    def __del__(self) -> None:
        if self._o is not None and self._in_use:
            # One that has ended already has nothing to abort.
            with contextlib.suppress(ManorError):
                self._o.stream.abort()
        super().__del__()

    def _begun(self, function: str) -> ClientStream:
        """The stream, for a call of libvirt that begins now; nothing can be done with one that no call was given."""
        forget()
        if not self._in_use:
            raise _error(ErrorNumber.NO_SUPPORT, function)
        return self._o.stream

    @property
    def _waits(self) -> bool:
        return not self._o.flags & StreamFlags.NONBLOCK

    @api("virStreamSend")
    def send(self, data: bytes) -> int:
        """Send data; returns how many bytes were taken, or -2 where a non-blocking stream would have to wait."""
        taken = self._begun("virStreamSend").send(bytes(memoryview(data)), wait=self._waits)
        return WOULD_BLOCK if taken is None else taken

    @api("virStreamSendHole")
    def sendHole(self, length: int, flags: UInt32 = 0) -> int:
        """Send `length` bytes of nothing, on a sparse stream."""
        self._begun("virStreamSendHole").send_hole(length)
        return 0

    @api("virStreamRecv")
    def recv(self, nbytes: int) -> bytes | int:
        """Up to `nbytes` of data; empty at the end, -2 where a non-blocking stream would have to wait."""
        return self._receive("virStreamRecv", nbytes, stop_at_hole=False)

    @api("virStreamRecvFlags")
    def recvFlags(self, nbytes: int, flags: UInt32 = 0) -> bytes | int:
        """As `recv`; with VIR_STREAM_RECV_STOP_AT_HOLE -3 where a hole is next."""
        return self._receive(
            "virStreamRecvFlags", nbytes, stop_at_hole=bool(flags & StreamRecvFlagsValues.STOP_AT_HOLE)
        )

    def _receive(self, function: str, nbytes: int, *, stop_at_hole: bool) -> bytes | int:
        data = self._begun(function).recv(nbytes, wait=self._waits, stop_at_hole=stop_at_hole)
        if data is None:
            return WOULD_BLOCK
        return AT_HOLE if isinstance(data, StreamHole) else data

    @api("virStreamRecvHole")
    def recvHole(self, flags: UInt32 = 0) -> int:
        """Take the hole that is next and return its length."""
        return self._begun("virStreamRecvHole").recv_hole()

    @api("virStreamFinish")
    def finish(self) -> int:
        """End the stream and learn whether all went well."""
        self._begun("virStreamFinish").finish()
        return 0

    @api("virStreamAbort")
    def abort(self) -> int:
        """End the stream and throw away what is under way."""
        if self._in_use:
            self._begun("virStreamAbort").abort()
        return 0

    # Whole transfers

    def sendAll(self, handler: Callable[[virStream, int, Any], bytes], opaque: Any) -> None:
        """Send what `handler(stream, nbytes, opaque)` returns until that is empty."""
        while data := self._ask(handler, CHUNK, opaque):
            self._send_whole(data)

    def recvAll(self, handler: Callable[[virStream, bytes, Any], object], opaque: Any) -> None:
        """Give everything that comes to `handler(stream, data, opaque)`; a negative result ends it."""
        while data := self._receive_some(self.recv(CHUNK)):
            self._check_result(self._ask(handler, data, opaque), "recvAll handler")

    def sparseSendAll(
        self,
        handler: Callable[[virStream, int, Any], bytes],
        holeHandler: Callable[[virStream, Any], Any],
        skipHandler: Callable[[virStream, int, Any], object],
        opaque: Any,
    ) -> None:
        """As `sendAll`, with holes.

        `holeHandler(stream, opaque)` tells whether data or a hole is next and how long it is;
        `skipHandler(stream, length, opaque)` moves the source on past a hole.
        """
        while True:
            in_data, section = self._ask(holeHandler, opaque)
            if not in_data and section:
                self.sendHole(section)
                self._check_result(self._ask(skipHandler, section, opaque), "sparseSendAll skip handler")
                continue
            data = self._ask(handler, min(section, CHUNK), opaque) if section else b""
            if not data:
                return
            self._send_whole(data)

    def sparseRecvAll(
        self,
        handler: Callable[[virStream, bytes, Any], object],
        holeHandler: Callable[[virStream, int, Any], object],
        opaque: Any,
    ) -> None:
        """As `recvAll`, with holes, which are told to `holeHandler(stream, length, opaque)`."""
        while True:
            got = self.recvFlags(CHUNK, StreamRecvFlagsValues.STOP_AT_HOLE)
            if got == AT_HOLE:
                length = self.recvHole()
                self._check_result(self._ask(holeHandler, length, opaque), "sparseRecvAll hole handler")
                continue
            data = self._receive_some(got)
            if not data:
                return
            self._check_result(self._ask(handler, data, opaque), "sparseRecvAll handler")

    def _ask(self, handler: Callable[..., Any], *arguments: Any) -> Any:
        """Call a handler of the program; the stream does not survive its failure."""
        try:
            return handler(self, *arguments)
        except BaseException:
            self._give_up()
            raise

    def _check_result(self, result: object, what: str) -> None:
        if isinstance(result, int) and result < 0:
            self._give_up()
            raise RuntimeError(f"{what} returned {result}")

    def _send_whole(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            sent = self.send(rest)  # type: ignore[arg-type]
            if sent == WOULD_BLOCK:
                raise failed("virStreamSend")
            rest = rest[sent:]

    def _receive_some(self, got: bytes | int) -> bytes:
        if isinstance(got, int):
            raise failed("virStreamRecv")
        return got

    def _give_up(self) -> None:
        try:
            self.abort()
        except Exception:
            traceback.print_exc()

    # Events

    @api("virStreamEventAddCallback")
    def eventAddCallback(self, events: Int32, cb: StreamCallback, opaque: object) -> None:
        """Have `cb(stream, events, opaque)` called from the event loop for VIR_STREAM_EVENT_*."""
        self._begun("virStreamEventAddCallback")
        if self._interest is not None:
            raise _error(ErrorNumber.INTERNAL_ERROR, "multiple stream callbacks not supported")
        hub = self._hub()
        self._interest = _Interest(self, events, cb, opaque)
        hub.add_stream(self._interest)

    @api("virStreamEventUpdateCallback")
    def eventUpdateCallback(self, events: Int32) -> int:
        """Change the events the callback is called for."""
        self._begun("virStreamEventUpdateCallback")
        self._the_interest().events = events
        self._hub().stream_changed()
        return 0

    @api("virStreamEventRemoveCallback")
    def eventRemoveCallback(self) -> int:
        """Stop calling back."""
        self._begun("virStreamEventRemoveCallback")
        self._hub().remove_stream(self._the_interest())
        self._interest = None
        return 0

    def _the_interest(self) -> _Interest:
        if self._interest is None:
            raise _error(ErrorNumber.INTERNAL_ERROR, "no stream callback registered")
        return self._interest

    def _dispatchStreamEventCallback(self, events: int, cbData: dict[str, Any]) -> int:
        cbData["cb"](self, events, cbData["opaque"])
        return 0


def call_with_stream(handle: ConnectedObject, function: str, stream: object, operation: str, *arguments: Any) -> Any:
    """Run an operation of an object that a stream belongs to; once it has succeeded the stream is in use.

    Raises VIR_ERR_INVALID_STREAM where `stream` is none.
    """
    if not isinstance(stream, virStream):
        raise _error(ErrorNumber.INVALID_STREAM, function)
    result = handle._get(operation, *arguments, stream._o.stream)
    stream._in_use = True
    return result
