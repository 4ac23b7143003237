# SPDX-License-Identifier: Apache-2.0
"""How a document is refused: libvirt's code and wording, and where in the document the fault is."""

from __future__ import annotations

from typing import NamedTuple

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.core.node import Node, local_name


class DocumentError(ManorError):
    """A document that cannot be taken. `element` is the tag at fault, `line` its line, 0 if unknown."""

    element: str = ""
    line: int = 0


class Refusal(NamedTuple):
    """What libvirt says where it does not use its general wording.

    {value} stands for the bad value, {name} for the name the document gives its object. An empty text is the
    code's own. `domain` is given where it is neither the document's nor the element's.
    """

    code: ErrorNumber
    text: str
    domain: ErrorDomain | None = None


def unsupported(text: str) -> Refusal:
    """VIR_ERR_CONFIG_UNSUPPORTED."""
    return Refusal(ErrorNumber.CONFIG_UNSUPPORTED, text)


def xml_error(text: str) -> Refusal:
    """VIR_ERR_XML_ERROR."""
    return Refusal(ErrorNumber.XML_ERROR, text)


def internal(text: str) -> Refusal:
    """VIR_ERR_INTERNAL_ERROR, which older parts of libvirt use for bad documents."""
    return Refusal(ErrorNumber.INTERNAL_ERROR, text)


def invalid(text: str) -> Refusal:
    """VIR_ERR_INVALID_ARG of no domain, as libvirt's helpers for numbers and bitmaps report it."""
    return Refusal(ErrorNumber.INVALID_ARG, text, ErrorDomain.NONE)


def refuse(node: Node | None, domain: ErrorDomain, code: ErrorNumber, detail: str | None) -> DocumentError:
    """The error for a fault at `node`."""
    made = reporter(domain)(code, detail or None)
    error = DocumentError(code, made.message, domain, str1=made.str1, str2=made.str2)
    if node is not None:
        error.element, error.line = local_name(node), node.sourceline or 0
    return error
