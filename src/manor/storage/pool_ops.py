# SPDX-License-Identifier: Apache-2.0
"""The storage operations that are about pools."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from manor import constants
from manor.drivers.interface import Session
from manor.drivers.interface.filters import ListFilter
from manor.drivers.interface.flags import check_flags
from manor.drivers.interface.storage import StorageFamily
from manor.errors import ErrorDomain, ErrorNumber
from manor.records import StoragePoolInfo, StoragePoolRef
from manor.schema.pool_rules import TRAITS
from manor.storage import capabilities, definitions, life
from manor.storage.errors import error
from manor.storage.pool import StoragePool
from manor.storage.service import StorageService
from manor.store import Origin

_TYPES: Final = (
    "dir", "fs", "netfs", "logical", "disk", "iscsi", "scsi", "mpath", "rbd", "sheepdog", "gluster", "zfs", "vstorage",
    "iscsi-direct",
)  # fmt: skip
"""Types of pools by the bit of virConnectListAllStoragePoolsFlags that asks for them, counted from DIR."""


def _is_of_type(kind: str) -> Callable[[StoragePool], bool]:
    return lambda pool: pool.type == kind


@cache
def _lists() -> ListFilter[StoragePool]:
    """The filters of virConnectListAllStoragePools."""
    flags = constants.ConnectListAllStoragePoolsFlags
    return ListFilter(
        {flags.ACTIVE: lambda pool: pool.active, flags.INACTIVE: lambda pool: not pool.active},
        {flags.PERSISTENT: lambda pool: pool.persistent, flags.TRANSIENT: lambda pool: not pool.persistent},
        {flags.AUTOSTART: lambda pool: pool.autostart, flags.NO_AUTOSTART: lambda pool: not pool.autostart},
        {flags.DIR << bit: _is_of_type(kind) for bit, kind in enumerate(_TYPES)},
    )


class PoolOperations(StorageFamily):
    """What can be asked of pools, by one connection."""

    def __init__(self, session: Session, service: StorageService) -> None:
        super().__init__(session)
        self.service = service

    def _pool(self, ref: StoragePoolRef) -> StoragePool:
        return self.service.pools.by_ref(ref)

    def _check(self, flags: int, allowed: int, function: str) -> None:
        """Refuse unknown flags as libvirt's storage driver does."""
        check_flags(flags, allowed, function, ErrorDomain.STORAGE)

    def _origin(self, operation: str) -> Origin:
        """Who a change is attributed to in the history of definitions."""
        return Origin(self.session.identity.label, operation)

    # -- lists and look-ups ------------------------------------------------------------------------------

    async def connect_num_of_storage_pools(self) -> int:
        """virConnectNumOfStoragePools."""
        return len(await self.connect_list_storage_pools())

    async def connect_list_storage_pools(self) -> list[str]:
        """virConnectListStoragePools."""
        return [pool.name for pool in self.service.pools if pool.active]

    async def connect_num_of_defined_storage_pools(self) -> int:
        """virConnectNumOfDefinedStoragePools."""
        return len(await self.connect_list_defined_storage_pools())

    async def connect_list_defined_storage_pools(self) -> list[str]:
        """virConnectListDefinedStoragePools."""
        return [pool.name for pool in self.service.pools if not pool.active]

    async def connect_list_all_storage_pools(self, flags: int) -> list[StoragePoolRef]:
        """virConnectListAllStoragePools."""
        self._check(flags, _lists().mask, "storageConnectListAllStoragePools")
        return [pool.ref for pool in _lists().select(self.service.pools, flags)]

    async def storage_pool_lookup_by_name(self, name: str) -> StoragePoolRef:
        """virStoragePoolLookupByName."""
        return self.service.pools.by_name(name).ref

    async def storage_pool_lookup_by_uuid(self, uuid: bytes) -> StoragePoolRef:
        """virStoragePoolLookupByUUID."""
        return self.service.pools.by_uuid(uuid).ref

    async def storage_pool_lookup_by_target_path(self, path: str) -> StoragePoolRef:
        """virStoragePoolLookupByTargetPath."""
        return self.service.pools.by_target_path(path).ref

    async def connect_find_storage_pool_sources(self, type: str, source_spec: str | None, flags: int) -> str:
        """virConnectFindStoragePoolSources."""
        if type not in TRAITS:
            raise error(ErrorNumber.INTERNAL_ERROR, f"unknown storage pool type {type}")
        return await self.service.backend(type).find_sources(source_spec, flags)

    async def connect_get_storage_pool_capabilities(self, flags: int) -> str:
        """virConnectGetStoragePoolCapabilities."""
        self._check(flags, 0, "storageConnectGetStoragePoolCapabilities")
        return capabilities.document(self.service.backends)

    # -- what a pool is ----------------------------------------------------------------------------------

    async def storage_pool_is_active(self, pool: StoragePoolRef) -> int:
        """virStoragePoolIsActive."""
        return int(self._pool(pool).active)

    async def storage_pool_is_persistent(self, pool: StoragePoolRef) -> int:
        """virStoragePoolIsPersistent."""
        return int(self._pool(pool).persistent)

    async def storage_pool_get_info(self, pool: StoragePoolRef) -> StoragePoolInfo:
        """virStoragePoolGetInfo."""
        return self._pool(pool).info()

    async def storage_pool_get_xml_desc(self, pool: StoragePoolRef, flags: int) -> str:
        """virStoragePoolGetXMLDesc."""
        self._check(flags, constants.StorageXMLFlags.INACTIVE, "storagePoolGetXMLDesc")
        found = self._pool(pool)
        following = found.following if flags & constants.StorageXMLFlags.INACTIVE else None
        return (following or found.document).format()

    async def storage_pool_get_autostart(self, pool: StoragePoolRef) -> int:
        """virStoragePoolGetAutostart."""
        return int(self._pool(pool).autostart)

    async def storage_pool_set_autostart(self, pool: StoragePoolRef, autostart: int) -> None:
        """virStoragePoolSetAutostart."""
        origin = self._origin("storage_pool_set_autostart")
        await definitions.set_autostart(self.service, self._pool(pool), bool(autostart), origin)

    # -- what becomes of it ------------------------------------------------------------------------------

    async def storage_pool_define_xml(self, xml: str, flags: int) -> StoragePoolRef:
        """virStoragePoolDefineXML."""
        self._check(flags, constants.StoragePoolDefineFlags.VALIDATE, "storagePoolDefineXML")
        validate = bool(flags & constants.StoragePoolDefineFlags.VALIDATE)
        origin = self._origin("storage_pool_define_xml")
        return (await definitions.define(self.service, xml, origin, validate=validate)).ref

    async def storage_pool_undefine(self, pool: StoragePoolRef) -> None:
        """virStoragePoolUndefine."""
        await definitions.undefine(self.service, self._pool(pool), self._origin("storage_pool_undefine"))

    async def storage_pool_create_xml(self, xml: str, flags: int) -> StoragePoolRef:
        """virStoragePoolCreateXML."""
        self._check(flags, life.start_flags(), "storagePoolCreateXML")
        return (await life.create(self.service, xml, flags)).ref

    async def storage_pool_create(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolCreate."""
        self._check(flags, life.start_flags(), "storagePoolCreate")
        await life.start(self.service, self._pool(pool), flags)

    async def storage_pool_build(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolBuild."""
        await life.build(self.service, self._pool(pool), flags)

    async def storage_pool_destroy(self, pool: StoragePoolRef) -> None:
        """virStoragePoolDestroy."""
        await life.stop(self.service, self._pool(pool))

    async def storage_pool_delete(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolDelete."""
        await life.delete(self.service, self._pool(pool), flags)

    async def storage_pool_refresh(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolRefresh."""
        self._check(flags, 0, "storagePoolRefresh")
        await life.refresh(self.service, self._pool(pool))
