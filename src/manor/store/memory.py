# SPDX-License-Identifier: Apache-2.0
"""The store that forgets: for ``test:///`` connections and unit tests.  Same behaviour, no file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from manor.store.checks import check_expected, name_taken
from manor.store.interface import Store, Watcher
from manor.store.model import (
    ABSENT,
    Batch,
    Change,
    Delete,
    Entry,
    Kind,
    Operation,
    Put,
    Record,
    Require,
    Version,
)
from manor.store.watchers import Watchers

_Address = tuple[str, str]


class MemoryStore(Store):
    """Objects in dictionaries.  `clock` gives wall clock nanoseconds for the history."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._objects: dict[str, dict[str, Record]] = {}
        self._names: dict[_Address, str] = {}
        self._history: dict[_Address, tuple[Version, ...]] = {}
        self._revision = 0
        self._watchers = Watchers()

    def get(self, kind: Kind, key: str) -> Record | None:
        return self._objects.get(kind.name, {}).get(key)

    def find(self, kind: Kind, name: str) -> Record | None:
        key = self._names.get((kind.name, name))
        return None if key is None else self.get(kind, key)

    def entries(self, kind: Kind, prefix: str = "") -> list[Entry]:
        return [Entry(record.key, record.name, record.revision) for record in self._selected(kind, prefix)]

    def records(self, kind: Kind, prefix: str = "") -> Iterator[Record]:
        return iter(list(self._selected(kind, prefix)))

    def _selected(self, kind: Kind, prefix: str) -> Iterator[Record]:
        objects = self._objects.get(kind.name, {})
        return (objects[key] for key in sorted(objects) if key.startswith(prefix))

    def history(self, kind: Kind, key: str) -> list[Version]:
        return list(self._history.get((kind.name, key), ()))

    def apply(self, batch: Batch) -> list[int]:
        step = _Step(batch)
        revision = self._revision
        try:
            revisions = [self._operate(step, operation) for operation in batch.operations]
        except BaseException:
            step.unwind()
            self._revision = revision
            raise
        self._watchers.enqueue(step.changes)
        self._watchers.deliver()
        return revisions

    async def commit(self, batch: Batch) -> list[int]:
        return self.apply(batch)

    def watch(self, watcher: Watcher, kind: Kind | None = None) -> Callable[[], None]:
        return self._watchers.add(watcher, kind)

    def close(self) -> None:
        """Nothing to let go of."""

    # -- one batch -------------------------------------------------------------------------------------

    def _operate(self, step: _Step, operation: Operation) -> int:
        kind, key = operation.kind, operation.key
        old = self.get(kind, key)
        check_expected(kind, key, operation.expected, old.revision if old else ABSENT)
        match operation:
            case Put(name=name, payload=payload):
                return self._put(step, kind, Record(key, name, 0, payload), old)
            case Delete():
                return self._delete(step, kind, old) if old else ABSENT
            case Require(expected=expected):
                return expected

    def _put(self, step: _Step, kind: Kind, new: Record, old: Record | None) -> int:
        if new.name is not None:
            holder = self._names.get((kind.name, new.name))
            if holder is not None and holder != new.key:
                raise name_taken(kind, new.name, holder)
        if old is not None and old.name is not None and old.name != new.name:
            step.assign(self._names, (kind.name, old.name), None)
        if new.name is not None:
            step.assign(self._names, (kind.name, new.name), new.key)
        revision = self._next_revision()
        objects = self._objects.setdefault(kind.name, {})
        step.assign(objects, new.key, Record(new.key, new.name, revision, new.payload))
        self._remember(step, kind, new.key, new.name, None if kind.secret else new.payload, revision)
        return revision

    def _delete(self, step: _Step, kind: Kind, old: Record) -> int:
        if old.name is not None:
            step.assign(self._names, (kind.name, old.name), None)
        step.assign(self._objects[kind.name], old.key, None)
        revision = self._next_revision()
        self._remember(step, kind, old.key, old.name, None, revision, removed=True)
        return revision

    def _remember(
        self,
        step: _Step,
        kind: Kind,
        key: str,
        name: str | None,
        payload: bytes | None,
        revision: int,
        *,
        removed: bool = False,
    ) -> None:
        step.changes.append(Change(kind, key, name, revision, removed))
        if kind.history > 1:
            version = Version(revision, self._clock(), step.batch.origin, name, payload)
            versions = (*self._history.get((kind.name, key), ()), version)
            step.assign(self._history, (kind.name, key), versions[-kind.history :])

    def _next_revision(self) -> int:
        self._revision += 1
        return self._revision


class _Step:
    """A batch being applied: its changes so far, and what the dictionaries held before."""

    __slots__ = ("_before", "batch", "changes")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.changes: list[Change] = []
        self._before: list[tuple[MutableMapping[Any, Any], Any, Any]] = []

    def assign(self, mapping: MutableMapping[Any, Any], key: object, value: object) -> None:
        """Set an entry (None removes it), remembering what was there."""
        self._before.append((mapping, key, mapping.get(key)))
        _set(mapping, key, value)

    def unwind(self) -> None:
        """Put everything back, newest first."""
        while self._before:
            _set(*self._before.pop())


def _set(mapping: MutableMapping[Any, Any], key: object, value: object) -> None:
    if value is None:
        mapping.pop(key, None)
    else:
        mapping[key] = value
