# SPDX-License-Identifier: Apache-2.0
"""The client's end of a data stream as a state machine: packets in, data and holes out, and what to send.

Waiting for data or for room is the shells' business.
"""

from __future__ import annotations

from collections import deque

from manor.errors import ManorError
from manor.wire.errors import DecodeError
from manor.wire.frame import (
    CONTINUE,
    ERROR,
    OK,
    STREAM,
    STREAM_CHUNK,
    STREAM_HOLE,
    Packet,
    hole_payload,
    procedure_frame,
    read_hole,
)
from manor.wire.programs import Procedure
from manor.wire.remote_error import decode_error


class ClientStreamCore:
    """One stream, opened by the call with `serial`.

    `size` is the number of bytes that wait to be read; `ended` says that no more data comes, `confirmed` that the peer
    agreed to the end; `error` is what went wrong, for good.
    """

    __slots__ = ("_procedure", "confirmed", "ended", "error", "incoming", "serial", "size")

    def __init__(self, procedure: Procedure, serial: int) -> None:
        self._procedure = procedure
        self.serial = serial
        self.incoming: deque[bytes | int] = deque()
        """What waits to be read: data as bytes, holes as their length."""
        self.size = 0
        self.ended = False
        self.confirmed = False
        self.error: ManorError | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more is expected from the peer."""
        return self.confirmed or self.error is not None

    def receive(self, packet: Packet) -> None:
        """Take a packet of this stream. Raises DecodeError for a hole that is none."""
        if packet.status == ERROR:
            self.error = decode_error(packet.payload)
            self.ended = True
        elif packet.status == OK:
            # The peer agrees to our end, or ends the stream by itself.
            self.confirmed = True
            self.ended = True
        elif packet.status != CONTINUE:
            raise DecodeError(f"status {packet.status} of a stream packet")
        elif packet.type == STREAM_HOLE:
            self.incoming.append(read_hole(packet.payload))
        elif packet.payload:
            self.incoming.append(packet.payload)
            self.size += len(packet.payload)
        else:
            self.ended = True

    def fail(self, error: ManorError) -> None:
        """The connection is gone."""
        if not self.over:
            self.error = error
            self.ended = True

    def take(self, size: int) -> bytes:
        """Up to `size` bytes of what waits; of a hole zeros. b"" where nothing waits."""
        if not self.incoming:
            return b""
        item = self.incoming[0]
        if isinstance(item, int):
            # A hole of no length is legal and means nothing.
            while isinstance(item, int) and not item:
                self.incoming.popleft()
                if not self.incoming:
                    return b""
                item = self.incoming[0]
            if isinstance(item, int):
                taken = min(size, item)
                self._put_back(item - taken)
                return bytes(taken)
        data, rest = item[:size], item[size:]
        self._put_back(rest)
        self.size -= len(data)
        return data

    def _put_back(self, rest: bytes | int) -> None:
        if rest:
            self.incoming[0] = rest
        else:
            self.incoming.popleft()

    def hole(self) -> int:
        """The length of the hole in front, 0 where data or nothing is in front."""
        item = self.incoming[0] if self.incoming else 0
        return item if isinstance(item, int) else 0

    def take_hole(self) -> int:
        """Remove the hole in front and return its length."""
        length = self.hole()
        if length:
            self.incoming.popleft()
        return length

    def data(self, data: bytes) -> bytes:
        """The frame that carries `data`, at most STREAM_CHUNK bytes of it."""
        return self._frame(STREAM, CONTINUE, bytes(data[:STREAM_CHUNK]))

    def send_hole(self, length: int) -> bytes:
        """The frame that stands for `length` zeros."""
        return self._frame(STREAM_HOLE, CONTINUE, hole_payload(length))

    def finish(self) -> bytes:
        """The frame that ends the stream well; the peer confirms it."""
        return self._frame(STREAM, OK)

    def abort(self) -> bytes:
        """The frame that ends the stream badly; the peer confirms it. What waits is thrown away."""
        self.incoming.clear()
        self.size = 0
        return self._frame(STREAM, ERROR)

    def _frame(self, kind: int, status: int, payload: bytes = b"") -> bytes:
        return procedure_frame(self._procedure, kind, self.serial, status, payload)
