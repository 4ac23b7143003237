# SPDX-License-Identifier: Apache-2.0
"""Fuzz target: the wire protocol. Run as README.md beside this file says.

The first byte of an input chooses what is fuzzed, the rest is fed to it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from manor.errors import ManorError
from manor.wire.calls import CONNECTION_LAYER, call_of
from manor.wire.conversation import Conversation
from manor.wire.errors import DecodeError, FrameError
from manor.wire.events import event_codec
from manor.wire.frame import MAX_LENGTH, Framer, Packet, frame
from manor.wire.programs import PROGRAMS, Procedure
from manor.wire.remote_error import decode_error
from manor.wire.sasl.server import SaslError, negotiate

PROCEDURES: list[Procedure] = [procedure for program in PROGRAMS.values() for procedure in program]


class Nobody:
    """Waits for a reply and does not care."""

    def resolve(self, packet: Packet) -> None:
        """Take it."""

    def fail(self, error: ManorError) -> None:
        """Take it."""


def packets(pieces: list[bytes]) -> list[Packet] | None:
    framer = Framer()
    found: list[Packet] = []
    try:
        for piece in pieces:
            found += framer.receive(piece)
            assert framer.missing <= MAX_LENGTH
    except FrameError:
        return None
    return found


def framing(data: bytes) -> None:
    """However the bytes are split, the packets are the same."""
    cut = data[0] if data else 0
    whole = packets([data])
    split = packets([data[:cut], data[cut:]])
    if whole is not None and split is not None:
        assert whole == split
    for packet in whole or ():
        if not packet.fds and packet.type not in (4, 5):
            assert packets([frame(*packet[:7])]) == [packet]


def decoding(data: bytes) -> None:
    """A structure decodes or raises DecodeError; what decodes can be encoded again, to the same values."""
    if len(data) < 3:
        return
    procedure = PROCEDURES[int.from_bytes(data[:2], "big") % len(PROCEDURES)]
    layout = procedure.args if data[2] & 1 else procedure.ret
    try:
        values = layout.decode(data[3:])
    except DecodeError:
        return
    again = layout.decode(layout.encode(values))
    # A NaN is no equal of itself.
    assert repr(again) == repr(values)


def conversing(data: bytes) -> None:
    """The client's side takes anything a server may send."""
    conversation = Conversation()
    for procedure in PROCEDURES[:3]:
        serial, _ = conversation.call(procedure, b"", Nobody())
        conversation.open_stream(procedure, serial)
    with contextlib.suppress(ManorError):
        conversation.receive(data)
    conversation.fail(decode_error(data))


def serving(data: bytes) -> None:
    """The server's view of a call: arguments, DecodeError, or the daemon's own refusal."""
    if len(data) < 2:
        return
    procedure = PROCEDURES[int.from_bytes(data[:2], "big") % len(PROCEDURES)]
    codec = event_codec(procedure)
    try:
        if codec is not None:
            codec.decode(data[2:])
        elif procedure.name in CONNECTION_LAYER:
            procedure.args.decode(data[2:])
        else:
            call_of(procedure).decode_args(data[2:])
    except (DecodeError, ManorError):
        pass


class NoUsers:
    """A store without users."""

    def secret(self, user: str, hash_name: str) -> None:
        """Nobody is known."""

    def decoy_key(self) -> bytes:
        """Any key."""
        return b"key"


def negotiating(data: bytes) -> None:
    """SASL messages of a stranger."""
    if not data:
        return
    mechanism = ("SCRAM-SHA-256", "EXTERNAL")[data[0] & 1]
    negotiation = negotiate(mechanism, NoUsers(), "me")
    try:
        for message in data[1:].split(b"\xff"):
            negotiation.step(message)
    except SaslError:
        pass
    assert negotiation.user in ("", "me")


TARGETS: tuple[Callable[[bytes], None], ...] = (framing, decoding, conversing, serving, negotiating)


def fuzz_one(data: bytes) -> None:
    """One input."""
    if data:
        TARGETS[data[0] % len(TARGETS)](data[1:])


def main() -> None:
    """Hand over to libFuzzer."""
    atheris: Any = import_module("atheris")
    atheris.instrument_all()
    atheris.Setup(sys.argv, fuzz_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
