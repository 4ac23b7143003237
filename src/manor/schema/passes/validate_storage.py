# SPDX-License-Identifier: Apache-2.0
"""What no hypervisor takes of a disk. Called when everything is filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from manor.schema.common.address import Address
from manor.schema.common.storage import NetworkSource, NvmeSource, StorageSource, VhostUserSource
from manor.schema.domain import Domain
from manor.schema.domain.disk import Disk, DiskDriver
from manor.schema.passes.report import detail, internal, unsupported, xml_error
from manor.schema.passes.storage import has_limits

_VENDOR: Final = 8
_PRODUCT: Final = 16
_HARD_DISKS: Final = ("hd", "sd", "vd", "xvd", "ubd")
_ON_DRIVES: Final = frozenset({"ide", "scsi", "sata", "fdc"})
_LUN_PROTOCOLS: Final = frozenset({None, "iscsi"})
_LUN_SOURCES: Final = frozenset({"block", "network", "volume"})


def disk(_document: Domain, item: Disk) -> None:
    """Check one disk."""
    if item.sgio == "unfiltered":
        raise unsupported("unfiltered sgio is no longer supported")
    if item.device == "lun":
        _lun(item)
    else:
        _not_lun(item)
    _driver(item)
    _bus(item)
    source = item.source
    if isinstance(source, NvmeSource):
        if source.address is None:
            raise xml_error("NVMe disk source is missing address")
        if source.namespace == 0:
            raise unsupported("NVMe namespace can't be zero")
    if isinstance(source, VhostUserSource):
        _vhost_user(item)
    _frontend(item)
    _startup(item, source)
    _labels(source)


def _lun(item: Disk) -> None:
    source = item.source
    if source is None or item.type not in _LUN_SOURCES:
        raise unsupported("disk device='lun' is only valid for block type disk source")
    if isinstance(source, NetworkSource) and source.protocol not in _LUN_PROTOCOLS:
        raise unsupported(f"disk device='lun' is not supported for protocol='{source.protocol}'")
    if item.driver is not None and item.driver.type not in (None, "raw"):
        raise unsupported("disk device 'lun' must use 'raw' format")
    if item.encryption is not None or source.encryption is not None:
        raise unsupported("disk device 'lun' doesn't support encryption")
    if source.slices:
        raise unsupported("disk device 'lun' doesn't support storage slice")


def _not_lun(item: Disk) -> None:
    if item.source is not None and item.source.reservations is not None:
        raise unsupported("<reservations/> allowed only for lun devices")
    for name in ("rawio", "sgio"):
        if getattr(item, name) is not None:
            raise unsupported(f"{name} can be used only with device='lun'")


_VIRTIO_OPTIONS: Final = ("iommu", "ats", "packed", "page_per_vq")


def check_no_virtio_options(driver: object) -> None:
    """Options of virtio devices are of no use to others."""
    for name in _VIRTIO_OPTIONS:
        if getattr(driver, name) is not None:
            shown = "page_per_vq option" if name == "page_per_vq" else f"{name} driver option"
            raise unsupported(f"{shown} is only supported for virtio devices")


def _driver(item: Disk) -> None:
    driver = item.driver
    if item.bus == "virtio":
        return
    if item.model is not None:
        raise unsupported(f"disk model '{item.model}' not supported for bus '{item.bus}'")
    if driver is None:
        return
    if driver.queues:
        raise unsupported("queues attribute in disk driver element is only supported by virtio-blk")
    for name in ("event_idx", "ioeventfd"):
        if getattr(driver, name) is not None:
            raise unsupported(f"disk {name} mode supported only for virtio bus")
    check_no_virtio_options(driver)


def _bus(item: Disk) -> None:
    target, address, bus = item.target, item.address, item.bus
    if bus in _ON_DRIVES and address is not None and not _is_drive(address) and target is not None:
        kind = address.type
        raise unsupported(f"Invalid address type '{kind}' for the disk '{target.dev}' with the bus type '{bus}'")
    if item.device == "floppy":
        if bus != "fdc":
            raise internal(f"Invalid bus type '{bus}' for floppy disk")
        if target is not None and not (target.dev or "").startswith("fd"):
            raise internal(f"Invalid floppy device name: {target.dev}")
    elif bus == "fdc":
        raise internal("Invalid bus type 'fdc' for disk")
    elif item.device in ("disk", "lun") and target is not None and not (target.dev or "").startswith(_HARD_DISKS):
        raise internal(f"Invalid harddisk device name: {target.dev}")


def _is_drive(address: Address) -> bool:
    return address.type == "drive"


def _of_driver(name: str) -> Callable[[Disk, DiskDriver], Any]:
    return lambda _disk, driver: getattr(driver, name)


def _of_disk(name: str) -> Callable[[Disk, DiskDriver], Any]:
    return lambda disk, _driver: getattr(disk, name)


_NOT_WITH_VHOST_USER: Final[tuple[tuple[str, Callable[[Disk, DiskDriver], Any]], ...]] = (
    ("backingStore", _of_disk("backing_store")),
    ("encryption", _of_disk("encryption")),
    ("iotune", lambda disk, _driver: disk.iotune is not None and has_limits(disk.iotune)),
    ("geometry", _of_disk("geometry")),
    ("blockio", _of_disk("blockio")),
    ("serial", _of_disk("serial")),
    ("wwn", _of_disk("wwn")),
    ("vendor", _of_disk("vendor")),
    ("product", _of_disk("product")),
    ("cache", _of_driver("cache")),
    ("error_policy", _of_driver("error_policy")),
    ("rerror_policy", _of_driver("rerror_policy")),
    ("io", _of_driver("io")),
    ("ioeventfd", lambda _disk, driver: driver.ioeventfd is not None),
    ("copy_on_read", lambda _disk, driver: driver.copy_on_read is not None),
    ("discard", _of_driver("discard")),
    ("iothread", _of_driver("iothread")),
    ("detect_zeroes", _of_driver("detect_zeroes")),
    ("readonly", _of_disk("readonly")),
    ("shareable", _of_disk("shareable")),
    ("transient", _of_disk("transient")),
)
"""What a server of another process decides for itself."""


def _vhost_user(item: Disk) -> None:
    if item.target is None or item.target.bus != "virtio":
        raise unsupported("vhostuser disk supports only virtio bus")
    if item.snapshot != "no":
        raise unsupported("only snapshot=no is supported with vhostuser disk")
    driver = item.driver if item.driver is not None else DiskDriver()
    for name, given in _NOT_WITH_VHOST_USER:
        if given(item, driver):
            raise unsupported(f"{name} is not supported with vhostuser disk")


def _frontend(item: Disk) -> None:
    if item.vendor is not None and len(item.vendor) > _VENDOR:
        raise unsupported(f"disk vendor is more than {_VENDOR} characters")
    if item.product is not None and len(item.product) > _PRODUCT:
        raise unsupported(f"disk product is more than {_PRODUCT} characters")
    target = item.target
    if target is None:
        return
    if target.removable is not None and target.bus != "usb":
        raise xml_error("removable is only valid for usb disks")
    if target.tray is not None and item.device not in ("cdrom", "floppy"):
        raise unsupported("tray is only valid for cdrom and floppy")


def _startup(item: Disk, source: StorageSource | None) -> None:
    policy = source.startup_policy if source is not None else None
    if policy is None:
        return
    if isinstance(source, NetworkSource):
        raise xml_error(f"disk startupPolicy '{policy}' is not allowed for disk of 'network' type")
    if policy == "requisite" and item.device not in ("cdrom", "floppy"):
        raise xml_error(f"disk startupPolicy '{policy}' is allowed only for cdrom or floppy")


def _labels(source: StorageSource | None) -> None:
    models: set[str | None] = set()
    for label in source.seclabels if source is not None else ():
        if label.relabel is False and label.label:
            raise xml_error(f"Cannot specify a label if relabelling is turned off. model={label.model}")
        if label.model in models:
            raise detail(f"seclabel for model {label.model} is already provided")
        models.add(label.model)
