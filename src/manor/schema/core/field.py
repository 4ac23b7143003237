# SPDX-License-Identifier: Apache-2.0
"""Field declarations: what one attribute or child of an element is.

A class body assigns one of these functions' results to an annotated name; the annotation says the value's
type, the call says where in the XML it lives. Everything else (reading, writing, comparing, documenting)
follows from the Field object kept here. Types are looked up when a class is first used, so that elements may
refer to classes defined later.
"""

from __future__ import annotations

import copy
import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from manor.schema.core.codec import Codec
from manor.schema.core.problem import Refusal, unsupported

if TYPE_CHECKING:
    from manor.schema.core.element import Element


class Kind(enum.Enum):
    """Where a field's value lives in the XML."""

    ATTRIBUTE = "attribute"
    TEXT = "text"  # the text of the element itself
    VALUE = "value"  # text or one attribute of a child element
    VALUES = "values"  # the same, of a repeated child
    FLAG = "flag"  # a child that is there or not
    SIZE = "size"  # text of a child, scaled by its unit attribute
    ONE = "one"  # a child with a class of its own
    MANY = "many"  # a repeated child, or a mixed ordered list of several classes
    RAW = "raw"  # subtrees kept as they are


class Namespace(NamedTuple):
    """An XML namespace and the prefix libvirt writes it with."""

    prefix: str
    uri: str


class Early(NamedTuple):
    """A child written before the field `before`, not in its own place, if the field `by` has this value."""

    before: str
    by: str
    value: str


class Choices(NamedTuple):
    """The words an attribute may have, which depend on the field `by` of the same element."""

    by: str
    words: Mapping[str | None, tuple[str, ...]]


class Field:
    """One declared attribute or child; see the functions below for the meaning of each property."""

    __slots__ = (
        "assumed",
        "at",
        "bare",
        "blank",
        "by_tag",
        "choices",
        "codec",
        "default",
        "doc",
        "duplicate",
        "early",
        "error",
        "inactive_only",
        "keep_empty",
        "kind",
        "lenient",
        "live_only",
        "merged",
        "migratable",
        "missing",
        "name",
        "namespace",
        "needed",
        "order",
        "owner",
        "path",
        "pretty",
        "required",
        "resolved",
        "runtime",
        "secure",
        "several",
        "since",
        "status",
        "types",
        "unit",
        "unit_name",
        "within",
        "xml",
    )

    def __init__(self, kind: Kind, xml: str | None, **options: Any) -> None:
        self.kind = kind
        self.xml = xml or ""
        self.name = ""
        self.owner = ""
        self.codec: Codec | None = options.get("codec")
        self.default: Any = options.get("default")
        self.required: bool = options.get("required", False)
        self.order: int = options.get("order", 0)
        self.since: tuple[int, ...] = options.get("since", ())
        self.live_only: bool = options.get("live_only", False)
        self.inactive_only: bool = options.get("inactive_only", False)
        self.status: bool = options.get("status", False)
        self.runtime: bool = options.get("runtime", self.live_only or self.status)
        self.several: bool = options.get("several", kind in (Kind.MANY, Kind.VALUES))
        self.secure: bool = options.get("secure", False)
        self.migratable: bool = options.get("migratable", True)
        self.error: Refusal | None = _refusal(options.get("error"))
        self.missing: Refusal | None = _refusal(options.get("missing"))
        self.duplicate: Refusal | None = _refusal(options.get("duplicate"))
        self.at: str | None = options.get("at")
        self.bare: Any = options.get("bare")
        self.needed: bool = options.get("needed", False)
        self.merged: bool = options.get("merged", False)
        self.blank: bool = options.get("blank", False)
        self.lenient: bool = options.get("lenient", False)
        self.choices: Choices | None = options.get("choices")
        self.path: str = options.get("path", "")
        self.unit_name: str = options.get("unit_name", "unit")
        self.unit: str = options.get("unit", "")
        self.assumed: str = options.get("assumed") or self.unit
        self.pretty: bool = options.get("pretty", False)
        self.within: str | None = options.get("within")
        self.keep_empty: bool = options.get("keep_empty", False)
        self.early: Early | None = options.get("early")
        self.namespace: Namespace | None = options.get("namespace")
        self.doc: str = options.get("doc", "")
        # Filled in when the class is first used.
        self.resolved = False
        self.types: tuple[type[Element], ...] = ()
        self.by_tag: dict[str, type[Element]] = {}

    def __repr__(self) -> str:
        return f"<Field {self.owner}.{self.name} {self.kind.value} {self.xml}>"

    @property
    def is_list(self) -> bool:
        """Whether the value is a list, which is empty when nothing is there."""
        return self.several

    def starting_with(self, default: Any) -> Field:
        """The same declaration with another initial value."""
        made = copy.copy(self)
        made.default = default
        return made

    def initial(self) -> Any:
        """What the field holds in a new element."""
        if self.is_list:
            return []
        return False if self.kind is Kind.FLAG else self.default


def _refusal(given: str | Refusal | None) -> Refusal | None:
    return unsupported(given) if isinstance(given, str) else given


def attr(name: str | None = None, codec: Codec | None = None, **options: Any) -> Any:
    """An attribute of the element. The codec follows from the annotation (str, int: unsigned 32 bit, bool:
    yes/no, Literal: one of the words, Bitmap) unless given.

    Options of all fields: `since` (libvirt version), `order` (place among the fields, default 0), `required`
    with `missing` (what is said when it is not there), `error` (what is said of a bad value), `doc`; left out of
    some kinds of XML: `live_only`, `inactive_only`, `secure` (written only with Format.SECURE), `status` (only in
    the daemon's own records), `migratable=False`; `runtime` (nothing a user defines: drop_runtime() forgets it, as
    it does live_only and status fields).

    Options of attributes: `blank` (an empty string counts as absent), `lenient` (so does a bad value),
    `choices` (see Choices), `unit` (a number that the attribute `unit_name`, "unit", scales; kept in this unit).
    """
    return Field(Kind.ATTRIBUTE, name, codec=codec, unit=options.pop("unit", ""), **options)


def text(codec: Codec | None = None, **options: Any) -> Any:
    """The text of the element; by convention the field is called `value`. With `unit`, it is a number that
    the attribute `unit` scales, kept in the unit given ("KiB" or "bytes")."""
    return Field(Kind.TEXT, None, codec=codec, unit=options.pop("unit", ""), **options)


def child(name: str | None = None, codec: Codec | None = None, *, at: str | None = None, **options: Any) -> Any:
    """A value in a child element without a class of its own: its text, or its attribute `at`.

    `bare` is the value of a child that lacks the attribute (<hap/>), which `needed` refuses; `within` names an
    element around it.
    """
    return Field(Kind.VALUE, name, codec=codec, at=at, **options)


def children(name: str, codec: Codec | None = None, *, at: str | None = None, **options: Any) -> Any:
    """The values of a repeated child element, like `child`."""
    return Field(Kind.VALUES, name, codec=codec, at=at, **options)


def flag(name: str | None = None, **options: Any) -> Any:
    """True if the (empty) child element is there."""
    return Field(Kind.FLAG, name, **options)


def amount(name: str | None = None, *, unit: str = "KiB", **options: Any) -> Any:
    """A child element that holds an amount of memory or storage and perhaps its unit.

    The value is kept, and written, in `unit`: "KiB", "M" or "bytes". An amount read without a unit is in
    `assumed` (default: `unit`). With `pretty`, bytes are written in the largest unit that holds them exactly.
    `path` is what libvirt calls the element in errors, if not "./name[1]".
    """
    return Field(Kind.SIZE, name, unit=unit, **options)


def one(**options: Any) -> Any:
    """A child element; the annotation is its class. `keep_empty` writes it even when nothing is in it;
    `early` moves it, see Early. What is in further elements of the name is dropped, or with `merged` added."""
    return Field(Kind.ONE, None, **options)


def many(**options: Any) -> Any:
    """A repeated child; the annotation is list[Class] or list[A | B] for a list of mixed elements in their
    order. `within` names an element around the list."""
    return Field(Kind.MANY, None, **options)


def raw(name: str | None = None, **options: Any) -> Any:
    """A subtree kept as it is: a child `name` that libvirt knows and we do not look into (Raw | None; with
    `several`, list[Raw])."""
    return Field(Kind.RAW, name, **options)


def raw_any(**options: Any) -> Any:
    """All child elements that no other field takes, kept as they are (list[Raw])."""
    return Field(Kind.RAW, "*", several=True, **options)
