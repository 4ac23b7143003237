# SPDX-License-Identifier: Apache-2.0
"""What every store promises; each test runs over the SQLite store and its twin in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manor.constants import ErrorNumber
from manor.errors import ManorError
from manor.store import (
    ABSENT,
    MAX_PAYLOAD,
    Batch,
    Change,
    ConflictError,
    Entry,
    Kind,
    MemoryStore,
    Origin,
    SqliteStore,
    Store,
)
from manor.store.model import Operation, Put

DOMAIN = Kind("domain", label="domain", history=3)
STATUS = Kind("status", label="status", durable=False)
SNAPSHOT = Kind("snapshot", label="snapshot")
SECRET = Kind("secret", label="secret value", secret=True)

Make = Callable[[], Store]


class Clock:
    """Wall clock that ticks once per look."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += 1
        return self.now


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store: Store = MemoryStore(Clock()) if request.param == "memory" else SqliteStore(tmp_path / "store.db", Clock())
    yield store
    store.close()


def test_empty(store: Store) -> None:
    assert store.get(DOMAIN, "a") is None
    assert store.find(DOMAIN, "a") is None
    assert store.entries(DOMAIN) == []
    assert list(store.records(DOMAIN)) == []
    assert store.history(DOMAIN, "a") == []
    assert store.delete(DOMAIN, "a") == 0


def test_put_get_find(store: Store) -> None:
    revision = store.put(DOMAIN, "k1", "<domain/>", name="vm")
    record = store.get(DOMAIN, "k1")
    assert record is not None
    assert (record.key, record.name, record.revision, record.payload) == ("k1", "vm", revision, b"<domain/>")
    assert record.text == "<domain/>"
    assert store.find(DOMAIN, "vm") == record
    assert store.get(STATUS, "k1") is None
    assert store.find(STATUS, "vm") is None


def test_kinds_have_names_of_their_own(store: Store) -> None:
    store.put(DOMAIN, "k1", b"1", name="x")
    store.put(STATUS, "k2", b"2", name="x")
    assert store.find(DOMAIN, "x").payload == b"1"
    assert store.find(STATUS, "x").payload == b"2"


def test_revisions_grow_and_are_never_reused(store: Store) -> None:
    first = store.put(STATUS, "a", b"1")
    second = store.put(STATUS, "a", b"2")
    removed = store.delete(STATUS, "a")
    third = store.put(STATUS, "a", b"3")
    assert first < second < removed < third


def test_compare_and_set(store: Store) -> None:
    revision = store.put(DOMAIN, "a", b"1", expected=ABSENT)
    with pytest.raises(ConflictError, match="domain 'a' exists already") as caught:
        store.put(DOMAIN, "a", b"2", expected=ABSENT)
    assert caught.value.code == ErrorNumber.OPERATION_INVALID
    newer = store.put(DOMAIN, "a", b"2", expected=revision)
    with pytest.raises(ConflictError, match=f"changed in the meantime .revision {newer}, expected {revision}"):
        store.put(DOMAIN, "a", b"3", expected=revision)
    with pytest.raises(ConflictError):
        store.delete(DOMAIN, "a", expected=revision)
    store.delete(DOMAIN, "a", expected=newer)
    with pytest.raises(ConflictError, match="was removed in the meantime"):
        store.delete(DOMAIN, "a", expected=newer)


def test_name_is_unique_and_moves_with_a_rename(store: Store) -> None:
    store.put(DOMAIN, "a", b"1", name="one")
    with pytest.raises(ConflictError, match="domain 'one' already exists with uuid a") as caught:
        store.put(DOMAIN, "b", b"2", name="one")
    assert caught.value.code == ErrorNumber.OPERATION_FAILED
    store.put(DOMAIN, "a", b"1", name="uno")
    assert store.find(DOMAIN, "one") is None
    store.put(DOMAIN, "b", b"2", name="one")
    store.delete(DOMAIN, "b")
    assert store.find(DOMAIN, "one") is None
    store.put(DOMAIN, "c", b"3", name="one")


def test_names_swap_within_one_batch(store: Store) -> None:
    store.put(DOMAIN, "a", b"a", name="one")
    store.put(DOMAIN, "b", b"b", name="two")
    store.apply(
        Batch().put(DOMAIN, "a", b"a", name="tmp").put(DOMAIN, "b", b"b", name="one").put(DOMAIN, "a", b"a", name="two")
    )
    assert store.find(DOMAIN, "one").key == "b"
    assert store.find(DOMAIN, "two").key == "a"
    assert store.find(DOMAIN, "tmp") is None


def test_batch_is_all_or_nothing(store: Store) -> None:
    kept = store.put(DOMAIN, "a", b"1", name="one")
    store.put(STATUS, "a", b"running")
    batch = (
        Batch()
        .put(DOMAIN, "a", b"2", name="renamed")
        .delete(STATUS, "a")
        .put(SNAPSHOT, "a/s", b"s")
        .put(SECRET, "s", b"s")
        .require(DOMAIN, "missing", 7)
    )
    with pytest.raises(ConflictError):
        store.apply(batch)
    assert store.get(DOMAIN, "a").revision == kept
    assert store.find(DOMAIN, "one").payload == b"1"
    assert store.find(DOMAIN, "renamed") is None
    assert store.get(STATUS, "a").payload == b"running"
    assert store.get(SNAPSHOT, "a/s") is None
    assert store.get(SECRET, "s") is None
    assert len(store.history(DOMAIN, "a")) == 1


def test_batch_answers_one_revision_per_operation(store: Store) -> None:
    a = store.put(DOMAIN, "a", b"1")
    batch = Batch().require(DOMAIN, "a", a).delete(STATUS, "nothing").put(STATUS, "x", b"").delete(DOMAIN, "a")
    required, nothing, put, removed = store.apply(batch)
    assert (required, nothing) == (a, 0)
    assert a < put < removed
    assert store.get(STATUS, "x").revision == put


def test_listing_by_prefix_in_key_order(store: Store) -> None:
    for key in ("b/1", "a/2", "a/1", "a", "ab", "a/é"):
        store.put(SNAPSHOT, key, key.encode(), name=f"name of {key}")
    assert [entry.key for entry in store.entries(SNAPSHOT)] == ["a", "a/1", "a/2", "a/é", "ab", "b/1"]
    assert [entry.key for entry in store.entries(SNAPSHOT, "a/")] == ["a/1", "a/2", "a/é"]
    assert [record.payload for record in store.records(SNAPSHOT, "a/")] == [b"a/1", b"a/2", "a/é".encode()]
    entry = store.entries(SNAPSHOT, "b")[0]
    assert entry == Entry("b/1", "name of b/1", store.get(SNAPSHOT, "b/1").revision)


def test_records_while_writing(store: Store) -> None:
    for number in range(600):
        store.put(SNAPSHOT, f"{number:04}", b"x")
    seen = []
    for record in store.records(SNAPSHOT):
        seen.append(record.key)
        store.put(SNAPSHOT, record.key, b"y")
    assert seen == [f"{number:04}" for number in range(600)]


def test_history(store: Store) -> None:
    alice, bob = Origin("uid=1000", "define"), Origin("bob", "undefine")
    store.put(DOMAIN, "a", b"1", name="vm", origin=alice)
    store.put(DOMAIN, "a", b"2", name="vm2", origin=alice)
    store.delete(DOMAIN, "a", origin=bob)
    versions = store.history(DOMAIN, "a")
    assert [(v.time, v.origin, v.name, v.payload) for v in versions] == [
        (1, alice, "vm", b"1"),
        (2, alice, "vm2", b"2"),
        (3, bob, "vm2", None),
    ]
    store.put(DOMAIN, "a", b"4", name="vm")
    assert [v.payload for v in store.history(DOMAIN, "a")] == [b"2", None, b"4"]
    revisions = [v.revision for v in store.history(DOMAIN, "a")]
    assert revisions == sorted(revisions)


def test_kinds_without_history_remember_nothing(store: Store) -> None:
    store.put(STATUS, "a", b"1")
    store.put(STATUS, "a", b"2")
    assert store.history(STATUS, "a") == []


def test_secrets(store: Store) -> None:
    store.put(SECRET, "s", b"first")
    store.put(SECRET, "s", b"second")
    assert store.get(SECRET, "s").payload == b"second"
    assert [record.payload for record in store.records(SECRET)] == [b"second"]
    assert store.history(SECRET, "s") == []
    store.delete(SECRET, "s")
    assert store.get(SECRET, "s") is None


def test_a_secret_kind_with_history_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no history"):
        Kind("x", label="x", secret=True, history=2)


@pytest.mark.parametrize("bad", ["", "a\0b", "x" * 2000, "\U0010ffff", "\ud800"])
def test_unusable_keys_and_names(bad: str) -> None:
    attempts: list[Callable[[], Batch]] = [
        lambda: Batch().put(DOMAIN, bad, b""),
        lambda: Batch().put(DOMAIN, "a", b"", name=bad),
        lambda: Batch().delete(DOMAIN, bad),
        lambda: Batch().require(DOMAIN, bad, 1),
    ]
    for attempt in attempts:
        with pytest.raises(ManorError, match=r"unusable (key|name)") as caught:
            attempt()
        assert caught.value.code == ErrorNumber.INVALID_ARG


def test_oversized_payload(store: Store) -> None:
    with pytest.raises(ManorError, match="domain 'vm' has 16777217 bytes"):
        store.put(DOMAIN, "a", bytes(MAX_PAYLOAD + 1), name="vm")
    store.put(DOMAIN, "a", bytes(MAX_PAYLOAD))


def test_watch(store: Store) -> None:
    seen: list[Change] = []
    domains: list[str] = []
    stop = store.watch(seen.append)
    store.watch(lambda change: domains.append(change.key), DOMAIN)
    put = store.put(DOMAIN, "a", b"", name="vm")
    with pytest.raises(ConflictError):
        store.put(DOMAIN, "a", b"", expected=ABSENT)
    removed = store.delete(DOMAIN, "a")
    status = store.put(STATUS, "s", b"")
    assert seen == [
        Change(DOMAIN, "a", "vm", put, removed=False),
        Change(DOMAIN, "a", "vm", removed, removed=True),
        Change(STATUS, "s", None, status, removed=False),
    ]
    assert domains == ["a", "a"]
    stop()
    stop()
    store.put(STATUS, "t", b"")
    assert len(seen) == 3


def test_a_failing_watcher_hurts_nobody(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Change] = []

    def fail(change: Change) -> None:
        raise RuntimeError("boom")

    store.watch(fail)
    store.watch(seen.append)
    store.put(DOMAIN, "a", b"")
    assert len(seen) == 1
    assert "a watcher of the store failed on domain 'a'" in caplog.text


async def test_commit(store: Store) -> None:
    seen: list[str] = []
    store.watch(lambda change: seen.append(change.key))
    [[first], [second]] = await asyncio.gather(
        store.commit(Batch().put(DOMAIN, "a", b"1", name="x")),
        store.commit(Batch().put(STATUS, "b", b"2")),
    )
    assert {first, second} == {1, 2}
    assert sorted(seen) == ["a", "b"]
    with pytest.raises(ConflictError):
        await store.commit(Batch().put(DOMAIN, "b", b"1", name="x"))


async def test_many_commits_at_once(store: Store) -> None:
    """Some fail, and take nothing of the others with them, also when they share a trip to the disk."""
    revisions: list[int] = []
    store.watch(lambda change: revisions.append(change.revision))
    batches = [
        Batch().put(SNAPSHOT, f"{number:03}", b"x").put(DOMAIN, f"{number:03}", b"", name=f"vm{number % 150}")
        for number in range(200)
    ]
    results = await asyncio.gather(*map(store.commit, batches), return_exceptions=True)
    assert [isinstance(result, ConflictError) for result in results] == [False] * 150 + [True] * 50
    assert len(store.entries(DOMAIN)) == len(store.entries(SNAPSHOT)) == 150
    assert revisions == sorted(revisions)
    assert len(revisions) == 300


async def test_cancelled_commit(store: Store) -> None:
    task = asyncio.create_task(store.commit(Batch().put(DOMAIN, "a", b"1")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.commit(Batch().put(DOMAIN, "b", b"1"))
    assert [entry.key for entry in store.entries(DOMAIN)][-1] == "b"


KEYS = st.sampled_from(["a", "b", "c"])
NAMES = st.none() | st.sampled_from(["x", "y"])
KINDS = st.sampled_from([DOMAIN, STATUS, SECRET])
REVISIONS = st.none() | st.integers(0, 6)
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Put, KINDS, KEYS, NAMES, st.binary(max_size=4), REVISIONS),
    st.builds(
        lambda kind, key, expected: Batch().delete(kind, key, expected=expected).operations[0], KINDS, KEYS, REVISIONS
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(OPERATIONS, max_size=4), max_size=8))
def test_twins_agree(tmp_path: Path, batches: list[list[Operation]]) -> None:
    memory = MemoryStore(lambda: 0)
    path = tmp_path / "twin.db"
    path.unlink(missing_ok=True)
    sqlite = SqliteStore(path, lambda: 0)
    try:
        for operations in batches:
            assert outcome(memory, operations) == outcome(sqlite, operations)
            assert contents(memory) == contents(sqlite)
    finally:
        sqlite.close()


def outcome(store: Store, operations: list[Operation]) -> object:
    try:
        return store.apply(Batch(Origin("me", "test"), list(operations)))
    except ManorError as error:
        return str(error)


def contents(store: Store) -> object:
    return [
        (store.entries(kind), list(store.records(kind)), [store.history(kind, key) for key in "abc"])
        for kind in (DOMAIN, STATUS, SECRET)
    ]
