# SPDX-License-Identifier: Apache-2.0
"""Disks that are volumes of storage pools: where the volume is on this host, asked of the pool at every start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.storage import VolumeSource
from manor.schema.domain.disk import Disk, DiskDriver

if TYPE_CHECKING:
    from manor.drivers.qemu.core import QemuCore

_error = reporter(ErrorDomain.DOMAIN)
_qemu_error = reporter(ErrorDomain.QEMU)

_LOCAL: Final = ("file", "block", "dir")
"""Types of volumes that a disk can be on."""


def locate(core: QemuCore, disk: Disk) -> None:
    """Note in a disk's source where its volume is; the format is what the document says, else raw.

    Raises VIR_ERR_NO_STORAGE_POOL, VIR_ERR_NO_STORAGE_VOL and VIR_ERR_CONFIG_UNSUPPORTED for a pool that is off.
    """
    source = disk.source
    if not isinstance(source, VolumeSource):
        return
    pool = core.storage.pools.by_name(source.pool or "")
    if not pool.active:
        text = f"storage pool '{source.pool}' containing volume '{source.volume}' is not active"
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, text)
    volume = pool.volume(source.volume or "")
    volume.check_built()
    if source.mode is not None and pool.type != "iscsi":
        text = "disk source mode is only valid when storage pool is of iscsi type"
        raise _error(ErrorNumber.XML_ERROR, text)
    kind = volume.document.type or "file"
    if kind not in _LOCAL:
        text = f"unexpected storage volume type '{kind}' for storage pool type '{pool.type}'"
        raise _error(ErrorNumber.INTERNAL_ERROR, text)
    if kind == "dir" and not disk.readonly:
        raise _qemu_error(ErrorNumber.CONFIG_UNSUPPORTED, "virtual FAT storage can't be accessed in read-write mode")
    source.located, source.located_type = volume.path, cast(Any, kind)
    driver = disk.driver = disk.driver or DiskDriver(name="qemu")
    if driver.type is None:
        driver.type = "raw"
