# SPDX-License-Identifier: Apache-2.0
"""The filter flags of the virConnectListAll* calls.

Flags come in groups (active or inactive, persistent or transient …). An object matches when, of every group with at
least one flag given, one given flag is true of it; a group without flags filters nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

Group = dict[int, Callable[[T], bool]]


class ListFilter(Generic[T]):
    """The filter groups of one kind of object, as a table of flag to predicate."""

    def __init__(self, *groups: Group[T]) -> None:
        # Plain numbers: those of an enumeration are slow to combine.
        self._groups = tuple({int(flag): test for flag, test in group.items()} for group in groups)
        self.mask = sum(flag for group in self._groups for flag in group)
        """All flags the table knows."""

    def select(self, objects: Iterable[T], flags: int) -> list[T]:
        """The objects that `flags` let through, in order."""
        if not flags & self.mask:
            return list(objects)
        asked = [
            [predicate for flag, predicate in group.items() if flags & flag]
            for group in self._groups
            if any(flags & flag for flag in group)
        ]
        return [item for item in objects if all(any(test(item) for test in tests) for tests in asked)]
