# SPDX-License-Identifier: Apache-2.0
"""Telling watchers what changed, in the order of the revisions, whichever thread committed it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable

from manor.store.interface import Watcher
from manor.store.model import Change, Kind

_log = logging.getLogger(__name__)


class Watchers:
    """The watchers of one store.

    The thread that commits calls `enqueue` while it still holds the write lock, so that the queue has
    the order of the revisions; `deliver` runs afterwards in the thread the watchers live in.
    """

    __slots__ = ("_pending", "_watchers")

    def __init__(self) -> None:
        self._watchers: list[tuple[Kind | None, Watcher]] = []
        self._pending: deque[Change] = deque()

    def add(self, watcher: Watcher, kind: Kind | None) -> Callable[[], None]:
        """Register a watcher; the returned function removes it and may be called twice."""
        entry = (kind, watcher)
        self._watchers = [*self._watchers, entry]

        def remove() -> None:
            self._watchers = [other for other in self._watchers if other is not entry]

        return remove

    def enqueue(self, changes: Iterable[Change]) -> None:
        """Note changes that were just committed."""
        if self._watchers:
            self._pending.extend(changes)

    def deliver(self) -> None:
        """Tell the watchers everything noted so far."""
        while self._pending:
            change = self._pending.popleft()
            for kind, watcher in self._watchers:
                if kind is not None and kind != change.kind:
                    continue
                try:
                    watcher(change)
                except Exception:
                    # One watcher's fault must not hide the change from the others, nor fail the commit
                    # that has already happened.
                    _log.exception("a watcher of the store failed on %s '%s'", change.kind.label, change.key)
