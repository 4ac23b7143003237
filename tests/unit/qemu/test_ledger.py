# SPDX-License-Identifier: Apache-2.0
"""The ledger of files given away: holders, conflicts, full stores, races. Owners are numbers in a table here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from manor.drivers.qemu.security import ledger
from manor.drivers.qemu.security.accounts import Account
from manor.drivers.qemu.security.ledger import Ledger, Wanted
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.store import Batch, kinds
from manor.store.memory import MemoryStore
from manor.system import owner

QEMU, OTHER = Account(901, 902), Account(903, 904)
MINE = (os.getuid(), os.getgid())


class Owners:
    """Stands in for chown, which takes root: who was given which file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.changed: dict[str, tuple[int, int]] = {}
        monkeypatch.setattr(owner, "change", self._change)
        monkeypatch.setattr(ledger, "os", self)
        self.path, self.close, self.open = os.path, os.close, os.open

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def _change(self, handle: int, uid: int, gid: int) -> None:
        self.changed[owner.true_path(handle)] = (uid, gid)

    def fstat(self, handle: int) -> os.stat_result:
        found = list(os.fstat(handle))
        found[4:6] = self.changed.get(owner.true_path(handle), MINE)
        return os.stat_result(found)

    def of(self, path: Path) -> tuple[int, int]:
        return self.changed.get(str(path), MINE)


@pytest.fixture
def owners(monkeypatch: pytest.MonkeyPatch) -> Owners:
    return Owners(monkeypatch)


def image(folder: Path, name: str = "a.img") -> Path:
    path = folder / name
    path.touch(mode=0o600)
    return path


def wanted(path: Path, account: Account = QEMU, alias: str = "vda", *, writes: bool = True) -> Wanted:
    return Wanted(str(path), account, alias, writes)


@contextmanager
def full(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(batch: Batch) -> list[int]:
        raise reporter(ErrorDomain.CONF)(ErrorNumber.SYSTEM_ERROR, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(store, "apply", refuse)
        yield


async def test_the_last_holder_gives_back(tmp_path: Path, owners: Owners) -> None:
    path, store = image(tmp_path), MemoryStore()
    known = Ledger(store)
    await known.give("one", [wanted(path), wanted(path, alias="vdb")])
    await known.give("two", [wanted(path)])
    for guest, alias in (("one", "vda"), ("one", "nothing"), ("two", None)):
        await known.release(guest, alias)
        assert owners.of(path) == QEMU
    await known.release("one")
    assert owners.of(path) == MINE
    assert store.entries(kinds.FILE_OWNER) == []


async def test_a_path_that_is_still_needed(tmp_path: Path, owners: Owners) -> None:
    old, new = image(tmp_path, "old"), image(tmp_path, "new")
    known = Ledger(MemoryStore())
    await known.give("one", [wanted(old), wanted(new)])
    await known.release("one", "vda", [str(new)])
    assert (owners.of(old), owners.of(new)) == (MINE, QEMU)


async def test_a_conflict_changes_nothing(tmp_path: Path, owners: Owners) -> None:
    path, free = image(tmp_path), image(tmp_path, "b.img")
    known = Ledger(MemoryStore())
    await known.give("one", [wanted(path)])
    with pytest.raises(ManorError, match="which is already in use"):
        await known.give("two", [wanted(free, OTHER), wanted(path, OTHER)])
    assert (owners.of(path), owners.of(free)) == (QEMU, MINE)
    await known.release("two")


async def test_another_program_knows_what_to_give_back(tmp_path: Path, owners: Owners) -> None:
    kept, lost, store = image(tmp_path, "kept"), image(tmp_path, "lost"), MemoryStore()
    before = Ledger(store)
    await before.give("running", [wanted(kept)])
    await before.give("gone", [wanted(lost), wanted(kept)])
    after = Ledger(store)
    await after.release_all_but({"running"})
    assert (owners.of(kept), owners.of(lost)) == (QEMU, MINE)
    await after.release("running")
    assert owners.of(kept) == MINE


async def test_a_full_store(tmp_path: Path, owners: Owners, monkeypatch: pytest.MonkeyPatch) -> None:
    given, refused, store = image(tmp_path, "given"), image(tmp_path, "refused"), MemoryStore()
    known = Ledger(store)
    await known.give("one", [wanted(given)])
    with full(store, monkeypatch):
        with pytest.raises(ManorError, match="no space"):
            await known.give("two", [wanted(refused), wanted(given)])
        assert (owners.of(given), owners.of(refused)) == (QEMU, MINE)
        with pytest.raises(ManorError, match="no space"):
            await known.release("one")
    assert owners.of(given) == MINE
    await known.release("one")
    # What the store still names has gone back already.
    owners.changed[str(given)] = OTHER
    await Ledger(store).release_all_but(set())
    assert owners.of(given) == OTHER
    assert store.entries(kinds.FILE_OWNER) == []


async def test_given_back_while_somebody_looks(tmp_path: Path, owners: Owners) -> None:
    """Whose a file was is not what another guest's end is just about to change."""
    path = image(tmp_path)
    known = Ledger(MemoryStore())
    for _ in range(20):
        await known.give("one", [wanted(path)])
        await asyncio.gather(known.release("one"), known.give("two", [wanted(path)]))
        assert owners.of(path) == QEMU
        await known.release("two")
        assert owners.of(path) == MINE
