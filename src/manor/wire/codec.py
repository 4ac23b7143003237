# SPDX-License-Identifier: Apache-2.0
"""XDR structures: their fields, and the encoder and decoder compiled for each on first use.

A layout decodes to a tuple, or to a record where the table names one, and encodes any sequence of the same shape.
The source that is compiled comes from manor.wire.compiler.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    class Schema(Protocol):
        """Where a layout finds what its fields refer to."""

        def limit(self, name: str) -> int: ...

        def structure(self, name: str) -> Layout: ...

    Encoder = Callable[[Sequence[Any]], bytes]
    Decoder = Callable[[bytes], tuple[Any, ...]]

STRING_MAX = 4194304
"""The most bytes a string may have."""


class Field:
    """One field of a structure: its name and its type in the terms of manor.wire.tables.

    `form` is "" for one value, "?" for an optional one, "[" for an array of `limit` elements, "<" for one of at most
    so many.
    """

    __slots__ = ("base", "form", "limit", "limit_name", "name")

    def __init__(self, name: str, base: str, form: str = "", limit: int = 0, limit_name: str = "") -> None:
        self.name = name
        self.base = base
        self.form = form
        self.limit = limit
        self.limit_name = limit_name

    @classmethod
    def parse(cls, word: str, schema: Schema) -> Field:
        """A field from a table's `NAME:TYPE`."""
        name, _, text = word.partition(":")
        if text.endswith("?"):
            return cls(name, text[:-1], "?")
        for opening in "<[":
            base, bracket, limit = text.partition(opening)
            if bracket:
                limit = limit[:-1]
                named = "" if limit.isdigit() else limit
                return cls(name, base, opening, schema.limit(limit) if named else int(limit), named)
        return cls(name, text)

    def __repr__(self) -> str:
        return f"{self.name}:{self.base}{self.form}{self.limit or ''}"


class Layout:
    """A structure on the wire.

    `encode(values)` gives its bytes or raises EncodeError; `decode(data)` gives its values, ignores what follows them,
    and raises DecodeError. Both are compiled when first called.
    """

    __slots__ = ("_fields", "_text", "decode", "encode", "record", "schema")

    encode: Encoder
    decode: Decoder

    def __init__(self, schema: Schema, text: str) -> None:
        self.schema = schema
        text = text.strip()
        self.record = ""
        if text.startswith("="):
            self.record, _, text = text[1:].partition(" ")
        self._text = text
        self._fields: tuple[Field, ...] | None = None
        if text:
            self.encode = self._first_encode
            self.decode = self._first_decode
        else:
            self.encode = _encode_nothing
            self.decode = _decode_nothing

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields in the order of the wire."""
        if self._fields is None:
            self._fields = tuple(Field.parse(word, self.schema) for word in self._text.split())
        return self._fields

    def __bool__(self) -> bool:
        return bool(self._text)

    def _first_encode(self, values: Sequence[Any]) -> bytes:
        from manor.wire.compiler import compile_encoder

        self.encode = compile_encoder(self)
        return self.encode(values)

    def _first_decode(self, data: bytes) -> tuple[Any, ...]:
        from manor.wire.compiler import compile_decoder

        self.decode = compile_decoder(self)
        return self.decode(data)


def _encode_nothing(values: Sequence[Any]) -> bytes:
    if values:
        from manor.wire.errors import EncodeError

        raise EncodeError("values for a structure without fields")
    return b""


def _decode_nothing(data: bytes) -> tuple[Any, ...]:
    return ()
