# SPDX-License-Identifier: Apache-2.0
"""The compiled codecs: every structure goes out and comes back; limits hold on both sides."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manor.records import DomainRef, TypedParam
from manor.wire import programs
from manor.wire.codec import STRING_MAX, Layout
from manor.wire.errors import DecodeError, EncodeError
from manor.wire.programs import PROGRAMS
from tests.unit.wire.strategies import values

LAYOUTS = [
    pytest.param(layout, id=f"{one.program.name}-{one.name}-{which}")
    for program in PROGRAMS.values()
    for one in program
    for which, layout in (("args", one.args), ("ret", one.ret))
    if layout
]
QUICK = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


def layout(text: str) -> Layout:
    return Layout(programs.REMOTE, text)


@pytest.mark.parametrize("every", LAYOUTS)
def test_round_trip(every: Layout) -> None:
    @QUICK
    @given(values(every))
    def check(value: Any) -> None:
        data = every.encode(value)
        assert len(data) % 4 == 0
        found = every.decode(data)
        assert found == value
        assert type(found) is type(value)
        assert every.decode(data + b"rest that is ignored") == value

    check()


@pytest.mark.parametrize("every", LAYOUTS[::7])
def test_nothing_but_decode_error_on_noise(every: Layout) -> None:
    @settings(max_examples=30, deadline=None)
    @given(st.binary(max_size=200))
    def check(data: bytes) -> None:
        with contextlib.suppress(DecodeError):
            every.decode(data)

    check()


@settings(max_examples=60, deadline=None)
@given(values(layout("a:string b:domain? c:param<DOMAIN_LIST_MAX> d:opaque<16> e:int<9> f:hyper g:text<40>")))
def test_every_cut_is_noticed(value: Any) -> None:
    every = layout("a:string b:domain? c:param<DOMAIN_LIST_MAX> d:opaque<16> e:int<9> f:hyper g:text<40>")
    data = every.encode(value)
    for cut in range(len(data)):
        with pytest.raises(DecodeError):
            every.decode(data[:cut])


def test_bytes_of_a_domain() -> None:
    data = layout("dom:domain").encode((DomainRef("vm", bytes(range(16)), -1),))
    assert data == b"\0\0\0\x02vm\0\0" + bytes(range(16)) + b"\xff\xff\xff\xff"


def test_bytes_of_typed_parameters() -> None:
    params = [TypedParam("n", 4, 2**63), TypedParam("b", 6, True), TypedParam("s", 7, "x")]
    data = layout("params:param<4>").encode((params,))
    assert data == (
        b"\0\0\0\3"
        b"\0\0\0\1n\0\0\0\0\0\0\4\x80\0\0\0\0\0\0\0"
        b"\0\0\0\1b\0\0\0\0\0\0\6\0\0\0\1"
        b"\0\0\0\1s\0\0\0\0\0\0\7\0\0\0\1x\0\0\0"
    )
    (found,) = layout("params:param<4>").decode(data)
    assert found == params
    assert found[1].value is True


def test_characters_are_units_of_four_bytes() -> None:
    text = layout("label:text<9>")
    data = text.encode(("aé",))
    assert data == struct.pack(">I4i", 4, 97, 0xC3 - 256, 0xA9 - 256, 0)
    assert text.decode(data) == ("aé",)
    fixed = layout("model:text[4]")
    assert fixed.encode(("abcdefg",)) == struct.pack(">4i", 97, 98, 99, 0)
    assert fixed.decode(struct.pack(">4i", 97, 98, 99, 100)) == ("abc",)
    assert layout("data:octets<9>").decode(struct.pack(">I2i", 2, -1, 0)) == (b"\xff\0",)


def test_strings_end_at_nul_and_keep_foreign_bytes() -> None:
    text = layout("name:string")
    assert text.decode(b"\0\0\0\4a\0bc") == ("a",)
    (name,) = text.decode(b"\0\0\0\2\xff\xfe\0\0")
    assert text.encode((name,)) == b"\0\0\0\2\xff\xfe\0\0"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("s:string", struct.pack(">I", STRING_MAX + 1)),
        ("s:string", struct.pack(">I", 2**32 - 1)),
        ("s:opaque<8>", struct.pack(">I", 9) + bytes(12)),
        ("s:int<8>", struct.pack(">I", 9) + bytes(36)),
        ("s:string<8>", struct.pack(">I", 9) + bytes(36)),
        ("s:domain<8>", struct.pack(">I", 2**31)),
        ("s:param<8>", struct.pack(">I", 9)),
        ("s:param<8>", struct.pack(">III", 1, 0, 99)),
        ("s:param<8>", struct.pack(">IIII", 1, 0, 7, STRING_MAX + 1)),
        ("s:text<8>", struct.pack(">I", 9) + bytes(36)),
    ],
)
def test_limits_of_the_decoder(text: str, data: bytes) -> None:
    with pytest.raises(DecodeError):
        layout(text).decode(data)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("s:string", "x" * (STRING_MAX + 1)),
        ("s:string", None),
        ("s:string", 3),
        ("s:string", b"bytes"),
        ("s:opaque<8>", bytes(9)),
        ("s:int<8>", [0] * 9),
        ("s:string<8>", ["x"] * 9),
        ("s:param<1>", [TypedParam("a", 1, 1)] * 2),
        ("s:param<1>", [TypedParam("a", 8, 1)]),
        ("s:param<1>", [TypedParam("a", 1, "x")]),
        ("s:int", 2**31),
        ("s:uint", -1),
        ("s:uhyper", 2**64),
        ("s:uuid", bytes(15)),
        ("s:uuid", "text of 16 chars"),
        ("s:domain", ("name", bytes(16))),
        ("s:domain", None),
        ("s:text<4>", "four"),
    ],
)
def test_limits_of_the_encoder(text: str, value: object) -> None:
    with pytest.raises(EncodeError):
        layout(text).encode((value,))


def test_too_many_is_said_as_libvirt_says_it() -> None:
    with pytest.raises(EncodeError, match="Too many names '3' for limit '2'"):
        layout("names:string<2>").encode((["a", "b", "c"],))


def test_structures_without_fields() -> None:
    empty = layout("")
    assert not empty
    assert empty.encode(()) == b""
    assert empty.decode(b"rest") == ()
    with pytest.raises(EncodeError):
        empty.encode((1,))
