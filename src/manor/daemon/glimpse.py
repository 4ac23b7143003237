# SPDX-License-Identifier: Apache-2.0
"""What the daemon itself has to see in documents that clients send: whose they are, before any driver reads them.

Nothing is believed that could read otherwise to a driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

_ARGUMENTS = frozenset({"xml", "xml_desc", "dom_xml"})


def document_of(arguments: Mapping[str, Any]) -> str | None:
    """The document among the arguments of a call, by the names they have on the wire."""
    return next((value for name, value in arguments.items() if name in _ARGUMENTS and isinstance(value, str)), None)


def name_in(xml: str) -> str | None:
    """The text of the only `name` element right below the root; None where there is not exactly one."""
    path: list[str] = []
    names: list[str] = []

    def start(tag: str, _attributes: dict[str, str]) -> None:
        path.append(tag)
        if len(path) == 2 and tag == "name":
            names.append("")

    def data(text: str) -> None:
        if len(path) == 2 and path[1] == "name":
            names[-1] += text

    def end(_tag: str) -> None:
        path.pop()

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    return names[0] if _parse(parser, xml) and len(names) == 1 else None


def texts_in(xml: str) -> list[str]:
    """All text of a document as one, without the space around it, and the values of its root's attributes."""
    pieces: list[str] = []
    values: list[str] = []
    depth = 0

    def start(_tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if depth == 0:
            values.extend(value for name, value in attributes.items() if not name.startswith("xmlns"))
        depth += 1

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, pieces.append
    return ["".join(pieces).strip(), *values] if _parse(parser, xml) else []


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        # Entities could show the driver another text than us.
        raise expat.ExpatError

    parser.EntityDeclHandler = refuse
    return parser


def _parse(parser: expat.XMLParserType, xml: str) -> bool:
    try:
        parser.Parse(xml.encode(errors="surrogateescape"), True)
    except expat.ExpatError:
        return False
    return True
