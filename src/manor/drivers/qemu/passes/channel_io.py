# SPDX-License-Identifier: Apache-2.0
"""Which transport virtio devices have, and addresses that are not on PCI or USB: CCW, memory-mapped, spapr-vio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from manor.drivers.qemu.passes.context import Context, xml_error
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import Address, CcwAddress, Device, SpaprVioAddress, VirtioMmioAddress
from manor.schema.domain.chardev import Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Input, MemBalloon, NvramDevice, Rng, Tpm, Vsock
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem
from manor.schema.domain.graphics import Video
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.passes.order import iterate

_domain_error = reporter(ErrorDomain.DOMAIN)

_CSSID: Final = 0xFE
_LAST_DEVNO: Final = 0xFFFF
_LAST_SSID: Final = 3
_PLAIN: Final = frozenset({None, "virtio"})


def transports(context: Context) -> None:
    """Devices that are not on PCI on this machine: s390 channel devices, memory-mapped ones of ARM boards."""
    if context.board.is_s390:
        _channel_devices(context)
    elif _maps_virtio(context):
        for device in _virtio_devices(context):
            if device.address is None and not isinstance(device, Filesystem | Vsock):
                device.address = VirtioMmioAddress(type="virtio-mmio")


def _maps_virtio(context: Context) -> bool:
    """Whether virtio devices are memory-mapped: always on boards without PCI, else where one already is."""
    board = context.board
    if not (board.is_arm or board.is_riscv_virt):
        return False
    if context.machine.startswith("vexpress-"):
        return True
    if not (board.is_arm_virt or board.is_riscv_virt):
        return False
    return any(isinstance(device.address, VirtioMmioAddress) for device in iterate(context.devices))


_VIRTIO: Final[dict[type[Device], Callable[[Any], bool]]] = {
    Disk: lambda disk: disk.bus == "virtio",
    Interface: lambda nic: nic.type != "hostdev" and (nic.model or "").startswith("virtio"),
    Controller: lambda item: item.type == "virtio-serial" or item.type == "scsi",
    Filesystem: lambda _share: True,
    Input: lambda item: item.bus == "virtio",
    MemBalloon: lambda balloon: (balloon.model or "").startswith("virtio"),
    Rng: lambda rng: (rng.model or "").startswith("virtio"),
    Video: lambda video: video.model is not None and video.model.type == "virtio",
    Vsock: lambda _vsock: True,
    Hostdev: lambda item: item.type == "scsi_host",
}
"""Which devices of a kind are virtio devices."""


def is_virtio(device: Device) -> bool:
    """Whether a device is a virtio device, whatever it is plugged into."""
    rule = _VIRTIO.get(type(device))
    return rule is not None and rule(device)


def _virtio_devices(context: Context) -> Iterator[Device]:
    return (device for device in iterate(context.devices) if is_virtio(device))


def _is_channel_device(device: Device) -> bool:
    return is_virtio(device) or (isinstance(device, Hostdev) and device.type == "mdev" and device.model == "vfio-ccw")


def _channel_devices(context: Context) -> None:
    """Every virtio device of an s390 guest that is not put on PCI is a channel device with a number of its own."""
    used: set[tuple[int, int]] = set()
    open_places: list[Device] = []
    for device in iterate(context.devices):
        address = device.address
        if isinstance(address, CcwAddress) and address.devno is not None:
            place = (address.ssid or 0, address.devno)
            if place in used:
                text = f"The CCW devno '{_CSSID:x}.{place[0]:x}.{place[1]:04x}' is in use already"
                raise _domain_error(ErrorNumber.XML_ERROR, text)
            used.add(place)
        elif isinstance(address, CcwAddress) or (address is None and _is_channel_device(device)):
            open_places.append(device)
    ssid, devno = 0, 0
    for device in open_places:
        while (ssid, devno) in used:
            devno += 1
            if devno > _LAST_DEVNO:
                ssid, devno = ssid + 1, 0
            if ssid > _LAST_SSID:
                raise _domain_error(ErrorNumber.INTERNAL_ERROR, "There are no more free CCW devnos.")
        used.add((ssid, devno))
        device.address = CcwAddress(type="ccw", cssid=_CSSID, ssid=ssid, devno=devno)


_FIRST_REGISTERS: Final[dict[type[Device], tuple[int, Callable[[Any], bool]]]] = {
    Interface: (0x1000, lambda nic: nic.model == "spapr-vlan"),
    Controller: (0x2000, lambda item: item.type == "scsi" and item.model == "ibmvscsi"),
    Serial: (
        0x30000000,
        lambda serial: serial.target is not None and serial.target.type == "spapr-vio-serial",
    ),
    NvramDevice: (0x3000, lambda _nvram: True),
    Tpm: (0x4000, lambda tpm: tpm.model == "tpm-spapr"),
}
"""Where the registers of a kind of device begin, and which devices of the kind have any."""

_REGISTER_STEP: Final = 0x1000


def registers(context: Context) -> None:
    """Devices on the virtual I/O bus of pSeries machines have registers of their own."""
    devices = [
        device
        for device in iterate(context.devices)
        if isinstance(device.address, SpaprVioAddress) or _on_vio(context, device)
    ]
    if not devices:
        return
    used: set[int] = set()
    for device in devices:
        address = device.address
        if isinstance(address, SpaprVioAddress) and address.reg is not None:
            if address.reg in used:
                raise xml_error(f"spapr-vio address {address.reg:#x} already in use")
            used.add(address.reg)
    for device in devices:
        if _is_open(device.address):
            register = _FIRST_REGISTERS[type(device)][0] if type(device) in _FIRST_REGISTERS else _REGISTER_STEP
            while register in used:
                register += _REGISTER_STEP
            used.add(register)
            device.address = SpaprVioAddress(type="spapr-vio", reg=register)


def _is_open(address: Address | None) -> bool:
    return address is None or (isinstance(address, SpaprVioAddress) and address.reg is None)


def _on_vio(context: Context, device: Device) -> bool:
    known = _FIRST_REGISTERS.get(type(device))
    if known is None or (isinstance(device, Tpm) and not context.is_pseries):
        return False
    return known[1](device)
