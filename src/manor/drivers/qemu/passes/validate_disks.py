# SPDX-License-Identifier: Apache-2.0
"""Disks that QEMU, or this machine, cannot have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from manor.drivers.qemu.passes.context import Context, error, internal, unsupported
from manor.drivers.qemu.passes.memory import shares_memory
from manor.errors import ErrorNumber
from manor.schema.common.address import Address, CcwAddress, DriveAddress, PciAddress, UsbAddress, VirtioMmioAddress
from manor.schema.common.encryption import Encryption
from manor.schema.common.storage import DirSource, NetworkSource, StorageSource, VhostUserSource, VolumeSource
from manor.schema.domain.disk import BackingStore, Disk, DiskDriver
from manor.schema.passes.cpus import thread_numbers
from manor.schema.passes.order import disk_partition
from manor.schema.passes.storage import TUNED, has_limits

_MOST_IO: Final = 1_000_000_000_000_000
_SERIAL: Final = re.compile(r"[0-9A-Za-z .+_-]*")
_ROTATING: Final = frozenset({"ide", "scsi", "sata"})
_PLUGGABLE: Final = frozenset({"virtio", "scsi", "usb"})
_LUN_BUSES: Final = frozenset({"scsi", "virtio"})
_SHARED_FORMATS: Final = frozenset({None, "raw"})
_DIRECT: Final = frozenset({"none", "directsync"})
_LSI_TARGETS: Final = "lsilogic"

_FORMATS: Final = {
    "cow": "'cow' storage format is not supported",
    "dir": "'directory' storage format is not directly supported by QEMU, use 'dir' disk type instead",
    "iso": "storage format 'iso' is not directly supported by QEMU, use 'raw' instead",
}
"""Formats that images can have, but not for QEMU."""


def disk(context: Context, item: Disk) -> None:
    """Check one disk."""
    target = item.target
    bus, name = (target.bus, target.dev or "") if target is not None else (None, "")
    driver = item.driver if item.driver is not None else DiskDriver()
    if disk_partition(name):
        raise unsupported(f"invalid disk target '{name}', partitions can't appear in disk targets")
    if driver.name not in (None, "qemu"):
        raise unsupported(f"unsupported driver name '{driver.name}' for disk '{name}'")
    _lun(item, bus)
    _bus(context, item, bus, name)
    _place(context, item, bus)
    if isinstance(item.source, VhostUserSource):
        if not shares_memory(context.document):
            raise unsupported("'vhostuser' requires shared memory")
        return
    _caching(item, driver, name)
    _frontend(item, bus, driver)
    _limits(context, item, name)
    _transient(item, bus, name)
    for source, format_ in _layers(item, driver):
        _source(source, format_)
    _encryption(item)
    if item.shareable and driver.type not in _SHARED_FORMATS:
        raise unsupported(f"shared access for disk '{name}' requires use of supported storage format")
    if driver.metadata_cache is not None and driver.metadata_cache.max_size and driver.type != "qcow2":
        raise unsupported("metadata cache max size control is supported only with qcow2 images")
    _io_thread(context, item, bus, driver, name)


def _lun(item: Disk, bus: str | None) -> None:
    if item.device != "lun":
        if item.wwn is not None and bus not in ("ide", "scsi"):
            raise unsupported("Only ide and scsi disk support wwn")
        if (item.vendor is not None or item.product is not None) and bus != "scsi":
            raise unsupported("Only scsi disk supports vendor and product")
        return
    if bus not in _LUN_BUSES:
        raise unsupported(f"disk device='lun' is not supported for bus='{bus}'")
    if item.wwn is not None:
        raise unsupported("Setting wwn is not supported for lun device")
    if item.vendor is not None or item.product is not None:
        raise unsupported("Setting vendor or product is not supported for lun device")
    if item.serial is not None and bus == "scsi":
        raise unsupported("scsi-block 'lun' devices do not support the serial property")


def _bus(context: Context, item: Disk, bus: str | None, name: str) -> None:
    if bus == "virtio":
        _virtio_address(context, item.address)
        if item.device in ("cdrom", "floppy"):
            raise unsupported(f"disk type of '{name}' does not support ejectable media")
    elif bus == "usb":
        if item.address is not None and not isinstance(item.address, UsbAddress):
            raise internal("unexpected address type for usb disk")
    elif bus in ("ide", "sata") and item.device == "disk" and item.readonly:
        raise unsupported(f"readonly {bus} disks are not supported")


def _virtio_address(context: Context, address: Address | None) -> None:
    if address is None or isinstance(address, PciAddress | CcwAddress):
        return
    if isinstance(address, VirtioMmioAddress) and context.caps.has_device("virtio-mmio"):
        return
    raise unsupported(f"virtio disk cannot have an address of type '{address.type}'")


def _place(context: Context, item: Disk, bus: str | None) -> None:
    address = item.address
    if not isinstance(address, DriveAddress):
        return
    match bus:
        case "ide":
            if address.controller:
                raise internal("Only 1 IDE controller is supported")
            if address.target:
                raise unsupported("target must be 0 for ide controller")
        case "fdc":
            if address.controller:
                raise internal("Only 1 fdc controller is supported")
            if address.bus:
                raise internal("Only 1 fdc bus is supported")
            if address.target:
                raise unsupported("target must be 0 for controller fdc")
        case "scsi":
            scsi_place(context, address)
        case "sata":
            if address.bus:
                raise unsupported("bus must be 0 for sata controller")
            if address.target:
                raise unsupported("target must be 0 for sata controller")


def scsi_place(context: Context, address: DriveAddress) -> None:
    """Check the place of a device on a SCSI bus."""
    if address.bus:
        raise internal("SCSI controller only supports 1 bus")
    controller = context.controller("scsi", address.controller or 0)
    if controller is not None and controller.model == _LSI_TARGETS and address.target:
        raise unsupported(f"target must be 0 for controller model '{_LSI_TARGETS}'")


def _caching(item: Disk, driver: DiskDriver, name: str) -> None:
    if driver.copy_on_read:
        if item.device == "lun":
            raise unsupported(f"copy_on_read is not compatible with 'lun' disk '{name}'")
        if item.readonly:
            raise unsupported(f"copy_on_read is not compatible with read-only disk '{name}'")
        if item.device in ("cdrom", "floppy"):
            raise unsupported(f"copy_on_read is not supported with removable disk '{name}'")
    if driver.io == "native" and driver.cache not in _DIRECT:
        raise unsupported("io='native' needs either no disk cache or directsync cache mode")


def _frontend(item: Disk, bus: str | None, driver: DiskDriver) -> None:
    geometry = item.geometry
    if geometry is not None and geometry.trans is not None and bus != "ide":
        raise unsupported(f"CHS translation mode can only be set for 'ide' bus not '{bus}'")
    if item.serial is not None and _SERIAL.fullmatch(item.serial) is None:
        raise internal(f"driver serial '{item.serial}' contains unsafe characters")
    if item.target is not None and item.target.rotation_rate is not None:
        if bus not in _ROTATING:
            raise internal("rotation rate is only valid for SCSI/IDE/SATA bus")
        if item.device != "disk":
            raise internal("rotation rate is only valid for disk device")


def _limits(context: Context, item: Disk, name: str) -> None:
    tune = item.iotune
    if tune is None:
        return
    if any((getattr(tune, limit) or 0) > _MOST_IO for limit in (*TUNED, "size_iops_sec") if "length" not in limit):
        text = f"block I/O throttle limit must be no more than {_MOST_IO} using QEMU"
        raise error(ErrorNumber.ARGUMENT_UNSUPPORTED, text)
    if not tune.group_name:
        return
    if not has_limits(tune):
        raise unsupported("group_name can be configured only together with settings")
    for other in context.devices.disks:
        if other is item or other.iotune is None or other.iotune.group_name != tune.group_name:
            continue
        if other.iotune != tune and has_limits(other.iotune):
            second = other.target.dev if other.target is not None else None
            raise unsupported(f"different iotunes for disks {name} and {second}")


def _transient(item: Disk, bus: str | None, name: str) -> None:
    transient = item.transient
    if transient is None:
        return
    if item.type != "file":
        raise unsupported(f"transient disk supported only with 'file' type ({name})")
    if item.readonly:
        raise unsupported(f"transient disk '{name}' must not be read-only")
    if transient.share_backing and bus not in _PLUGGABLE:
        raise unsupported(f"disk bus '{bus}' doesn't support transiend disk backing image sharing")


def _layers(item: Disk, driver: DiskDriver) -> Iterator[tuple[StorageSource, str | None]]:
    """The image and those below it, each with its format."""
    if item.source is not None:
        yield item.source, driver.type
    layer: BackingStore | None = item.backing_store
    while layer is not None:
        if layer.source is not None:
            yield layer.source, layer.format_.type if layer.format_ is not None else None
        layer = layer.backing_store
    if item.source is not None and isinstance(item.source, DirSource) and driver.type == "fat" and not item.readonly:
        raise unsupported("virtual FAT storage can't be accessed in read-write mode")


def _source(source: StorageSource, format_: str | None) -> None:
    if format_ in _FORMATS:
        raise unsupported(_FORMATS[format_])
    folder = isinstance(source, DirSource)
    if format_ == "fat" and not folder and not isinstance(source, VolumeSource):
        raise unsupported("storage format 'fat' is supported only with 'dir' storage type")
    if folder and format_ != "fat":
        raise unsupported("storage type 'dir' requires use of storage format 'fat'")
    if isinstance(source, NetworkSource) and source.protocol == "tftp":
        raise unsupported("'tftp' protocol is not supported with this QEMU binary")
    if source.encryption is not None:
        _engine(source.encryption, source)


def _encryption(item: Disk) -> None:
    if item.encryption is not None and item.source is not None:
        _engine(item.encryption, item.source)


def _engine(encryption: Encryption, source: StorageSource) -> None:
    if encryption.engine == "librbd":
        if not isinstance(source, NetworkSource) or source.protocol != "rbd":
            raise unsupported("librbd encryption is supported only with RBD backed disks")
    elif encryption.format_ in ("qcow", "default"):
        raise unsupported("old qcow/qcow2 encryption is not supported")
    elif encryption.format_ == "luks2":
        raise unsupported("luks2 is currently not supported by the qemu encryption engine")


def _io_thread(context: Context, item: Disk, bus: str | None, driver: DiskDriver, name: str) -> None:
    if driver.iothread is None:
        return
    if bus != "virtio":
        raise unsupported(f"IOThreads not available for bus {bus} target {name}")
    if not has_io_thread(context, driver.iothread):
        raise unsupported(f"Disk iothread '{driver.iothread}' not defined in iothreadid")


def has_io_thread(context: Context, number: int) -> bool:
    """Whether the document has an IO thread of this number."""
    return number in thread_numbers(context.document)
