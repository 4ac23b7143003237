# SPDX-License-Identifier: Apache-2.0
"""Codecs: how one value is spelt in an attribute or in the text of an element.

A codec decodes a string, raising ValueError for what libvirt refuses, and encodes back to libvirt's own
spelling. Nothing here knows about elements; which field uses which codec is said where the field is declared.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from typing import Any, Final

from manor.schema.core.bitmap import Bitmap
from manor.schema.core.problem import Refusal, invalid

_MAX_INT = 0x7FFFFFFF
_MAX_UINT = 0xFFFFFFFF
_MAX_LONG = 0x7FFFFFFFFFFFFFFF
_MAX_ULONG = 0xFFFFFFFFFFFFFFFF

# What C's strtoul() takes: white space, a sign, digits; with base 0 also 0x and octal.
_DECIMAL = re.compile(r"[ \t\n\v\f\r]*([+-]?)([0-9]+)\Z")
_ANY_BASE = re.compile(r"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)\Z")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile("[&<>\"'\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_NUMBER = 64


def escape(value: str) -> str:
    """The value as it may stand in an attribute or in text, with the five characters libvirt escapes.

    Characters XML 1.0 cannot carry are left out, as libvirt's buffers do.
    """
    if value.isalnum() or _SPECIAL.search(value) is None:
        return value
    value = _ILLEGAL.sub("", value)
    return (
        value.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&apos;")
    )


class ZeroNotPermittedError(ValueError):
    """A number that must not be zero is."""


class UnexpectedError(ValueError):
    """A refusal that ends libvirt's message in another way than the codec's `expected`."""


class Codec:
    """One spelling of one kind of value.

    `decode` turns the string into the value or raises ValueError (or KeyError, for tables).
    `expression` is the body of an f-string replacement field for the value `v`; it decides how generated
    writers spell the value, and `encode` is derived from it.
    `expected` ends libvirt's refusal of a bad value ("Expected integer value"); `refusal` is the whole of it
    where libvirt has other words. `name`, `values` and `samples` are for the reference documentation and for
    generated test documents.
    """

    __slots__ = ("decode", "encode", "expected", "expression", "name", "refusal", "samples", "values")

    def __init__(
        self,
        name: str,
        decode: Callable[[str], Any],
        *,
        expression: str | None = None,
        encode: Callable[[Any], str] | None = None,
        expected: str = "",
        refusal: Refusal | None = None,
        values: tuple[str, ...] = (),
        samples: tuple[Any, ...] = (),
    ) -> None:
        self.name = name
        self.decode = decode
        self.expression = expression
        self.encode: Callable[[Any], str] = encode or str
        self.expected = expected
        self.refusal = refusal
        self.values = values
        self.samples = samples

    def __repr__(self) -> str:
        return f"<Codec {self.name}>"


def _number(text: str, lowest: int, highest: int, pattern: re.Pattern[str] = _DECIMAL) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(text)
    found = pattern.match(text)
    if found is None:
        raise ValueError(text)
    sign, digits = found.groups()
    if digits[:2] in ("0x", "0X"):
        value = int(digits, 16)
    elif pattern is _ANY_BASE and digits[0] == "0":
        value = int(digits, 8)
    else:
        value = int(digits)
    if sign == "-":
        value = -value
    if not lowest <= value <= highest:
        raise ValueError(text)
    return value


def _decode_unsigned(text: str) -> int:
    # The usual case first: a short run of digits needs no pattern.
    if len(text) < 10 and text.isascii() and text.isdigit():
        return int(text)
    return _number(text, 0, _MAX_UINT)


def _decode_non_zero(text: str) -> int:
    value = _decode_unsigned(text)
    if not value:
        raise ZeroNotPermittedError(text)
    return value


def _decode_any_base(text: str) -> int:
    # Again the usual case first: what hexadecimal() writes.
    if text[:2] == "0x" and len(text) <= 10 and text.isalnum():
        return int(text, 16)
    return _number(text, 0, _MAX_UINT, _ANY_BASE)


def _decode_index_any_base(text: str) -> int:
    value = _number(text, -_MAX_INT - 1, _MAX_INT, _ANY_BASE)
    if value < 0:
        raise UnexpectedError("Expected non-negative value")
    return value


_NON_NEGATIVE = "Expected non-negative integer value"
_INTEGER = "Expected integer value"

string: Final = Codec("string", str, expression="escape(v)", encode=escape)
unsigned: Final = Codec(
    "unsigned integer", _decode_unsigned, expression="v", expected=_NON_NEGATIVE, samples=(0, 1, 7, _MAX_UINT)
)
unsigned_long: Final = Codec(
    "unsigned 64-bit integer",
    lambda text: _number(text, 0, _MAX_ULONG),
    expression="v",
    expected=_NON_NEGATIVE,
    samples=(0, 4096, _MAX_ULONG),
)
non_zero: Final = Codec(
    "positive integer", _decode_non_zero, expression="v", expected=_NON_NEGATIVE, samples=(1, 9, _MAX_UINT)
)
signed: Final = Codec(
    "integer",
    lambda text: _number(text, -_MAX_INT - 1, _MAX_INT),
    expression="v",
    expected=_INTEGER,
    samples=(-1, 0, 5900),
)


def _decode_index(text: str) -> int:
    value = _number(text, -_MAX_INT - 1, _MAX_INT)
    if value < 0:
        raise UnexpectedError("Expected non-negative value")
    return value


port: Final = Codec(
    "port number",
    lambda text: _number(text, 0, 65535),
    expression="v",
    refusal=invalid("failed to parse port number '{value}'"),
    samples=(1, 65535),
)
index: Final = Codec("non-negative integer", _decode_index, expression="v", expected=_INTEGER, samples=(0, 1, _MAX_INT))
index_any_base: Final = Codec(
    "non-negative integer",
    _decode_index_any_base,
    expression="v",
    expected=_INTEGER,
    samples=(0, 1, _MAX_INT),
)
index_hex: Final = Codec(
    "hexadecimal integer",
    _decode_index_any_base,
    expression="v:#x",
    encode=hex,
    expected=_INTEGER,
    samples=(0, 1, 255),
)
signed_any_base: Final = Codec(
    "integer",
    lambda text: _number(text, -_MAX_INT - 1, _MAX_INT, _ANY_BASE),
    expression="v",
    expected=_INTEGER,
    samples=(0, 1, -1),
)
signed_long: Final = Codec(
    "64-bit integer",
    lambda text: _number(text, -_MAX_LONG - 1, _MAX_LONG),
    expression="v",
    expected=_INTEGER,
    samples=(-17592186044416, 0, 123456),
)


def hexadecimal(digits: int = 0, *, long: bool = False) -> Codec:
    """A number written as 0x…, padded to `digits`; any base C knows is read."""
    spelt = f"v:#0{digits + 2}x" if digits else "v:#x"
    highest = _MAX_ULONG if long else _MAX_UINT
    return Codec(
        "hexadecimal integer",
        (lambda text: _number(text, 0, highest, _ANY_BASE)) if long else _decode_any_base,
        expression=spelt,
        encode=(lambda value: f"{value:#0{digits + 2}x}") if digits else hex,
        expected=_NON_NEGATIVE,
        samples=(0, 1, 7),
    )


def any_base(*, long: bool = False) -> Codec:
    """A number read in any base C knows and written in decimal."""
    highest = _MAX_ULONG if long else _MAX_UINT
    return Codec(
        "unsigned integer",
        lambda text: _number(text, 0, highest, _ANY_BASE),
        expression="v",
        expected=_NON_NEGATIVE,
        samples=(0, 1, 7),
    )


long_long: Final = Codec(
    "64-bit integer",
    lambda text: _number(text, -_MAX_LONG - 1, _MAX_LONG, _ANY_BASE),
    expression="v",
    expected="Expected long long integer value",
    samples=(-1, 0, 123456),
)

octal: Final = Codec(
    "octal file mode",
    lambda text: _octal(text),
    expression="v:#05o",
    encode=lambda value: f"0{value:o}",
    samples=(0o600, 0o755),
)


def _octal(text: str) -> int:
    if not re.fullmatch("0?[0-7]{1,4}", text):
        raise ValueError(text)
    return int(text, 8)


def _switch(name: str, true: str, false: str) -> Codec:
    return Codec(
        name,
        {true: True, false: False}.__getitem__,
        expression=f"'{true}' if v else '{false}'",
        encode=lambda value: true if value else false,
        values=(true, false),
        samples=(True, False),
    )


create_mode: Final = Codec(
    "octal file mode",
    lambda text: _octal(text),
    expected=_NON_NEGATIVE,
    expression="v:04o",
    encode=lambda value: f"{value:04o}",
    samples=(0o600, 0o755),
)

yes_no: Final = _switch("yes or no", "yes", "no")
on_off: Final = _switch("on or off", "on", "off")
one_zero: Final = _switch("1 or 0", "1", "0")
true_false: Final = _switch("true or false", "true", "false")


def one_of(values: Iterable[str]) -> Codec:
    """A closed set of words; what is not in it is refused."""
    words = tuple(values)
    return Codec(
        "one of " + ", ".join(words),
        {word: word for word in words}.__getitem__,
        expression="v",
        values=words,
        samples=words,
    )


_UUID = re.compile(r"[0-9a-fA-F]{32}\Z")


def _decode_uuid(text: str) -> str:
    # libvirt skips dashes wherever they stand, and white space around.
    digits = text.strip(" \t\n\r").replace("-", "")
    if len(text) > _LONGEST_NUMBER or not _UUID.match(digits):
        raise ValueError(text)
    low = digits.lower()
    return f"{low[:8]}-{low[8:12]}-{low[12:16]}-{low[16:20]}-{low[20:]}"


uuid: Final = Codec("UUID", _decode_uuid, expression="v", samples=("c7a5fdbd-edaf-9455-926a-d65c16db1809",))

_MAC = re.compile(r"([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}\Z")


def _decode_mac(text: str) -> str:
    if not _MAC.match(text):
        raise ValueError(text)
    return ":".join(part.zfill(2) for part in text.lower().split(":"))


mac: Final = Codec("MAC address", _decode_mac, expression="v", samples=("52:54:00:a1:b2:c3", "00:11:22:33:44:55"))


def _decode_ip(text: str) -> str:
    # What getaddrinfo() takes for a numeric address, in its canonical form.
    try:
        if ":" in text:
            return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text))
        return socket.inet_ntoa(socket.inet_aton(text))
    except OSError:
        raise ValueError(text) from None


ip_address: Final = Codec("IP address", _decode_ip, expression="v", samples=("192.168.1.2", "2001:db8::1"))


def matching(name: str, pattern: str, *samples: str) -> Codec:
    """Text of a certain form; `pattern` must match all of it."""
    form = re.compile(pattern)

    def decode(text: str) -> str:
        if form.fullmatch(text) is None:
            raise ValueError(text)
        return text

    return Codec(name, decode, expression="escape(v)", encode=escape, samples=samples)


absolute_path: Final = matching("absolute path", "/.*", "/a", "/var/lib/x y")

bitmap: Final = Codec(
    "set of numbers",
    Bitmap.parse,
    expression="v",
    encode=str,
    refusal=invalid("Failed to parse bitmap '{value}'"),
    samples=(Bitmap((0,)), Bitmap((0, 1, 2, 7)), Bitmap(range(1, 9))),
)
