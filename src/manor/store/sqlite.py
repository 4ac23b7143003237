# SPDX-License-Identifier: Apache-2.0
"""The store on disk: one SQLite file per daemon instance.

WAL mode: a commit is an append to the log, and readers never wait for it.  Two connections are kept, one
for the owning thread (reads, and writes that need no sync) and one for the writer thread (durable
commits).  A commit is answered once it is where its kinds demand: in the operating system for what may go
with a power cut (the status of running guests, which ends with the power as well), on the disk for
everything else.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import reporter
from manor.store import database
from manor.store.filelock import FileLock
from manor.store.interface import Store, Watcher
from manor.store.model import KEY_END, Batch, Entry, Kind, Origin, Record, Version
from manor.store.transaction import Applied, Transactor
from manor.store.watchers import Watchers
from manor.store.writer import Writer

_error = reporter(ErrorDomain.CONF)

#: Records fetched at a time by `SqliteStore.records`.
_CHUNK: Final = 256

#: Commits between two rounds of tidying, which move the log into the file: about as many as fill it.
_TIDY_EVERY: Final = 128

#: Commits before the first round, which also gives the log its length: nothing for a program that changes one thing.
_FIRST_TIDY: Final = 8

#: Rounds of tidying between two that forget old removals.
_FORGET_EVERY: Final = 8

#: Remembered versions of objects that no longer exist, over all objects.
_REMOVED_HISTORY: Final = 10_000


class SqliteStore(Store):
    """A store in the file `path`, created with its directory when it is not there.

    Reads, `apply` and `commit` belong to one thread (the loop's).  Raises OPERATION_FAILED when another
    process has the file, CONFIG_UNSUPPORTED when a newer manor wrote it, SYSTEM_ERROR when it cannot be
    used.
    """

    def __init__(self, path: Path, clock: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._write_lock = threading.Lock()
        self._watchers = Watchers()
        self._untidy = _TIDY_EVERY - _FIRST_TIDY
        self._rounds = 0
        self._wiped = False
        self._connections: list[sqlite3.Connection] = []
        self._lock = _lock(path)
        try:
            self._reader = self._connect()
            database.migrate(self._reader, path)
            self._inline = Transactor(self._reader, clock)
            self._threaded = Transactor(self._connect(), clock)
        except sqlite3.Error as error:
            self._let_go()
            raise database.translate(path, error, "open") from error
        except BaseException:
            self._let_go()
            raise
        self._writer = Writer(self._apply_in_thread, self._watchers.deliver, self._tidy)

    def _connect(self) -> sqlite3.Connection:
        connection = database.connect(self._path)
        self._connections.append(connection)
        return connection

    # -- reads -----------------------------------------------------------------------------------------

    def get(self, kind: Kind, key: str) -> Record | None:
        return self._one(kind, "o.key=?", key)

    def find(self, kind: Kind, name: str) -> Record | None:
        return self._one(kind, "o.name=?", name)

    def _one(self, kind: Kind, condition: str, value: str) -> Record | None:
        row = self._query(_select(kind, condition), (kind.name, value)).fetchone()
        return None if row is None else Record(*row)

    def entries(self, kind: Kind, prefix: str = "") -> list[Entry]:
        rows = self._query(
            "SELECT key, name, revision FROM objects WHERE kind=? AND key>=? AND key<? ORDER BY key",
            (kind.name, prefix, prefix + KEY_END),
        )
        return [Entry(*row) for row in rows]

    def records(self, kind: Kind, prefix: str = "") -> Iterator[Record]:
        # In chunks, each a query of its own: an open cursor would keep the log from being emptied.
        sql = _select(kind, "o.key>=? AND o.key<? ORDER BY o.key LIMIT ?")
        start, end = prefix, prefix + KEY_END
        while rows := self._query(sql, (kind.name, start, end, _CHUNK)).fetchall():
            for row in rows:
                yield Record(*row)
            start = rows[-1][0] + "\0"  # sorts right after that key

    def history(self, kind: Kind, key: str) -> list[Version]:
        if kind.history == 1:
            return []
        rows = self._query(
            "SELECT revision, time, who, what, name, payload FROM versions WHERE kind=? AND key=? ORDER BY revision",
            (kind.name, key),
        )
        return [
            Version(revision, when, Origin(who, what), name, payload)
            for revision, when, who, what, name, payload in rows
        ]

    def _query(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._reader.execute(sql, values)
        except sqlite3.Error as error:
            raise database.translate(self._path, error, "read") from error

    # -- writes ----------------------------------------------------------------------------------------

    def apply(self, batch: Batch) -> list[int]:
        with self._write_lock:
            outcome = self._apply(self._inline, batch)
        return self._finish(outcome)

    async def commit(self, batch: Batch) -> list[int]:
        # A write that needs no sync costs less than a change of threads, unless a sync is under way.
        if not batch.durable and self._write_lock.acquire(blocking=False):
            try:
                outcome = self._apply(self._inline, batch)
            finally:
                self._write_lock.release()
            return self._finish(outcome)
        self._check_open()
        return await self._writer.submit(batch)

    def _finish(self, outcome: Applied) -> list[int]:
        self._watchers.deliver()
        if outcome.error is not None:
            raise outcome.error
        return outcome.revisions

    def _apply_in_thread(self, batches: Sequence[Batch]) -> list[Applied]:
        with self._write_lock:
            if len(batches) > 1:
                try:
                    return self._apply_all(self._threaded, batches)
                except sqlite3.Error:
                    pass  # the disk may still take some of them: each on its own
            return [self._apply(self._threaded, batch) for batch in batches]

    def _apply(self, transactor: Transactor, batch: Batch) -> Applied:
        """One batch in a transaction of its own, with the write lock held."""
        try:
            return self._apply_all(transactor, [batch])[0]
        except sqlite3.Error as error:
            return Applied(error=database.translate(self._path, error, "write"))

    def _apply_all(self, transactor: Transactor, batches: Sequence[Batch]) -> list[Applied]:
        outcomes = transactor.apply(batches)
        for outcome in outcomes:
            self._watchers.enqueue(outcome.changes)
        self._untidy += len(batches)
        self._wiped = self._wiped or any(outcome.wiped for outcome in outcomes)
        if self._wiped or self._untidy >= _TIDY_EVERY:
            self._untidy = 0
            self._writer.request_tidy()
        return outcomes

    def _tidy(self) -> None:
        """See to it that the log neither grows nor keeps what was deleted.

        When that fails, or a reader from outside is in the way, the next round does it.
        """
        self._rounds += 1
        with suppress(sqlite3.Error, OSError):
            if self._rounds % _FORGET_EVERY == 0:
                with self._write_lock:
                    self._threaded.forget_removed(_REMOVED_HISTORY)
            if self._wiped:
                with self._write_lock:
                    self._wiped = not self._threaded.wipe_log()
            else:
                self._threaded.move_log()
                self._lengthen_log()

    def _lengthen_log(self) -> None:
        more = True
        while more:
            with self._write_lock:
                more = database.lengthen_log(self._path)

    # -- the rest --------------------------------------------------------------------------------------

    def watch(self, watcher: Watcher, kind: Kind | None = None) -> Callable[[], None]:
        return self._watchers.add(watcher, kind)

    def close(self) -> None:
        self._writer.stop()
        self._let_go()

    def _let_go(self) -> None:
        # The last connection to close moves the log into the file and removes it.
        while self._connections:
            self._connections.pop().close()
        self._lock.release()

    def _check_open(self) -> None:
        if not self._connections:
            raise _error(ErrorNumber.INTERNAL_ERROR, f"store '{self._path}' is closed")


def _lock(path: Path) -> FileLock:
    try:
        database.create_file(path)
        return FileLock(path.with_name(path.name + ".lock"))
    except OSError as error:
        raise _error.system(error.errno or 0, f"cannot open '{error.filename or path}'") from error


def _select(kind: Kind, condition: str) -> str:
    table = "vault" if kind.secret else "versions"
    return (
        f"SELECT o.key, o.name, o.revision, v.payload FROM objects o JOIN {table} v "  # noqa: S608
        f"ON v.revision = o.revision WHERE o.kind=? AND {condition}"
    )
