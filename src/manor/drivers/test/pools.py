# SPDX-License-Identifier: Apache-2.0
"""Storage pools of the test driver: what one is, and how a document becomes one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID, uuid4

from manor.constants import StoragePoolState
from manor.errors import ErrorDomain, reporter
from manor.records import StoragePoolInfo, StoragePoolRef, StorageVolRef
from manor.schema import pool_conflicts, pool_rules
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
    same = pool_conflicts.same(pools, document, live=not persistent)
    if same is None:
        return TestPool(document, persistent=persistent)
    if same.active:
        same.following = document
    else:
        same.document = document
    same.persistent = same.persistent or persistent
    return same
