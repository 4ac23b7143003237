# SPDX-License-Identifier: Apache-2.0
"""From bytes to a tree: the one place that runs an XML parser.

Entities are not expanded, nothing is fetched, and size and depth are limited before or while the tree is
built. A syntax error is reported as libvirt reports it: the source, the line, the parser's words, the text
around the fault and a pointer to it.
"""

from __future__ import annotations

from typing import Final, cast

from lxml import etree

from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.core.node import Node
from manor.schema.core.problem import DocumentError, refuse

# The wire carries no longer string (REMOTE_STRING_MAX is 4 MiB); files may be a little larger.
LIMIT: Final = 16 * 1024 * 1024
# libvirt shows at most this much of the line in which a syntax error is.
_CONTEXT: Final = 80


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        strip_cdata=False,
    )


def read_tree(xml: str | bytes, source: str = "", domain: ErrorDomain = ErrorDomain.XML, limit: int = LIMIT) -> Node:
    """The root of a document. Raises DocumentError (VIR_ERR_XML_DETAIL for bad syntax)."""
    data = xml.encode("utf-8", "surrogateescape") if isinstance(xml, str) else xml
    if len(data) > limit:
        raise refuse(None, domain, ErrorNumber.XML_ERROR, f"document of {len(data)} bytes exceeds {limit}")
    if b"<!ENTITY" in data:
        raise refuse(None, domain, ErrorNumber.XML_ERROR, "entity declarations are not accepted in documents")
    parser = _parser()
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _syntax_error(error, parser, data, source, domain) from None
    except ValueError as error:
        raise refuse(None, domain, ErrorNumber.XML_ERROR, str(error)) from None
    return cast(Node, root)


def _syntax_error(
    error: etree.XMLSyntaxError, parser: etree.XMLParser, data: bytes, source: str, domain: ErrorDomain
) -> DocumentError:
    line, column = error.position
    message = error.msg
    # The first entry is the fault, the others follow from it. (The stubs do not know the log is a sequence.)
    for entry in cast("list[etree._LogEntry]", parser.error_log)[:1]:
        line, column, message = entry.line, entry.column, entry.message
    shown, pointer = _context(data, line, column)
    detail = f"{source or '(null)'}:{line}: {message}\n{shown}\n{pointer}"
    made = refuse(None, domain, ErrorNumber.XML_DETAIL, detail)
    made.line = line
    return made


def _context(data: bytes, line: int, column: int) -> tuple[str, str]:
    """The text before the fault, and an arrow of the same width under it."""
    if not data:
        return "(null)", "^"
    lines = data.split(b"\n")
    text = lines[line - 1] if 0 < line <= len(lines) else b""
    end = max(column - 1, 0)
    start = max(end - _CONTEXT, 0)
    shown = text[start : start + _CONTEXT]
    return shown.decode("utf-8", "replace"), "-" * (end - start) + "^"
