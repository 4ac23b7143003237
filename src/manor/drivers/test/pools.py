# SPDX-License-Identifier: Apache-2.0
"""Storage pools of the test driver: what one is, and how a document becomes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID, uuid4

from manor.constants import StoragePoolState
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import StoragePoolInfo, StoragePoolRef, StorageVolRef
from manor.schema import pool_rules
from manor.schema.pool import Pool, Source
from manor.schema.volume import Volume

_storage_error = reporter(ErrorDomain.STORAGE)

CAPACITY = 100 * 1024**3
"""Bytes every pool has room for."""


class TestPool:
    """One pool and its volumes; `following` replaces its document when it stops."""

    def __init__(self, document: Pool, *, persistent: bool, active: bool = False) -> None:
        self.document = document
        self.following: Pool | None = None
        self.persistent = persistent
        self.active = active
        self.autostart = False
        self.volumes: dict[str, Volume] = {}
        self.adapter: str | None = None

    @property
    def name(self) -> str:
        """The pool's name."""
        return self.document.name or ""

    @property
    def uuid(self) -> bytes:
        """The pool's UUID, 16 bytes."""
        return UUID(self.document.uuid).bytes

    @property
    def ref(self) -> StoragePoolRef:
        """The pool as operations and events name it."""
        return StoragePoolRef(self.name, self.uuid)

    @property
    def path(self) -> str:
        """Where the pool would be on the host."""
        return (self.document.target.path if self.document.target is not None else None) or ""

    @property
    def source(self) -> Source:
        """Where the pool's storage comes from."""
        return self.document.source or Source()

    def start(self) -> None:
        """Make the pool usable."""
        self.active = True

    def stop(self) -> None:
        """Make the pool unusable; a definition that waited takes effect."""
        self.active = False
        if self.following is not None:
            self.document, self.following = self.following, None

    def info(self) -> StoragePoolInfo:
        """Figures, in bytes."""
        state = int(StoragePoolState.RUNNING if self.active else StoragePoolState.INACTIVE)
        used = sum(volume.allocation or 0 for volume in self.volumes.values())
        return StoragePoolInfo(state, CAPACITY, used, CAPACITY - used)

    def describe(self, *, inactive: bool) -> str:
        """The document with the pool's figures."""
        document = (self.following or self.document) if inactive else self.document
        _, document.capacity, document.allocation, document.available = self.info()
        return document.format()

    def volume_ref(self, volume: Volume) -> StorageVolRef:
        """A volume as operations name it."""
        return StorageVolRef(self.name, volume.name or "", volume.key or "")


def read_pool(xml: str, *, validate: bool = False) -> Pool:
    """A pool as the test driver keeps it."""
    return accept_pool(pool_rules.read(xml, validate=validate))


def accept_pool(document: Pool) -> Pool:
    """A checked document as the test driver keeps it; it does not know options of mount and Ceph."""
    document.uuid = document.uuid or str(uuid4())
    document.mount_options = document.config_options = None
    return document


def assign_pool(pools: Iterable[TestPool], document: Pool, *, persistent: bool) -> TestPool:
    """The pool a document defines: a known one, changed, or a new one. Raises ManorError."""
    known = list(pools)
    check_conflict(known, document)
    uuid = UUID(document.uuid).bytes
    same = next((pool for pool in known if pool.uuid == uuid), None)
    if same is None:
        namesake = next((pool for pool in known if pool.name == document.name), None)
        if namesake is not None:
            text = f"pool '{document.name}' already exists with uuid {UUID(bytes=namesake.uuid)}"
            raise _storage_error(ErrorNumber.OPERATION_FAILED, text)
        return TestPool(document, persistent=persistent)
    if same.name != document.name:
        text = f"pool '{same.name}' is already defined with uuid {UUID(bytes=uuid)}"
        raise _storage_error(ErrorNumber.OPERATION_FAILED, text)
    if not persistent and same.active:
        raise _storage_error(ErrorNumber.OPERATION_INVALID, f"pool is already active as '{same.name}'")
    if same.active:
        same.following = document
    else:
        same.document = document
    same.persistent = same.persistent or persistent
    return same


def check_conflict(pools: Iterable[TestPool], document: Pool) -> None:
    """Refuse a pool on storage that another pool has already."""
    for pool in pools:
        if pool.name != document.name and _same_storage(pool.document, document):
            raise _storage_error(ErrorNumber.OPERATION_FAILED, f"Storage source conflict with pool: '{pool.name}'")


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
