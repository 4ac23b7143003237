# SPDX-License-Identifier: Apache-2.0
"""The little XML that a command line needs: reading documents that a driver sent, and writing small ones.

Names are kept as they are written, prefix and all. Documents of users are not judged here: what is wrong with them is
the driver's to say. The declarative classes of `manor.schema` are for the host side; the client has only the standard
library.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from manor.cli.failure import CommandFailed

ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def escape(text: str) -> str:
    """Text that may stand in content and in attributes of either quote."""
    return "".join(ESCAPES.get(char, char) for char in text)


class Text:
    """A run of characters, or a comment."""

    __slots__ = ("comment", "order", "parent", "value")

    def __init__(self, value: str, parent: Element, order: int, comment: bool = False) -> None:
        self.value = value
        self.parent = parent
        self.order = order
        self.comment = comment

    def format(self) -> str:
        """As it would stand in a document."""
        if self.comment:
            return f"<!--{self.value}-->"
        return self.value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Element:
    """An element of a document that was read; `order` grows in the order of the document."""

    __slots__ = ("attributes", "children", "name", "order", "parent")

    def __init__(self, name: str, attributes: dict[str, str], parent: Element | None = None, order: int = 0) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element | Text] = []
        self.parent = parent
        self.order = order

    def get(self, name: str) -> str | None:
        """The value of an attribute."""
        return self.attributes.get(name)

    def elements(self, name: str | None = None) -> Iterator[Element]:
        """The child elements, all or those of one name."""
        for child in self.children:
            if isinstance(child, Element) and name in (None, child.name):
                yield child

    def findall(self, path: str) -> list[Element]:
        """All elements below a path of names, such as `devices/disk`."""
        found = [self]
        for step in path.split("/"):
            found = [child for element in found for child in element.elements(step)]
        return found

    def find(self, path: str) -> Element | None:
        """The first element of a path."""
        found = self.findall(path)
        return found[0] if found else None

    def value(self, path: str) -> str | None:
        """The first value of a path whose last step may be `@attribute`, such as `source/@file`."""
        head, _, last = path.rpartition("/")
        if not last.startswith("@"):
            element = self.find(path)
            return None if element is None else element.text
        for element in self.findall(head) if head else [self]:
            if last[1:] in element.attributes:
                return element.attributes[last[1:]]
        return None

    @property
    def text(self) -> str:
        """All characters below this element."""
        return "".join(
            child.text if isinstance(child, Element) else child.value
            for child in self.children
            if isinstance(child, Element) or not child.comment
        )

    def format(self) -> str:
        """The element as it stands in its document, attributes in double quotes."""
        attributes = "".join(f' {name}="{_in_quotes(value)}"' for name, value in self.attributes.items())
        if not self.children:
            return f"<{self.name}{attributes}/>"
        content = "".join(child.format() for child in self.children)
        return f"<{self.name}{attributes}>{content}</{self.name}>"

    def set(self, name: str, value: str) -> None:
        """Set an attribute."""
        self.attributes[name] = value

    def append(self, child: Element) -> Element:
        """Add a child at the end, and return it."""
        child.parent = self
        self.children.append(child)
        return child

    def remove(self, child: Element | Text) -> None:
        """Remove a child together with the blanks in front of it."""
        position = self.children.index(child)
        before = self.children[position - 1] if position else None
        self.children.remove(child)
        if isinstance(before, Text) and not before.comment and not before.value.strip():
            self.children.remove(before)


def _in_quotes(value: str) -> str:
    for char, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        value = value.replace(char, escaped)
    return value


class _Builder:
    """Collects what expat reports."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0

    def number(self) -> int:
        self.count += 1
        return self.count

    def start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self.open[-1] if self.open else None
        element = Element(name, attributes, parent, self.number())
        # Attributes come between an element and its content in document order.
        self.count += len(attributes)
        if parent is None:
            self.root = element
        else:
            parent.children.append(element)
        self.open.append(element)

    def end(self, name: str) -> None:
        self.open.pop()

    def characters(self, text: str) -> None:
        if self.open:
            self.open[-1].children.append(Text(text, self.open[-1], self.number()))

    def comment(self, text: str) -> None:
        if self.open:
            self.open[-1].children.append(Text(text, self.open[-1], self.number(), comment=True))


def parse(document: str, title: str = "(xml)") -> Element:
    """The root of a document. Raises CommandFailed naming `title` and the line."""
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.CommentHandler = builder.comment
    try:
        parser.Parse(document.encode("utf-8", "surrogateescape"), True)
    except expat.ExpatError as problem:
        reason = expat.ErrorString(problem.code)
        raise CommandFailed(f"XML error: {title}:{problem.lineno}: {reason}") from None
    if builder.root is None:
        raise CommandFailed(f"XML error: {title}: the document is empty")
    return builder.root


class Tag:
    """An element to be written: attributes with the value None are left out, and so is empty content."""

    def __init__(self, name: str, text: str | None = None, /, **attributes: object) -> None:
        self.name = name
        self.text = text
        self.attributes = {key.rstrip("_").replace("__", "-"): value for key, value in attributes.items()}
        self.children: list[Tag] = []

    def add(self, name: str, text: str | None = None, /, **attributes: object) -> Tag:
        """Add a child, and return it."""
        child = Tag(name, text, **attributes)
        self.children.append(child)
        return child

    def extend(self, *children: Tag | None) -> Tag:
        """Add children that were made before; None adds nothing."""
        self.children.extend(child for child in children if child is not None)
        return self

    @property
    def empty(self) -> bool:
        """Whether it would say nothing."""
        return not (self.children or self.text or any(value is not None for value in self.attributes.values()))

    def format(self, indent: int = 0) -> str:
        """The element as libvirt writes documents, a line each, indented by two blanks."""
        blanks = " " * indent
        attributes = "".join(
            f" {name}='{escape(str(value))}'" for name, value in self.attributes.items() if value is not None
        )
        if self.children:
            content = "".join(child.format(indent + 2) for child in self.children)
            return f"{blanks}<{self.name}{attributes}>\n{content}{blanks}</{self.name}>\n"
        if self.text is not None:
            return f"{blanks}<{self.name}{attributes}>{escape(self.text)}</{self.name}>\n"
        return f"{blanks}<{self.name}{attributes}/>\n"
