# SPDX-License-Identifier: Apache-2.0
"""virConnect: storage pools, volumes and secrets."""

from __future__ import annotations

from libvirt._api import Int32, RawUUID, UInt32, api
from libvirt._connect.base import ConnectBase
from libvirt._secret import virSecret
from libvirt._storage import virStoragePool, virStorageVol
from libvirt._values import parse_uuid


class StorageConnect(ConnectBase):
    """Storage pools and volumes of this connection."""

    @api("virConnectNumOfStoragePools")
    def numOfStoragePools(self) -> int:
        """How many pools run."""
        return int(self._call("connect_num_of_storage_pools"))

    @api("virConnectNumOfDefinedStoragePools")
    def numOfDefinedStoragePools(self) -> int:
        """How many defined pools do not run."""
        return int(self._call("connect_num_of_defined_storage_pools"))

    @api("virConnectListStoragePools")
    def listStoragePools(self) -> list[str]:
        """The names of the pools that run."""
        return self._list("connect_num_of_storage_pools", "connect_list_storage_pools")

    @api("virConnectListDefinedStoragePools")
    def listDefinedStoragePools(self) -> list[str]:
        """The names of the defined pools that do not run."""
        return self._list("connect_num_of_defined_storage_pools", "connect_list_defined_storage_pools")

    @api("virConnectListAllStoragePools")
    def listAllStoragePools(self, flags: UInt32 = 0) -> list[virStoragePool]:
        """The pools that VIR_CONNECT_LIST_STORAGE_POOLS_* name."""
        return [virStoragePool(self, reference) for reference in self._call("connect_list_all_storage_pools", flags)]

    @api("virConnectFindStoragePoolSources")
    def findStoragePoolSources(self, type: str, srcSpec: str | None, flags: UInt32 = 0) -> str:
        """What pools of a kind could be made of, as XML."""
        description: str = self._call("connect_find_storage_pool_sources", type, srcSpec, flags)
        return description

    @api("virConnectGetStoragePoolCapabilities")
    def getStoragePoolCapabilities(self, flags: UInt32 = 0) -> str:
        """Which kinds of pools there can be, as XML."""
        description: str = self._call("connect_get_storage_pool_capabilities", flags)
        return description

    @api("virStoragePoolLookupByName")
    def storagePoolLookupByName(self, name: str) -> virStoragePool:
        """The pool of a name."""
        return virStoragePool(self, self._call("storage_pool_lookup_by_name", name))

    @api("virStoragePoolLookupByUUID")
    def storagePoolLookupByUUID(self, uuid: RawUUID) -> virStoragePool:
        """The pool of a UUID given as 16 bytes."""
        return virStoragePool(self, self._call("storage_pool_lookup_by_uuid", uuid))

    @api("virStoragePoolLookupByUUIDString")
    def storagePoolLookupByUUIDString(self, uuidstr: str) -> virStoragePool:
        """The pool of a UUID given as text."""
        uuid = parse_uuid(uuidstr, "virStoragePoolLookupByUUIDString")
        return virStoragePool(self, self._call("storage_pool_lookup_by_uuid", uuid))

    @api("virStoragePoolLookupByTargetPath")
    def storagePoolLookupByTargetPath(self, path: str) -> virStoragePool:
        """The pool that is at a path."""
        return virStoragePool(self, self._call("storage_pool_lookup_by_target_path", path))

    @api("virStoragePoolCreateXML")
    def storagePoolCreateXML(self, xmlDesc: str, flags: UInt32 = 0) -> virStoragePool:
        """Start a pool that is not defined."""
        return virStoragePool(self, self._call("storage_pool_create_xml", xmlDesc, flags))

    @api("virStoragePoolDefineXML")
    def storagePoolDefineXML(self, xml: str, flags: UInt32 = 0) -> virStoragePool:
        """Define a pool, or define it anew."""
        return virStoragePool(self, self._call("storage_pool_define_xml", xml, flags))

    @api("virStorageVolLookupByKey")
    def storageVolLookupByKey(self, key: str) -> virStorageVol:
        """The volume of a key."""
        return virStorageVol(self, self._call("storage_vol_lookup_by_key", key))

    @api("virStorageVolLookupByPath")
    def storageVolLookupByPath(self, path: str) -> virStorageVol:
        """The volume that is at a path."""
        return virStorageVol(self, self._call("storage_vol_lookup_by_path", path))


class SecretConnect(ConnectBase):
    """Secrets of this connection."""

    @api("virConnectNumOfSecrets")
    def numOfSecrets(self) -> int:
        """How many secrets there are."""
        return int(self._call("connect_num_of_secrets"))

    @api("virConnectListSecrets")
    def listSecrets(self) -> list[str]:
        """The UUIDs of the secrets."""
        return self._list("connect_num_of_secrets", "connect_list_secrets")

    @api("virConnectListAllSecrets")
    def listAllSecrets(self, flags: UInt32 = 0) -> list[virSecret]:
        """The secrets that VIR_CONNECT_LIST_SECRETS_* name."""
        return [virSecret(self, reference) for reference in self._call("connect_list_all_secrets", flags)]

    @api("virSecretLookupByUUID")
    def secretLookupByUUID(self, uuid: RawUUID) -> virSecret:
        """The secret of a UUID given as 16 bytes."""
        return virSecret(self, self._call("secret_lookup_by_uuid", uuid))

    @api("virSecretLookupByUUIDString")
    def secretLookupByUUIDString(self, uuidstr: str) -> virSecret:
        """The secret of a UUID given as text."""
        uuid = parse_uuid(uuidstr, "virSecretLookupByUUIDString")
        return virSecret(self, self._call("secret_lookup_by_uuid", uuid))

    @api("virSecretLookupByUsage")
    def secretLookupByUsage(self, usageType: Int32, usageID: str) -> virSecret:
        """The secret for a use (VIR_SECRET_USAGE_TYPE_*)."""
        return virSecret(self, self._call("secret_lookup_by_usage", usageType, usageID))

    @api("virSecretDefineXML")
    def secretDefineXML(self, xml: str, flags: UInt32 = 0) -> virSecret:
        """Define a secret, or define it anew; its value is set by virSecret.setValue."""
        return virSecret(self, self._call("secret_define_xml", xml, flags))
