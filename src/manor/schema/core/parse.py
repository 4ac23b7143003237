# SPDX-License-Identifier: Apache-2.0
"""Reading: one plan per class, compiled from its schema on first use.

A plan maps attribute names and child tags to small closures that put a value into a new element, so the cost
of reading follows from what the document holds, not from what could be in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from manor.errors import ErrorDomain, ErrorNumber, ManorError
from manor.schema.core.codec import Codec, UnexpectedError, ZeroNotPermittedError
from manor.schema.core.element import Element, Schema, codec_of, schema_of
from manor.schema.core.field import Choices, Field, Kind
from manor.schema.core.make import compile_blank
from manor.schema.core.node import Node, is_element, local_name, text_of
from manor.schema.core.problem import DocumentError, Refusal, refuse
from manor.schema.core.reader import read_tree
from manor.schema.core.subtree import Raw
from manor.schema.core.units import scaled

E = TypeVar("E", bound=Element)


class Context:
    """What holds for a whole document: is the unknown refused, and whose errors are these."""

    __slots__ = ("domain", "strict")

    def __init__(self, strict: bool, domain: ErrorDomain) -> None:
        self.strict = strict
        self.domain = domain


Handler = Callable[[Any, Node, Context], None]


def parse_root(cls: type[E], xml: str | bytes, *, validate: bool, source: str, domain: ErrorDomain | None) -> E:
    """See Element.parse."""
    schema = cls.__schema__
    domain = domain or schema.domain or ErrorDomain.XML
    node = read_tree(xml, source or f"({schema.tag}_definition)", domain)
    if node.tag != schema.qualified:
        detail = f"expecting root element of '{schema.tag}', not '{local_name(node)}'"
        raise refuse(node, ErrorDomain.XML, ErrorNumber.XML_ERROR, detail)
    return parse_node(cls, node, validate=validate, domain=domain)


def parse_node(cls: type[E], node: Node, *, validate: bool, domain: ErrorDomain | None) -> E:
    """See Element.from_node."""
    context = Context(validate, domain or cls.__schema__.domain or ErrorDomain.XML)
    try:
        made: E = build(cls.__schema__, node, context)
    except DocumentError as error:
        if not validate or error.code == ErrorNumber.XML_INVALID_SCHEMA:
            raise
        # libvirt's schema knows the values too, so they are refused there, before anything else looks at them.
        raise _invalid(error) from None
    return made


def _invalid(error: DocumentError) -> DocumentError:
    """The error as one of validation, at the same place."""
    detail = f"{error.str2 or error.message} at line {error.line}"
    made = refuse(None, ErrorDomain.XML, ErrorNumber.XML_INVALID_SCHEMA, detail)
    made.element, made.line = error.element, error.line
    return made


def build(schema: Schema, node: Node, context: Context) -> Any:
    """The element `node` describes; the class is `schema`'s, or the variant its attribute selects."""
    if schema.variants:
        schema = _variant(schema, node, context).__schema__
    plan: Plan = schema.plan or compile_plan(schema)
    element = plan.blank()
    attributes = plan.attributes
    for name, value in node.items():
        entry = attributes.get(name)
        if entry is not None:
            slot, decode, field = entry
            if decode is None:
                setattr(element, slot, value)
                continue
            try:
                setattr(element, slot, decode(value))
            except (ValueError, KeyError) as error:
                raise bad_attribute(schema, field, node, name, value, context, error) from None
        elif context.strict and name not in plan.ignored:
            raise unknown(node, f"attribute '{name}' in element '{local_name(node)}'")
    for check in plan.checks:
        check(element, node, context)
    handlers = plan.children
    for child in node:
        handler = handlers.get(child.tag)
        if handler is not None:
            handler(element, child, context)
        else:
            _unhandled(schema, plan, element, node, child, context)
    if plan.text is not None:
        plan.text(element, node, context)
    for field in plan.required:
        if getattr(element, field.name) is None:
            raise _missing(schema, field, node, context)
    return element


def _unhandled(schema: Schema, plan: Plan, element: Element, node: Node, child: Node, context: Context) -> None:
    """A child no field names: kept if the class keeps all, dropped or refused otherwise."""
    if not is_element(child):
        return
    if plan.others is not None:
        plan.others(element, child, context)
    elif context.strict:
        raise unknown(child, f"element '{local_name(child)}' in '{local_name(node)}'")
    elif schema.unknown_child is not None:
        raise refusal(schema.unknown_child, child, _domain(schema, context), local_name(child))


class Plan:
    """How to read one class."""

    __slots__ = ("attributes", "blank", "checks", "children", "ignored", "others", "required", "text")

    def __init__(self, schema: Schema) -> None:
        self.attributes: dict[str, tuple[str, Callable[[str], Any] | None, Field]] = {}
        self.checks: list[Handler] = []  # what is done once all attributes are read
        self.children: dict[Any, Handler] = {}
        self.others: Handler | None = None
        self.text: Handler | None = None
        self.ignored: frozenset[str] = frozenset()
        self.required = tuple(field for field in schema.fields if field.required)
        self.blank = compile_blank(schema)


def compile_plan(schema: Schema) -> Plan:
    """Compile and keep the plan of a class."""
    schema_of(schema.cls)
    plan = Plan(schema)
    groups: dict[str, dict[str, Handler]] = {}
    for field in schema.fields:
        if field.kind is Kind.ATTRIBUTE and field.unit:
            plan.ignored = frozenset((field.unit_name, field.xml))
            plan.checks.append(_scaled_attribute(schema, field))
        elif field.kind is Kind.ATTRIBUTE:
            plan.attributes[_qualified(field)] = (field.name, _attribute_decoder(field), field)
            if field.choices:
                plan.checks.append(_choice(schema, field))
        elif field.kind is Kind.TEXT:
            plan.text = _scaled_text(schema, field) if field.unit else _text(schema, field)
            if field.unit:
                plan.ignored = frozenset(("unit",))
        elif field.xml == "*":
            plan.others = _raw(schema, field)
        else:
            target = groups.setdefault(field.within, {}) if field.within else plan.children
            for tag, handler in _handlers(schema, field):
                target[tag] = handler
    for wrapper, inner in groups.items():
        plan.children[wrapper] = _wrapped(wrapper, inner)
    schema.plan = plan
    return plan


def _decoder(codec: Codec | None) -> Callable[[str], Any] | None:
    return None if codec is None or codec.decode is str else codec.decode


def _attribute_decoder(field: Field) -> Callable[[str], Any] | None:
    decode = _decoder(field.codec)
    if not field.blank and not field.lenient:
        return decode

    def lenient(text: str) -> Any:
        if field.blank and not text:
            return None
        try:
            return decode(text) if decode else text
        except (ValueError, KeyError):
            if field.lenient:
                return None
            raise

    return lenient


def _scaled_attribute(schema: Schema, field: Field) -> Handler:
    slot, name = field.name, field.xml

    def handle(element: Any, node: Node, context: Context) -> None:
        spelt = node.get(name)
        if spelt:
            setattr(element, slot, _scaled(schema, field, node, spelt, context))

    return handle


def _choice(schema: Schema, field: Field) -> Handler:
    slot, choices = field.name, field.choices or Choices("", {})

    def handle(element: Any, node: Node, context: Context) -> None:
        value = getattr(element, slot)
        words = choices.words.get(getattr(element, choices.by))
        if value is not None and words is not None and value not in words:
            raise bad_attribute(schema, field, node, field.xml, value, context, ValueError())

    return handle


def _qualified(field: Field) -> str:
    return f"{{{field.namespace.uri}}}{field.xml}" if field.namespace else field.xml


def _handlers(schema: Schema, field: Field) -> list[tuple[str, Handler]]:
    """The child tags a field takes, and what to do with each."""
    if field.kind in (Kind.ONE, Kind.MANY):
        make = _one if field.kind is Kind.ONE else _many
        return [(tag, make(schema, field, cls.__schema__)) for tag, cls in field.by_tag.items()]
    makers = {
        Kind.VALUE: _value,
        Kind.VALUES: _value,
        Kind.FLAG: _flag,
        Kind.SIZE: _size,
        Kind.RAW: _raw,
    }
    return [(_qualified(field), makers[field.kind](schema, field))]


def _first_only(slot: str, field: Field, element: Any, node: Node, context: Context) -> bool:
    """libvirt takes the first of elements that should be single; strictly, a second one is an error."""
    if getattr(element, slot) == field.initial():
        return True
    if field.duplicate:
        raise refusal(field.duplicate, node, _domain(type(element).__schema__, context), "")
    if context.strict:
        raise unknown(node, f"second element '{local_name(node)}'")
    return False


def _one(_schema: Schema, field: Field, target: Schema) -> Handler:
    slot = field.name

    def handle(element: Any, node: Node, context: Context) -> None:
        if field.merged and not context.strict and (before := getattr(element, slot)) is not None:
            _merge(before, build(target, node, context), node, context)
        elif getattr(element, slot) is None or _first_only(slot, field, element, node, context):
            setattr(element, slot, build(target, node, context))

    return handle


def _merge(element: Element, more: Element, node: Node, context: Context) -> None:
    """Add what a second element of a name holds: to lists, and where there was nothing."""
    for field in element.__schema__.fields:
        new = getattr(more, field.name)
        if field.is_list:
            getattr(element, field.name).extend(new)
        elif getattr(element, field.name) == field.initial():
            setattr(element, field.name, new)
        elif new != field.initial() and field.duplicate:
            raise refusal(field.duplicate, node, _domain(element.__schema__, context), "")


def _many(_schema: Schema, field: Field, target: Schema) -> Handler:
    slot = field.name

    def handle(element: Any, node: Node, context: Context) -> None:
        getattr(element, slot).append(build(target, node, context))

    return handle


def _value(schema: Schema, field: Field) -> Handler:
    slot, at, bare = field.name, field.at, field.bare
    decode = _attribute_decoder(field) or codec_of(field).decode
    several = field.kind is Kind.VALUES

    def handle(element: Any, node: Node, context: Context) -> None:
        if not several and not _first_only(slot, field, element, node, context):
            return
        if at is None:
            spelt = text_of(node)
            if not spelt:
                return  # to libvirt, text that is empty is not there
        else:
            given = node.get(at)
            if given is None:
                if bare is None and field.missing:
                    raise refusal(field.missing, node, context.domain, "")
                if field.needed and at is not None:
                    raise missing_attribute(node, at)
                if not several:
                    setattr(element, slot, bare)
                return
            spelt = given
        try:
            value = decode(spelt)
        except (ValueError, KeyError) as error:
            raise bad_value(schema, field, node, spelt, context, error) from None
        if context.strict:
            _only(node, at)
        if several:
            getattr(element, slot).append(value)
        else:
            setattr(element, slot, value)

    return handle


def _only(node: Node, at: str | None, *more: str) -> None:
    for name in node.keys():  # noqa: SIM118 - a node iterates over its children
        if name != at and name not in more:
            raise unknown(node, f"attribute '{name}' in element '{local_name(node)}'")
    for child in node:
        if is_element(child):
            raise unknown(child, f"element '{local_name(child)}' in '{local_name(node)}'")


def _flag(_schema: Schema, field: Field) -> Handler:
    slot = field.name

    def handle(element: Any, node: Node, context: Context) -> None:
        if context.strict:
            _only(node, None)
        setattr(element, slot, True)

    return handle


def _size(schema: Schema, field: Field) -> Handler:
    slot = field.name

    def handle(element: Any, node: Node, context: Context) -> None:
        if _first_only(slot, field, element, node, context):
            if context.strict:
                _only(node, "unit")
            spelt = text_of(node)
            if spelt:
                setattr(element, slot, _scaled(schema, field, node, spelt, context))

    return handle


def _scaled(schema: Schema, field: Field, node: Node, spelt: str, context: Context) -> int:
    try:
        return scaled(spelt, node.get(field.unit_name), field.unit, field.assumed)
    except (ValueError, ManorError) as error:
        if field.error:
            raise refusal(field.error, node, _domain(schema, context), spelt) from None
        if isinstance(error, ManorError):
            raise refuse(node, error.domain, error.code, error.str2) from None
        detail = f"Invalid value '{spelt}' for element or attribute '{_path(field, node)}'"
        raise refuse(node, ErrorDomain.XML, ErrorNumber.XML_ERROR, detail) from None


def _path(field: Field, node: Node) -> str:
    """What libvirt calls the place of a value in its errors."""
    if field.path:
        return field.path
    return f"./@{field.xml}" if field.kind is Kind.ATTRIBUTE else f"./{local_name(node)}[1]"


def _text(schema: Schema, field: Field) -> Handler:
    slot, decode = field.name, _decoder(field.codec)

    def handle(element: Any, node: Node, context: Context) -> None:
        spelt = text_of(node)
        if not spelt:
            return
        if decode is None:
            setattr(element, slot, spelt)
            return
        if not spelt.strip():
            return
        try:
            setattr(element, slot, decode(spelt))
        except (ValueError, KeyError) as error:
            raise bad_value(schema, field, node, spelt, context, error) from None

    return handle


def _scaled_text(schema: Schema, field: Field) -> Handler:
    slot = field.name

    def handle(element: Any, node: Node, context: Context) -> None:
        spelt = text_of(node)
        if spelt or field.required:
            setattr(element, slot, _scaled(schema, field, node, spelt, context))

    return handle


def _raw(_schema: Schema, field: Field) -> Handler:
    slot = field.name

    def handle(element: Any, node: Node, context: Context) -> None:
        if not field.several and not _first_only(slot, field, element, node, context):
            return
        value = Raw.from_node(node)
        if field.namespace is not None:  # which the element around it declares
            declared = tuple(pair for pair in value.namespaces if pair != field.namespace)
            value = value._replace(namespaces=declared)
        if field.several:
            getattr(element, slot).append(value)
        else:
            setattr(element, slot, value)

    return handle


def _wrapped(wrapper: str, inner: dict[str, Handler]) -> Handler:
    def handle(element: Any, node: Node, context: Context) -> None:
        for child in node:
            handler = inner.get(child.tag)
            if handler is not None:
                handler(element, child, context)
            elif context.strict and is_element(child):
                raise unknown(child, f"element '{local_name(child)}' in '{wrapper}'")

    return handle


def _variant(schema: Schema, node: Node, context: Context) -> type[Element]:
    by = schema.by or ""
    holder: Node | None = node
    while by.startswith("../"):
        holder = holder.getparent() if holder is not None else None
        by = by[3:]
    value = holder.get(by) if holder is not None else None
    if value is None:
        if schema.fallback is not None:
            return schema.variants[schema.fallback]
        if schema.missing_kind is not None:
            raise refusal(schema.missing_kind, node, _domain(schema, context), "")
        raise missing_attribute(holder if holder is not None else node, by)
    found = schema.variants.get(value)
    if found is not None:
        return found
    if schema.unknown_kind is not None:
        raise refusal(schema.unknown_kind, node, _domain(schema, context), value)
    raise invalid_attribute(holder if holder is not None else node, by, value, "")


# Refusals, in libvirt's words.


def _domain(schema: Schema, context: Context) -> ErrorDomain:
    return context.domain if schema.domain is None else schema.domain


def refusal(said: Refusal, node: Node, domain: ErrorDomain, value: str, name: str = "") -> DocumentError:
    """The error a declaration gives words for."""
    text = said.text
    if "{name}" in text:
        text = text.replace("{name}", _document_name(node))
    domain = domain if said.domain is None else said.domain
    return refuse(node, domain, said.code, text.replace("{value}", value))


def _document_name(node: Node) -> str:
    """The text of <name> below the root of the document."""
    root: Node = node
    while (parent := root.getparent()) is not None:
        root = parent
    return next((child.text or "" for child in root if child.tag == "name"), "")


def invalid_attribute(node: Node, name: str, value: str, expected: str) -> DocumentError:
    """libvirt's usual refusal of an attribute's value."""
    detail = f"Invalid value for attribute '{name}' in element '{local_name(node)}': '{value}'."
    if expected:
        detail += f" {expected}"
    return refuse(node, ErrorDomain.XML, ErrorNumber.XML_ERROR, detail)


def missing_attribute(node: Node, name: str) -> DocumentError:
    """libvirt's usual refusal of an element without an attribute it needs."""
    detail = f"Missing required attribute '{name}' in element '{local_name(node)}'"
    return refuse(node, ErrorDomain.XML, ErrorNumber.XML_ERROR, detail)


def unknown(node: Node, what: str) -> DocumentError:
    """A document that holds what the schema does not know."""
    detail = f"unknown {what} at line {node.sourceline}"
    return refuse(node, ErrorDomain.XML, ErrorNumber.XML_INVALID_SCHEMA, detail)


def bad_attribute(
    schema: Schema, field: Field, node: Node, name: str, value: str, context: Context, error: Exception
) -> DocumentError:
    """The refusal of an attribute's value, in the field's own words if it has them."""
    said = field.error or codec_of(field).refusal
    if said:
        return refusal(said, node, _domain(schema, context), value)
    if isinstance(error, ZeroNotPermittedError):
        detail = f"Invalid value for attribute '{name}' in element '{local_name(node)}': Zero is not permitted"
        return refuse(node, ErrorDomain.XML, ErrorNumber.XML_ERROR, detail)
    expected = str(error) if isinstance(error, UnexpectedError) else codec_of(field).expected
    return invalid_attribute(node, name, value, expected)


def bad_value(
    schema: Schema, field: Field, node: Node, value: str, context: Context, error: Exception
) -> DocumentError:
    """The refusal of the content of a child element."""
    if field.at is not None:
        return bad_attribute(schema, field, node, field.at, value, context, error)
    said = field.error or codec_of(field).refusal
    if said:
        return refusal(said, node, _domain(schema, context), value)
    detail = f"Invalid value '{value}' for element or attribute '{_path(field, node)}'"
    return refuse(node, ErrorDomain.XML, ErrorNumber.XML_ERROR, detail)


def _missing(schema: Schema, field: Field, node: Node, context: Context) -> DocumentError:
    if field.missing:
        return refusal(field.missing, node, _domain(schema, context), "")
    if field.kind is Kind.ATTRIBUTE and not field.unit:
        return missing_attribute(node, field.xml)
    path = field.path or (f"./@{field.xml}" if field.kind is Kind.ATTRIBUTE else f"./{field.xml}")
    detail = f"missing element or attribute '{path}'"
    return refuse(node, ErrorDomain.XML, ErrorNumber.XML_ERROR, detail)
