# SPDX-License-Identifier: Apache-2.0
"""What each kind of device plugs into, on machines with PCI and with PCI Express."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from manor.drivers.qemu.passes.context import Context
from manor.drivers.qemu.passes.pci_buses import CONTROLLER_CONNECT, Connect
from manor.schema.common.address import Device
from manor.schema.domain.chardev import Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Input, Iommu, MemBalloon, MemoryDevice, Rng, Vsock, Watchdog
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem, Shmem
from manor.schema.domain.graphics import Video
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.domain.sound import Sound

CONVENTIONAL = Connect.PCI_DEVICE | Connect.HOTPLUG
EXPRESS = Connect.PCIE_DEVICE | Connect.HOTPLUG

_EXPRESS_NICS = frozenset({"e1000e", "vmxnet3", "igb"})
_EXPRESS_USB = frozenset({"nec-xhci", "qemu-xhci"})
_EXPRESS_SCSI = frozenset({"virtio-scsi", "virtio-non-transitional"})


def connection(context: Context, device: Device) -> Connect:
    """What a device plugs into; NONE for one that is not on PCI."""
    rule = _RULES.get(type(device))
    return Connect.NONE if rule is None else rule(device, EXPRESS if context.has_pcie_root else CONVENTIONAL)


def _virtio(model: str | None, express: Connect) -> Connect:
    """Virtio 1.0 devices are PCI Express, transitional ones are not."""
    return CONVENTIONAL if model is not None and model.endswith("virtio-transitional") else express


def _controller(controller: Controller, express: Connect) -> Connect:
    model = controller.model or ""
    match controller.type:
        case "pci":
            return CONTROLLER_CONNECT.get(model, Connect.NONE)
        case "usb":
            if model == "none":
                return Connect.NONE
            return express if model in _EXPRESS_USB else CONVENTIONAL
        case "sata":
            return CONVENTIONAL
        case "virtio-serial":
            return _virtio(model, express)
        case "scsi":
            if model in ("ibmvscsi", "ncr53c90"):
                return Connect.NONE
            return express if model in _EXPRESS_SCSI else CONVENTIONAL
    return Connect.NONE


def _interface(nic: Interface, express: Connect) -> Connect:
    if nic.type == "hostdev":
        return express
    model = nic.model or ""
    if model == "usb-net":
        return Connect.NONE
    if model == "virtio-transitional":
        return CONVENTIONAL
    if model in ("virtio", "virtio-non-transitional") or model in _EXPRESS_NICS:
        return express
    return CONVENTIONAL


def _video(video: Video, express: Connect) -> Connect:
    kind = video.model.type if video.model is not None else None
    if kind in ("none", "ramfb", None):
        return Connect.NONE
    return express if kind in ("virtio", "bochs") else CONVENTIONAL


def _hostdev(hostdev: Hostdev, express: Connect) -> Connect:
    kind = hostdev.type
    if kind in ("pci", "mdev"):
        return express
    if kind == "scsi_host":
        return _virtio(hostdev.model, express)
    return Connect.NONE


def _disk(disk: Disk, express: Connect) -> Connect:
    bus = disk.target.bus if disk.target is not None else None
    return _virtio(disk.model, express) if bus == "virtio" else Connect.NONE


def _serial(serial: Serial, _express: Connect) -> Connect:
    target = serial.target
    return CONVENTIONAL if target is not None and target.type == "pci-serial" else Connect.NONE


def _when(condition: Callable[[Any], bool], connect: Connect | None = None) -> Rule:
    """The rule of a device that is on PCI only under a condition; without `connect`, as a virtio device."""

    def rule(device: Any, express: Connect) -> Connect:
        if not condition(device):
            return Connect.NONE
        return connect if connect is not None else _virtio(device.model, express)

    return rule


Rule = Callable[[Any, Connect], Connect]

_RULES: Final[dict[type[Device], Rule]] = {
    Controller: _controller,
    Filesystem: _when(lambda _: True),
    Interface: _interface,
    Sound: _when(lambda sound: sound.model not in ("sb16", "pcspk", "usb"), CONVENTIONAL),
    Disk: _disk,
    Hostdev: _hostdev,
    MemBalloon: _when(lambda balloon: balloon.model not in (None, "none", "xen")),
    Rng: _when(lambda _: True),
    Vsock: _when(lambda _: True),
    Watchdog: _when(lambda watchdog: watchdog.model == "i6300esb", CONVENTIONAL),
    Video: _video,
    Input: _when(lambda item: item.bus == "virtio"),
    Shmem: _when(lambda _: True, CONVENTIONAL),
    Serial: _serial,
    MemoryDevice: _when(lambda memory: memory.model in ("virtio-pmem", "virtio-mem")),
    Iommu: _when(lambda iommu: iommu.model == "virtio", Connect.INTEGRATED),
}
"""The rule of each kind of device, given what PCI Express-capable devices plug into on this machine."""
