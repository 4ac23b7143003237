# SPDX-License-Identifier: Apache-2.0
"""Framing: packets come out whole however the bytes were cut, and what cannot be a packet is refused early."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manor.errors import ErrorDomain, ErrorNumber, ManorError
from manor.wire import frame as wire
from manor.wire.errors import DecodeError, FrameError
from manor.wire.frame import Framer, Packet, frame, hole_payload, read_hole
from manor.wire.remote_error import decode_error, encode_error

UINT = st.integers(0, 2**32 - 1)
INT = st.integers(-(2**31), 2**31 - 1)
PACKETS = st.builds(
    Packet, UINT, UINT, INT, INT.filter(lambda kind: kind not in (4, 5)), UINT, INT, st.binary(max_size=50), st.just(())
)


def packed(packet: Packet) -> bytes:
    return frame(*packet[:7])


@settings(deadline=None)
@given(st.lists(PACKETS, max_size=5), st.data())
def test_any_split(packets: list[Packet], data: st.DataObject) -> None:
    stream = b"".join(map(packed, packets))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    framer, found = Framer(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += framer.receive(stream[start:end])
    assert found == packets
    assert framer.is_between


def test_byte_by_byte_tells_what_is_missing() -> None:
    data = frame(1, 1, 2, wire.CALL, 3, wire.OK, b"12345678")
    framer = Framer()
    for count, byte in enumerate(data[:-1], 1):
        assert framer.receive(bytes([byte])) == []
        assert framer.missing == (28 if count < 28 else len(data)) - count
        assert not framer.is_between
    assert framer.receive(data[-1:]) == [Packet(1, 1, 2, 0, 3, 0, b"12345678")]
    assert framer.missing == 28


@pytest.mark.parametrize("length", [0, 3, 4, 27, wire.MAX_LENGTH + 1, 2**31, 2**32 - 1])
@pytest.mark.parametrize("cut", [1, 4, 20, 28])
def test_impossible_lengths(length: int, cut: int) -> None:
    data = struct.pack(">I", length) + bytes(24)
    framer = Framer()
    with pytest.raises(FrameError):
        framer.receive(data[:cut])
        framer.receive(data[cut:])


def test_impossible_length_is_refused_at_once() -> None:
    framer = Framer()
    framer.receive(b"\xff\xff")
    with pytest.raises(FrameError):
        framer.receive(b"\xff\xff")
    with pytest.raises(FrameError):
        Framer().receive(frame(1, 1, 1, 0, 1, 0) + b"\0\0\0\1")


def test_own_limit() -> None:
    data = frame(1, 1, 1, 0, 1, 0, bytes(100))
    with pytest.raises(FrameError):
        Framer(max_length=100).receive(data)
    assert len(Framer(max_length=128).receive(data)) == 1


def test_much_data_of_a_stream_can_be_had_without_a_copy() -> None:
    content = bytes(range(256)) * 512
    data = frame(1, 1, 1, wire.STREAM, 7, wire.CONTINUE, content) + frame(1, 1, 1, wire.CALL, 8, wire.OK, content)
    for views in (False, True):
        stream, call = Framer(views=views).receive(data)
        assert isinstance(stream.payload, memoryview) is views
        assert stream.payload == call.payload == content
        assert isinstance(call.payload, bytes)
    (small,) = Framer(views=True).receive(frame(1, 1, 1, wire.STREAM, 7, wire.CONTINUE, b"small"))
    assert isinstance(small.payload, bytes)


def test_large_message_in_pieces() -> None:
    payload = bytes(5_000_000)
    data = frame(1, 1, 1, 1, 1, 0, payload)
    framer, found = Framer(), []
    for start in range(0, len(data), 65536):
        found += framer.receive(data[start : start + 65536])
    assert [packet.payload for packet in found] == [payload]
    with pytest.raises(FrameError):
        frame(1, 1, 1, 1, 1, 0, bytes(wire.MAX_LENGTH))


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_descriptors(step: int) -> None:
    data = frame(1, 1, 9, wire.CALL_WITH_FDS, 1, 0, b"args", fds=2) + b"\0\0" + frame(1, 1, 10, wire.CALL, 2, 0)
    framer, found = Framer(), []
    for start in range(0, len(data), step):
        piece = data[start : start + step]
        # Two descriptors arrive with the two zero bytes behind the message.
        fds = [at for at in (36, 37) if start <= at < start + step]
        found += framer.receive(piece, fds)
    assert [(packet.payload, packet.fds) for packet in found] == [(b"args", (36, 37)), (b"", ())]
    assert framer.take_fds() == []


def test_no_descriptors_announced() -> None:
    (packet,) = Framer().receive(frame(1, 1, 9, wire.CALL_WITH_FDS, 1, 0, b"args"))
    assert (packet.payload, packet.fds) == (b"args", ())


def test_descriptors_that_are_wrong() -> None:
    message = frame(1, 1, 9, wire.CALL_WITH_FDS, 1, 0, b"", fds=1)
    with pytest.raises(FrameError):
        Framer().receive(message + b"\0")
    with pytest.raises(FrameError):
        frame(1, 1, 9, wire.CALL_WITH_FDS, 1, 0, b"", fds=33)
    many = wire.HEADER.pack(32, 1, 1, 1, wire.CALL_WITH_FDS, 1, 0) + struct.pack(">I", 33)
    with pytest.raises(FrameError):
        Framer().receive(many)
    with pytest.raises(FrameError):
        Framer().receive(wire.HEADER.pack(28, 1, 1, 1, wire.CALL_WITH_FDS, 1, 0))
    framer = Framer()
    framer.receive(message[:10], [77])
    assert framer.take_fds() == [77]


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_noise_never_breaks_anything_else(pieces: list[bytes]) -> None:
    framer = Framer()
    with contextlib.suppress(FrameError):
        for piece in pieces:
            framer.receive(piece)


def test_holes() -> None:
    assert read_hole(hole_payload(2**40)) == 2**40
    with pytest.raises(DecodeError):
        read_hole(b"short")
    with pytest.raises(DecodeError):
        read_hole(hole_payload(-1))


def test_errors_travel() -> None:
    error = ManorError(
        ErrorNumber.NO_DOMAIN,
        "Domain not found: x",
        ErrorDomain.QEMU,
        str1="a %s",
        str2="b",
        str3=None,
        int1=4,
        int2=-7,
    )
    assert decode_error(encode_error(error)).fields() == error.fields()
    assert decode_error(b"\0\0").message == "Unable to decode message payload"
    assert decode_error(b"\0\0").code == ErrorNumber.RPC
