# SPDX-License-Identifier: Apache-2.0
"""Leases: who may use a named thing, until when.

Built on compare-and-set alone, so that they work over every store, and between hosts once a store spans
several.  A lease's `token` grows with every change of holder: what is guarded can refuse a late request of
an earlier one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import ManorError, reporter
from manor.store.interface import Store
from manor.store.kinds import LEASE
from manor.store.model import ABSENT, ConflictError, Record

_error = reporter(ErrorDomain.LOCKSPACE)


class Lease(msgspec.Struct, frozen=True):
    """A name held by an owner; `expires` is wall clock seconds since the epoch, None for no end."""

    name: str
    owner: str
    expires: float | None
    token: int


class Leases:
    """The leases of one store.  `clock` gives wall clock seconds."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def acquire(self, name: str, owner: str, seconds: float | None = None) -> Lease:
        """Take a lease, for a time or until released; the same owner may take it again.

        Raises RESOURCE_BUSY naming the holder when somebody else has it.
        """
        record = self._store.get(LEASE, name)
        if record is not None:
            held = _decode(record)
            if held.owner != owner and not self._expired(held):
                raise _busy(held)
        return self._write(name, owner, seconds, ABSENT if record is None else record.revision)

    def renew(self, lease: Lease, seconds: float | None = None) -> Lease:
        """Extend a lease that is still held; raises RESOURCE_BUSY when it was lost."""
        return self._write(lease.name, lease.owner, seconds, lease.token)

    def release(self, lease: Lease) -> None:
        """Give a lease back; one that was lost meanwhile is no error."""
        try:
            self._store.delete(LEASE, lease.name, expected=lease.token)
        except ConflictError:
            return

    def held(self, prefix: str = "") -> list[Lease]:
        """The leases in force whose name starts with `prefix`."""
        leases = map(_decode, self._store.records(LEASE, prefix))
        return [lease for lease in leases if not self._expired(lease)]

    def _write(self, name: str, owner: str, seconds: float | None, expected: int) -> Lease:
        expires = None if seconds is None else self._clock() + seconds
        payload = json.dumps({"owner": owner, "expires": expires})
        try:
            token = self._store.put(LEASE, name, payload, expected=expected)
        except ConflictError as error:
            record = self._store.get(LEASE, name)
            if record is None:
                raise _error(ErrorNumber.RESOURCE_BUSY, f"lease '{name}' was lost") from error
            raise _busy(_decode(record)) from error
        return Lease(name, owner, expires, token)

    def _expired(self, lease: Lease) -> bool:
        return lease.expires is not None and lease.expires <= self._clock()


def _decode(record: Record) -> Lease:
    values = json.loads(record.payload)
    return Lease(record.key, values["owner"], values["expires"], record.revision)


def _busy(lease: Lease) -> ManorError:
    return _error(ErrorNumber.RESOURCE_BUSY, f"'{lease.name}' is held by {lease.owner}")
