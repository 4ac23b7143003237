# SPDX-License-Identifier: Apache-2.0
"""The QEMU machine protocol without I/O: bytes in, messages out; commands in, bytes out.

`LineSplitter` is shared with the guest agent, whose protocol has the same lines of JSON. `QmpCore` is the
client side of one QMP session: greeting, capability negotiation, matching of replies by id, events. Neither
knows sockets, clocks or tasks. (QEMU: docs/interop/qmp-spec.rst)

A core of our own instead of the ``qemu.qmp`` package, because that package has no core without sockets,
costs 40 % more per command, and cannot decode a reply straight into a typed record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

MAX_LINE: Final = 64 * 1024 * 1024
"""Longest line accepted, in bytes: several times the largest reply (query-qmp-schema, dumps of big guests)."""

IN_BAND_WINDOW: Final = 7
"""In-band commands sent but not answered. QEMU stops reading at 8, and then sees no out-of-band one either."""


class QmpProtocolError(Exception):
    """The peer sent something that is not QMP; the session cannot go on."""


class LineSplitter:
    """Bytes to lines, whatever the chunks; refuses a line longer than ``limit`` before storing it."""

    __slots__ = ("_limit", "_parts", "_size")

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def receive(self, data: bytes) -> list[bytes]:
        """The lines that ``data`` completes, without line ends and without empty ones."""
        *ends, rest = data.split(b"\n")
        lines = []
        for end in ends:
            self._append(end)
            line = b"".join(self._parts).strip()
            self.clear()
            if line:
                lines.append(line)
        self._append(rest)
        return lines

    def clear(self) -> None:
        """Forget the unfinished line."""
        self._parts = []
        self._size = 0

    def _append(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            size = self._size
            self.clear()
            raise QmpProtocolError(f"a line exceeds {self._limit} bytes (at least {size})")
        if part:
            self._parts.append(part)


class Event(NamedTuple):
    """An asynchronous event: its name, its data, and QEMU's time stamp in microseconds since the epoch."""

    name: str
    data: dict[str, Any]
    timestamp: int


class Command(msgspec.Struct, frozen=True):
    """A command on its way; ``key`` is unique within the session."""

    key: int
    name: str


class Reply(NamedTuple):
    """A command that succeeded; ``value`` is JSON that is decoded by who knows its type."""

    command: Command
    value: msgspec.Raw


class Refusal(NamedTuple):
    """A command that failed in QEMU: error class (``GenericError``, ``DeviceNotFound``…) and description."""

    command: Command
    error_class: str
    description: str


class Ready(NamedTuple):
    """Negotiation is over and commands flow. ``version`` is (major, minor, micro)."""

    version: tuple[int, int, int]
    package: str
    oob: bool


Message = Event | Reply | Refusal | Ready


class Outgoing(NamedTuple):
    """Bytes to send, and the descriptors that travel with their first byte."""

    data: bytes
    fds: Sequence[int]


_ABSENT: Final = msgspec.Raw()


class WireError(msgspec.Struct, rename={"klass": "class"}):
    """The ``error`` member of an answer."""

    klass: str = "GenericError"
    desc: str = ""


class _Timestamp(msgspec.Struct):
    seconds: int = 0
    microseconds: int = 0


class _Numbers(msgspec.Struct):
    major: int
    minor: int
    micro: int


class Version(msgspec.Struct):
    """What QEMU says of its version."""

    qemu: _Numbers
    package: str = ""


class _WireGreeting(msgspec.Struct):
    version: Version
    capabilities: list[str] = []


class _WireMessage(msgspec.Struct, rename={"qmp": "QMP", "result": "return"}):
    """Every kind of message at once: which member is there says which it is."""

    result: msgspec.Raw = _ABSENT
    id: int | str | None = None
    error: WireError | None = None
    event: str | None = None
    data: dict[str, Any] | None = None
    timestamp: _Timestamp | None = None
    qmp: _WireGreeting | None = None


_decode = msgspec.json.Decoder(_WireMessage).decode
_encode = msgspec.json.Encoder().encode


class _Sent(NamedTuple):
    command: Command
    in_band: bool


class _Queued(NamedTuple):
    sent: _Sent
    out: Outgoing


class QmpCore:
    """The client's side of one QMP session.

    Feed what arrives to `receive`, send what `outgoing` returns after every call. A `QmpProtocolError`
    ends the session. Commands given before negotiation is over wait for it.
    """

    __slots__ = ("_in_band", "_last_key", "_lines", "_offer", "_outgoing", "_pending", "_waiting", "ready")

    def __init__(self, max_line: int = MAX_LINE) -> None:
        self._lines = LineSplitter(max_line)
        self._pending: dict[int, _Sent] = {}
        self._waiting: deque[_Queued] = deque()
        self._outgoing: list[Outgoing] = []
        self._in_band = 0
        self._last_key = 0
        self._offer: Ready | None = None
        self.ready: Ready | None = None

    def command(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        fds: Sequence[int] = (),
        oob: bool = False,
    ) -> Command:
        """Queue a command; its `Reply` or `Refusal` carries the `Command` returned here.

        ``oob`` asks QEMU to execute it at once, ahead of commands that still run; where QEMU did not offer
        that, or negotiation is not over, it goes in-band. ``fds`` must stay open until the answer.
        """
        oob = oob and self.ready is not None and self.ready.oob
        message: dict[str, Any] = {"exec-oob" if oob else "execute": name}
        if arguments:
            message["arguments"] = arguments
        return self.message(message, fds=fds)

    def message(self, message: Mapping[str, Any], *, fds: Sequence[int] = ()) -> Command:
        """Queue a message written by somebody else, as it is but for its id; answered as `command` is."""
        name = message.get("execute") or message.get("exec-oob")
        # Encoded before anything is stored, so that arguments that are not JSON fail without a trace.
        command = Command(self._last_key + 1, str(name))
        data = _encode({**message, "id": command.key}) + b"\r\n"
        self._last_key += 1
        queued = _Queued(_Sent(command, "exec-oob" not in message), Outgoing(data, fds))
        if self._may_send(queued.sent.in_band):
            self._send(queued)
        else:
            self._waiting.append(queued)
        return command

    def outgoing(self) -> list[Outgoing]:
        """What must be sent now, in order; each item is returned once."""
        out, self._outgoing = self._outgoing, []
        return out

    def withdraw(self, command: Command) -> bool:
        """Forget a command that nobody waits for; False if it was sent, its answer then still comes."""
        for queued in self._waiting:
            if queued.sent.command is command:
                self._waiting.remove(queued)
                return True
        return False

    def receive(self, data: bytes) -> Iterator[Message]:
        """The messages that ``data`` completes, in order; must be iterated to the end."""
        for line in self._lines.receive(data):
            try:
                wire = _decode(line)
            except msgspec.DecodeError as exc:
                raise QmpProtocolError(f"not a QMP message ({exc}): {excerpt(line)}") from None
            message = self._handle(wire, line)
            if message is not None:
                yield message

    def _handle(self, wire: _WireMessage, line: bytes) -> Message | None:
        if wire.event is not None:
            stamp = wire.timestamp or _Timestamp()
            # QEMU writes -1 where it could not read its clock.
            micros = max(stamp.seconds, 0) * 1_000_000 + max(stamp.microseconds, 0)
            return Event(wire.event, wire.data or {}, micros)
        if wire.qmp is not None:
            self._greeted(wire.qmp)
            return None
        return self._answer(wire, line)

    def _answer(self, wire: _WireMessage, line: bytes) -> Message:
        sent = self._pending.pop(wire.id, None) if isinstance(wire.id, int) else None
        if sent is None:
            raise QmpProtocolError(f"an answer to no command: {excerpt(line)}")
        if sent.in_band:
            self._in_band -= 1
        if self.ready is None:
            return self._negotiated(wire)
        while self._waiting and self._may_send(self._waiting[0].sent.in_band):
            self._send(self._waiting.popleft())
        if wire.error is not None:
            return Refusal(sent.command, wire.error.klass, wire.error.desc)
        if not bytes(wire.result):
            raise QmpProtocolError(f"an answer without a result: {excerpt(line)}")
        return Reply(sent.command, wire.result)

    def _greeted(self, greeting: _WireGreeting) -> None:
        if self._offer is not None:
            raise QmpProtocolError("a second greeting")
        version = greeting.version
        self._offer = Ready(
            (version.qemu.major, version.qemu.minor, version.qemu.micro),
            version.package,
            "oob" in greeting.capabilities,
        )
        self._last_key += 1
        command = Command(self._last_key, "qmp_capabilities")
        message: dict[str, Any] = {"execute": command.name, "id": command.key}
        if self._offer.oob:
            message["arguments"] = {"enable": ["oob"]}
        self._send(_Queued(_Sent(command, True), Outgoing(_encode(message) + b"\r\n", ())))

    def _negotiated(self, wire: _WireMessage) -> Ready:
        if wire.error is not None or self._offer is None:
            reason = wire.error.desc if wire.error else "an answer before the greeting"
            raise QmpProtocolError(f"capability negotiation failed: {reason}")
        self.ready = self._offer
        while self._waiting and self._may_send(True):
            self._send(self._waiting.popleft())
        return self.ready

    def _may_send(self, in_band: bool) -> bool:
        return self.ready is not None and (not in_band or self._in_band < IN_BAND_WINDOW)

    def _send(self, queued: _Queued) -> None:
        self._pending[queued.sent.command.key] = queued.sent
        self._in_band += queued.sent.in_band
        self._outgoing.append(queued.out)


def excerpt(line: bytes) -> str:
    """The beginning of a line, fit for an error message."""
    text = line[:200].decode("utf-8", "replace")
    return repr(text) + ("…" if len(line) > 200 else "")
