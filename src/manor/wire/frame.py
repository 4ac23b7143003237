# SPDX-License-Identifier: Apache-2.0
"""Messages on the byte stream: a length word, a header of six words, a payload; descriptors after it.

`Framer` makes packets of received bytes however they were split; the functions make the bytes to send. What packets
mean is not decided here.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from manor.wire.errors import DecodeError, FrameError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from manor.wire.programs import Procedure

CALL, REPLY, MESSAGE, STREAM, CALL_WITH_FDS, REPLY_WITH_FDS, STREAM_HOLE = range(7)
"""Types of packets."""

OK, ERROR, CONTINUE = range(3)
"""Statuses of packets."""

HEADER = Struct(">IIIiiIi")
"""The length word and the header."""

HEADER_SIZE = HEADER.size
MAX_LENGTH = 33554432 + 4
"""The largest length word: libvirt's message limit does not count the word itself."""

STREAM_CHUNK = 262120
"""The most stream data in one packet; what old peers accept as a payload."""

MAX_FDS = 32
_VIEWED = 32768
"""Bytes of data from which on a view of them is cheaper than a copy."""

_WITH_FDS = frozenset({CALL_WITH_FDS, REPLY_WITH_FDS})

_COUNT = Struct(">I")
_HOLE = Struct(">qI")


class Packet(NamedTuple):
    """One message. `fds` are descriptors the receiver owns now."""

    program: int
    version: int
    procedure: int
    type: int
    serial: int
    status: int
    payload: bytes
    fds: tuple[int, ...] = ()


# A third of what calling the class takes.
_packet = tuple.__new__


def frame(
    program: int, version: int, procedure: int, type: int, serial: int, status: int, payload: bytes = b"", fds: int = 0
) -> bytes:
    """The bytes of a message.

    `fds` is the number of descriptors that follow it, each to be sent with one zero byte of its own. Raises FrameError
    for more than the protocol admits.
    """
    if fds or type in _WITH_FDS:
        if fds > MAX_FDS:
            raise FrameError(f"Too many file descriptors {fds}, expected {MAX_FDS}")
        payload = _COUNT.pack(fds) + payload
    length = HEADER_SIZE + len(payload)
    if length > MAX_LENGTH:
        raise FrameError(f"message of {length} bytes is longer than {MAX_LENGTH}")
    return HEADER.pack(length, program, version, procedure, type, serial, status) + payload


def procedure_frame(
    procedure: Procedure, type: int, serial: int, status: int, payload: bytes = b"", fds: int = 0
) -> bytes:
    """The bytes of a message of a procedure; see `frame`."""
    program = procedure.program
    return frame(program.number, program.version, procedure.number, type, serial, status, payload, fds)


def hole_payload(length: int) -> bytes:
    """The payload of a STREAM_HOLE packet; `length` in bytes."""
    return _HOLE.pack(length, 0)


def read_hole(payload: bytes) -> int:
    """The length of a hole in bytes. Raises DecodeError for a payload that is none."""
    if len(payload) < _HOLE.size:
        raise DecodeError("hole of a stream is too short")
    length, _ = _HOLE.unpack_from(payload)
    if length < 0:
        raise DecodeError(f"hole of {length} bytes")
    return int(length)


class Framer:
    """Cuts received bytes into packets. After a FrameError it is of no more use.

    Never holds more than one message of the largest size plus what came behind it in one piece.
    """

    __slots__ = ("_chunks", "_fds", "_have", "_need", "_views", "_waiting", "max_length")

    def __init__(self, max_length: int = MAX_LENGTH, *, views: bool = False) -> None:
        """`views`: whoever gets streams' data takes any buffer, so that large pieces need not be copied."""
        self.max_length = max_length
        self._views = views
        self._chunks: list[bytes] = []
        self._have = 0
        self._need = HEADER_SIZE
        self._fds: list[int] = []
        # A packet whose descriptors are still to come, and how many.
        self._waiting: tuple[Packet, int] | None = None

    @property
    def missing(self) -> int:
        """How many bytes at least complete what has begun."""
        return self._need - self._have

    @property
    def is_between(self) -> bool:
        """Whether no message has begun: the end of the stream would not cut one."""
        return self._have == 0 and self._waiting is None

    def receive(self, data: bytes, fds: Iterable[int] = ()) -> list[Packet]:
        """The packets that `data`, with the descriptors that came along, completes.

        Raises FrameError where the stream cannot be followed any further.
        """
        self._fds.extend(fds)
        have = self._have + len(data)
        if have == len(data) >= HEADER_SIZE and self._waiting is None:
            # What comes nearly always: one whole message, with nothing before or behind it.
            length, program, version, procedure, type_, serial, status = HEADER.unpack_from(data)
            if have == length <= self.max_length and type_ not in _WITH_FDS:
                return [_packet(Packet, (program, version, procedure, type_, serial, status, data[HEADER_SIZE:], ()))]
        if have < self._need:
            self._chunks.append(data)
            self._have = have
            # The length word alone may show that nothing good will come.
            if have >= 4 and self._need == HEADER_SIZE and self._waiting is None:
                self._check_length(_COUNT.unpack_from(b"".join(self._chunks))[0])
            return []
        if self._chunks:
            self._chunks.append(data)
            data = b"".join(self._chunks)
            self._chunks.clear()
        return self._cut(data)

    def _cut(self, data: bytes) -> list[Packet]:
        packets: list[Packet] = []
        offset, end = 0, len(data)
        while True:
            if self._waiting is not None:
                if end - offset < self._waiting[1]:
                    need = self._waiting[1]
                    break
                offset += self._waiting[1]
                packets.append(self._with_fds(*self._waiting))
                self._waiting = None
                continue
            if end - offset < HEADER_SIZE:
                need = HEADER_SIZE
                if end - offset >= 4:
                    self._check_length(_COUNT.unpack_from(data, offset)[0])
                break
            length, program, version, procedure, type_, serial, status = HEADER.unpack_from(data, offset)
            self._check_length(length)
            if end - offset < length:
                need = length
                break
            payload = self._payload(data, type_, offset + HEADER_SIZE, offset + length)
            offset += length
            packet = Packet(program, version, procedure, type_, serial, status, payload)
            if type_ in _WITH_FDS:
                self._waiting = self._counted(packet)
            else:
                packets.append(packet)
        self._need = need
        self._have = end - offset
        if offset < end:
            self._chunks.append(data[offset:] if offset else data)
        return packets

    def _payload(self, data: bytes, type_: int, start: int, end: int) -> bytes:
        """What a packet carries; much data of a stream, which is only passed on, is not copied for it."""
        if self._views and type_ == STREAM and end - start >= _VIEWED:
            return memoryview(data)[start:end]  # type: ignore[return-value]  # asked for, by `views`
        return data[start:end]

    def _check_length(self, length: int) -> None:
        if length > self.max_length:
            raise FrameError(f"packet {length} bytes received from peer too large, want {self.max_length}")
        if length < HEADER_SIZE:
            raise FrameError(f"packet {length} bytes received from peer too small, want {HEADER_SIZE}")

    def _counted(self, packet: Packet) -> tuple[Packet, int]:
        """The packet without its count of descriptors, and the count."""
        if len(packet.payload) < 4:
            raise FrameError("packet lacks its count of file descriptors")
        (count,) = _COUNT.unpack_from(packet.payload)
        if count > MAX_FDS:
            raise FrameError(f"Received too many FDs {count}, expected {MAX_FDS}")
        return packet._replace(payload=packet.payload[4:]), count

    def _with_fds(self, packet: Packet, count: int) -> Packet:
        if len(self._fds) < count:
            raise FrameError(f"{count} file descriptors announced, {len(self._fds)} received")
        packet = packet._replace(fds=tuple(self._fds[:count]))
        del self._fds[:count]
        return packet

    def take_fds(self) -> list[int]:
        """Descriptors that no packet took, for closing when the connection ends."""
        left, self._fds = self._fds, []
        if self._waiting is not None:
            self._waiting = None
        return left
