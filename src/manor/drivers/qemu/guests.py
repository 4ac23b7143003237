# SPDX-License-Identifier: Apache-2.0
"""All guests of one driver instance, by UUID, name and id."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from manor.drivers.qemu.guest import Guest
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records import DomainRef

_error = reporter(ErrorDomain.QEMU)
_conflict = reporter(ErrorDomain.DOMAIN)


class Guests:
    """The index of guests. Ids count up from 1 and are not used twice while the daemon lives."""

    def __init__(self) -> None:
        self._by_uuid: dict[bytes, Guest] = {}
        self._by_name: dict[str, Guest] = {}
        self._by_id: dict[int, Guest] = {}
        self._last_id = 0

    def __iter__(self) -> Iterator[Guest]:
        return iter(tuple(self._by_uuid.values()))

    def __len__(self) -> int:
        return len(self._by_uuid)

    def next_id(self) -> int:
        """A fresh id."""
        self._last_id += 1
        return self._last_id

    def add(self, guest: Guest) -> None:
        """Take a guest in; the caller has checked for conflicts with `check_free`."""
        self._by_uuid[guest.uuid] = guest
        self._by_name[guest.name] = guest
        if guest.running is not None:
            self.started(guest)

    def started(self, guest: Guest) -> None:
        """Index a guest that has got its id."""
        self._by_id[guest.id] = guest
        self._last_id = max(self._last_id, guest.id)

    def stopped(self, domain_id: int) -> None:
        """Forget an id whose run has ended."""
        self._by_id.pop(domain_id, None)

    def remove(self, guest: Guest) -> None:
        """Forget a guest."""
        self._by_uuid.pop(guest.uuid, None)
        self._by_name.pop(guest.name, None)
        self._by_id.pop(guest.id, None)

    def rename(self, guest: Guest, name: str) -> None:
        """Move a guest to another name that is free."""
        del self._by_name[guest.name]
        guest.name = name
        guest.jobs.rename(name)
        self._by_name[name] = guest

    def by_ref(self, ref: DomainRef) -> Guest:
        """The guest a client means: by UUID, as libvirt does; VIR_ERR_NO_DOMAIN without one."""
        guest = self._by_uuid.get(ref.uuid)
        if guest is None:
            raise _missing(f"uuid '{UUID(bytes=ref.uuid)}' ({ref.name})")
        return guest

    def by_uuid(self, uuid: bytes) -> Guest:
        """VIR_ERR_NO_DOMAIN for an unknown UUID."""
        guest = self._by_uuid.get(uuid)
        if guest is None:
            raise _missing(f"uuid '{UUID(bytes=uuid)}'")
        return guest

    def by_name(self, name: str) -> Guest:
        """VIR_ERR_NO_DOMAIN for an unknown name."""
        guest = self._by_name.get(name)
        if guest is None:
            raise _missing(f"name '{name}'")
        return guest

    def by_id(self, domain_id: int) -> Guest:
        """VIR_ERR_NO_DOMAIN for an id nobody runs under."""
        guest = self._by_id.get(domain_id)
        if guest is None:
            raise _missing(f"id {domain_id}")
        return guest

    def find(self, uuid: bytes) -> Guest | None:
        """The guest with a UUID, if there is one."""
        return self._by_uuid.get(uuid)

    def find_name(self, name: str) -> Guest | None:
        """The guest with a name, if there is one."""
        return self._by_name.get(name)

    def check_free(self, name: str, uuid: bytes, *, live: bool) -> Guest | None:
        """The guest that a definition replaces, if any; `live` when it is to be started at once.

        Raises VIR_ERR_OPERATION_FAILED when name and UUID belong to different guests, and for a start, VIR_ERR_
        OPERATION_INVALID when the guest runs already.
        """
        known = self._by_uuid.get(uuid)
        if known is not None:
            if known.name != name:
                raise _conflict(
                    ErrorNumber.OPERATION_FAILED,
                    f"domain '{known.name}' is already defined with uuid {UUID(bytes=uuid)}",
                )
            if live and known.active:
                raise _conflict(ErrorNumber.OPERATION_INVALID, f"domain '{name}' is already active")
            return known
        other = self._by_name.get(name)
        if other is not None:
            raise _conflict(
                ErrorNumber.OPERATION_FAILED,
                f"domain '{name}' already exists with uuid {other.key}",
            )
        return None


def _missing(what: str) -> ManorError:
    return _error(ErrorNumber.NO_DOMAIN, f"no domain with matching {what}")
