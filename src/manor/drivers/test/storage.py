# SPDX-License-Identifier: Apache-2.0
"""The storage operations of the test driver that are about pools."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from manor.constants import ConnectListAllStoragePoolsFlags as Listing
from manor.constants import StoragePoolEventLifecycleType as Lifecycle
from manor.drivers.interface.session import Session
from manor.drivers.interface.storage import StorageFamily
from manor.drivers.test.devices import create_adapter, remove_device
from manor.drivers.test.errors import check_flags, invalid_argument, not_valid, test_error
from manor.drivers.test.pools import TestPool, assign_pool, read_pool
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import StoragePoolInfo, StoragePoolRef
from manor.records.events import StoragePoolLifecycleEvent, StoragePoolRefreshEvent
from manor.schema.core.codec import escape
from manor.schema.pool import Source

if TYPE_CHECKING:
    from manor.drivers.test.node import Node

_storage_error = reporter(ErrorDomain.STORAGE)

_INACTIVE_XML = 1  # VIR_STORAGE_XML_INACTIVE
_VALIDATE = 1  # VIR_STORAGE_POOL_DEFINE_VALIDATE
_TYPES = (
    "dir", "fs", "netfs", "logical", "disk", "iscsi", "scsi", "mpath", "rbd", "sheepdog", "gluster", "zfs", "vstorage",
    "iscsi-direct",
)  # fmt: skip
"""Types of pools by the bit of virConnectListAllStoragePoolsFlags that asks for them, counted from DIR."""


class PoolOperations(StorageFamily):
    """What can be asked of pools."""

    def __init__(self, session: Session, node: Node) -> None:
        super().__init__(session)
        self.node = node

    def find(self, pool: StoragePoolRef) -> TestPool:
        """The pool a caller means. Raises VIR_ERR_NO_STORAGE_POOL."""
        return self.find_by_name(pool.name)

    def find_by_name(self, name: str) -> TestPool:
        """The pool of a name. Raises VIR_ERR_NO_STORAGE_POOL."""
        found = self.node.pools.by_name(name)
        if found is None:
            raise test_error(ErrorNumber.NO_STORAGE_POOL, f"no storage pool with matching name '{name}'")
        return found

    def find_active(self, pool: StoragePoolRef) -> TestPool:
        """The pool a caller means, which must be active."""
        found = self.find(pool)
        if not found.active:
            raise not_valid(f"storage pool '{found.name}' is not active")
        return found

    def _find_inactive(self, pool: StoragePoolRef) -> TestPool:
        found = self.find(pool)
        if found.active:
            raise not_valid(f"storage pool '{found.name}' is active")
        return found

    def _publish(self, pool: TestPool, event: int) -> None:
        self.node.events.publish(StoragePoolLifecycleEvent(pool.ref, int(event), 0))

    # -- lists and look-ups ------------------------------------------------------------------------------

    async def connect_num_of_storage_pools(self) -> int:
        """virConnectNumOfStoragePools."""
        return len(await self.connect_list_storage_pools())

    async def connect_list_storage_pools(self) -> list[str]:
        """virConnectListStoragePools."""
        return [pool.name for pool in self.node.pools if pool.active]

    async def connect_num_of_defined_storage_pools(self) -> int:
        """virConnectNumOfDefinedStoragePools."""
        return len(await self.connect_list_defined_storage_pools())

    async def connect_list_defined_storage_pools(self) -> list[str]:
        """virConnectListDefinedStoragePools."""
        return [pool.name for pool in self.node.pools if not pool.active]

    async def connect_list_all_storage_pools(self, flags: int) -> list[StoragePoolRef]:
        """virConnectListAllStoragePools."""
        check_flags(flags, (1 << 20) - 1, "testConnectListAllStoragePools")
        return [pool.ref for pool in self.node.pools if _matches(pool, flags)]

    async def storage_pool_lookup_by_uuid(self, uuid: bytes) -> StoragePoolRef:
        """virStoragePoolLookupByUUID."""
        found = self.node.pools.by_uuid(uuid)
        if found is None:
            text = f"no storage pool with matching uuid '{UUID(bytes=uuid)}'"
            raise test_error(ErrorNumber.NO_STORAGE_POOL, text)
        return found.ref

    async def storage_pool_lookup_by_name(self, name: str) -> StoragePoolRef:
        """virStoragePoolLookupByName."""
        return self.find_by_name(name).ref

    async def connect_find_storage_pool_sources(self, type: str, source_spec: str | None, flags: int) -> str:
        """virConnectFindStoragePoolSources: a few made-up sources for two types of pools."""
        check_flags(flags, 0, "testConnectFindStoragePoolSources")
        asked = None
        if source_spec is not None:
            if type not in _TYPES:
                raise _storage_error(ErrorNumber.INTERNAL_ERROR, "missing backend for pool type -1")
            asked = Source.parse(source_spec, source="(storage_source_specification)", domain=ErrorDomain.STORAGE)
        if type == _TYPES[0]:
            # The first type counts as none here, in libvirt.
            raise test_error(ErrorNumber.INTERNAL_ERROR, f"unknown storage pool type {type}")
        if type == "logical":
            return _LOGICAL_SOURCES
        if type != "netfs":
            raise test_error(ErrorNumber.NO_SUPPORT, f"pool type '{type}' does not support source discovery")
        if asked is None or not asked.hosts:
            raise invalid_argument("hostname must be specified for netfs sources")
        return _NETFS_SOURCES.format(host=escape(asked.hosts[0].name))

    # -- state -------------------------------------------------------------------------------------------

    async def storage_pool_is_active(self, pool: StoragePoolRef) -> int:
        """virStoragePoolIsActive."""
        return int(self.find(pool).active)

    async def storage_pool_is_persistent(self, pool: StoragePoolRef) -> int:
        """virStoragePoolIsPersistent."""
        return int(self.find(pool).persistent)

    async def storage_pool_create(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolCreate."""
        check_flags(flags, 0, "testStoragePoolCreate")
        found = self._find_inactive(pool)
        found.start()
        self._publish(found, Lifecycle.STARTED)

    async def storage_pool_create_xml(self, xml: str, flags: int) -> StoragePoolRef:
        """virStoragePoolCreateXML."""
        check_flags(flags, 0, "testStoragePoolCreateXML")
        document = read_pool(xml)
        pool = assign_pool(self.node.pools, document, persistent=False)
        adapter = pool.source.adapter
        if adapter is not None and adapter.type == "fc_host" and adapter.wwnn and adapter.wwpn:
            # In libvirt, too, only pools made this way bring their adapter along.
            pool.adapter = create_adapter(self.node, adapter.wwnn, adapter.wwpn).name
        self.node.pools.add(pool)
        pool.start()
        self._publish(pool, Lifecycle.STARTED)
        return pool.ref

    async def storage_pool_define_xml(self, xml: str, flags: int) -> StoragePoolRef:
        """virStoragePoolDefineXML."""
        check_flags(flags, _VALIDATE, "testStoragePoolDefineXML")
        document = read_pool(xml, validate=bool(flags & _VALIDATE))
        pool = assign_pool(self.node.pools, document, persistent=True)
        self.node.pools.add(pool)
        self._publish(pool, Lifecycle.DEFINED)
        return pool.ref

    async def storage_pool_undefine(self, pool: StoragePoolRef) -> None:
        """virStoragePoolUndefine."""
        found = self._find_inactive(pool)
        self.node.pools.remove(found)
        self._publish(found, Lifecycle.UNDEFINED)

    async def storage_pool_build(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolBuild."""
        check_flags(flags, 0, "testStoragePoolBuild")
        self._publish(self._find_inactive(pool), Lifecycle.CREATED)

    async def storage_pool_destroy(self, pool: StoragePoolRef) -> None:
        """virStoragePoolDestroy."""
        found = self.find_active(pool)
        found.active = False
        adapter = found.source.adapter
        if adapter is not None and adapter.type == "fc_host":
            self._remove_adapter(found)
        found.stop()
        self._publish(found, Lifecycle.STOPPED)
        if not found.persistent:
            self.node.pools.remove(found)

    def _remove_adapter(self, pool: TestPool) -> None:
        name = "scsi_host12"  # what libvirt calls every adapter of a pool, whether it was made or not
        device = self.node.devices.get(name)
        if device is None:
            raise test_error(ErrorNumber.NO_NODE_DEVICE, f"no node device with matching name '{name}'")
        remove_device(self.node, device)

    async def storage_pool_delete(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolDelete."""
        check_flags(flags, 0, "testStoragePoolDelete")
        self._publish(self._find_inactive(pool), Lifecycle.DELETED)

    async def storage_pool_refresh(self, pool: StoragePoolRef, flags: int) -> None:
        """virStoragePoolRefresh."""
        check_flags(flags, 0, "testStoragePoolRefresh")
        self.node.events.publish(StoragePoolRefreshEvent(self.find_active(pool).ref))

    async def storage_pool_get_info(self, pool: StoragePoolRef) -> StoragePoolInfo:
        """virStoragePoolGetInfo."""
        return self.find(pool).info()

    async def storage_pool_get_xml_desc(self, pool: StoragePoolRef, flags: int) -> str:
        """virStoragePoolGetXMLDesc."""
        check_flags(flags, 0, "testStoragePoolGetXMLDesc")
        return self.find(pool).describe(inactive=bool(flags & _INACTIVE_XML))

    async def storage_pool_get_autostart(self, pool: StoragePoolRef) -> int:
        """virStoragePoolGetAutostart."""
        return int(self.find(pool).autostart)

    async def storage_pool_set_autostart(self, pool: StoragePoolRef, autostart: int) -> None:
        """virStoragePoolSetAutostart."""
        found = self.find(pool)
        if not found.persistent:
            raise invalid_argument("pool has no config file")
        found.autostart = bool(autostart)


def _matches(pool: TestPool, flags: int) -> bool:
    """Whether a pool is in a list: of every group of filters, none or a matching one."""
    groups = (
        (Listing.ACTIVE if pool.active else Listing.INACTIVE, Listing.ACTIVE | Listing.INACTIVE),
        (Listing.PERSISTENT if pool.persistent else Listing.TRANSIENT, Listing.PERSISTENT | Listing.TRANSIENT),
        (Listing.AUTOSTART if pool.autostart else Listing.NO_AUTOSTART, Listing.AUTOSTART | Listing.NO_AUTOSTART),
        (Listing.DIR << _TYPES.index(pool.document.type), ((1 << len(_TYPES)) - 1) * Listing.DIR),
    )
    return all(not flags & group or flags & own for own, group in groups)


_LOGICAL_SOURCES = """\
<sources>
  <source>
    <device path='/dev/sda20'/>
    <name>testvg1</name>
    <format type='lvm2'/>
  </source>
  <source>
    <device path='/dev/sda21'/>
    <name>testvg2</name>
    <format type='lvm2'/>
  </source>
</sources>
"""


_NETFS_SOURCES = """\
<sources>
  <source>
    <host name='{host}'/>
    <dir path='/testshare'/>
    <format type='nfs'/>
  </source>
</sources>
"""
