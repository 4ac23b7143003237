# SPDX-License-Identifier: Apache-2.0
"""The storage operations of the test driver that are about volumes; joined with those about pools."""

from __future__ import annotations

from manor.drivers.test.errors import check_flags, internal, test_error
from manor.drivers.test.pools import CAPACITY, TestPool
from manor.drivers.test.storage import PoolOperations
from manor.errors import ErrorNumber
from manor.records import StoragePoolRef, StorageVolInfo, StorageVolRef
from manor.schema import volume_rules
from manor.schema.volume import Volume, VolumeTarget

_VALIDATE = 4  # VIR_STORAGE_VOL_CREATE_VALIDATE
_FILES = ("dir", "fs", "netfs", "vstorage", "gluster")
"""Types of pools whose volumes are files; those of other types are block devices."""


class TestStorage(PoolOperations):
    """The storage family."""

    def _volume(self, pool: TestPool, name: str) -> Volume:
        found = pool.volumes.get(name)
        if found is None:
            raise test_error(ErrorNumber.NO_STORAGE_VOL, f"no storage vol with matching name '{name}'")
        return found

    def _find_volume(self, vol: StorageVolRef) -> tuple[TestPool, Volume]:
        """The volume a caller means, and its pool, which must be active."""
        pool = self.find_active(StoragePoolRef(vol.pool, b""))
        return pool, self._volume(pool, vol.name)

    async def storage_pool_num_of_volumes(self, pool: StoragePoolRef) -> int:
        """virStoragePoolNumOfVolumes."""
        return len(self.find_active(pool).volumes)

    async def storage_pool_list_volumes(self, pool: StoragePoolRef) -> list[str]:
        """virStoragePoolListVolumes."""
        return list(self.find_active(pool).volumes)

    async def storage_pool_list_all_volumes(self, pool: StoragePoolRef, flags: int) -> list[StorageVolRef]:
        """virStoragePoolListAllVolumes."""
        check_flags(flags, 0, "testStoragePoolListAllVolumes")
        found = self.find(pool)
        if not found.active:
            raise test_error(ErrorNumber.OPERATION_INVALID, "storage pool is not active")
        return [found.volume_ref(volume) for volume in found.volumes.values()]

    async def storage_vol_lookup_by_name(self, pool: StoragePoolRef, name: str) -> StorageVolRef:
        """virStorageVolLookupByName."""
        found = self.find_active(pool)
        return found.volume_ref(self._volume(found, name))

    async def storage_vol_lookup_by_key(self, key: str) -> StorageVolRef:
        """virStorageVolLookupByKey."""
        for pool in self.node.pools:
            for volume in pool.volumes.values() if pool.active else ():
                if volume.key == key:
                    return pool.volume_ref(volume)
        raise test_error(ErrorNumber.NO_STORAGE_VOL, f"no storage vol with matching key '{key}'")

    async def storage_vol_lookup_by_path(self, path: str) -> StorageVolRef:
        """virStorageVolLookupByPath."""
        for pool in self.node.pools:
            for volume in pool.volumes.values() if pool.active else ():
                if volume.target is not None and volume.target.path == path:
                    return pool.volume_ref(volume)
        raise test_error(ErrorNumber.NO_STORAGE_VOL, f"no storage vol with matching path '{path}'")

    async def storage_pool_lookup_by_volume(self, vol: StorageVolRef) -> StoragePoolRef:
        """virStoragePoolLookupByVolume."""
        return self.find_by_name(vol.pool).ref

    async def storage_vol_create_xml(self, pool: StoragePoolRef, xml: str, flags: int) -> StorageVolRef:
        """virStorageVolCreateXML."""
        check_flags(flags, _VALIDATE, "testStorageVolCreateXML")
        return self._create(pool, xml)

    async def storage_vol_create_xml_from(
        self, pool: StoragePoolRef, xml: str, clonevol: StorageVolRef, flags: int
    ) -> StorageVolRef:
        """virStorageVolCreateXMLFrom; there is no content to copy."""
        check_flags(flags, _VALIDATE, "testStorageVolCreateXMLFrom")
        source = self.node.pools.by_name(clonevol.pool)
        if source is not None:
            self._volume(source, clonevol.name)
        return self._create(pool, xml)

    def _create(self, pool: StoragePoolRef, xml: str) -> StorageVolRef:
        found = self.find_active(pool)
        volume = volume_rules.read(xml, found.document.type)
        if (volume.name or "") in found.volumes:
            raise test_error(ErrorNumber.OPERATION_FAILED, "storage vol already exists")
        add_volume(found, volume)
        return found.volume_ref(volume)

    async def storage_vol_delete(self, vol: StorageVolRef, flags: int) -> None:
        """virStorageVolDelete."""
        check_flags(flags, 0, "testStorageVolDelete")
        pool, volume = self._find_volume(vol)
        del pool.volumes[volume.name or ""]

    async def storage_vol_get_info(self, vol: StorageVolRef) -> StorageVolInfo:
        """virStorageVolGetInfo."""
        pool, volume = self._find_volume(vol)
        kind = 0 if pool.document.type in _FILES else 1  # VIR_STORAGE_VOL_FILE, _BLOCK
        return StorageVolInfo(kind, volume.capacity or 0, volume.allocation or 0)

    async def storage_vol_get_xml_desc(self, vol: StorageVolRef, flags: int) -> str:
        """virStorageVolGetXMLDesc."""
        check_flags(flags, 0, "testStorageVolGetXMLDesc")
        _, volume = self._find_volume(vol)
        return volume.format()

    async def storage_vol_get_path(self, vol: StorageVolRef) -> str:
        """virStorageVolGetPath."""
        _, volume = self._find_volume(vol)
        return (volume.target.path if volume.target is not None else None) or ""

    async def storage_vol_wipe(self, vol: StorageVolRef, flags: int) -> None:
        """virStorageVolWipe is not supported, under its own name."""
        raise self.unsupported("virStorageVolWipe")


def add_volume(pool: TestPool, volume: Volume) -> None:
    """Take a volume into a pool that has room for it. Raises ManorError."""
    used = sum(known.allocation or 0 for known in pool.volumes.values())
    if used + (volume.allocation or 0) > CAPACITY:
        raise internal(f"Not enough free space in pool for volume '{volume.name}'")
    volume.target = volume.target or VolumeTarget()
    volume.key = volume.target.path = f"{pool.path}/{volume.name}"
    pool.volumes[volume.name or ""] = volume
