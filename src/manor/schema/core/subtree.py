# SPDX-License-Identifier: Apache-2.0
"""Raw: a subtree nobody looks into, kept as it came: metadata, and what libvirt knows but we do not model.

libvirt keeps such subtrees as libxml2 nodes; what it writes of them is libxml2's writing, in double quotes, and
that is what is reproduced here, comments and CDATA sections included.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat  # nosec - reads only what read_tree has accepted and written again

from manor.schema.core.node import Node, serialize


class Markup(str):
    """A comment, processing instruction or CDATA section, as it is written."""

    __slots__ = ()

    @property
    def is_text(self) -> bool:
        """Whether it counts as text of the element around it."""
        return self.startswith("<![CDATA[")


class Raw(NamedTuple):
    """An element as values: immutable, comparable, and free of the tree it came from.

    `tag` is as written (prefix:name), `uri` its namespace; `namespaces` are the declarations on the element, in
    order; `content` holds text, markup and elements in order, without white space that only indents.
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
    def from_node(cls, node: Node) -> Raw:
        """Take a copy of a subtree. Namespaces declared around it and used in it are declared on it."""
        parent = node.getparent()
        around = parent.nsmap if parent is not None else {}
        return _Builder(around).build(serialize(node))

    def elements(self) -> Iterator[Raw]:
        """The child elements."""
        return (item for item in self.content if isinstance(item, Raw))

    def write(self, out: list[str], pad: str) -> None:
        """Append the element, indented by `pad`; one with text in it stays on one line."""
        if not self.content or any(_is_text(item) for item in self.content):
            out.append(pad)
            self._write_inline(out)
            out.append("\n")
            return
        out.append(f"{pad}<{self.tag}{self._attributes()}>\n")
        for item in self.content:
            if isinstance(item, Raw):
                item.write(out, pad + "  ")
            else:
                out.append(f"{pad}  {item}\n")
        out.append(f"{pad}</{self.tag}>\n")

    def format(self) -> str:
        """The element as text, ending in a newline."""
        out: list[str] = []
        self.write(out, "")
        return "".join(out)

    def _write_inline(self, out: list[str]) -> None:
        out.append(f"<{self.tag}{self._attributes()}")
        if not self.content:
            out.append("/>")
            return
        out.append(">")
        for item in self.content:
            if isinstance(item, Raw):
                item._write_inline(out)
            else:
                out.append(item if isinstance(item, Markup) else _escape_text(item))
        out.append(f"</{self.tag}>")

    def _attributes(self) -> str:
        declared = "".join(
            f' xmlns:{prefix}="{_escape_attribute(uri)}"' if prefix else f' xmlns="{_escape_attribute(uri)}"'
            for prefix, uri in self.namespaces
        )
        return declared + "".join(f' {name}="{_escape_attribute(value)}"' for name, value in self.attributes)


class _Open:
    """An element whose end has not been seen."""

    def __init__(self, tag: str, scope: dict[str | None, str]) -> None:
        self.tag = tag
        self.scope = scope
        self.namespaces: list[tuple[str | None, str]] = []
        self.attributes: list[tuple[str, str]] = []
        self.content: list[str | Raw] = []
        self.has_text = False  # more than white space was seen in it


class _Builder:
    """Makes Raw values of the text of an element, with the namespaces that were declared around it."""

    def __init__(self, around: dict[str | None, str]) -> None:
        self._around = around
        self._stack: list[_Open] = []
        self._borrowed: list[str | None] = []
        self._text: list[str] = []
        self._result: Raw | None = None

    def build(self, data: bytes) -> Raw:
        parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.CommentHandler = lambda text: self._markup(f"<!--{text}-->")
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartCdataSectionHandler = self._flush
        parser.EndCdataSectionHandler = self._cdata
        parser.Parse(data, True)
        if self._result is None:
            raise ValueError("no element")
        borrowed = tuple((prefix, self._around[prefix]) for prefix in self._borrowed)
        return self._result._replace(namespaces=self._result.namespaces + borrowed)

    def _start(self, tag: str, attributes: list[str]) -> None:
        self._flush()
        top = not self._stack
        element = _Open(tag, dict(self._stack[-1].scope) if self._stack else {})
        for name, value in zip(attributes[::2], attributes[1::2], strict=True):
            if name == "xmlns" or name.startswith("xmlns:"):
                prefix = name[6:] or None
                # What is written on the top element may come from around it; used prefixes are found below.
                if not top or self._around.get(prefix) != value:
                    element.namespaces.append((prefix, value))
                    element.scope[prefix] = value
            else:
                element.attributes.append((name, value))
        self._stack.append(element)
        self._use(tag, element)
        for name, _ in element.attributes:
            if ":" in name:
                self._use(name, element)

    def _use(self, name: str, element: _Open) -> None:
        prefix = name.rpartition(":")[0] or None
        if prefix not in element.scope and prefix in self._around and prefix not in self._borrowed:
            self._borrowed.append(prefix)

    def _end(self, tag: str) -> None:
        self._flush(closing=True)
        element = self._stack.pop()
        prefix = tag.rpartition(":")[0] or None
        made = Raw(
            tag,
            element.scope.get(prefix) or self._around.get(prefix) or None,
            tuple(element.namespaces),
            tuple(element.attributes),
            tuple(element.content),
        )
        if self._stack:
            self._stack[-1].content.append(made)
        else:
            self._result = made

    def _flush(self, closing: bool = False) -> None:
        """Take the text gathered so far, unless it is what libxml2 takes for indentation."""
        text = "".join(self._text)
        self._text.clear()
        if not text or not self._stack:
            return
        element = self._stack[-1]
        content = element.content
        if text.strip(" \t\r\n"):
            element.has_text = True
            kept = True
        elif content:
            kept = element.has_text or _is_text(content[-1]) or _is_text(content[0])
        else:
            kept = closing
        if kept:
            content.append(text)

    def _cdata(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        self._stack[-1].content.append(Markup(f"<![CDATA[{text}]]>"))

    def _instruction(self, target: str, data: str) -> None:
        self._markup(f"<?{target} {data}?>" if data else f"<?{target}?>")

    def _markup(self, text: str) -> None:
        self._flush()
        if self._stack:
            self._stack[-1].content.append(Markup(text))


def _is_text(item: str | Raw) -> bool:
    return item.is_text if isinstance(item, Markup) else isinstance(item, str)


def _escape_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _escape_attribute(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("\n", "&#10;").replace("\t", "&#9;").replace("\r", "&#13;")
