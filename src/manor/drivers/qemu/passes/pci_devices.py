# SPDX-License-Identifier: Apache-2.0
"""What each kind of device plugs into, on machines with PCI and with PCI Express."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from manor.drivers.qemu.passes.context import Context
from manor.drivers.qemu.passes.pci_buses import (
    CONTROLLER_CONNECT,
    HOTPLUG,
    INTEGRATED,
    PCI_DEVICE,
    PCIE_DEVICE,
)
from manor.schema.common.address import Device
from manor.schema.domain.chardev import Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Input, Iommu, MemBalloon, MemoryDevice, Rng, Vsock, Watchdog
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem, Shmem
from manor.schema.domain.graphics import Video
from manor.schema.domain.hostdev import Hostdev, PciHostdevSource
from manor.schema.domain.interface import HostDevicePciAddress, HostdevInterfaceSource, Interface
from manor.schema.domain.sound import Sound

CONVENTIONAL: Final = PCI_DEVICE | HOTPLUG
EXPRESS: Final = PCIE_DEVICE | HOTPLUG
NONE: Final = 0

_EXPRESS_NICS: Final = frozenset({"virtio", "virtio-non-transitional", "e1000e", "igb"})
_EXPRESS_USB: Final = frozenset({"nec-xhci", "qemu-xhci"})
_EXPRESS_SCSI: Final = frozenset({"virtio-scsi", "virtio-non-transitional"})
_CONVENTIONAL_SCSI: Final = frozenset(
    {
        "virtio-transitional",
        "lsilogic",
        "lsisas1068",
        "lsisas1078",
        "vmpvscsi",
        "buslogic",
        "dc390",
        "am53c974",
    }
)
_NO_SHARES: Final = frozenset({"loop", "nbd", "ploop"})
_PCI_SOUND: Final = frozenset({"es1370", "ac97", "ich6", "ich9"})
_PCI_VIDEO: Final = frozenset({"vga", "cirrus", "vmvga", "qxl"})

Rule = Callable[[Context, Any, int], int]


def connection(context: Context, device: Device, express: int) -> int:
    """What a device plugs into, where what can be PCI Express plugs into `express`; 0 for one that is not on PCI."""
    rule = _RULES.get(type(device))
    return NONE if rule is None else rule(context, device, express)


def express_connection(context: Context) -> int:
    """What devices that can be PCI Express plug into on this machine."""
    return EXPRESS if context.has_pcie_root else CONVENTIONAL


def _virtio(model: str | None, express: int) -> int:
    """Virtio 1.0 devices are PCI Express, transitional ones are not."""
    return CONVENTIONAL if model is not None and model.endswith("virtio-transitional") else express


def _controller(context: Context, controller: Controller, express: int) -> int:
    model = controller.model or ""
    match controller.type:
        case "pci":
            return CONTROLLER_CONNECT.get(model, NONE)
        case "usb":
            if model in ("none", ""):
                return NONE if model else CONVENTIONAL
            return express if model in _EXPRESS_USB else CONVENTIONAL
        case "sata":
            return CONVENTIONAL
        case "virtio-serial":
            return _virtio(model, express)
        case "scsi":
            if model in _EXPRESS_SCSI:
                return express
            return CONVENTIONAL if model in _CONVENTIONAL_SCSI else NONE
    return NONE


def _interface(context: Context, nic: Interface, express: int) -> int:
    if nic.type == "hostdev":
        source = nic.source
        address = source.address if isinstance(source, HostdevInterfaceSource) else None
        if not isinstance(address, HostDevicePciAddress):
            return NONE
        return _of_host(context, address, express)
    model = nic.model or ""
    if model in ("usb-net", "spapr-vlan"):
        return NONE
    return express if model in _EXPRESS_NICS else CONVENTIONAL


def _of_host(context: Context, address: Any, express: int) -> int:
    """A device of the host is on the kind of bus that it is on there."""
    return express if express == CONVENTIONAL or context.host.is_express(address) else CONVENTIONAL


def _video(context: Context, video: Video, express: int) -> int:
    kind = video.model.type if video.model is not None else None
    if kind in ("virtio", "bochs"):
        return express
    return CONVENTIONAL if kind in _PCI_VIDEO else NONE


def _hostdev(context: Context, hostdev: Hostdev, express: int) -> int:
    match hostdev.type:
        case "pci":
            source = hostdev.source
            address = source.address if isinstance(source, PciHostdevSource) else None
            return _of_host(context, address, express) if address is not None else express
        case "mdev":
            return express if hostdev.model == "vfio-pci" else NONE
        case "scsi_host":
            return _virtio(hostdev.model, express)
    return NONE


def _disk(context: Context, disk: Disk, express: int) -> int:
    bus = disk.bus
    return _virtio(disk.model, express) if bus == "virtio" else NONE


def _sound(context: Context, sound: Sound, express: int) -> int:
    return CONVENTIONAL if sound.model in _PCI_SOUND else NONE


def _serial(context: Context, serial: Serial, express: int) -> int:
    target = serial.target
    return CONVENTIONAL if target is not None and target.type == "pci-serial" else NONE


def _always(context: Context, device: Any, express: int) -> int:
    return _virtio(device.model, express)


def _balloon(context: Context, balloon: MemBalloon, express: int) -> int:
    return _virtio(balloon.model, express) if (balloon.model or "").startswith("virtio") else NONE


def _watchdog(context: Context, watchdog: Watchdog, express: int) -> int:
    return CONVENTIONAL if watchdog.model == "i6300esb" else NONE


def _input(context: Context, item: Input, express: int) -> int:
    return _virtio(item.model, express) if item.bus == "virtio" else NONE


def _shmem(context: Context, shmem: Shmem, express: int) -> int:
    return CONVENTIONAL


def _memory(context: Context, memory: MemoryDevice, express: int) -> int:
    return express if memory.model in ("virtio-pmem", "virtio-mem") else NONE


def _filesystem(context: Context, share: Filesystem, express: int) -> int:
    kind = share.driver.type if share.driver is not None else None
    return NONE if kind in _NO_SHARES else _virtio(share.model, express)


def _iommu(context: Context, iommu: Iommu, express: int) -> int:
    if iommu.model != "virtio":
        return NONE
    return (PCIE_DEVICE if express == EXPRESS else PCI_DEVICE) | INTEGRATED


_RULES: Final[dict[type[Device], Rule]] = {
    Controller: _controller,
    Filesystem: _filesystem,
    Interface: _interface,
    Sound: _sound,
    Disk: _disk,
    Hostdev: _hostdev,
    MemBalloon: _balloon,
    Rng: _always,
    Vsock: _always,
    Watchdog: _watchdog,
    Video: _video,
    Input: _input,
    Shmem: _shmem,
    Serial: _serial,
    MemoryDevice: _memory,
    Iommu: _iommu,
}
"""The rule of each kind of device."""

ON_PCI_ONLY: Final[dict[type[Device], Callable[[Any], bool]]] = {
    Controller: lambda controller: controller.type in ("isa", "xenbus"),
    Filesystem: lambda share: share.driver is not None and share.driver.type in _NO_SHARES,
    Sound: lambda sound: sound.model not in ("sb16", "pcspk", "usb"),
    Interface: lambda nic: nic.model != "spapr-vlan",
    MemBalloon: lambda balloon: balloon.model != "none",
}
"""Devices that libvirt asks a PCI slot for even where they cannot have one."""
