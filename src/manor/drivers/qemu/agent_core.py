# SPDX-License-Identifier: Apache-2.0
"""The guest agent's protocol without I/O: commands to bytes, bytes to answers.

Like QMP it is lines of JSON, but without a greeting, without ids, and over a serial line that keeps what
nobody read: after a lost answer, only ``guest-sync-delimited`` tells old answers from new ones. Whatever
the guest sends is untrusted; nothing in it can end the session. (QEMU: docs/interop/qemu-ga-ref)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from manor.drivers.qemu.qmp_core import LineSplitter, QmpProtocolError, WireError, excerpt

MAX_ANSWER: Final = 16 * 1024 * 1024
"""Longest answer accepted, in bytes; guest-file-read may return several megabytes."""

DELIMITER: Final = b"\xff"
"""Never part of UTF-8, so never of JSON: what precedes it is void, in both directions."""


class Answer(NamedTuple):
    """The command succeeded; ``value`` is JSON still to be decoded."""

    value: msgspec.Raw


class AgentRefusal(NamedTuple):
    """The agent refused the command."""

    error_class: str
    description: str


class Garbage(NamedTuple):
    """The guest sent what is no answer; agent and we must be synchronised again."""

    reason: str


AgentMessage = Answer | AgentRefusal | Garbage

_ABSENT: Final = msgspec.Raw()


class _WireAnswer(msgspec.Struct, rename={"result": "return"}):
    result: msgspec.Raw = _ABSENT
    error: WireError | None = None


_decode = msgspec.json.Decoder(_WireAnswer).decode
_encode = msgspec.json.Encoder().encode


class AgentCore:
    """One side of the serial line. One command at a time: the agent gives answers no names."""

    __slots__ = ("_expected", "_lines", "synced")

    def __init__(self, max_answer: int = MAX_ANSWER) -> None:
        self._lines = LineSplitter(max_answer)
        self._expected: int | None = None
        self.synced = False

    def sync(self, ident: int) -> bytes:
        """Bytes that ask for synchronisation; until it is there, `receive` drops all other answers.

        ``ident`` must differ from those of earlier attempts. `synced` says when it has happened.
        """
        self.synced = False
        self._expected = ident
        # The delimiter makes the agent forget a command that was cut off by whoever was here before.
        return DELIMITER + self.command("guest-sync-delimited", {"id": ident})

    def command(self, name: str, arguments: Mapping[str, Any] | None = None) -> bytes:
        """The bytes of a command."""
        message: dict[str, Any] = {"execute": name}
        if arguments:
            message["arguments"] = arguments
        return self.message(message)

    def message(self, message: Mapping[str, Any]) -> bytes:
        """The bytes of a message written by somebody else."""
        return _encode(message) + b"\n"

    def desync(self) -> None:
        """An answer was lost, or came when none was due: the next one may be anything."""
        self.synced = False
        self._expected = None

    def receive(self, data: bytes) -> Iterator[AgentMessage]:
        """The messages that ``data`` completes, in order; must be iterated to the end."""
        void = data.rfind(DELIMITER) + 1
        if void:
            self._lines.clear()
        try:
            lines = self._lines.receive(data[void:])
        except QmpProtocolError as exc:
            self.desync()
            yield Garbage(str(exc))
            return
        for line in lines:
            message = self._parse(line)
            if self.synced:
                if isinstance(message, Garbage):
                    self.desync()
                yield message
            elif isinstance(message, Answer) and self._is_expected(message.value):
                self.synced = True
                self._expected = None

    def _is_expected(self, value: msgspec.Raw) -> bool:
        return self._expected is not None and bytes(value) == str(self._expected).encode()

    def _parse(self, line: bytes) -> AgentMessage:
        try:
            wire = _decode(line)
        except msgspec.DecodeError as exc:
            return Garbage(f"not an answer of the guest agent ({exc}): {excerpt(line)}")
        if wire.error is not None:
            return AgentRefusal(wire.error.klass, wire.error.desc)
        if not bytes(wire.result):
            return Garbage(f"neither 'return' nor 'error' is set: {excerpt(line)}")
        return Answer(wire.result)
