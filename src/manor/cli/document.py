# SPDX-License-Identifier: Apache-2.0
"""Printing XML documents, whole or by XPath, as the dumpxml commands do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed
from manor.cli.xml import Element, escape, parse
from manor.cli.xpath import select
from manor.cli.xpath_model import Attribute, Document, Node, XPathError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell


def print_document(shell: Shell, args: Args, document: str, title: str, *, end: str = "") -> None:
    """Print a document, or what --xpath selects of it; --wrap puts that into one element.

    `end` is what some commands print after a whole document.
    """
    expression = args.text("xpath")
    if expression is None:
        shell.out.xml(document, end if document.endswith("\n") else f"\n{end}")
        return
    try:
        nodes = select(parse(document, title), expression)
    except XPathError as problem:
        raise CommandFailed(f"internal error: Incorrect xpath '{expression}': {problem}") from None
    shell.out.data([format_node(node).strip() for node in nodes])
    if args.flag("wrap"):
        shell.out.line(wrap(nodes))
    else:
        for node in nodes:
            shell.out.line(format_node(node))


def format_node(node: Node) -> str:
    """A node as it stands in its document."""
    if isinstance(node, Attribute):
        return f' {node.name}="{_in_double_quotes(node.value)}"'
    if isinstance(node, Document):
        return indented(node.root, 0)
    return indented(node, 0) if isinstance(node, Element) else node.format()


def _in_double_quotes(value: str) -> str:
    return escape(value).replace("&apos;", "'")


def wrap(nodes: list[Node]) -> str:
    """Nodes in one element, attributes as its own."""
    attributes = "".join(format_node(node) for node in nodes if isinstance(node, Attribute))
    content = [node for node in nodes if not isinstance(node, Attribute)]
    if not content:
        return f"<nodes{attributes}/>"
    # Text among the nodes must not be changed by indentation, so one text keeps all as it is.
    if all(isinstance(node, Element) for node in content):
        inside = "".join(f"\n{indented(node, 2)}" for node in content if isinstance(node, Element))
        return f"<nodes{attributes}>{inside}\n</nodes>"
    return f"<nodes{attributes}>{''.join(compact(node) for node in content)}</nodes>"


def _only_elements(element: Element) -> bool:
    return all(isinstance(child, Element) or not child.value.strip() for child in element.children)


def indented(element: Element, depth: int) -> str:
    """An element with its lines indented afresh, where it has no text of its own."""
    blanks = " " * depth
    inside = list(element.elements())
    if not inside or not _only_elements(element):
        return f"{blanks}{element.format()}"
    start, _, _ = Element(element.name, element.attributes).format().rpartition("/>")
    lines = "".join(f"{indented(child, depth + 2)}\n" for child in inside)
    return f"{blanks}{start}>\n{lines}{blanks}</{element.name}>"


def compact(node: Node) -> str:
    """A node without the blanks between its elements."""
    if not isinstance(node, Element) or not _only_elements(node) or not list(node.elements()):
        return format_node(node)
    start, _, _ = Element(node.name, node.attributes).format().rpartition("/>")
    return f"{start}>{''.join(compact(child) for child in node.elements())}</{node.name}>"
