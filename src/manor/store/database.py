# SPDX-License-Identifier: Apache-2.0
"""The database file: its tables, their migrations, opening it, and what its errors mean."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import Final

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import ManorError, reporter

_error = reporter(ErrorDomain.CONF)

#: "mnor": marks the file as ours in SQLite's header.
_APPLICATION_ID: Final = 0x6D6E6F72

#: Script N brings schema version N to N + 1.  Scripts are never edited once released, only added.
#:
#: * objects: what exists now; small rows, so that listing thousands reads few pages.
#: * versions: every remembered state of an object, the current one (objects.revision) included.
#: * vault: payloads of secrets, which therefore are in no history and no listing.
#: * counter: the last revision given out; a revision is never used twice.
MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE objects (
        kind TEXT NOT NULL, key TEXT NOT NULL, name TEXT, revision INTEGER NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX objects_name ON objects (kind, name) WHERE name IS NOT NULL;
    CREATE TABLE versions (
        revision INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, name TEXT,
        time INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, payload BLOB
    );
    CREATE INDEX versions_object ON versions (kind, key, revision);
    CREATE TABLE vault (revision INTEGER PRIMARY KEY, payload BLOB NOT NULL);
    CREATE TABLE counter (revision INTEGER NOT NULL);
    INSERT INTO counter VALUES (0);
    """,
)

#: The write-ahead log's usual length in bytes.
LOG_SIZE: Final = 4 << 20

_FILLING: Final = bytes(256 << 10)

#: On a disk with less room than this, in bytes, the log gets no more than it needs.
_SPARE: Final = 16 * LOG_SIZE

#: How long to wait for a lock of another program that looks into the file, in seconds.
BUSY_TIMEOUT: Final = 5.0

_ERRNO: Final[dict[int, int]] = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_PERM: errno.EACCES,
}

_MEANINGS: Final[dict[int, str]] = {
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_BUSY: "another program keeps it locked",
    sqlite3.SQLITE_CORRUPT: "the file is damaged, restore it from a backup",
    sqlite3.SQLITE_NOTADB: "the file is not a store, move it away or restore it from a backup",
}


def connect(path: Path) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time, with explicit transactions."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        # A checkpoint may take milliseconds, so the writer thread does it, not whoever commits.
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute(f"PRAGMA journal_size_limit={LOG_SIZE}")
        # Zero what is deleted: replaced secrets must not stay in free pages.
        connection.execute("PRAGMA secure_delete=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def create_file(path: Path) -> None:
    """Make sure the file exists and nobody else can read it; SQLite gives its side files the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(fd, 0o600)
    finally:
        os.close(fd)


def lengthen_log(path: Path) -> bool:
    """Fill the log up towards its usual length by one piece; False when there is nothing to do, or no room.

    A commit that writes into a file is on the disk in half the time of one that makes the file longer as well. Zeros
    end the log for SQLite just as what an earlier round has left there. Nobody else may write at the same time.
    """
    try:
        fd = os.open(path.with_name(path.name + "-wal"), os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        length = os.fstat(fd).st_size
        if length >= LOG_SIZE:
            return False
        space = os.fstatvfs(fd)
        if space.f_bavail * space.f_frsize < _SPARE:
            return False
        os.pwrite(fd, _FILLING, length)
    finally:
        os.close(fd)
    return True


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the schema to this program's version, each step whole or not at all.

    Raises CONFIG_UNSUPPORTED for a file that is not a store, or that a newer manor has written.
    """
    version = _pragma(connection, "user_version")
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, f"'{path}' is a database, but not a store of manor")
    if version and _pragma(connection, "application_id") != _APPLICATION_ID:
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, f"'{path}' is a database, but not a store of manor")
    if version > len(MIGRATIONS):
        raise _error(
            ErrorNumber.CONFIG_UNSUPPORTED,
            f"'{path}' was written by a newer manor (store version {version}, this one knows "
            f"{len(MIGRATIONS)}): upgrade manor, or restore a backup made before",
        )
    for step in range(version, len(MIGRATIONS)):
        # executescript commits what was open before it, so the transaction is part of the script.
        script = (
            f"BEGIN IMMEDIATE; {MIGRATIONS[step]}; PRAGMA application_id={_APPLICATION_ID};"
            f"PRAGMA user_version={step + 1}; COMMIT;"
        )
        try:
            connection.executescript(script)
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def translate(path: Path, error: sqlite3.Error, doing: str) -> ManorError:
    """What an error of SQLite means to a user: SYSTEM_ERROR with the file and the cause."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says which call failed
    if number := _ERRNO.get(code):
        return _error.system(number, f"cannot {doing} '{path}'")
    return _error(ErrorNumber.SYSTEM_ERROR, f"cannot {doing} '{path}': {_MEANINGS.get(code, error)}")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return int(value)
