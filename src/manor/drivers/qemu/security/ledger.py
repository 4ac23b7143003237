# SPDX-License-Identifier: Apache-2.0
"""Whose the files were that are given to QEMU: kept in the store until the last guest that uses them lets go.

What is to be changed is stored before it is changed, so that a program killed in between can take it back when it
starts again. A file that has been replaced or given to somebody else meanwhile is left as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import stat
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

import msgspec

from manor.drivers.qemu.security.accounts import Account
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.store import Batch, Store, kinds
from manor.system import owner
from manor.system.waiting import to_the_end

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.SECURITY)
_T = TypeVar("_T")
_R = TypeVar("_R")

_CANNOT_HAVE_OWNERS: Final = frozenset({errno.EPERM, errno.EROFS, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})
"""Refusals of file systems that have no owners or are not ours to change; QEMU may have its way with the file still."""

_NEW_FILE_MODE: Final = 0o600


class Wanted(NamedTuple):
    """A file somebody shall have; `made`: it is made where it is missing."""

    path: str
    account: Account
    alias: str
    writes: bool
    made: bool = False


class Entry(msgspec.Struct):
    """A file that was given away: whose it was, whose it is, and who needs it (guests' keys, with a device each)."""

    path: str
    inode: int
    uid: int
    gid: int
    label: tuple[int, int]
    holders: list[str]


class _Found(NamedTuple):
    """A file as it is; `alone`: it can be used as it is, and nobody minds whose it is."""

    wanted: Wanted
    key: str
    path: str
    status: os.stat_result
    alone: bool


class Ledger:
    """The files given away by one driver."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = asyncio.Lock()
        self._entries: dict[str, Entry] = {}
        self._held: dict[str, set[str]] = {}
        self._returned = 0
        for record in store.records(kinds.FILE_OWNER):
            entry = self._entries[record.key] = msgspec.json.decode(record.payload, type=Entry)
            for holder in entry.holders:
                self._held.setdefault(_guest_of(holder), set()).add(record.key)

    async def give(self, guest: str, wanted: Sequence[Wanted]) -> None:
        """Give files to accounts on behalf of a guest; all of them, or none.

        Raises VIR_ERR_SYSTEM_ERROR where a file is missing or cannot be given away, VIR_ERR_OPERATION_INVALID where
        another guest needs it as somebody else's.
        """
        returned = self._returned
        # Outside of the lock: a file on a server that does not answer holds up its own guest only.
        found = await _in_thread(_inspect, wanted)
        async with self._lock:
            if returned != self._returned:
                # One of them may have gone back to its owner since it was looked at.
                found = await _in_thread(_inspect, wanted)
            entries = _with_holders(self._entries, guest, found)
            if not entries:
                return
            known = {key: self._entries[key] for key in entries if key in self._entries}
            self._entries.update(entries)
            self._held.setdefault(guest, set()).update(entries)
            try:
                self._write(entries)
                await _in_thread(_give, [entry for key, entry in entries.items() if key not in known])
            except BaseException:
                for key, entry in entries.items():
                    self._entries[key] = known.get(key) or msgspec.structs.replace(entry, holders=[])
                with contextlib.suppress(ManorError):
                    # A store without room for the entries need not forget them.
                    await self._settle(guest, entries)
                raise

    async def release(self, guest: str, alias: str | None = None, keep: Collection[str] = ()) -> None:
        """What a guest, or one device of it, needs no longer: given back where nobody else needs it.

        `keep` are paths that are still needed.
        """
        if guest not in self._held:
            return
        async with self._lock:
            kept = {os.path.realpath(path) for path in keep}
            keys = [key for key in self._held.get(guest, ()) if self._entries[key].path not in kept]
            await self._let_go(guest, keys, alias)

    async def release_all_but(self, guests: Collection[str]) -> None:
        """Give back what no guest of these needs: the others ended while nobody looked."""
        async with self._lock:
            for guest in self._held.keys() - guests:
                await self._let_go(guest, list(self._held[guest]), None)

    async def _let_go(self, guest: str, keys: Iterable[str], alias: str | None) -> None:
        touched = []
        for key in keys:
            entry = self._entries[key]
            left = [holder for holder in entry.holders if not _is(holder, guest, alias)]
            if len(left) != len(entry.holders):
                entry.holders = left
                touched.append(key)
        await self._settle(guest, touched)

    async def _settle(self, guest: str, keys: Collection[str]) -> None:
        """Give back those files that nobody needs after a change for a guest, then store what is so."""
        if not keys:
            return
        try:
            await _in_thread(_take_back, [self._entries[key] for key in keys if not self._entries[key].holders])
        finally:
            self._returned += 1
            held = self._held[guest]
            held -= {key for key in keys if all(_guest_of(holder) != guest for holder in self._entries[key].holders)}
            if not held:
                del self._held[guest]
            self._write(keys)

    def _write(self, keys: Iterable[str]) -> None:
        """Store what is so of some files; those nobody needs are forgotten.

        A store that cannot be written to goes on to name files that have been given back, which does no harm: whoever
        reads it finds that they are not QEMU's any more.
        """
        batch = Batch()
        for key in keys:
            if self._entries[key].holders:
                batch.put(kinds.FILE_OWNER, key, msgspec.json.encode(self._entries[key]))
            else:
                del self._entries[key]
                batch.delete(kinds.FILE_OWNER, key)
        self._store.apply(batch)


def _guest_of(holder: str) -> str:
    return holder.partition("/")[0]


def _with_holders(known: Mapping[str, Entry], guest: str, found: Iterable[_Found]) -> dict[str, Entry]:
    """The entries that are new, or have a new holder; files that may be left alone need none."""
    entries: dict[str, Entry] = {}
    for item in found:
        wanted = item.wanted
        entry = entries.get(item.key) or known.get(item.key)
        fits = entry is not None and entry.label == wanted.account
        if not fits and item.alone:
            continue
        if entry is not None and not fits:
            raise _error(
                ErrorNumber.OPERATION_INVALID,
                f"Setting different DAC user or group on {wanted.path} which is already in use",
            )
        if entry is None:
            status, account = item.status, wanted.account
            entry = Entry(item.path, status.st_ino, status.st_uid, status.st_gid, (account.uid, account.gid), [])
        holder = f"{guest}/{wanted.alias}"
        if holder not in entry.holders:
            entries[item.key] = msgspec.structs.replace(entry, holders=[*entry.holders, holder])
    return entries


def _is(holder: str, guest: str, alias: str | None) -> bool:
    return _guest_of(holder) == guest if alias is None else holder == f"{guest}/{alias}"


async def _in_thread(work: Callable[[list[_T]], _R], items: Iterable[_T]) -> _R:
    """Do file work aside, to its end even when the caller is cancelled: half of it must not happen later."""
    return await to_the_end(asyncio.to_thread(work, list(items)))


def _inspect(wanted: list[Wanted]) -> list[_Found]:
    return [_find(item) for item in wanted]


def _find(item: Wanted) -> _Found:
    if item.made:
        _make(item.path)
    try:
        with owner.pinned(item.path) as handle:
            status = os.fstat(handle)
            account = item.account
            rights = owner.READ | owner.WRITE if item.writes else owner.READ
            usable = not owner.has_acl(handle) and owner.allows(status, account.uid, account.groups, rights)
            # An image that is written to is QEMU's alone; a device for everybody, as /dev/null, stays everybody's.
            alone = usable and not (item.writes and (stat.S_ISREG(status.st_mode) or stat.S_ISBLK(status.st_mode)))
            key = f"{status.st_dev:x}:{status.st_ino}"
            return _Found(item, key, owner.true_path(handle), status, alone)
    except OSError as failure:
        raise _error.system(failure.errno or errno.EIO, f"unable to stat: {item.path}") from failure


def _make(path: str) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _NEW_FILE_MODE))
    except FileExistsError:
        pass
    except OSError as failure:
        raise _error.system(failure.errno or errno.EIO, f"Failed to create file '{path}'") from failure


def _give(entries: list[Entry]) -> None:
    for entry in entries:
        uid, gid = entry.label
        try:
            with owner.pinned(entry.path) as handle:
                if os.fstat(handle).st_ino == entry.inode:
                    owner.change(handle, uid, gid)
        except OSError as failure:
            if failure.errno in _CANNOT_HAVE_OWNERS:
                _log.info("'%s' cannot be given to %d:%d: %s", entry.path, uid, gid, failure.strerror)
                continue
            raise _error.system(
                failure.errno or errno.EIO, f"unable to set user and group to '{uid}:{gid}' on '{entry.path}'"
            ) from failure


def _take_back(entries: list[Entry]) -> None:
    for entry in entries:
        try:
            with owner.pinned(entry.path) as handle:
                status = os.fstat(handle)
                if status.st_ino == entry.inode and (status.st_uid, status.st_gid) == entry.label:
                    owner.change(handle, entry.uid, entry.gid)
        except FileNotFoundError:
            continue
        except OSError as failure:
            _log.warning("'%s' cannot be given back to %d:%d: %s", entry.path, entry.uid, entry.gid, failure.strerror)
