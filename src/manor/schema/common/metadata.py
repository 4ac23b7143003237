# SPDX-License-Identifier: Apache-2.0
"""The <metadata> of a document: elements of applications, one per namespace."""

from __future__ import annotations

from manor.errors import ErrorDomain
from manor.schema.core import Raw, read_tree

EMPTY = Raw("metadata", None, (), (), ())


def tidied(metadata: Raw) -> Raw:
    """Only elements with a namespace count, and of each namespace the first."""
    kept: dict[str, Raw] = {}
    for item in metadata.content:
        if isinstance(item, Raw) and item.uri:
            kept.setdefault(item.uri, item)
    return metadata._replace(content=tuple(kept.values()))


def find(metadata: Raw | None, uri: str) -> Raw | None:
    """An application's element."""
    for item in metadata.content if metadata is not None else ():
        if isinstance(item, Raw) and item.uri == uri:
            return item
    return None


def replaced(metadata: Raw | None, uri: str, element: Raw | None) -> Raw:
    """The metadata with an application's element set, or taken out."""
    content = [item for item in (metadata or EMPTY).content if not (isinstance(item, Raw) and item.uri == uri)]
    if element is not None:
        content.append(element)
    return (metadata or EMPTY)._replace(content=tuple(content))


def read(text: str, key: str, uri: str) -> Raw:
    """An application's element as virDomainSetMetadata is given it; one without namespace gets the one named.

    Raises ManorError.
    """
    element = Raw.from_node(read_tree(text, "(metadata_xml)", ErrorDomain.DOMAIN))
    named = element if element.uri else _prefixed(element, key, uri)
    return named._replace(namespaces=(*named.namespaces, (key, uri)))


def _prefixed(element: Raw, key: str, uri: str) -> Raw:
    content = (
        _prefixed(item, key, uri) if isinstance(item, Raw) and not item.uri else item for item in element.content
    )
    return element._replace(tag=f"{key}:{element.tag}", uri=uri, content=tuple(content))


def shown(element: Raw) -> str:
    """An application's element as virDomainGetMetadata gives it: without its own namespace."""
    return _bare(element, element.uri, element.tag.rpartition(":")[0]).format().rstrip("\n")


def _bare(element: Raw, uri: str | None, prefix: str) -> Raw:
    content = (_bare(item, uri, prefix) if isinstance(item, Raw) else item for item in element.content)
    return element._replace(
        tag=element.name if element.uri == uri else element.tag,
        namespaces=tuple(pair for pair in element.namespaces if pair != (prefix, uri)),
        content=tuple(content),
    )
