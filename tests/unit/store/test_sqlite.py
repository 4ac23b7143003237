# SPDX-License-Identifier: Apache-2.0
"""What only the store on disk has: a file, a lock, migrations, and a disk that may be full."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from manor.constants import ErrorNumber
from manor.errors import ManorError
from manor.store import Batch, Change, Kind, SqliteStore, database

DOMAIN = Kind("domain", label="domain", history=3)
STATUS = Kind("status", label="status", durable=False)
SECRET = Kind("secret", label="secret value", secret=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "store.db"


def test_contents_survive(path: Path) -> None:
    store = SqliteStore(path)
    last = store.put(STATUS, "b", b"2")
    store.put(DOMAIN, "a", b"1", name="vm")
    last = store.delete(STATUS, "b")
    store.close()
    store.close()
    again = SqliteStore(path)
    assert again.find(DOMAIN, "vm").payload == b"1"
    assert len(again.history(DOMAIN, "a")) == 1
    assert again.put(STATUS, "b", b"3") > last
    again.close()


def test_nobody_else_can_read_the_files(path: Path) -> None:
    before = os.umask(0)
    try:
        store = SqliteStore(path)
        store.put(DOMAIN, "a", b"1")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(["store.db", "store.db-wal", "store.db-shm", "store.db.lock"], 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_others_could_read_is_closed_to_them(path: Path) -> None:
    SqliteStore(path).close()
    path.chmod(0o644)
    SqliteStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_second_opening_names_the_first_process(path: Path) -> None:
    store = SqliteStore(path)
    with pytest.raises(ManorError, match=f"in use by process {os.getpid()}") as caught:
        SqliteStore(path)
    assert caught.value.code == ErrorNumber.OPERATION_FAILED
    code = (
        "import sys, pathlib, manor.store as s, manor.errors as e\n"
        "try: s.SqliteStore(pathlib.Path(sys.argv[1]))\n"
        "except e.ManorError as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"in use by process {os.getpid()}" in said
    store.close()
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


def test_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ManorError, match=r"newer manor .store version 99, this one knows 1") as caught:
        SqliteStore(path)
    assert caught.value.code == ErrorNumber.CONFIG_UNSUPPORTED
    assert path.read_bytes() == before


@pytest.mark.parametrize("script", ["CREATE TABLE t (x)", "CREATE TABLE t (x); PRAGMA user_version=1"])
def test_somebody_elses_database_is_refused(path: Path, script: str) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    with pytest.raises(ManorError, match="not a store of manor"):
        SqliteStore(path)


@pytest.mark.parametrize("damage", [b"not a database at all " * 300, b"SQLite format 3\0" + bytes(5000)])
def test_damaged_file(path: Path, damage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    with pytest.raises(ManorError, match="cannot open") as caught:
        SqliteStore(path)
    assert caught.value.code == ErrorNumber.SYSTEM_ERROR
    assert path.read_bytes() == damage


def test_unusable_places(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path, number in ((tmp_path / "file" / "store.db", errno.EEXIST), (tmp_path / "link", errno.ELOOP)):
        with pytest.raises(ManorError, match="cannot open") as caught:
            SqliteStore(path)
        assert caught.value.code == ErrorNumber.SYSTEM_ERROR
        assert caught.value.int1 == number
    assert not (tmp_path / "elsewhere").exists()


def test_migrations_run_in_order_and_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteStore(path)
    store.put(DOMAIN, "a", b"1")
    store.close()
    good = "ALTER TABLE objects ADD COLUMN colour TEXT"
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, good, "CREATE TABLE x (y); CREATE TABLE x (y)"))
    with pytest.raises(ManorError, match="table x already exists"):
        SqliteStore(path)
    monkeypatch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:2])
    store = SqliteStore(path)
    assert store.get(DOMAIN, "a") is not None
    store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    assert "colour" in [row[1] for row in connection.execute("PRAGMA table_info(objects)")]
    connection.close()


async def test_closed_store(path: Path) -> None:
    store = SqliteStore(path)
    store.close()
    for kind in (DOMAIN, STATUS):
        with pytest.raises(ManorError):
            store.put(kind, "a", b"")
        with pytest.raises(ManorError):
            await store.commit(Batch().put(kind, "a", b""))
    with pytest.raises(ManorError):
        store.get(DOMAIN, "a")


async def test_closing_finishes_what_was_queued(path: Path) -> None:
    store = SqliteStore(path)
    waiting = [asyncio.ensure_future(store.commit(Batch().put(DOMAIN, f"{n:03}", b"x"))) for n in range(100)]
    await asyncio.sleep(0)
    store.close()
    await asyncio.gather(*waiting)
    again = SqliteStore(path)
    assert len(again.entries(DOMAIN)) == 100
    again.close()


async def test_watchers_hear_in_order_from_both_threads(path: Path) -> None:
    store = SqliteStore(path)
    seen: list[Change] = []
    store.watch(seen.append)
    durable = [asyncio.ensure_future(store.commit(Batch().put(DOMAIN, f"{n}", b"x"))) for n in range(20)]
    for number in range(200):
        store.put(STATUS, f"{number}", b"y")
        await asyncio.sleep(0)
    await asyncio.gather(*durable)
    assert [change.revision for change in seen] == list(range(1, 221))
    store.close()


async def test_the_log_is_emptied(path: Path) -> None:
    store = SqliteStore(path)
    for number in range(2100):
        await store.commit(Batch().put(STATUS, f"{number % 10}", bytes(8000)))
    await store.commit(Batch().put(DOMAIN, "a", b""))
    assert path.with_name("store.db-wal").stat().st_size < 8_000_000  # 2100 × (8 KB + overhead) is more
    store.close()


async def test_a_log_that_has_its_length_is_read_after_a_crash(path: Path) -> None:
    store = SqliteStore(path)
    log = path.with_name("store.db-wal")
    for number in range(300):
        await store.commit(Batch().put(DOMAIN, f"{number % 50:02}", f"{number}".encode()))
    assert log.stat().st_size == database.LOG_SIZE
    crashed = path.parent / "crashed.db"
    crashed.write_bytes(path.read_bytes())
    crashed.with_name("crashed.db-wal").write_bytes(log.read_bytes())
    store.close()
    again = SqliteStore(crashed)
    assert [int(record.payload) for record in again.records(DOMAIN)] == list(range(250, 300))
    again.close()


def test_replaced_secrets_leave_no_trace(path: Path) -> None:
    store = SqliteStore(path)
    store.put(SECRET, "s", b"correct horse battery staple" * 10)
    store.put(SECRET, "s", b"another")
    store.delete(SECRET, "s")
    store.close()
    assert not any(b"battery staple" in file.read_bytes() for file in path.parent.iterdir())


def test_history_of_removed_objects_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manor.store.sqlite._REMOVED_HISTORY", 10)
    monkeypatch.setattr("manor.store.sqlite._TIDY_EVERY", 50)
    monkeypatch.setattr("manor.store.sqlite._FORGET_EVERY", 1)
    store = SqliteStore(path)
    store.put(DOMAIN, "kept", b"x")
    for number in range(100):
        store.put(DOMAIN, f"{number}", b"x")
        store.delete(DOMAIN, f"{number}")
    store.close()
    again = SqliteStore(path)
    assert len(again.history(DOMAIN, "kept")) == 1
    assert sum(len(again.history(DOMAIN, f"{number}")) for number in range(100)) <= 60
    assert len(again.history(DOMAIN, "99")) == 2
    again.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a tmpfs needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("kind", [DOMAIN, STATUS])
async def test_full_disk(small_disk: Path, kind: Kind) -> None:
    store = SqliteStore(small_disk / "store.db")
    written: list[str] = []
    with pytest.raises(ManorError) as caught:
        for number in range(1000):
            batch = Batch().put(kind, f"{number:04}", bytes(5000), name=f"vm{number}").put(SECRET, f"{number:04}", b"s")
            await store.commit(batch)
            written.append(f"{number:04}")
    assert caught.value.code == ErrorNumber.SYSTEM_ERROR
    assert caught.value.int1 == errno.ENOSPC
    assert str(small_disk / "store.db") in str(caught.value)
    assert "No space left on device" in str(caught.value)
    assert written
    assert [entry.key for entry in store.entries(kind)] == written
    with pytest.raises(ManorError):
        store.put(kind, "more", bytes(50_000))
    store.close()
    again = SqliteStore(small_disk / "store.db")
    assert [entry.key for entry in again.entries(kind)] == written
    assert [entry.key for entry in again.entries(SECRET)] == written
    again.close()


async def test_a_batch_too_big_for_the_disk_does_not_take_others_with_it(small_disk: Path) -> None:
    store = SqliteStore(small_disk / "store.db")
    batches = [Batch().put(DOMAIN, f"{n}", bytes(2_000_000 if n == 3 else 10)) for n in range(6)]
    results = await asyncio.gather(*map(store.commit, batches), return_exceptions=True)
    assert [isinstance(result, ManorError) for result in results] == [n == 3 for n in range(6)]
    assert [entry.key for entry in store.entries(DOMAIN)] == ["0", "1", "2", "4", "5"]
    store.close()


def test_ten_thousand_definitions(path: Path) -> None:
    store = SqliteStore(path)
    batch = Batch()
    for number in range(10_000):
        batch.put(DOMAIN, f"{number:05}", b"x" * 2000, name=f"vm{number}")
    store.apply(batch)
    store.close()
    again = SqliteStore(path)
    assert len(again.entries(DOMAIN)) == 10_000
    assert sum(1 for _ in again.records(DOMAIN)) == 10_000
    again.close()
