# SPDX-License-Identifier: Apache-2.0
"""Node: what the schema core uses of a parsed tree, so that the tree's library is named here and in reader.py alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self, cast

from lxml import etree


class Node(Protocol):
    """An element of a parsed document. Names are {namespace}name; `tag` is no string for an entity."""

    @property
    def tag(self) -> str: ...
    @property
    def text(self) -> str | None: ...
    @property
    def tail(self) -> str | None: ...
    @property
    def prefix(self) -> str | None: ...
    @property
    def nsmap(self) -> dict[str | None, str]: ...
    @property
    def sourceline(self) -> int | None: ...
    def items(self) -> list[tuple[str, str]]: ...
    def keys(self) -> list[str]: ...
    def get(self, key: str) -> str | None: ...
    def getparent(self) -> Self | None: ...
    def __iter__(self) -> Iterator[Self]: ...
    def __len__(self) -> int: ...


def serialize(node: Node) -> bytes:
    """The element as UTF-8, with every namespace in scope declared and CDATA sections as they were."""
    return etree.tostring(cast("etree._Element", node), with_tail=False, encoding="utf-8")


def text_of(node: Node) -> str:
    """All the text in an element, as XPath's string() gives it: not that of comments."""
    return node.text or "" if len(node) == 0 else str(cast("etree._Element", node).xpath("string()"))


def is_element(node: Node) -> bool:
    """Whether this is an element, not an entity reference."""
    return type(cast(object, node.tag)) is str


def local_name(node: Node) -> str:
    """The tag without its namespace."""
    return node.tag.rpartition("}")[2] if is_element(node) else "&"


def namespace_of(name: str) -> str | None:
    """The namespace in a {namespace}name, if any."""
    return name[1:].partition("}")[0] if name.startswith("{") else None
