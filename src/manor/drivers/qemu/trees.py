# SPDX-License-Identifier: Apache-2.0
"""Definitions as trees: those used last are kept, the others are parsed again from their text.

A tree takes several times the room of its text, in dozens of objects that the garbage collector has to look at;
thousands of them would make it hold up everybody for a good part of a second.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from manor.schema.domain import Domain

KEPT: Final = 512
"""How many trees are kept."""


class Trees:
    """The trees of texts, the most recently used ones at the end. Nobody may change a tree that is given here."""

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        self._known: OrderedDict[str, Domain] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, text: str) -> Domain:
        """The tree of a text that `Domain.format` has given."""
        tree = self._known.get(text)
        if tree is None:
            tree = Domain.parse(text)
            self.keep(text, tree)
        else:
            self._known.move_to_end(text)
        return tree

    def keep(self, text: str, tree: Domain) -> None:
        """Remember the tree of a text."""
        self._known[text] = tree
        if len(self._known) > self._limit:
            self._known.popitem(last=False)


TREES: Final = Trees()
"""Those of all definitions in this process."""
