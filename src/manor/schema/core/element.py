# SPDX-License-Identifier: Apache-2.0
"""Element: the base of every class that describes an XML element.

The metaclass collects the declared fields, gives the class slots for them and a schema record; reading
(parse.py) and writing (write.py) are compiled from that record when a class is first used. Elements are plain
mutable values: they compare by content, copy deeply and know nothing of defaults that libvirt computes.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from enum import IntFlag
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform, overload

from manor.errors import ErrorDomain
from manor.schema.core import codec as codecs
from manor.schema.core.bitmap import Bitmap
from manor.schema.core.field import Field, Kind, Namespace
from manor.schema.core.make import compile_copy
from manor.schema.core.node import Node
from manor.schema.core.problem import Refusal

E = TypeVar("E", bound="Element")


_SLOT: typing.Final = types.MemberDescriptorType


class Format(IntFlag):
    """What a written document is for; the numbers are those of virDomainXMLFlags."""

    SECURE = 1  # with passwords
    INACTIVE = 2  # as it will be at the next start
    MIGRATABLE = 8  # as an older libvirt at the other end of a migration understands it
    STATUS = 1 << 16  # the daemon's own record of something running; not a flag of libvirt's


class Schema:
    """What the class statement of an element said.

    `by` names the attribute whose value selects a subclass (`kind`): of the element itself, or of its
    parent when it begins with "../". `variants` are those subclasses.
    """

    __slots__ = (
        "by",
        "cls",
        "domain",
        "fallback",
        "fields",
        "keep_empty",
        "kind",
        "missing_kind",
        "namespace",
        "plan",
        "resolved",
        "tag",
        "unknown_child",
        "unknown_kind",
        "variants",
    )

    def __init__(self, cls: type[Element], tag: str) -> None:
        self.cls = cls
        self.tag = tag
        self.namespace: Namespace | None = None
        self.fields: tuple[Field, ...] = ()
        self.by: str | None = None
        self.kind: tuple[str, ...] = ()
        self.fallback: str | None = None
        self.variants: dict[str, type[Element]] = {}
        self.unknown_child: Refusal | None = None
        self.unknown_kind: Refusal | None = None
        self.missing_kind: Refusal | None = None
        self.keep_empty: bool | str = False
        self.domain: ErrorDomain | None = None
        self.resolved = False
        self.plan: Any = None  # the compiled reader, made by parse.py

    @property
    def qualified(self) -> str:
        """The tag as lxml names it: {namespace}tag."""
        return f"{{{self.namespace.uri}}}{self.tag}" if self.namespace else self.tag

    @property
    def written(self) -> str:
        """The tag as it is written: prefix:tag."""
        return f"{self.namespace.prefix}:{self.tag}" if self.namespace else self.tag


@dataclass_transform(kw_only_default=True)
class ElementMeta(type):
    """Makes a slots class out of the fields a class body declares."""

    __schema__: Schema

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        body: dict[str, Any],
        *,
        tag: str | None = None,
        namespace: Namespace | None = None,
        by: str | None = None,
        kind: str | tuple[str, ...] = (),
        fallback: str | None = None,
        unknown_child: Refusal | None = None,
        unknown_kind: Refusal | None = None,
        missing_kind: Refusal | None = None,
        keep_empty: bool | typing.Literal["open"] = False,
        errors: ErrorDomain | None = None,
    ) -> ElementMeta:
        """`tag`: the element's name; a class without one is a mixin of fields. `by`, `kind`, `fallback`: choice
        of a subclass by an attribute, see Schema; `fallback` is the kind taken when the attribute is missing.
        `unknown_child`: what is said of a child no field names, which is otherwise dropped. `keep_empty`: written
        even without content, as <tag/> or, "open", as <tag> and </tag>. `errors`: the domain of its errors, if not
        its document's.
        """
        own = {key: value for key, value in body.items() if isinstance(value, Field)}
        for key, field in own.items():
            if any(hasattr(base, key) and not isinstance(getattr(base, key), _SLOT) for base in bases):
                raise TypeError(f"field {name}.{key} hides a method; call it {key}_")
            del body[key]
            field.name = key
            field.owner = name
            field.xml = field.xml or key.rstrip("_")
        fields: dict[str, Field] = {}
        for base in reversed(bases):
            if isinstance(base, ElementMeta):
                fields.update((field.name, field) for field in base.__schema__.fields)
        fields.update(own)
        if isinstance(kind, str) and kind:
            _fix_discriminator(fields, bases, kind)
        parent = next((base for base in bases if isinstance(base, ElementMeta)), None)
        inherited = parent.__schema__ if parent else None
        tag = tag or (inherited.tag if inherited else "")
        slotted = {slot for base in bases for cls in base.__mro__ for slot in cls.__dict__.get("__slots__", ())}
        body["__slots__"] = tuple(key for key in fields if key not in slotted) if tag else ()
        body["_write"] = _write_first  # an inherited writer or copier would be the parent's
        body["_copy"] = _copy_first
        cls = super().__new__(mcs, name, bases, body)
        schema = Schema(typing.cast("type[Element]", cls), tag)
        schema.fields = tuple(sorted(fields.values(), key=lambda field: field.order))
        schema.keep_empty = keep_empty or (inherited is not None and inherited.keep_empty)
        schema.namespace = namespace or (inherited.namespace if inherited else None)
        schema.domain = inherited.domain if errors is None and inherited else errors
        schema.by = by or (inherited.by if inherited else None)
        schema.fallback = fallback
        schema.unknown_child = unknown_child
        schema.unknown_kind = unknown_kind
        schema.missing_kind = missing_kind
        schema.kind = (kind,) if isinstance(kind, str) else kind
        if schema.kind:
            _register(schema, bases)
        cls.__schema__ = schema
        return cls

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **_options: Any) -> None:
        super().__init__(name, bases, body)


def _fix_discriminator(fields: dict[str, Field], bases: tuple[type, ...], kind: str) -> None:
    """Let the field that selects this class start with the value that selects it."""
    by = next((base.__schema__.by for base in bases if isinstance(base, ElementMeta)), None)
    for name, field in fields.items():
        if field.kind is Kind.ATTRIBUTE and field.xml == by:
            fields[name] = field.starting_with(kind)


def _register(schema: Schema, bases: tuple[type, ...]) -> None:
    for base in bases:
        for cls in base.__mro__:
            if isinstance(cls, ElementMeta) and cls.__schema__.by and not cls.__schema__.kind:
                cls.__schema__.variants.update(dict.fromkeys(schema.kind, schema.cls))


def _write_first(self: Element, out: list[str], pad: str, flags: int) -> None:
    """Compile the writer of the element's class, put it in this function's place, and use it."""
    from manor.schema.core.write import compile_writer

    cls = type(self)
    cls._write = compile_writer(cls)
    cls._write(self, out, pad, flags)


def _copy_first(self: Element) -> Element:
    """The same for copying."""
    cls = type(self)
    cls._copy = compile_copy(schema_of(cls))
    return cls._copy(self)


class Element(metaclass=ElementMeta):
    """An XML element with typed content. Subclasses declare fields; all of them may be given by keyword."""

    __schema__: ClassVar[Schema]

    def __init__(self, **values: Any) -> None:
        for field in self.__schema__.fields:
            name = field.name
            value = values.pop(name, None)
            if value is None:
                value = field.initial()
                if value is None and field.required:
                    raise TypeError(f"{type(self).__name__} needs '{name}'")
            setattr(self, name, value)
        if values:
            raise TypeError(f"{type(self).__name__} has no field '{next(iter(values))}'")

    # Reading and writing.

    @classmethod
    def parse(
        cls, xml: str | bytes, *, validate: bool = False, source: str = "", domain: ErrorDomain | None = None
    ) -> Self:
        """Read a document whose root is this element.

        `validate` refuses what no field declares (VIR_ERR_XML_INVALID_SCHEMA); otherwise it is dropped.
        `source` is what libvirt calls the input in the text of a syntax error, by default "(TAG_definition)".
        Raises DocumentError.
        """
        from manor.schema.core.parse import parse_root

        return parse_root(cls, xml, validate=validate, source=source, domain=domain)

    @classmethod
    def from_node(cls, node: Node, *, validate: bool = False, domain: ErrorDomain | None = None) -> Self:
        """Read this element from a tree made by `read_tree`."""
        from manor.schema.core.parse import parse_node

        return parse_node(cls, node, validate=validate, domain=domain)

    def format(self, flags: int = 0, *, indent: int = 0) -> str:
        """The element as libvirt writes it, ending in a newline. `flags`: Format. `indent`: levels."""
        out: list[str] = []
        self._write(out, "  " * indent, flags)
        schema = self.__schema__
        if schema.namespace and out:  # otherwise declared by the element around it
            tag = f"<{schema.written}"
            out[0] = out[0].replace(tag, f"{tag} xmlns:{schema.namespace.prefix}='{schema.namespace.uri}'", 1)
        return "".join(out)

    _write = _write_first
    _copy = _copy_first

    # Comparing, copying, walking.

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, field.name) == getattr(other, field.name) for field in self.__schema__.fields)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{field.name}={'***' if field.secure else repr(value)}"
            for field in self.__schema__.fields
            if (value := getattr(self, field.name)) != field.initial()
        )
        return f"{type(self).__name__}({shown})"

    def copy(self) -> Self:
        """A deep copy: no element is shared."""
        return typing.cast(Self, self._copy())

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def evolve(self, **changes: Any) -> Self:
        """A deep copy with some fields changed."""
        new = self.copy()
        for field in self.__schema__.fields:
            if field.name in changes:
                setattr(new, field.name, changes.pop(field.name))
        if changes:
            raise TypeError(f"{type(self).__name__} has no field '{next(iter(changes))}'")
        return new

    def drop_runtime(self) -> None:
        """Forget what only a running object has, here and below: what a definition by a user cannot set."""
        for element in self.walk():
            for field in element.__schema__.fields:
                if field.runtime:
                    setattr(element, field.name, field.initial())

    def written(self, flags: int) -> Self:
        """What is written in place of this element. Classes override it where libvirt's rule for a format flag
        looks at more than one field; the writer calls it only then."""
        return self

    def children(self) -> Iterator[Element]:
        """The elements directly below, in document order."""
        for field in self.__schema__.fields:
            value = getattr(self, field.name)
            if isinstance(value, Element):
                yield value
            elif type(value) is list:
                for item in value:
                    if isinstance(item, Element):
                        yield item

    @overload
    def walk(self) -> Iterator[Element]: ...
    @overload
    def walk(self, cls: type[E]) -> Iterator[E]: ...
    def walk(self, cls: type[Element] | None = None) -> Iterator[Element]:
        """This element and all below it, parents first; only those of `cls` if given."""
        stack: list[Element] = [self]
        while stack:
            element = stack.pop()
            if cls is None or isinstance(element, cls):
                yield element
            stack.extend(reversed(list(element.children())))


def schema_of(cls: type[Element]) -> Schema:
    """The schema record of a class, its annotations looked up."""
    schema = cls.__schema__
    if not schema.resolved:
        hints = typing.get_type_hints(cls)
        for field in schema.fields:
            if not field.resolved:
                _resolve(field, hints[field.name])
        schema.resolved = True
    return schema


def reachable(root: type[Element]) -> list[type[Element]]:
    """The classes a document of class `root` can hold, each once, in the order a reader meets them."""
    found: dict[type[Element], None] = {}

    def visit(cls: type[Element]) -> None:
        if cls in found:
            return
        found[cls] = None
        schema = schema_of(cls)
        for field in schema.fields:
            for target in field.types:
                visit(target)
        for variant in schema.variants.values():
            visit(variant)

    visit(root)
    return list(found)


_CODECS: dict[Any, codecs.Codec] = {
    str: codecs.string,
    int: codecs.unsigned,
    bool: codecs.yes_no,
    Bitmap: codecs.bitmap,
}


def _resolve(field: Field, hint: Any) -> None:
    """Find the codec or the element classes a field's annotation means."""
    members = _members(hint)
    if members and typing.get_origin(members[0]) is list:
        members = _members(typing.get_args(members[0])[0])
    if field.kind in (Kind.ONE, Kind.MANY):
        field.types = tuple(members)
        field.by_tag = {cls.__schema__.qualified: cls for cls in field.types}
        if field.kind is Kind.ONE and len(field.types) == 1:
            field.xml = field.types[0].__schema__.written
    elif field.codec is None and field.kind in (Kind.ATTRIBUTE, Kind.TEXT, Kind.VALUE, Kind.VALUES):
        if typing.get_origin(members[0]) is typing.Literal:
            field.codec = codecs.one_of(word for member in members for word in typing.get_args(member))
        else:
            field.codec = _CODECS[members[0]]
    field.resolved = True


def codec_of(field: Field) -> codecs.Codec:
    """The codec of a field that holds a single value."""
    if field.codec is None:
        raise TypeError(f"{field!r} has no codec")
    return field.codec


def _members(hint: Any) -> list[Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [arg for arg in typing.get_args(hint) if arg is not type(None)]
    return [hint]
