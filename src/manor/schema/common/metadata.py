# SPDX-License-Identifier: Apache-2.0
"""The <metadata> of a document: elements of applications, one per namespace."""

from __future__ import annotations

from manor.schema.core import Raw

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


def replaced(metadata: Raw | None, uri: str, element: Raw | None) -> Raw | None:
    """The metadata with an application's element set, or taken out; None when nothing is left of it."""
    content = [item for item in (metadata or EMPTY).content if not (isinstance(item, Raw) and item.uri == uri)]
    if element is not None:
        content.append(element)
    return (metadata or EMPTY)._replace(content=tuple(content)) if content else None
