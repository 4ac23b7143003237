# SPDX-License-Identifier: Apache-2.0
"""Which known pool a document is about, and when two pools would be on the same storage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar
from uuid import UUID

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.pool import Pool, Source

_error = reporter(ErrorDomain.STORAGE)


class Known(Protocol):
    """A pool as drivers keep it."""

    @property
    def name(self) -> str: ...
    @property
    def uuid(self) -> bytes: ...

    active: bool
    document: Pool


K = TypeVar("K", bound=Known)


def same(pools: Iterable[K], document: Pool, *, live: bool) -> K | None:
    """The known pool that a document is about; None for a new one. `live` when it is to be started at once.

    Raises VIR_ERR_OPERATION_FAILED where name, UUID or storage belong to another pool, VIR_ERR_OPERATION_INVALID where
    the pool is to be started and runs already.
    """
    known = list(pools)
    check((pool.document for pool in known), document)
    uuid = UUID(document.uuid).bytes
    found = next((pool for pool in known if pool.uuid == uuid), None)
    if found is None:
        namesake = next((pool for pool in known if pool.name == document.name), None)
        if namesake is not None:
            text = f"pool '{document.name}' already exists with uuid {UUID(bytes=namesake.uuid)}"
            raise _error(ErrorNumber.OPERATION_FAILED, text)
        return None
    if found.name != document.name:
        text = f"pool '{found.name}' is already defined with uuid {UUID(bytes=uuid)}"
        raise _error(ErrorNumber.OPERATION_FAILED, text)
    if live and found.active:
        raise _error(ErrorNumber.OPERATION_INVALID, f"pool is already active as '{found.name}'")
    return found


def check(pools: Iterable[Pool], document: Pool) -> None:
    """Refuse a pool on storage that another one of `pools` has already. Raises VIR_ERR_OPERATION_FAILED."""
    for pool in pools:
        if pool.name != document.name and _same_storage(pool, document):
            raise _error(ErrorNumber.OPERATION_FAILED, f"Storage source conflict with pool: '{pool.name}'")


def _devices(pool: Pool) -> set[str]:
    return {device.path for device in (pool.source or Source()).devices}


def _hosts(pool: Pool) -> list[tuple[str, int | None]]:
    return [(host.name, host.port) for host in (pool.source or Source()).hosts]


def _same_hosts(one: Pool, other: Pool) -> bool:
    return bool(_hosts(one)) and _hosts(one) == _hosts(other)


def _same_path(one: Pool, other: Pool) -> bool:
    paths = [pool.target.path if pool.target is not None else None for pool in (one, other)]
    return paths[0] is not None and paths[0] == paths[1]


def _same_devices(one: Pool, other: Pool) -> bool:
    return bool(_devices(one) & _devices(other))


def _same_export(one: Pool, other: Pool) -> bool:
    exported = [(pool.source or Source()).dir for pool in (one, other)]
    return _same_hosts(one, other) and exported[0] == exported[1]


def _same_target(one: Pool, other: Pool) -> bool:
    initiators = [(pool.source or Source()).initiator for pool in (one, other)]
    return _same_hosts(one, other) and _same_devices(one, other) and initiators[0] == initiators[1]


def _same_adapter(one: Pool, other: Pool) -> bool:
    adapters = [(pool.source or Source()).adapter for pool in (one, other)]
    return adapters[0] is not None and adapters[0] == adapters[1]


def _same_named(one: Pool, other: Pool) -> bool:
    names = [(pool.source or Source()).name for pool in (one, other)]
    return _same_hosts(one, other) and names[0] == names[1]


_CONFLICTS: dict[str, Callable[[Pool, Pool], bool]] = {
    "dir": _same_path,
    "fs": _same_devices,
    "logical": _same_devices,
    "disk": _same_devices,
    "zfs": _same_devices,
    "netfs": _same_export,
    "gluster": _same_named,
    "rbd": _same_named,
    "sheepdog": _same_named,
    "iscsi": _same_target,
    "iscsi-direct": _same_target,
    "scsi": _same_adapter,
}
"""When two pools of a type are on the same storage."""

_ON_BLOCK_DEVICES = ("fs", "logical", "disk", "zfs")
_ON_TARGETS = ("iscsi", "iscsi-direct")


def _same_storage(one: Pool, other: Pool) -> bool:
    """Whether two pools are on the same storage; types that use it in the same way count as one."""
    for group in (_ON_BLOCK_DEVICES, _ON_TARGETS):
        if one.type in group and other.type in group:
            return _CONFLICTS[one.type](one, other)
    same = _CONFLICTS.get(one.type)
    return same is not None and one.type == other.type and same(one, other)
