# SPDX-License-Identifier: Apache-2.0
"""Trees of moments: the snapshots and the checkpoints of a domain, and what lists of them can be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from manor.schema.checkpoint import DomainCheckpoint
from manor.schema.snapshot import DomainSnapshot

ROOTS, DESCENDANTS, LEAVES, NO_LEAVES, TOPOLOGICAL = 1, 1, 4, 8, 0x400
"""Bits that lists of snapshots and of checkpoints share; as a child's list, 1 asks for all descendants."""


Document = TypeVar("Document", bound=DomainSnapshot | DomainCheckpoint)


class Moment(Generic[Document]):
    """A named point in a domain's life that knows the one before it: its document, which holds the domain as it was."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @property
    def name(self) -> str:
        """The moment's name."""
        return self.document.name or ""

    @property
    def parent(self) -> str | None:
        """The moment it was made after."""
        return self.document.parent

    @parent.setter
    def parent(self, name: str | None) -> None:
        self.document.parent = name


class Snapshot(Moment[DomainSnapshot]):
    """A snapshot."""


class Checkpoint(Moment[DomainCheckpoint]):
    """A checkpoint."""


M = TypeVar("M", bound=Snapshot | Checkpoint)


class Moments(Generic[M]):
    """A domain's moments by name, each below its parent; `current` is the latest or the one reverted to."""

    def __init__(self) -> None:
        self._known: dict[str, M] = {}
        self.current: M | None = None

    def __iter__(self) -> Iterator[M]:
        return iter(list(self._known.values()))

    def __len__(self) -> int:
        return len(self._known)

    def get(self, name: str | None) -> M | None:
        """The moment of a name."""
        return self._known.get(name) if name is not None else None

    def add(self, moment: M) -> None:
        """Take in a moment, replacing one of the same name."""
        self._known[moment.name] = moment

    def discard(self, moment: M) -> None:
        """Forget a moment; its children are the caller's concern."""
        self._known.pop(moment.name, None)
        if self.current is moment:
            self.current = None

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()
        self.current = None

    def children(self, moment: M) -> list[M]:
        """The moments directly after one."""
        return [other for other in self._known.values() if other.parent == moment.name]

    def descendants(self, moment: M) -> list[M]:
        """All moments after one, nearer ones first."""
        found = self.children(moment)
        for child in found:
            found.extend(self.children(child))
        return found

    def ancestors(self, moment: M) -> Iterator[M]:
        """The moments before one, nearest first; a damaged tree ends it."""
        seen: set[str] = set()
        parent = self.get(moment.parent)
        while parent is not None and parent.name not in seen:
            seen.add(parent.name)
            yield parent
            parent = self.get(parent.parent)

    def consistent(self) -> bool:
        """Whether every parent is known and nothing is its own ancestor; makes roots of what is not."""
        fine = True
        for moment in self:
            lost = moment.parent is not None and self.get(moment.parent) is None
            if lost or any(ancestor is moment for ancestor in self.ancestors(moment)):
                moment.parent = None
                fine = False
        return fine

    def select(self, start: M | None, flags: int) -> list[M]:
        """The moments a list asks for: of the whole tree, or below `start`; leaves or others; parents first."""
        if start is not None:
            found = self.descendants(start) if flags & DESCENDANTS else self.children(start)
        else:
            roots = [moment for moment in self if moment.parent is None]
            found = roots if flags & ROOTS else list(self)
            if flags & TOPOLOGICAL and not flags & ROOTS:
                found = [moment for root in roots for moment in (root, *self.descendants(root))]
        if bool(flags & LEAVES) != bool(flags & NO_LEAVES):
            found = [moment for moment in found if bool(self.children(moment)) == bool(flags & NO_LEAVES)]
        return found

    def drop(self, moment: M) -> None:
        """Forget one moment; its children become its parent's."""
        for child in self.children(moment):
            child.parent = moment.parent
        self.discard(moment)
