# SPDX-License-Identifier: Apache-2.0
"""virStoragePool and virStorageVol. Sizes are bytes."""

from __future__ import annotations

from libvirt._api import Int32, UInt32, api
from libvirt._handle import ConnectedObject, NamedObject
from libvirt._stream import call_with_stream, virStream
from libvirt._values import plain_list
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import StoragePoolRef, StorageVolRef

_error = reporter(ErrorDomain.STORAGE)


class virStoragePool(NamedObject):
    """A place that volumes are kept in."""

    _reference = StoragePoolRef
    _o: StoragePoolRef

    @api("virStoragePoolGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The pool as XML; VIR_STORAGE_XML_INACTIVE gives the definition of a running one."""
        description: str = self._get("storage_pool_get_xml_desc", flags)
        return description

    @api("virStoragePoolGetInfo")
    def info(self) -> list[int]:
        """State, capacity, allocation, available bytes."""
        return plain_list(self._get("storage_pool_get_info"))

    @api("virStoragePoolBuild")
    def build(self, flags: UInt32 = 0) -> int:
        """Prepare the storage behind the pool: make the folder, format the file system."""
        return self._do("storage_pool_build", flags)

    @api("virStoragePoolCreate")
    def create(self, flags: UInt32 = 0) -> int:
        """Start a defined pool."""
        return self._do("storage_pool_create", flags)

    @api("virStoragePoolRefresh")
    def refresh(self, flags: UInt32 = 0) -> int:
        """Look again which volumes there are."""
        return self._do("storage_pool_refresh", flags)

    @api("virStoragePoolDestroy")
    def destroy(self) -> int:
        """Stop the pool; the data stays."""
        return self._do("storage_pool_destroy")

    @api("virStoragePoolDelete")
    def delete(self, flags: UInt32 = 0) -> int:
        """Delete the storage behind the pool, with everything in it."""
        return self._do("storage_pool_delete", flags)

    @api("virStoragePoolUndefine")
    def undefine(self) -> int:
        """Forget the definition."""
        return self._do("storage_pool_undefine")

    @api("virStoragePoolIsActive")
    def isActive(self) -> int:
        """1 while the pool runs."""
        return int(self._get("storage_pool_is_active"))

    @api("virStoragePoolIsPersistent")
    def isPersistent(self) -> int:
        """1 where a definition stays after the pool stops."""
        return int(self._get("storage_pool_is_persistent"))

    @api("virStoragePoolGetAutostart")
    def autostart(self) -> int:
        """1 where the pool starts with the daemon."""
        return int(self._get("storage_pool_get_autostart"))

    @api("virStoragePoolSetAutostart")
    def setAutostart(self, autostart: Int32) -> int:
        """Say whether the pool starts with the daemon."""
        return self._do("storage_pool_set_autostart", autostart)

    @api("virStoragePoolNumOfVolumes")
    def numOfVolumes(self) -> int:
        """How many volumes the pool holds."""
        return int(self._get("storage_pool_num_of_volumes"))

    @api("virStoragePoolListVolumes")
    def listVolumes(self) -> list[str]:
        """The names of the volumes."""
        return list(self._get("storage_pool_list_volumes"))

    @api("virStoragePoolListAllVolumes")
    def listAllVolumes(self, flags: UInt32 = 0) -> list[virStorageVol]:
        """The volumes."""
        return [virStorageVol(self._conn, vol) for vol in self._get("storage_pool_list_all_volumes", flags)]

    @api("virStorageVolLookupByName")
    def storageVolLookupByName(self, name: str) -> virStorageVol:
        """The volume of a name."""
        return virStorageVol(self._conn, self._get("storage_vol_lookup_by_name", name))

    @api("virStorageVolCreateXML")
    def createXML(self, xmlDesc: str, flags: UInt32 = 0) -> virStorageVol:
        """Make a volume."""
        return virStorageVol(self._conn, self._get("storage_vol_create_xml", xmlDesc, flags))

    @api("virStorageVolCreateXMLFrom")
    def createXMLFrom(self, xmlDesc: str, clonevol: virStorageVol, flags: UInt32 = 0) -> virStorageVol:
        """Make a volume with the data of another one, which may be in another pool."""
        if not isinstance(clonevol, virStorageVol):
            raise _error(ErrorNumber.INVALID_STORAGE_VOL, "virStorageVolCreateXMLFrom")
        return virStorageVol(self._conn, self._get("storage_vol_create_xml_from", xmlDesc, clonevol._o, flags))


class virStorageVol(ConnectedObject):
    """A volume: something that can be a guest's disk."""

    _reference = StorageVolRef
    _o: StorageVolRef

    def name(self) -> str:
        """The volume's name, unique in its pool."""
        return self._o.name

    def key(self) -> str:
        """The volume's key, unique on the host."""
        return self._o.key

    @api("virStorageVolGetPath")
    def path(self) -> str:
        """Where the volume is found on the host."""
        path: str = self._get("storage_vol_get_path")
        return path

    @api("virStorageVolGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The volume as XML."""
        description: str = self._get("storage_vol_get_xml_desc", flags)
        return description

    @api("virStorageVolGetInfo")
    def info(self) -> list[int]:
        """Type, capacity, allocation."""
        return plain_list(self._get("storage_vol_get_info"))

    @api("virStorageVolGetInfoFlags")
    def infoFlags(self, flags: UInt32 = 0) -> list[int]:
        """Type, capacity, and allocation or with VIR_STORAGE_VOL_GET_PHYSICAL the physical size."""
        return plain_list(self._get("storage_vol_get_info_flags", flags))

    @api("virStorageVolResize")
    def resize(self, capacity: int, flags: UInt32 = 0) -> int:
        """Change the capacity."""
        return self._do("storage_vol_resize", capacity, flags)

    @api("virStorageVolWipe")
    def wipe(self, flags: UInt32 = 0) -> int:
        """Overwrite the data."""
        return self._do("storage_vol_wipe", flags)

    @api("virStorageVolWipePattern")
    def wipePattern(self, algorithm: UInt32, flags: UInt32 = 0) -> int:
        """Overwrite the data in one of the VIR_STORAGE_VOL_WIPE_ALG_* ways."""
        return self._do("storage_vol_wipe_pattern", algorithm, flags)

    @api("virStorageVolDelete")
    def delete(self, flags: UInt32 = 0) -> int:
        """Delete the volume."""
        return self._do("storage_vol_delete", flags)

    @api("virStorageVolUpload")
    def upload(self, stream: virStream, offset: int, length: int, flags: UInt32 = 0) -> int:
        """Have what is sent on `stream` written from `offset` on; length 0 means without a limit."""
        call_with_stream(self, "virStorageVolUpload", stream, "storage_vol_upload", offset, length, flags)
        return 0

    @api("virStorageVolDownload")
    def download(self, stream: virStream, offset: int, length: int, flags: UInt32 = 0) -> int:
        """Have the data from `offset` on sent on `stream`; length 0 means to the end."""
        call_with_stream(self, "virStorageVolDownload", stream, "storage_vol_download", offset, length, flags)
        return 0

    @api("virStoragePoolLookupByVolume")
    def storagePoolLookupByVolume(self) -> virStoragePool:
        """The pool that holds the volume."""
        return virStoragePool(self._conn, self._get("storage_pool_lookup_by_volume"))
