# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for the values of any wire structure, made from its fields."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hypothesis import strategies as st

from manor.records import TypedParam
from manor.wire.codec import Field, Layout

INT = st.integers(-(2**31), 2**31 - 1)
UINT = st.integers(0, 2**32 - 1)
HYPER = st.integers(-(2**63), 2**63 - 1)
UHYPER = st.integers(0, 2**64 - 1)
# Strings of the wire are C strings.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
DOUBLE = st.floats(allow_nan=False)

PARAM = st.one_of(
    st.builds(TypedParam, TEXT, st.just(1), INT),
    st.builds(TypedParam, TEXT, st.just(2), UINT),
    st.builds(TypedParam, TEXT, st.just(3), HYPER),
    st.builds(TypedParam, TEXT, st.just(4), UHYPER),
    st.builds(TypedParam, TEXT, st.just(5), DOUBLE),
    st.builds(TypedParam, TEXT, st.just(6), st.booleans()),
    st.builds(TypedParam, TEXT, st.just(7), TEXT),
)

SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "int": INT,
    "uint": UINT,
    "hyper": HYPER,
    "uhyper": UHYPER,
    "double": DOUBLE,
    "string": TEXT,
    "uuid": st.binary(min_size=16, max_size=16),
    "param": PARAM,
}


def values(layout: Layout) -> st.SearchStrategy[Any]:
    """What the layout encodes, in the shape in which it decodes."""
    parts = st.tuples(*[value(field, layout) for field in layout.fields])
    if not layout.record:
        return parts
    module, _, name = layout.record.rpartition(".")
    record = getattr(import_module(f"manor.records.{module}" if module else "manor.records"), name)
    return parts.map(record._make)


def value(field: Field, layout: Layout) -> st.SearchStrategy[Any]:
    if field.base in ("opaque", "octets"):
        return st.binary(max_size=min(field.limit, 40))
    if field.base == "text":
        return st.text(st.characters(min_codepoint=1, max_codepoint=0xD7FF), max_size=min(field.limit // 4 - 1, 20))
    single = SIMPLE.get(field.base)
    if single is None:
        single = values(layout.schema.structure(field.base))
    if field.form == "?":
        return st.none() | single
    if field.form == "<":
        return st.lists(single, max_size=min(field.limit, 4))
    return single
