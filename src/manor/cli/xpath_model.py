# SPDX-License-Identifier: Apache-2.0
"""What XPath is about: nodes of the trees of `manor.cli.xml`, axes, node tests, values and their conversions.

The grammar, and what it makes of this, is `manor.cli.xpath`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from manor.cli.xml import Element, Text


class Attribute(NamedTuple):
    """An attribute as a node."""

    parent: Element
    name: str
    value: str
    order: int


class Document(NamedTuple):
    """The node above the root element."""

    root: Element
    order: int = -1
    parent: None = None


Node = Element | Text | Attribute | Document
Value = list[Node] | float | str | bool


class XPathError(ValueError):
    """An expression that cannot be read or evaluated."""


# Nodes ----------------------------------------------------------------------------------------------------------


def children(node: Node) -> Sequence[Element | Text]:
    """The child nodes of any node."""
    if isinstance(node, Document):
        return [node.root]
    return node.children if isinstance(node, Element) else ()


def parent(node: Node, document: Document) -> Node | None:
    """The parent of any node."""
    if isinstance(node, Document):
        return None
    return node.parent if node.parent is not None else document


def string_value(node: Node) -> str:
    """The text that a node stands for."""
    if isinstance(node, Document):
        return node.root.text
    return node.text if isinstance(node, Element) else node.value


def attributes(node: Node) -> list[Attribute]:
    """The attribute nodes of an element; namespace declarations are none."""
    if not isinstance(node, Element):
        return []
    return [
        Attribute(node, name, value, node.order + 1 + index)
        for index, (name, value) in enumerate(node.attributes.items())
        if name != "xmlns" and not name.startswith("xmlns:")
    ]


def descendants(node: Node) -> Iterator[Node]:
    """Everything below a node, in order."""
    for child in children(node):
        yield child
        yield from descendants(child)


def ancestors(node: Node, document: Document) -> Iterator[Node]:
    """Everything above a node, nearest first."""
    above = parent(node, document)
    while above is not None:
        yield above
        above = parent(above, document)


def _siblings(node: Node, document: Document) -> tuple[list[Node], list[Node]]:
    above = parent(node, document)
    if above is None or isinstance(node, Attribute):
        return [], []
    family: list[Node] = list(children(above))
    place = next(index for index, member in enumerate(family) if member is node)
    return family[:place][::-1], family[place + 1 :]


def _following(node: Node, document: Document) -> Iterator[Node]:
    for origin in (node, *ancestors(node, document)):
        for sibling in _siblings(origin, document)[1]:
            yield sibling
            yield from descendants(sibling)


def _preceding(node: Node, document: Document) -> Iterator[Node]:
    for origin in (node, *ancestors(node, document)):
        for sibling in _siblings(origin, document)[0]:
            yield from reversed([sibling, *descendants(sibling)])


AXES: dict[str, Callable[[Node, Document], Iterator[Node]]] = {
    "ancestor": ancestors,
    "ancestor-or-self": lambda node, document: iter([node, *ancestors(node, document)]),
    "attribute": lambda node, document: iter(attributes(node)),
    "child": lambda node, document: iter(children(node)),
    "descendant": lambda node, document: descendants(node),
    "descendant-or-self": lambda node, document: iter([node, *descendants(node)]),
    "following": _following,
    "following-sibling": lambda node, document: iter(_siblings(node, document)[1]),
    "namespace": lambda node, document: iter(()),
    "parent": lambda node, document: iter([above] if (above := parent(node, document)) is not None else []),
    "preceding": _preceding,
    "preceding-sibling": lambda node, document: iter(_siblings(node, document)[0]),
    "self": lambda node, document: iter([node]),
}


def _has_namespace(element: Element) -> bool:
    above: Element | None = element
    while above is not None:
        if "xmlns" in above.attributes:
            return above.attributes["xmlns"] != ""
        above = above.parent
    return False


Test = Callable[[Node], bool]


def name_test(name: str, axis: str) -> Test:
    """The test that a name stands for on an axis."""
    kind = Attribute if axis == "attribute" else Element
    if name == "*":
        return lambda node: isinstance(node, kind)
    if name.endswith(":*"):
        return lambda node: isinstance(node, kind) and node.name.startswith(name[:-1])
    if ":" in name or kind is Attribute:
        return lambda node: isinstance(node, kind) and node.name == name
    return lambda node: isinstance(node, Element) and node.name == name and not _has_namespace(node)


NODE_TESTS: dict[str, Test] = {
    "node": lambda node: True,
    "text": lambda node: isinstance(node, Text) and not node.comment,
    "comment": lambda node: isinstance(node, Text) and node.comment,
    "processing-instruction": lambda node: False,
}


# Values ---------------------------------------------------------------------------------------------------------


def to_string(value: Value) -> str:
    """The function string()."""
    if isinstance(value, list):
        return string_value(value[0]) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return str(int(value)) if value == int(value) else repr(value)
    return value


def to_number(value: Value) -> float:
    """The function number()."""
    if isinstance(value, bool | float):
        return float(value)
    text = to_string(value).strip(" \t\r\n")
    digits = text.removeprefix("-").replace(".", "", 1)
    return float(text) if digits.isascii() and digits.isdigit() else math.nan


def to_boolean(value: Value) -> bool:
    """The function boolean()."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def compare(left: Value, right: Value, operator: str) -> bool:
    """Comparison of any two values (section 3.4)."""
    if isinstance(left, list) and not isinstance(right, bool):
        return any(compare(string_value(node), right, operator) for node in left)
    if isinstance(right, list) and not isinstance(left, bool):
        return any(compare(left, string_value(node), operator) for node in right)
    if operator in ("=", "!="):
        if isinstance(left, bool) or isinstance(right, bool):
            same = to_boolean(left) == to_boolean(right)
        elif isinstance(left, float) or isinstance(right, float):
            same = to_number(left) == to_number(right)
        else:
            same = to_string(left) == to_string(right)
        return same == (operator == "=")
    first, second = to_number(left), to_number(right)
    return {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}[operator]


def _modulo(left: float, right: float) -> float:
    return math.fmod(left, right) if right and not math.isinf(left) else math.nan


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "div": _divide,
    "mod": _modulo,
}


def in_order(nodes: list[Node]) -> list[Node]:
    """Each node once, in the order of the document."""
    unique = {node.order: node for node in nodes}
    return [unique[order] for order in sorted(unique)]
