# SPDX-License-Identifier: Apache-2.0
"""Title, description and custom metadata of a domain, as virDomainGetMetadata and virDomainSetMetadata see them."""

from __future__ import annotations

from manor.constants import DomainMetadataType, ErrorDomain, ErrorNumber
from manor.errors import reporter
from manor.schema.core import Raw, read_tree
from manor.schema.domain import Domain

_error = reporter(ErrorDomain.DOMAIN)

_MISSING = {
    DomainMetadataType.DESCRIPTION: "description",
    DomainMetadataType.TITLE: "title",
}


def get(document: Domain, kind: int, uri: str | None) -> str:
    """The title, the description, or the element of a namespace.

    Raises VIR_ERR_NO_DOMAIN_METADATA when there is none, VIR_ERR_INVALID_ARG for an unknown kind.
    """
    if kind == DomainMetadataType.ELEMENT:
        element = _find(document, uri)
        if element is None:
            raise _error(ErrorNumber.NO_DOMAIN_METADATA, "Requested metadata element is not present")
        return _plain(element, element.uri).format().rstrip("\n")
    value = document.title if kind == DomainMetadataType.TITLE else document.description
    if kind not in _MISSING:
        raise _error(ErrorNumber.INVALID_ARG, f"unknown metadata type '{kind}'")
    if value is None:
        raise _error(ErrorNumber.NO_DOMAIN_METADATA, "Requested metadata element is not present")
    return value


def changed(document: Domain, kind: int, text: str | None, key: str | None, uri: str | None) -> Domain:
    """A copy of the document with other metadata; None or an empty text removes it."""
    match kind:
        case DomainMetadataType.TITLE:
            return document.evolve(title=text or None)
        case DomainMetadataType.DESCRIPTION:
            return document.evolve(description=text or None)
        case DomainMetadataType.ELEMENT:
            return document.evolve(metadata=_replaced(document.metadata, text, key, uri))
    raise _error(ErrorNumber.INVALID_ARG, f"unknown metadata type '{kind}'")


def _find(document: Domain, uri: str | None) -> Raw | None:
    if document.metadata is None:
        return None
    return next((element for element in document.metadata.elements() if element.uri == uri), None)


def _plain(element: Raw, uri: str | None) -> Raw:
    """The element without the prefix and declaration of its namespace, as clients get it."""
    content = tuple(_plain(item, uri) if isinstance(item, Raw) else item for item in element.content)
    if element.uri != uri:
        return element._replace(content=content)
    namespaces = tuple(pair for pair in element.namespaces if pair[1] != uri)
    return element._replace(tag=element.name, uri=None, namespaces=namespaces, content=content)


def _replaced(metadata: Raw | None, text: str | None, key: str | None, uri: str | None) -> Raw | None:
    """The metadata element with the child of a namespace replaced, added or removed."""
    kept = [] if metadata is None else [e for e in metadata.elements() if e.uri != uri]
    if text:
        kept.append(_qualified(_parse(text), key or "", uri or ""))
    if not kept:
        return None
    if metadata is None:
        return Raw("metadata", None, (), (), tuple(kept))
    return metadata._replace(content=tuple(kept))


def _parse(text: str) -> Raw:
    return Raw.from_node(read_tree(text, "(metadata_xml)"))


def _qualified(element: Raw, prefix: str, uri: str) -> Raw:
    """The element and all in it in the namespace, under the prefix the client chose."""
    return element._replace(tag=f"{prefix}:{element.name}", uri=uri, namespaces=((prefix, uri), *element.namespaces))
