# SPDX-License-Identifier: Apache-2.0
"""How these passes refuse a document: VIR_FROM_DOMAIN with libvirt's codes."""

from __future__ import annotations

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

error = reporter(ErrorDomain.DOMAIN)
xml_error = error.xml_error
unsupported = error.unsupported
internal = error.internal
detail = error.xml_detail

_reader_error = reporter(ErrorDomain.XML)


def missing_attribute(element: str, name: str) -> ManorError:
    """What libvirt's reader says of an attribute that must be there."""
    return _reader_error(ErrorNumber.XML_ERROR, f"Missing required attribute '{name}' in element '{element}'")


def zero_attribute(element: str, name: str) -> ManorError:
    """What it says of a number that must not be zero."""
    text = f"Invalid value for attribute '{name}' in element '{element}': Zero is not permitted"
    return _reader_error(ErrorNumber.XML_ERROR, text)


def bad_attribute(element: str, name: str, value: object) -> ManorError:
    """What it says of an attribute whose value is none it knows."""
    text = f"Invalid value for attribute '{name}' in element '{element}': '{value}'."
    return _reader_error(ErrorNumber.XML_ERROR, text)
