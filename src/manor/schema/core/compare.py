# SPDX-License-Identifier: Apache-2.0
"""What differs between two documents, field by field, for histories and for checks that must name the change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from manor.schema.core.element import Element


class Difference(NamedTuple):
    """A changed value. `path` names fields from the root: "devices/disks[0]/source/file".

    Where an element came, went, or became one of another class, the values are the elements (None: not there).
    """

    path: str
    old: Any
    new: Any


def differences(old: Element, new: Element, path: str = "") -> Iterator[Difference]:
    """What has changed from `old` to `new`, in the order of the document. Lists are compared by position."""
    if type(old) is not type(new):
        yield Difference(path, old, new)
        return
    for field in old.__schema__.fields:
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after:
            continue
        here = f"{path}/{field.name}" if path else field.name
        if field.is_list:
            yield from _in_lists(before, after, here)
        elif isinstance(before, Element) and isinstance(after, Element):
            yield from differences(before, after, here)
        else:
            yield Difference(here, before, after)


def _in_lists(old: list[Any], new: list[Any], path: str) -> Iterator[Difference]:
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else None
        after = new[index] if index < len(new) else None
        here = f"{path}[{index}]"
        if isinstance(before, Element) and isinstance(after, Element):
            yield from differences(before, after, here)
        elif before != after:
            yield Difference(here, before, after)
