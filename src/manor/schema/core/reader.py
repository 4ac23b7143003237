# SPDX-License-Identifier: Apache-2.0
"""From bytes to a tree: the one place that runs an XML parser.

Entities are not expanded, nothing is fetched, and size and depth are limited before or while the tree is
built. A syntax error is reported as libvirt reports it: the source, the line, the parser's words, the text
around the fault and a pointer to it.
"""

from __future__ import annotations

from typing import Any, Final, cast

from lxml import etree

from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.core.node import Node
from manor.schema.core.problem import DocumentError, refuse

# The wire carries no longer string (REMOTE_STRING_MAX is 4 MiB); files may be a little larger.
LIMIT: Final = 16 * 1024 * 1024
# How much of a very long line an error shows on either side of the fault.
_CONTEXT: Final = 2048
# What newer parsers say differently from the one libvirt 9.0.0 was built with, in whose words clients know it.
_WORDS: Final = (
    ("Excessive depth in document: 256, use", "Excessive depth in document: 256 use"),
    ("Unsupported encoding: ", "Unsupported encoding "),
)
_BAD_BYTES: Final = "Invalid bytes in character encoding"


def _parser(recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        strip_cdata=False,
    )


def read_tree(xml: str | bytes, source: str = "", domain: ErrorDomain = ErrorDomain.XML, limit: int = LIMIT) -> Node:
    """The root of a document. Raises DocumentError (VIR_ERR_XML_DETAIL for bad syntax)."""
    try:
        data = xml.encode("utf-8", "surrogateescape") if isinstance(xml, str) else xml
    except UnicodeEncodeError as error:
        raise refuse(None, domain, ErrorNumber.XML_ERROR, f"document is not text: {error.reason}") from None
    if len(data) > limit:
        raise refuse(None, domain, ErrorNumber.XML_ERROR, f"document of {len(data)} bytes exceeds {limit}")
    parser = _parser()
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        entries = _log(parser)
        if not entries or any(not entry.type_name.startswith("NS_ERR_") for entry in entries):
            raise _syntax_error(error, entries, data, source, domain) from None
        # To libvirt a prefix without a namespace is part of the name.
        root = etree.fromstring(data, _parser(recover=True))
    dtd = cast(Any, root).getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise refuse(None, domain, ErrorNumber.XML_ERROR, "entity declarations are not accepted in documents")
    return cast(Node, root)


def _log(parser: etree.XMLParser) -> list[etree._LogEntry]:
    # The stubs do not know that the log is a sequence.
    return list(cast("list[etree._LogEntry]", parser.error_log))


def _syntax_error(
    error: etree.XMLSyntaxError, entries: list[etree._LogEntry], data: bytes, source: str, domain: ErrorDomain
) -> DocumentError:
    line, column = error.position
    message = error.msg
    for entry in entries[:1]:  # the first is the fault, the others follow from it
        line, column, message = entry.line, entry.column, entry.message
    lines = data.split(b"\n")
    text = lines[line - 1].rstrip(b"\r") if 0 < line <= len(lines) else b""
    before = text.decode("utf-8", "surrogateescape")[: max(column - 1, 0)]
    at = len(before.encode("utf-8", "surrogateescape"))
    for new, old in _WORDS:
        message = message.replace(new, old)
    if message.startswith(_BAD_BYTES):
        bad = " ".join(f"0x{byte:02X}" for byte in text[at : at + 4])
        message = f"Input is not proper UTF-8, indicate encoding !\nBytes: {bad}"
    shown, pointer = _context(text, at)
    detail = f"{source or '(null)'}:{line}: {message}\n{shown}\n{pointer}"
    made = refuse(None, domain, ErrorNumber.XML_DETAIL, detail)
    made.line = line
    return made


def _context(text: bytes, at: int) -> tuple[str, str]:
    """The line of a fault, and an arrow under the byte at fault."""
    if not text:
        return "(null)", "^"
    text = text[max(at - _CONTEXT, 0) : at + _CONTEXT]
    at = min(at, _CONTEXT)
    arrow = "".join("\t" if byte == 0x09 else "-" for byte in text[:at])
    return text.decode("utf-8", "replace"), arrow + "^"
