# SPDX-License-Identifier: Apache-2.0
"""Raw: a subtree nobody looks into, kept as it came: metadata, and what libvirt knows but we do not model."""

from __future__ import annotations

from typing import NamedTuple

from manor.schema.core.codec import escape
from manor.schema.core.node import Node, is_element, local_name, namespace_of


class Raw(NamedTuple):
    """An element as values: immutable, comparable, and free of the tree it came from.

    `tag` is as written (prefix:name), `uri` its namespace; `namespaces` are the declarations this element
    needs and its parent in the subtree does not have; `content` holds text and elements in order. Text that is
    only white space between elements is not kept.
    """

    tag: str
    uri: str | None
    namespaces: tuple[tuple[str | None, str], ...]
    attributes: tuple[tuple[str, str], ...]
    content: tuple[str | Raw, ...]

    @property
    def name(self) -> str:
        """The tag without its prefix."""
        return self.tag.rpartition(":")[2]

    @classmethod
    def from_node(cls, node: Node, known: tuple[tuple[str | None, str], ...] = ()) -> Raw:
        """Take a copy of a subtree; `known` are the namespaces declared around it."""
        name = local_name(node)
        used = _used(node)
        fresh = tuple(pair for pair in used if pair not in known)
        content: list[str | Raw] = []
        mixed = _has_text(node)
        if node.text and (mixed or not len(node)):
            content.append(node.text)
        for child in node:
            if is_element(child):
                content.append(cls.from_node(child, known + fresh))
            if child.tail and mixed:
                content.append(child.tail)
        return cls(
            f"{node.prefix}:{name}" if node.prefix else name,
            namespace_of(node.tag),
            fresh,
            tuple((_attribute(node, key), value) for key, value in node.items()),
            tuple(content),
        )

    def write(self, out: list[str], pad: str) -> None:
        """Append the element, indented by `pad`; one with text in it stays on one line."""
        out.append(f"{pad}<{self.tag}{self._attributes()}")
        if not self.content:
            out.append("/>\n")
        elif any(isinstance(item, str) for item in self.content):
            out.append(">")
            self._write_inline(out)
            out.append(f"</{self.tag}>\n")
        else:
            out.append(">\n")
            for item in self.content:
                if isinstance(item, Raw):
                    item.write(out, pad + "  ")
            out.append(f"{pad}</{self.tag}>\n")

    def format(self) -> str:
        """The element as text, ending in a newline."""
        out: list[str] = []
        self.write(out, "")
        return "".join(out)

    def _write_inline(self, out: list[str]) -> None:
        for item in self.content:
            if isinstance(item, str):
                out.append(_escape_text(item))
            elif item.content:
                out.append(f"<{item.tag}{item._attributes()}>")
                item._write_inline(out)
                out.append(f"</{item.tag}>")
            else:
                out.append(f"<{item.tag}{item._attributes()}/>")

    def _attributes(self) -> str:
        declared = "".join(
            f' xmlns:{prefix}="{escape(uri)}"' if prefix else f' xmlns="{escape(uri)}"'
            for prefix, uri in self.namespaces
        )
        return declared + "".join(f' {name}="{escape(value)}"' for name, value in self.attributes)


def _escape_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _has_text(node: Node) -> bool:
    return bool(node.text and node.text.strip()) or any(child.tail and child.tail.strip() for child in node)


def _used(node: Node) -> tuple[tuple[str | None, str], ...]:
    """The namespaces the names of this very element need."""
    names = {namespace_of(name) for name in (node.tag, *node.keys())}
    return tuple((prefix, uri) for prefix, uri in node.nsmap.items() if uri in names and prefix != "xml")


def _attribute(node: Node, key: str) -> str:
    uri = namespace_of(key)
    if uri is None:
        return key
    prefix = next((prefix for prefix, known in node.nsmap.items() if known == uri and prefix), "xml")
    return f"{prefix}:{key.rpartition('}')[2]}"
