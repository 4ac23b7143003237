# SPDX-License-Identifier: Apache-2.0
"""All pools of one service, by name and UUID, and which of them a new document means."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from manor.errors import ErrorNumber, ManorError
from manor.records import StoragePoolRef, StorageVolRef
from manor.schema import pool_conflicts
from manor.schema.pool import Pool
from manor.schema.pool_rules import sanitized
from manor.storage.errors import error, not_valid
from manor.storage.pool import StoragePool, StorageVolume


class Pools:
    """The index of pools."""

    def __init__(self) -> None:
        self._by_uuid: dict[bytes, StoragePool] = {}
        self._by_name: dict[str, StoragePool] = {}

    def __iter__(self) -> Iterator[StoragePool]:
        return iter(tuple(self._by_uuid.values()))

    def add(self, pool: StoragePool) -> None:
        """Take a pool in; `conflict` has found nothing against it."""
        self._by_uuid[pool.uuid] = pool
        self._by_name[pool.name] = pool

    def remove(self, pool: StoragePool) -> None:
        """Forget a pool."""
        self._by_uuid.pop(pool.uuid, None)
        self._by_name.pop(pool.name, None)

    def by_name(self, name: str) -> StoragePool:
        """Raises VIR_ERR_NO_STORAGE_POOL for an unknown name."""
        found = self._by_name.get(name)
        if found is None:
            raise _missing(f"name '{name}'")
        return found

    def by_uuid(self, uuid: bytes) -> StoragePool:
        """Raises VIR_ERR_NO_STORAGE_POOL for an unknown UUID."""
        found = self._by_uuid.get(uuid)
        if found is None:
            raise _missing(f"uuid '{UUID(bytes=uuid)}'")
        return found

    def by_ref(self, ref: StoragePoolRef) -> StoragePool:
        """The pool a client means: by UUID, as libvirt does. Raises VIR_ERR_NO_STORAGE_POOL."""
        found = self._by_uuid.get(ref.uuid)
        if found is None:
            raise _missing(f"uuid '{UUID(bytes=ref.uuid)}' ({ref.name})")
        return found

    def check_known(self, pool: StoragePool) -> None:
        """Raises VIR_ERR_NO_STORAGE_POOL for a pool that is no longer here, or has become another one."""
        if self._by_uuid.get(pool.uuid) is not pool:
            raise _missing(f"uuid '{UUID(bytes=pool.uuid)}' ({pool.name})")

    def by_target_path(self, path: str) -> StoragePool:
        """The active pool at a path. Raises VIR_ERR_NO_STORAGE_POOL."""
        clean = sanitized(path)
        for pool in self:
            if pool.active and pool.path == clean:
                return pool
        raise _missing(f"target path '{path}'{_cleaned(path, clean)}")

    # -- volumes -------------------------------------------------------------------------------------------

    def of_volume(self, ref: StorageVolRef) -> tuple[StoragePool, StorageVolume]:
        """The volume a client means, and its pool, which must be active."""
        pool = self.by_name(ref.pool)
        pool.require_active()
        return pool, pool.volume(ref.name)

    def volume_by_key(self, key: str) -> tuple[StoragePool, StorageVolume]:
        """Raises VIR_ERR_NO_STORAGE_VOL for a key that no active pool knows."""
        for pool, volume in self._volumes():
            if volume.key == key:
                return pool, volume
        raise error(ErrorNumber.NO_STORAGE_VOL, f"no storage vol with matching key {key}")

    def volume_by_path(self, path: str) -> tuple[StoragePool, StorageVolume]:
        """Raises VIR_ERR_NO_STORAGE_VOL for a path that no active pool knows."""
        clean = sanitized(path)
        for pool, volume in self._volumes():
            if volume.path == clean:
                return pool, volume
        raise error(ErrorNumber.NO_STORAGE_VOL, f"no storage vol with matching path '{path}'{_cleaned(path, clean)}")

    def _volumes(self) -> Iterator[tuple[StoragePool, StorageVolume]]:
        for pool in self:
            if pool.active:
                for volume in pool.volumes.values():
                    yield pool, volume

    # -- conflicts -----------------------------------------------------------------------------------------

    def same(self, document: Pool, *, live: bool) -> StoragePool | None:
        """The known pool that a document is about; see `pool_conflicts.same`. A pool that starts counts as active."""
        known = pool_conflicts.same(self, document, live=live)
        if known is not None and live and known.starting:
            raise not_valid(f"pool is already starting as '{known.name}'")
        return known


def _missing(what: str) -> ManorError:
    return error(ErrorNumber.NO_STORAGE_POOL, f"no storage pool with matching {what}")


def _cleaned(path: str, clean: str) -> str:
    return "" if path == clean else f" ({clean})"
