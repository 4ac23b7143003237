# SPDX-License-Identifier: Apache-2.0
"""What no hypervisor takes of devices other than disks. Called when everything is filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from manor.schema.common.address import (
    CcidAddress,
    CcwAddress,
    Device,
    DriveAddress,
    PciAddress,
    UnassignedAddress,
    UsbAddress,
)
from manor.schema.domain import Domain
from manor.schema.domain.chardev import RedirDev, Serial, Smartcard
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices, Input, Iommu, MemoryDevice, Tpm, Vsock
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem, Shmem
from manor.schema.domain.graphics import Graphics, Video
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.domain.os import X86
from manor.schema.domain.sound import Sound
from manor.schema.passes.order import iterate
from manor.schema.passes.report import detail, internal, unsupported, xml_error
from manor.schema.passes.validate_storage import check_no_virtio_options, disk

_LABEL: Final = 128
_THP: Final = 2048
_VIRTIO_NICS: Final = frozenset({"virtio", "virtio-transitional", "virtio-non-transitional"})
_SCSI_WITH_THREADS: Final = frozenset({"virtio-scsi", "virtio-transitional", "virtio-non-transitional"})


def devices(document: Domain, items: Devices) -> None:
    """Check all devices of a document, each for itself."""
    for item in iterate(items):
        device(document, item)
    for server in items.graphics:
        device(document, server)


def device(document: Domain, item: Device) -> None:
    """Check one device of a document."""
    if isinstance(item.address, UnassignedAddress) and not isinstance(item, Hostdev):
        raise unsupported("address of type 'unassigned' is supported only for hostdevs")
    check = _CHECKS.get(item.__class__)
    if check is not None:
        check(document, item)


def _controller(_document: Domain, item: Controller) -> None:
    if item.type == "scsi":
        driver = item.driver
        if driver is not None and driver.iothread is not None and item.model not in _SCSI_WITH_THREADS:
            raise xml_error("'iothread' attribute only supported for virtio scsi controllers")
    elif item.model in ("pci-root", "pcie-root") and item.address is not None:
        raise unsupported("pci-root and pcie-root controllers should not have an address")


def _interface(_document: Domain, item: Interface) -> None:
    if item.port is not None and item.port.isolated and item.type not in ("network", "bridge"):
        mac = item.mac.address if item.mac is not None else None
        raise unsupported(
            f"interface {mac} - <port isolated='yes'/> is not supported for network interfaces with type='{item.type}'"
        )
    teaming = item.teaming
    if teaming is not None and teaming.type != "transient" and teaming.persistent is not None:
        raise unsupported("teaming persistent attribute not allowed if teaming type is 'persistent'")
    if item.driver is not None and item.model not in _VIRTIO_NICS:
        check_no_virtio_options(item.driver)


def _video(document: Domain, item: Video) -> None:
    model = item.model
    if model is None:
        return
    driver = item.driver
    if driver is not None and driver.name == "vhostuser" and model.type != "virtio":
        raise unsupported("'vhostuser' driver is only supported with 'virtio' device")
    acceleration = model.acceleration
    if acceleration is not None:
        values = (acceleration.accel3d, acceleration.accel2d, acceleration.rendernode)
        if all(value is None for value in values):
            raise unsupported("missing values for acceleration")
        if acceleration.rendernode is not None and (driver is None or driver.name != "vhostuser"):
            raise unsupported("unsupported rendernode accel attribute without 'vhostuser'")
    size = model.resolution
    if size is not None and not (size.x and size.y):
        raise unsupported("video resolution values must be greater than 0")
    if model.type != "qxl":
        for name in ("ram", "vram64", "vgamem"):
            if getattr(model, name) is not None:
                raise unsupported(f"{name} attribute only supported for video type qxl")
    if model.type == "ramfb" and item.address is not None:
        raise unsupported("address not supported for video type ramfb")
    if driver is not None and model.type != "virtio":
        check_no_virtio_options(driver)
    if model.type == "none" and document.devices is not None and len(document.devices.videos) > 1:
        raise unsupported("a 'none' video type must be the only video device defined for the domain")


def _graphics(document: Domain, item: Graphics) -> None:
    if item.type == "vnc":
        _check_audio(document, item.audio)
    if item.type == "vnc" and item.connected not in (None, "keep"):
        raise unsupported("VNC supports connected='keep' only")


def _sound(document: Domain, item: Sound) -> None:
    _check_audio(document, item.audio)


def _check_audio(document: Domain, number: int | None) -> None:
    if number is None or document.devices is None:
        return
    if all(audio.id != number for audio in document.devices.audios):
        raise xml_error(f"no audio device with ID {number}")


def _input(_document: Domain, item: Input) -> None:
    if item.type == "evdev":
        if item.bus is not None:
            raise unsupported("input evdev doesn't support bus element")
        return
    if item.bus == "ps2" and item.type not in ("mouse", "keyboard"):
        raise internal(f"ps2 bus does not support {item.type} input device")
    if item.bus == "xen":
        raise internal("unsupported input bus xen")
    if item.type == "passthrough" and item.bus != "virtio":
        raise unsupported("only bus 'virtio' is supported for 'passthrough' input devices")
    if item.model is not None and item.bus != "virtio":
        raise unsupported(f"only bus 'virtio' is supported for input model '{item.model}'")


def _smartcard(_document: Domain, item: Smartcard) -> None:
    if item.mode == "host-certificates" and item.database is not None and not item.database.startswith("/"):
        raise xml_error(f"expecting absolute path: {item.database}")
    if item.address is not None and not isinstance(item.address, CcidAddress):
        raise unsupported("Controllers must use the 'ccid' address type")


def _serial(document: Domain, item: Serial) -> None:
    kind = document.os.type if document.os is not None else None
    arch = kind.arch if kind is not None else None
    if item.target is not None and item.target.type == "isa-debug" and arch not in X86:
        raise unsupported("isa-debug serial type only valid on x86 architecture")


def _redirdev(document: Domain, item: RedirDev) -> None:
    buses = document.devices.controllers if document.devices is not None else ()
    if item.bus == "usb" and not any(bus.type == "usb" and bus.model != "none" for bus in buses):
        raise unsupported("cannot add redirected USB device: USB is disabled for this domain")


def _vsock(_document: Domain, item: Vsock) -> None:
    if item.driver is not None and item.model is None:
        check_no_virtio_options(item.driver)


def _tpm(_document: Domain, item: Tpm) -> None:
    backend = item.backend
    if backend is not None and backend.active_pcr_banks is not None and backend.version != "2.0":
        raise xml_error("<active_pcr_banks/> requires TPM version '2.0'")


def _filesystem(_document: Domain, item: Filesystem) -> None:
    boots = item.boot is not None and item.boot.order is not None
    if boots and (item.driver is None or item.driver.type != "virtiofs"):
        raise unsupported("boot order is only supported for virtiofs")


def _shmem(_document: Domain, item: Shmem) -> None:
    name = item.name or ""
    if "/" in name:
        raise unsupported("shmem name cannot include '/' character")
    if name in (".", ".."):
        raise unsupported(f"shmem name cannot be equal to '{name}'")


def _hostdev(_document: Domain, item: Hostdev) -> None:
    address = item.address
    if item.mode == "subsystem" and address is not None:
        if item.type == "pci" and not isinstance(address, PciAddress | UnassignedAddress):
            raise internal("PCI host devices must use 'pci' or 'unassigned' address type")
        if item.type == "scsi" and not isinstance(address, DriveAddress):
            raise unsupported("SCSI host device must use 'drive' address type")
        if item.type == "scsi_host" and not isinstance(address, PciAddress | CcwAddress):
            raise unsupported("SCSI_host host device must use 'pci' or 'ccw' address type")
        if item.type == "usb" and not isinstance(address, UsbAddress):
            raise unsupported("USB host device must use 'usb' address type")
    if item.sgio == "unfiltered":
        raise unsupported("unfiltered sgio is no longer supported")
    if item.teaming is not None:
        if item.teaming.type != "transient":
            raise unsupported("teaming hostdev devices must have type='transient'")
        if item.type != "pci":
            raise unsupported("teaming is only supported for pci hostdev devices")


def _iommu(document: Domain, item: Iommu) -> None:
    driver = item.driver
    if item.model in ("intel", "smmuv3") and item.address is not None:
        raise xml_error(f"iommu model '{item.model}' can't have address")
    if driver is None:
        return
    if item.model in ("smmuv3", "virtio"):
        given = (driver.intremap, driver.caching_mode, driver.eim, driver.iotlb, driver.aw_bits)
        if any(value is not None for value in given):
            raise xml_error(f"iommu model '{item.model}' doesn't support additional attributes")
        return
    ioapic = document.features.ioapic if document.features is not None else None
    if driver.intremap and ioapic != "qemu":
        text = "IOMMU interrupt remapping requires split I/O APIC (ioapic driver='qemu')"
        raise unsupported(text)
    if driver.eim and not driver.intremap:
        raise unsupported("IOMMU eim requires interrupt remapping to be enabled")


_NEED_PATH: Final = frozenset({"nvdimm", "virtio-pmem"})


def _memory(document: Domain, item: MemoryDevice) -> None:
    target = item.target
    if target is None:
        return
    path = item.source.path if item.source is not None else None
    if item.model in _NEED_PATH and not path:
        raise detail(f"path is required for model '{item.model}'")
    match item.model:
        case "nvdimm":
            if item.discard:
                raise unsupported("discard is not supported for nvdimms")
            label = target.label.size if target.label is not None else None
            if label is not None and label < _LABEL:
                raise xml_error("nvdimm label must be at least 128KiB")
            if label is not None and label >= target.size:
                raise xml_error("label size must be smaller than NVDIMM size")
        case "virtio-pmem":
            if item.discard:
                raise unsupported("discard is not supported for model 'virtio-pmem'")
            if item.access != "shared":
                raise unsupported("shared access mode required for virtio-pmem device")
            if target.node is not None:
                raise unsupported("virtio-pmem does not support NUMA nodes")
        case "virtio-mem":
            _virtio_memory(item)
    _node(document, target.node)


def _virtio_memory(item: MemoryDevice) -> None:
    target = item.target
    if target is None:
        return
    block, requested = target.block or 0, target.requested or 0
    if requested > target.size:
        raise detail(f"requested size must be smaller than or equal to @size ({target.size}KiB)")
    if not block or block & (block - 1):
        raise detail("block size must be a power of two")
    page = item.source.pagesize if item.source is not None else None
    least = max(page or 0, _THP)
    if block < least:
        raise detail(f"block size too small, must be at least {least}KiB")
    if requested % block:
        raise detail("requested size must be an integer multiple of block size")


def _node(document: Domain, node: int | None) -> None:
    numa = document.cpu.numa if document.cpu is not None else None
    count = len(numa.cells) if numa is not None else 0
    if node is not None and not count:
        raise detail("can't add memory backend as guest has no NUMA nodes configured")
    if node is not None and node >= count:
        text = f"can't add memory backend for guest node '{node}' as the guest has only '{count}' NUMA nodes configured"
        raise detail(text)


_CHECKS: Final[dict[type[Device], Callable[[Domain, Any], None]]] = {
    Controller: _controller,
    Disk: disk,
    Filesystem: _filesystem,
    Graphics: _graphics,
    Hostdev: _hostdev,
    Input: _input,
    Interface: _interface,
    Iommu: _iommu,
    MemoryDevice: _memory,
    RedirDev: _redirdev,
    Serial: _serial,
    Shmem: _shmem,
    Smartcard: _smartcard,
    Sound: _sound,
    Tpm: _tpm,
    Video: _video,
    Vsock: _vsock,
}
