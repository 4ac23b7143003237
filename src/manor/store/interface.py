# SPDX-License-Identifier: Apache-2.0
"""The interface every store implements.

Reads are synchronous and quick: they answer from memory or from pages the operating system holds, and
never wait for a writer.  Writes are batches.  `Store.commit` is the way in from a coroutine; `Store.apply`
is the same for code without an event loop, and blocks until the disk has answered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from manor.store.model import UNKNOWN_ORIGIN, Batch, Change, Entry, Kind, Origin, Record, Version

#: Called after a commit, once per changed object, in the order of the revisions.  It must not raise and
#: must not write to the store; it may schedule a task that does.
Watcher = Callable[[Change], None]


class Store(ABC):
    """Objects by (kind, key), names unique per kind, revisions, history, watchers.

    Errors are ManorError: `ConflictError` when a batch's conditions do not hold, SYSTEM_ERROR when the
    disk refuses.  After an error nothing of the batch is in the store.
    """

    # -- reads -----------------------------------------------------------------------------------------

    @abstractmethod
    def get(self, kind: Kind, key: str) -> Record | None:
        """The object with this key, or None."""

    @abstractmethod
    def find(self, kind: Kind, name: str) -> Record | None:
        """The object with this name, or None."""

    @abstractmethod
    def entries(self, kind: Kind, prefix: str = "") -> list[Entry]:
        """All objects of a kind whose key starts with `prefix`, by key, without their payloads."""

    @abstractmethod
    def records(self, kind: Kind, prefix: str = "") -> Iterator[Record]:
        """All objects of a kind whose key starts with `prefix`, by key, payloads included.

        Not a snapshot: an object written during the iteration is given in its old or its new state.
        """

    @abstractmethod
    def history(self, kind: Kind, key: str) -> list[Version]:
        """The remembered versions of an object, oldest first; also of one that was removed."""

    # -- writes ----------------------------------------------------------------------------------------

    @abstractmethod
    def apply(self, batch: Batch) -> list[int]:
        """Apply a batch now; returns one revision per operation.

        The revision is that of the object after the operation: the new one of a put, that of the removal
        for a delete (0 when there was nothing to remove), the required one for a condition.
        """

    @abstractmethod
    async def commit(self, batch: Batch) -> list[int]:
        """`apply` for coroutines: what has to wait for the disk waits in another thread.

        Cancelling the wait does not take the batch back: it may be applied nevertheless.
        """

    def put(
        self,
        kind: Kind,
        key: str,
        payload: bytes | str,
        *,
        name: str | None = None,
        expected: int | None = None,
        origin: Origin = UNKNOWN_ORIGIN,
    ) -> int:
        """Write one object now; returns its revision."""
        return self.apply(Batch(origin).put(kind, key, payload, name=name, expected=expected))[0]

    def delete(self, kind: Kind, key: str, *, expected: int | None = None, origin: Origin = UNKNOWN_ORIGIN) -> int:
        """Remove one object now; returns the removal's revision, or 0 when there was none."""
        return self.apply(Batch(origin).delete(kind, key, expected=expected))[0]

    # -- the rest --------------------------------------------------------------------------------------

    @abstractmethod
    def watch(self, watcher: Watcher, kind: Kind | None = None) -> Callable[[], None]:
        """Call `watcher` after each change (of one kind only, if given); returns how to stop it."""

    @abstractmethod
    def close(self) -> None:
        """Finish pending writes and let go of the store.  Closing twice is harmless."""
