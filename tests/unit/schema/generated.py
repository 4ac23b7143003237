# SPDX-License-Identifier: Apache-2.0
"""Documents made up from the declarations: a hypothesis strategy for any element class."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from manor.schema.core import Element, Field, Kind, Raw, codec, schema_of

# What survives an XML parser unchanged: no carriage returns, and for attributes no line ends or tabs.
_LEGAL = st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_characters="\x7f")
WORDS = st.text(_LEGAL, min_size=1, max_size=12).filter(lambda text: text.strip() == text)


@st.composite
def subtrees(draw: st.DrawFn, depth: int = 2) -> Raw:
    """Something nobody looks into."""
    name = draw(st.sampled_from(["a", "b", "some-thing"]))
    content: tuple[Raw | str, ...] = ()
    if depth:
        content = tuple(draw(st.lists(subtrees(depth - 1), max_size=2))) or tuple(draw(st.lists(WORDS, max_size=1)))
    attributes = tuple((draw(st.sampled_from("xyz")), draw(WORDS)) for _ in range(draw(st.integers(0, 1))))
    return Raw(name, None, (), attributes, content)


def values(field: Field) -> st.SearchStrategy[Any]:
    """Values of a field that holds one."""
    if field.unit:
        return st.integers(0, 1 << 40)
    if field.codec is codec.string:
        return WORDS
    assert field.codec is not None and field.codec.samples, f"no samples for {field!r}"
    return st.sampled_from(field.codec.samples)


def choose(draw: st.DrawFn, cls: type[Element], holder: dict[str, Any], fields: dict[str, Field]) -> type[Element]:
    """One of the variants of a class; where an attribute of the holder decides, set that attribute to match."""
    schema = schema_of(cls)
    if not schema.variants:
        return cls
    kind = draw(st.sampled_from(sorted(schema.variants)))
    by = schema.by or ""
    if by.startswith("../"):
        name = next(name for name, field in fields.items() if field.kind is Kind.ATTRIBUTE and field.xml == by[3:])
        # Two children may depend on one attribute: the second follows the first.
        kind = holder[name] if holder.get(name) in schema.variants else kind
        holder[name] = kind
    return schema.variants[kind]


@st.composite
def elements(draw: st.DrawFn, cls: type[Element], depth: int = 2, most: int = 5) -> Element:
    """An element of `cls` with up to `most` of its optional fields, and children `depth` levels down."""
    schema = schema_of(cls)
    fields = {field.name: field for field in schema.fields}
    optional = [
        field
        for field in schema.fields
        if not field.required and (depth or not field.types) and field.initial() in (None, False, [])
    ]
    picked = draw(st.sets(st.sampled_from(range(len(optional))), max_size=most)) if optional else set()
    chosen: dict[str, Any] = {}
    wanted = [field for field in schema.fields if field.required and field.initial() is None]
    for field in [*wanted, *(optional[index] for index in sorted(picked))]:
        if field.choices or field.name in chosen:
            continue
        if field.types:
            count = draw(st.integers(1, 2)) if field.is_list else 1
            targets = [draw(st.sampled_from(field.types)) for _ in range(count)]
            made = [draw(elements(choose(draw, each, chosen, fields), depth - 1, most)) for each in targets]
            chosen[field.name] = made if field.is_list else made[0]
        elif field.kind is Kind.FLAG:
            chosen[field.name] = True
        elif field.kind is Kind.RAW:
            tree = draw(subtrees())
            if field.xml != "*":
                prefix, uri = field.namespace or ("", None)
                tree = tree._replace(tag=f"{prefix}:{field.xml}" if prefix else field.xml, uri=uri)
            chosen[field.name] = [tree] if field.is_list else tree
        else:
            value = draw(values(field))
            chosen[field.name] = [value] if field.is_list else value
    for field in schema.fields:
        if field.choices and draw(st.booleans()):
            words = field.choices.words.get(chosen.get(field.choices.by, ""))
            if words:
                chosen[field.name] = draw(st.sampled_from(words))
    return cls(**chosen)
