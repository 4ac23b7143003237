# SPDX-License-Identifier: Apache-2.0
"""Batches turned into SQL: one transaction for one batch, or for several that share a trip to the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from manor.errors import ManorError
from manor.store.checks import check_expected, name_taken
from manor.store.database import BUSY_TIMEOUT
from manor.store.model import ABSENT, Batch, Change, Delete, Kind, Operation, Origin, Put, Require

_FORGET_REMOVED: Final = """
    DELETE FROM versions WHERE revision IN (
        SELECT v.revision FROM versions v LEFT JOIN objects o ON o.kind = v.kind AND o.key = v.key
        WHERE o.key IS NULL ORDER BY v.revision DESC LIMIT -1 OFFSET ?)
"""


class Applied(msgspec.Struct):
    """A batch's outcome: the revision per operation and the changes to tell, or the error.

    `wiped` tells that a secret was replaced or removed, whose old value is still in the log.
    """

    revisions: list[int] = msgspec.field(default_factory=list)
    changes: list[Change] = msgspec.field(default_factory=list)
    wiped: bool = False
    error: ManorError | None = None


class Transactor:
    """Applies batches on one connection.  The caller holds the store's write lock throughout."""

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], int]) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._clock = clock
        self._durable: bool | None = None

    def apply(self, batches: Sequence[Batch]) -> list[Applied]:
        """Apply the batches in one transaction; each is whole or not at all, whatever the others do.

        Raises sqlite3.Error when the database refuses; then none of them was applied.
        """
        self._set_durable(any(batch.durable for batch in batches))
        self._execute("BEGIN IMMEDIATE")
        try:
            last = first = self._execute("SELECT revision FROM counter").fetchone()[0]
            outcomes: list[Applied] = []
            for batch in batches:
                outcome, last = self._apply_one(batch, last)
                outcomes.append(outcome)
            if last != first:
                self._execute("UPDATE counter SET revision=?", (last,))
            self._execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors (a full disk), not after others.
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
            raise
        return outcomes

    def forget_removed(self, keep: int) -> None:
        """Of objects that no longer exist, remember only the newest `keep` versions."""
        self._execute(_FORGET_REMOVED, (keep,))

    def move_log(self) -> None:
        """Move the write-ahead log into the file, so that it is written from its beginning again.

        What somebody still reads from it stays for the next time. Commits may go on meanwhile.
        """
        self._execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def wipe_log(self) -> bool:
        """Move the write-ahead log into the file and leave nothing in it; False while somebody reads an old state."""
        self._execute("PRAGMA busy_timeout=0")
        try:
            busy = self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return not busy
        finally:
            self._execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT * 1000)}")

    def _apply_one(self, batch: Batch, last: int) -> tuple[Applied, int]:
        """One batch inside a savepoint; returns its outcome and the last revision now in use."""
        step = _Step(self._execute, batch.origin, self._clock, last)
        outcome = Applied()
        self._execute("SAVEPOINT batch")
        try:
            outcome.revisions = [step.operate(operation) for operation in batch.operations]
        except ManorError as error:
            self._execute("ROLLBACK TO batch")
            outcome.error = error
        else:
            outcome.changes = step.changes
            outcome.wiped = step.wiped
            last = step.last
        self._execute("RELEASE batch")
        return outcome, last

    def _set_durable(self, durable: bool) -> None:
        if durable != self._durable:
            # NORMAL in WAL mode cannot corrupt the file: it leaves out the sync of the log per commit,
            # so that a power cut (not a crash of the daemon) may take back the last commits.
            self._execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._durable = durable


class _Step:
    """The operations of one batch."""

    __slots__ = ("_clock", "_execute", "_origin", "changes", "last", "wiped")

    def __init__(
        self,
        execute: Callable[..., sqlite3.Cursor],
        origin: Origin,
        clock: Callable[[], int],
        last: int,
    ) -> None:
        self._execute = execute
        self._origin = origin
        self._clock = clock
        self.last = last
        self.changes: list[Change] = []
        self.wiped = False

    def operate(self, operation: Operation) -> int:
        """Apply one operation; returns its revision.  Raises ConflictError when it may not happen."""
        kind, key = operation.kind, operation.key
        row = self._execute("SELECT revision, name FROM objects WHERE kind=? AND key=?", (kind.name, key)).fetchone()
        old, old_name = row if row else (ABSENT, None)
        check_expected(kind, key, operation.expected, old)
        match operation:
            case Put():
                return self._put(operation, old, old_name)
            case Delete():
                return self._delete(kind, key, old, old_name) if old else ABSENT
            case Require(expected=expected):
                return expected

    def _put(self, put: Put, old: int, old_name: str | None) -> int:
        kind, key, name = put.kind, put.key, put.name
        if name is not None and name != old_name:
            self._check_name(kind, key, name)
        self._write_version(kind, key, name, put.payload)
        self._execute(
            "INSERT INTO objects (kind, key, name, revision) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET name=excluded.name, revision=excluded.revision",
            (kind.name, key, name, self.last),
        )
        self._forget(kind, key, old)
        self.changes.append(Change(kind, key, name, self.last, removed=False))
        return self.last

    def _delete(self, kind: Kind, key: str, old: int, name: str | None) -> int:
        self._execute("DELETE FROM objects WHERE kind=? AND key=?", (kind.name, key))
        if kind.history > 1:
            self._write_version(kind, key, name, None)
        else:
            self.last += 1
        self._forget(kind, key, old)
        self.changes.append(Change(kind, key, name, self.last, removed=True))
        return self.last

    def _check_name(self, kind: Kind, key: str, name: str) -> None:
        row = self._execute("SELECT key FROM objects WHERE kind=? AND name=?", (kind.name, name)).fetchone()
        if row and row[0] != key:
            raise name_taken(kind, name, row[0])

    def _write_version(self, kind: Kind, key: str, name: str | None, payload: bytes | None) -> None:
        self.last += 1
        shown = None if kind.secret else payload
        self._execute(
            "INSERT INTO versions (revision, kind, key, name, time, who, what, payload) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self.last, kind.name, key, name, self._clock(), self._origin.who, self._origin.what, shown),
        )
        if kind.secret:
            self._execute("INSERT INTO vault (revision, payload) VALUES (?, ?)", (self.last, payload))

    def _forget(self, kind: Kind, key: str, old: int) -> None:
        """Drop the versions the kind does not remember any more."""
        if kind.history > 1:
            self._execute(
                "DELETE FROM versions WHERE kind=?1 AND key=?2 AND revision <= (SELECT revision FROM versions "
                "WHERE kind=?1 AND key=?2 ORDER BY revision DESC LIMIT 1 OFFSET ?3)",
                (kind.name, key, kind.history),
            )
        elif old:
            self._execute("DELETE FROM versions WHERE revision=?", (old,))
            if kind.secret:
                self._execute("DELETE FROM vault WHERE revision=?", (old,))
                self.wiped = True
