# SPDX-License-Identifier: Apache-2.0
"""The storage family of one connection: the operations about volumes, joined with those about pools."""

from __future__ import annotations

from manor import constants
from manor.drivers.interface import Stream
from manor.records import StoragePoolRef, StorageVolInfo, StorageVolRef
from manor.storage import life, volumes
from manor.storage.errors import error
from manor.storage.pool import StoragePool, StorageVolume
from manor.storage.pool_ops import PoolOperations


class StorageOperations(PoolOperations):
    """The storage family."""

    def _volume(self, vol: StorageVolRef) -> tuple[StoragePool, StorageVolume]:
        return self.service.pools.of_volume(vol)

    def _active(self, ref: StoragePoolRef) -> StoragePool:
        pool = self._pool(ref)
        pool.require_active()
        return pool

    # -- lists and look-ups ------------------------------------------------------------------------------

    async def storage_pool_num_of_volumes(self, pool: StoragePoolRef) -> int:
        """virStoragePoolNumOfVolumes."""
        return len(self._active(pool).volumes)

    async def storage_pool_list_volumes(self, pool: StoragePoolRef) -> list[str]:
        """virStoragePoolListVolumes."""
        return list(self._active(pool).volumes)

    async def storage_pool_list_all_volumes(self, pool: StoragePoolRef, flags: int) -> list[StorageVolRef]:
        """virStoragePoolListAllVolumes."""
        self._check(flags, 0, "storagePoolListAllVolumes")
        found = self._active(pool)
        return [found.volume_ref(volume) for volume in found.volumes.values()]

    async def storage_vol_lookup_by_name(self, pool: StoragePoolRef, name: str) -> StorageVolRef:
        """virStorageVolLookupByName."""
        found = self._active(pool)
        return found.volume_ref(found.volume(name))

    async def storage_vol_lookup_by_key(self, key: str) -> StorageVolRef:
        """virStorageVolLookupByKey."""
        pool, volume = self.service.pools.volume_by_key(key)
        return pool.volume_ref(volume)

    async def storage_vol_lookup_by_path(self, path: str) -> StorageVolRef:
        """virStorageVolLookupByPath."""
        pool, volume = self.service.pools.volume_by_path(path)
        return pool.volume_ref(volume)

    async def storage_pool_lookup_by_volume(self, vol: StorageVolRef) -> StoragePoolRef:
        """virStoragePoolLookupByVolume."""
        return self.service.pools.by_name(vol.pool).ref

    # -- what a volume is --------------------------------------------------------------------------------

    async def storage_vol_get_path(self, vol: StorageVolRef) -> str:
        """virStorageVolGetPath."""
        return self._volume(vol)[1].path

    async def storage_vol_get_info_flags(self, vol: StorageVolRef, flags: int) -> StorageVolInfo:
        """virStorageVolGetInfoFlags."""
        self._check(flags, constants.StorageVolInfoFlags.GET_PHYSICAL, "storageVolGetInfoFlags")
        document = await volumes.refresh(self.service, *self._volume(vol))
        kind = constants.StorageVolType[(document.type or "file").upper()]
        taken = document.physical if flags & constants.StorageVolInfoFlags.GET_PHYSICAL else document.allocation
        return StorageVolInfo(int(kind), document.capacity or 0, taken or 0)

    async def storage_vol_get_xml_desc(self, vol: StorageVolRef, flags: int) -> str:
        """virStorageVolGetXMLDesc."""
        self._check(flags, 0, "storageVolGetXMLDesc")
        return (await volumes.refresh(self.service, *self._volume(vol))).format()

    # -- what becomes of it ------------------------------------------------------------------------------

    async def storage_vol_create_xml(self, pool: StoragePoolRef, xml: str, flags: int) -> StorageVolRef:
        """virStorageVolCreateXML."""
        allowed = constants.StorageVolCreateFlags.PREALLOC_METADATA | constants.StorageVolCreateFlags.VALIDATE
        self._check(flags, allowed, "storageVolCreateXML")
        found = self._pool(pool)
        return found.volume_ref(await volumes.create(self.service, found, xml, flags))

    async def storage_vol_create_xml_from(
        self, pool: StoragePoolRef, xml: str, clonevol: StorageVolRef, flags: int
    ) -> StorageVolRef:
        """virStorageVolCreateXMLFrom."""
        allowed = constants.StorageVolCreateFlags.PREALLOC_METADATA | constants.StorageVolCreateFlags.REFLINK
        self._check(flags, allowed | constants.StorageVolCreateFlags.VALIDATE, "storageVolCreateXMLFrom")
        found = self._pool(pool)
        return found.volume_ref(await volumes.clone(self.service, found, xml, clonevol, flags))

    async def storage_vol_delete(self, vol: StorageVolRef, flags: int) -> None:
        """virStorageVolDelete."""
        await volumes.delete(self.service, *self._volume(vol), flags)

    async def storage_vol_wipe_pattern(self, vol: StorageVolRef, algorithm: int, flags: int) -> None:
        """virStorageVolWipePattern."""
        self._check(flags, 0, "storageVolWipePattern")
        await volumes.wipe(self.service, *self._volume(vol), algorithm)

    async def storage_vol_resize(self, vol: StorageVolRef, capacity: int, flags: int) -> None:
        """virStorageVolResize."""
        known = constants.StorageVolResizeFlags
        self._check(flags, known.ALLOCATE | known.DELTA | known.SHRINK, "storageVolResize")
        if not capacity and not flags & (known.DELTA | known.SHRINK):
            function, name = "virStorageVolResize", "capacity"
            text = f"{name} in {function} cannot be zero without 'delta' or 'shrink' flags set"
            raise error.argument(text, function, name)
        await volumes.resize(self.service, *self._volume(vol), capacity, flags)

    # -- content through streams -------------------------------------------------------------------------

    async def storage_vol_upload(
        self, vol: StorageVolRef, offset: int, length: int, flags: int, stream: Stream
    ) -> None:
        """virStorageVolUpload; afterwards, however it ends, the pool looks at its volumes again."""
        self._check(flags, constants.StorageVolUploadFlags.SPARSE_STREAM, "storageVolUpload")
        pool, volume = self._volume(vol)
        volume.check_free()
        backend = self.service.backend(pool.type)
        upload = await backend.upload(pool.document, volume.document, offset, length, flags)

        async def transfer(given: Stream) -> None:
            try:
                await upload.run(given)
            finally:
                self.service.spawn(life.refresh_quietly(self.service, pool), f"refresh of {pool.name}")

        stream.serve(transfer)

    async def storage_vol_download(
        self, vol: StorageVolRef, offset: int, length: int, flags: int, stream: Stream
    ) -> None:
        """virStorageVolDownload."""
        self._check(flags, constants.StorageVolDownloadFlags.SPARSE_STREAM, "storageVolDownload")
        pool, volume = self._volume(vol)
        volume.check_built()
        backend = self.service.backend(pool.type)
        download = await backend.download(pool.document, volume.document, offset, length, flags)
        stream.serve(download.run)
