# SPDX-License-Identifier: Apache-2.0
"""Storage pools and their volumes."""

from __future__ import annotations

from typing import Any

from manor.api.base import ApiObject, NamedObject
from manor.api.stream import DataStream
from manor.records import StoragePoolInfo, StoragePoolRef, StorageVolInfo, StorageVolRef


class StorageVolume(ApiObject[StorageVolRef]):
    """A volume of a pool."""

    @property
    def name(self) -> str:
        """Its name in the pool."""
        return self.reference.name

    @property
    def key(self) -> str:
        """What identifies it everywhere."""
        return self.reference.key

    async def path(self) -> str:
        """Where guests find it."""
        return await self._driver.storage.storage_vol_get_path(self.reference)

    async def info(self) -> StorageVolInfo:
        """Type and sizes in bytes."""
        return await self._driver.storage.storage_vol_get_info(self.reference)

    async def xml(self) -> str:
        """Its document."""
        return await self._driver.storage.storage_vol_get_xml_desc(self.reference, 0)

    async def resize(self, capacity: int, flags: int = 0) -> None:
        """Change its capacity, in bytes."""
        await self._driver.storage.storage_vol_resize(self.reference, capacity, flags)

    async def wipe(self) -> None:
        """Overwrite its content."""
        await self._driver.storage.storage_vol_wipe(self.reference, 0)

    async def delete(self) -> None:
        """Remove it."""
        await self._driver.storage.storage_vol_delete(self.reference, 0)

    async def download(self, offset: int = 0, length: int = 0, flags: int = 0) -> DataStream:
        """Its content as a stream; a length of 0 means all from `offset` on."""
        return await self._stream("storage_vol_download", offset, length, flags)

    async def upload(self, offset: int = 0, length: int = 0, flags: int = 0) -> DataStream:
        """A stream into its content; finish it to know that everything is written."""
        return await self._stream("storage_vol_upload", offset, length, flags)

    async def _stream(self, operation: str, *arguments: Any) -> DataStream:
        stream = DataStream()
        await self._driver.operation(operation)(self.reference, *arguments, stream.driver_end)
        stream.start()
        return stream


class StoragePool(NamedObject[StoragePoolRef]):
    """A storage pool."""

    async def xml(self, flags: int = 0) -> str:
        """Its document."""
        return await self._driver.storage.storage_pool_get_xml_desc(self.reference, flags)

    async def info(self) -> StoragePoolInfo:
        """State and sizes in bytes."""
        return await self._driver.storage.storage_pool_get_info(self.reference)

    async def is_active(self) -> bool:
        """Whether it is started."""
        return bool(await self._driver.storage.storage_pool_is_active(self.reference))

    async def start(self) -> None:
        """Start it."""
        await self._driver.storage.storage_pool_create(self.reference, 0)

    async def build(self, flags: int = 0) -> None:
        """Make what it needs: a folder, a file system, a volume group."""
        await self._driver.storage.storage_pool_build(self.reference, flags)

    async def refresh(self) -> None:
        """Look again which volumes there are."""
        await self._driver.storage.storage_pool_refresh(self.reference, 0)

    async def destroy(self) -> None:
        """Stop it; its content stays."""
        await self._driver.storage.storage_pool_destroy(self.reference)

    async def undefine(self) -> None:
        """Forget its definition."""
        await self._driver.storage.storage_pool_undefine(self.reference)

    async def volumes(self) -> list[StorageVolume]:
        """Its volumes."""
        found = await self._driver.storage.storage_pool_list_all_volumes(self.reference, 0)
        return [StorageVolume(self.connection, reference) for reference in found]

    async def volume(self, name: str) -> StorageVolume:
        """The volume with a name."""
        found = await self._driver.storage.storage_vol_lookup_by_name(self.reference, name)
        return StorageVolume(self.connection, found)

    async def create_volume(self, xml: str, flags: int = 0) -> StorageVolume:
        """Make a volume."""
        found = await self._driver.storage.storage_vol_create_xml(self.reference, xml, flags)
        return StorageVolume(self.connection, found)
