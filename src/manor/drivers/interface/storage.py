# SPDX-License-Identifier: Apache-2.0
"""Storage pools and volumes."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.drivers.interface.stream import Stream
from manor.errors import ErrorDomain
from manor.records import StoragePoolInfo, StoragePoolRef, StorageVolInfo, StorageVolRef


class StorageFamily(Family):
    """Storage pools and volumes."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.STORAGE

    async def connect_num_of_storage_pools(self) -> int:
        """virConnectNumOfStoragePools."""
        raise self.unsupported("virConnectNumOfStoragePools")

    async def connect_list_storage_pools(self) -> list[str]:
        """virConnectListStoragePools."""
        raise self.unsupported("virConnectListStoragePools")

    async def connect_num_of_defined_storage_pools(self) -> int:
        """virConnectNumOfDefinedStoragePools."""
        raise self.unsupported("virConnectNumOfDefinedStoragePools")

    async def connect_list_defined_storage_pools(self) -> list[str]:
        """virConnectListDefinedStoragePools."""
        raise self.unsupported("virConnectListDefinedStoragePools")

    async def connect_find_storage_pool_sources(self, type: str, source_spec: str | None, flags: int) -> str:
        """virConnectFindStoragePoolSources."""
        raise self.unsupported("virConnectFindStoragePoolSources")

    async def storage_pool_create_xml(self, xml: str, flags: int) -> StoragePoolRef:
        """virStoragePoolCreateXML."""
        raise self.unsupported("virStoragePoolCreateXML")

    async def storage_pool_define_xml(self, xml: str, flags: int) -> StoragePoolRef:
        """virStoragePoolDefineXML."""
        raise self.unsupported("virStoragePoolDefineXML")

    async def storage_pool_create(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolCreate."""
        raise self.unsupported("virStoragePoolCreate")

    async def storage_pool_build(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolBuild."""
        raise self.unsupported("virStoragePoolBuild")

    async def storage_pool_destroy(self, pool: StoragePoolRef) -> None:
        """virStoragePoolDestroy."""
        raise self.unsupported("virStoragePoolDestroy")

    async def storage_pool_delete(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolDelete."""
        raise self.unsupported("virStoragePoolDelete")

    async def storage_pool_undefine(self, pool: StoragePoolRef) -> None:
        """virStoragePoolUndefine."""
        raise self.unsupported("virStoragePoolUndefine")

    async def storage_pool_refresh(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolRefresh."""
        raise self.unsupported("virStoragePoolRefresh")

    async def storage_pool_lookup_by_name(self, name: str) -> StoragePoolRef:
        """virStoragePoolLookupByName."""
        raise self.unsupported("virStoragePoolLookupByName")

    async def storage_pool_lookup_by_uuid(self, uuid: bytes) -> StoragePoolRef:
        """virStoragePoolLookupByUUID."""
        raise self.unsupported("virStoragePoolLookupByUUID")

    async def storage_pool_lookup_by_volume(self, vol: StorageVolRef) -> StoragePoolRef:
        """virStoragePoolLookupByVolume."""
        raise self.unsupported("virStoragePoolLookupByVolume")

    async def storage_pool_get_info(self, pool: StoragePoolRef) -> StoragePoolInfo:
        """virStoragePoolGetInfo."""
        raise self.unsupported("virStoragePoolGetInfo")

    async def storage_pool_get_xml_desc(self, pool: StoragePoolRef, flags: int) -> str:
        """virStoragePoolGetXMLDesc."""
        raise self.unsupported("virStoragePoolGetXMLDesc")

    async def storage_pool_get_autostart(self, pool: StoragePoolRef) -> int:
        """virStoragePoolGetAutostart."""
        raise self.unsupported("virStoragePoolGetAutostart")

    async def storage_pool_set_autostart(self, pool: StoragePoolRef, autostart: int) -> None:
        """virStoragePoolSetAutostart."""
        raise self.unsupported("virStoragePoolSetAutostart")

    async def storage_pool_num_of_volumes(self, pool: StoragePoolRef) -> int:
        """virStoragePoolNumOfVolumes."""
        raise self.unsupported("virStoragePoolNumOfVolumes")

    async def storage_pool_list_volumes(self, pool: StoragePoolRef) -> list[str]:
        """virStoragePoolListVolumes."""
        raise self.unsupported("virStoragePoolListVolumes")

    async def storage_vol_create_xml(self, pool: StoragePoolRef, xml: str, flags: int) -> StorageVolRef:
        """virStorageVolCreateXML."""
        raise self.unsupported("virStorageVolCreateXML")

    async def storage_vol_delete(self, vol: StorageVolRef, flags: int) -> None:
        """virStorageVolDelete."""
        raise self.unsupported("virStorageVolDelete")

    async def storage_vol_lookup_by_name(self, pool: StoragePoolRef, name: str) -> StorageVolRef:
        """virStorageVolLookupByName."""
        raise self.unsupported("virStorageVolLookupByName")

    async def storage_vol_lookup_by_key(self, key: str) -> StorageVolRef:
        """virStorageVolLookupByKey."""
        raise self.unsupported("virStorageVolLookupByKey")

    async def storage_vol_lookup_by_path(self, path: str) -> StorageVolRef:
        """virStorageVolLookupByPath."""
        raise self.unsupported("virStorageVolLookupByPath")

    async def storage_vol_get_info(self, vol: StorageVolRef) -> StorageVolInfo:
        """virStorageVolGetInfo."""
        return await self.storage_vol_get_info_flags(vol, 0)

    async def storage_vol_get_xml_desc(self, vol: StorageVolRef, flags: int) -> str:
        """virStorageVolGetXMLDesc."""
        raise self.unsupported("virStorageVolGetXMLDesc")

    async def storage_vol_get_path(self, vol: StorageVolRef) -> str:
        """virStorageVolGetPath."""
        raise self.unsupported("virStorageVolGetPath")

    async def storage_vol_create_xml_from(
        self, pool: StoragePoolRef, xml: str, clonevol: StorageVolRef, flags: int
    ) -> StorageVolRef:
        """virStorageVolCreateXMLFrom."""
        raise self.unsupported("virStorageVolCreateXMLFrom")

    async def storage_pool_is_active(self, pool: StoragePoolRef) -> int:
        """virStoragePoolIsActive."""
        raise self.unsupported("virStoragePoolIsActive")

    async def storage_pool_is_persistent(self, pool: StoragePoolRef) -> int:
        """virStoragePoolIsPersistent."""
        raise self.unsupported("virStoragePoolIsPersistent")

    async def storage_vol_wipe(self, vol: StorageVolRef, flags: int) -> None:
        """virStorageVolWipe."""
        await self.storage_vol_wipe_pattern(vol, 0, flags)

    async def storage_vol_upload(
        self, vol: StorageVolRef, offset: int, length: int, flags: int, stream: Stream
    ) -> None:
        """virStorageVolUpload."""
        raise self.unsupported("virStorageVolUpload")

    async def storage_vol_download(
        self, vol: StorageVolRef, offset: int, length: int, flags: int, stream: Stream
    ) -> None:
        """virStorageVolDownload."""
        raise self.unsupported("virStorageVolDownload")

    async def storage_vol_wipe_pattern(self, vol: StorageVolRef, algorithm: int, flags: int) -> None:
        """virStorageVolWipePattern."""
        raise self.unsupported("virStorageVolWipePattern")

    async def storage_vol_resize(self, vol: StorageVolRef, capacity: int, flags: int) -> None:
        """virStorageVolResize."""
        raise self.unsupported("virStorageVolResize")

    async def connect_list_all_storage_pools(self, flags: int) -> list[StoragePoolRef]:
        """virConnectListAllStoragePools."""
        raise self.unsupported("virConnectListAllStoragePools")

    async def storage_pool_list_all_volumes(self, pool: StoragePoolRef, flags: int) -> list[StorageVolRef]:
        """virStoragePoolListAllVolumes."""
        raise self.unsupported("virStoragePoolListAllVolumes")

    async def storage_vol_get_info_flags(self, vol: StorageVolRef, flags: int) -> StorageVolInfo:
        """virStorageVolGetInfoFlags."""
        raise self.unsupported("virStorageVolGetInfoFlags")

    async def storage_pool_lookup_by_target_path(self, path: str) -> StoragePoolRef:
        """virStoragePoolLookupByTargetPath."""
        raise self.unsupported("virStoragePoolLookupByTargetPath")

    async def connect_get_storage_pool_capabilities(self, flags: int) -> str:
        """virConnectGetStoragePoolCapabilities."""
        raise self.unsupported("virConnectGetStoragePoolCapabilities")
