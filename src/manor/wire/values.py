# SPDX-License-Identifier: Apache-2.0
"""Wire values that are more than a `struct` letter: typed parameters and arrays of characters.

Functions here are called by the compiled codecs; `READERS` and `WRITERS` are what those see.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct, pack, unpack_from
from struct import error as struct_error

from manor.records.params import TypedParam
from manor.wire.codec import STRING_MAX
from manor.wire.errors import DecodeError, EncodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")
"""What fills up a length to a multiple of 4, by its remainder."""

BOOLEAN, STRING = 6, 7

_LENGTH = Struct(">I")
_STRING_HEAD = Struct(">II")
_NUMBERS = {
    1: Struct(">i"),
    2: Struct(">I"),
    3: Struct(">q"),
    4: Struct(">Q"),
    5: Struct(">d"),
    BOOLEAN: Struct(">i"),
}
_NUMBER_READERS = {kind: (codec.unpack_from, codec.size) for kind, codec in _NUMBERS.items()}
# The discriminant and the value in one go.
_NUMBER_WRITERS = {kind: Struct(f">I{codec.format[1:]}").pack for kind, codec in _NUMBERS.items()}


def read_params(data: bytes, offset: int, count: int) -> tuple[list[TypedParam], int]:
    """`count` typed parameters from `offset` on, and the offset after them."""
    found: list[TypedParam] = []
    length_at, new, end = _LENGTH.unpack_from, tuple.__new__, len(data)
    for _ in range(count):
        (length,) = length_at(data, offset)
        offset += 4
        if length > STRING_MAX or offset + length > end:
            raise DecodeError("name of a parameter is too long")
        field = str(data[offset : offset + length], "utf-8", "surrogateescape").partition("\0")[0]
        offset += (length + 3) & -4
        (kind,) = length_at(data, offset)
        offset += 4
        value: Any
        if kind == STRING:
            (length,) = length_at(data, offset)
            offset += 4
            if length > STRING_MAX or offset + length > end:
                raise DecodeError("string parameter is too long")
            value = str(data[offset : offset + length], "utf-8", "surrogateescape").partition("\0")[0]
            offset += (length + 3) & -4
        else:
            reader = _NUMBER_READERS.get(kind)
            if reader is None:
                raise DecodeError(f"unknown type {kind} of parameter {field}")
            (value,) = reader[0](data, offset)
            offset += reader[1]
            if kind == BOOLEAN:
                value = bool(value)
        found.append(new(TypedParam, (field, kind, value)))
    return found, offset


@lru_cache(maxsize=1024)
def _name(field: str) -> bytes:
    """A parameter's name on the wire; drivers give the same few hundred again and again."""
    name = field.encode("utf-8", "surrogateescape")
    length = len(name)
    if length > STRING_MAX:
        raise too_many("name", length, STRING_MAX)
    return _LENGTH.pack(length) + name + PADDING[length & 3]


def write_params(add: Callable[[bytes], None], params: Iterable[tuple[str, int, Any]]) -> None:
    """Typed parameters, one after the other; `add` takes their bytes."""
    for field, kind, value in params:
        add(_name(field))
        if kind == STRING:
            text = value.encode("utf-8", "surrogateescape")
            length = len(text)
            if length > STRING_MAX:
                raise too_many(field, length, STRING_MAX)
            add(_STRING_HEAD.pack(STRING, length) + text + PADDING[length & 3])
            continue
        writer = _NUMBER_WRITERS.get(kind)
        if writer is None:
            raise EncodeError(f"unknown type {kind} of parameter {field}")
        add(writer(kind, value))


def read_octets(data: bytes, offset: int, count: int) -> tuple[bytes, int]:
    """Bytes that were sent as one unit each, and the offset after them."""
    end = offset + 4 * count
    if end > len(data):
        raise DecodeError("payload is too short")
    return data[offset:end][3::4], end


def read_text(data: bytes, offset: int, count: int) -> tuple[str, int]:
    """A C string in an array of characters, and the offset after the array. The last one is its end at any rate."""
    octets, end = read_octets(data, offset, count)
    return str(octets[:-1].partition(b"\0")[0], "utf-8", "surrogateescape"), end


def write_octets(octets: bytes) -> bytes:
    """Bytes as one unit each; libvirt's characters are signed."""
    return pack(f">{len(octets)}i", *(octet - 256 if octet > 127 else octet for octet in octets))


def fixed_text(text: str, size: int) -> bytes:
    """A C string of `size` bytes; one that is longer loses its end, as libvirt's copies do."""
    return text.encode("utf-8", "surrogateescape")[: size - 1].ljust(size, b"\0")


def too_many(name: str, count: int, limit: int) -> EncodeError:
    """What libvirt says of an array over its limit."""
    return EncodeError(f"Too many {name} '{count}' for limit '{limit}'")


READERS = {"read_params": read_params, "read_octets": read_octets, "read_text": read_text, "unpack_from": unpack_from}
WRITERS = {
    "PADDING": PADDING,
    "NO": b"\0\0\0\0",
    "fixed_text": fixed_text,
    "pack": pack,
    "struct_error": struct_error,
    "too_many": too_many,
    "write_octets": write_octets,
    "write_params": write_params,
}
