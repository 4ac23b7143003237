# SPDX-License-Identifier: Apache-2.0
"""Addresses on buses other than PCI: drives, USB ports, virtio-serial ports, smartcard slots, memory slots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.passes.aliases import disk_index
from manor.drivers.qemu.passes.context import Context, Purpose, error
from manor.schema.common.address import (
    Address,
    CcidAddress,
    Device,
    DimmAddress,
    DriveAddress,
    PciAddress,
    UsbAddress,
    VirtioSerialAddress,
)
from manor.schema.domain.chardev import Channel, Console, RedirDev, Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Hub, Input
from manor.schema.domain.disk import Disk
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.domain.sound import Sound

_UNITS_PER_CONTROLLER: Final = {"ide": (2, 2), "fdc": (1, 2), "sata": (1, 6), "scsi": (1, 7)}
"""Buses per controller and units per bus, by which a target's letter becomes an address."""


_ZERO_PARTS: Final[dict[type[Address], tuple[str, ...]]] = {
    DriveAddress: ("controller", "bus", "target", "unit"),
    PciAddress: ("domain", "bus", "slot", "function"),
    VirtioSerialAddress: ("controller", "bus", "port"),
    CcidAddress: ("controller", "slot"),
    UsbAddress: ("bus",),
}
"""The parts of an address that are 0 where they are not given."""


def fill_zeros(context: Context) -> None:
    """Write out the zeros of addresses given in part; an address with nothing but its type asks for any place."""
    for device in context.devices.walk(Device):
        address = device.address
        parts = _ZERO_PARTS.get(type(address)) if address is not None else None
        if parts is None or all(getattr(address, part) is None for part in parts):
            continue
        for part in parts:
            if getattr(address, part) is None:
                setattr(address, part, 0)


def drives(context: Context) -> None:
    """IDE, floppy, SATA and SCSI disks: the place that the target's letter stands for."""
    for disk in context.devices.disks:
        bus = disk.target.bus if disk.target is not None else None
        if disk.address is None and bus in _UNITS_PER_CONTROLLER and disk.target is not None:
            disk.address = drive_address(bus, disk_index(disk.target.dev or ""), context)


def drive_address(bus: str, index: int, context: Context) -> DriveAddress:
    """The address of the n-th disk of a bus."""
    buses, units = _UNITS_PER_CONTROLLER[bus]
    if bus == "scsi" and _wide(context):
        units = 16
    if index < 0:
        raise error(ErrorNumber.INTERNAL_ERROR, "Unknown disk name")
    controller, rest = divmod(index, buses * units)
    number, unit = divmod(rest, units)
    return DriveAddress(type="drive", controller=controller, bus=number, target=0, unit=unit)


def _wide(context: Context) -> bool:
    first = context.controller("scsi", 0)
    return first is not None and first.model in ("virtio-scsi", "virtio-transitional", "virtio-non-transitional")


def serial_ports(context: Context) -> None:
    """Channels and virtio consoles: the next free port of the first controller; port 0 is for a console."""
    ports: list[Console | Channel] = [*context.devices.consoles, *context.devices.channels]
    devices = [port for port in ports if port.target is not None and port.target.type == "virtio"]
    used: dict[tuple[int, int], set[int]] = {}
    for device in devices:
        address = device.address
        if isinstance(address, VirtioSerialAddress) and address.port:
            used.setdefault((address.controller or 0, address.bus or 0), set()).add(address.port)
    for device in devices:
        address = device.address
        if context.is_s390_ccw and device in context.devices.consoles:
            continue
        if address is None or (isinstance(address, VirtioSerialAddress) and not address.port):
            number = (address.controller or 0) if isinstance(address, VirtioSerialAddress) else 0
            bus = (address.bus or 0) if isinstance(address, VirtioSerialAddress) else 0
            taken = used.setdefault((number, bus), set())
            first = 0 if device in context.devices.consoles and 0 not in taken else 1
            port = next(port for port in range(first, 1 << 16) if port not in taken)
            taken.add(port)
            device.address = VirtioSerialAddress(type="virtio-serial", controller=number, bus=bus, port=port)


def smartcards(context: Context) -> None:
    """Smartcards: the next slot of the first controller."""
    used = {
        (card.address.controller or 0, card.address.slot or 0)
        for card in context.devices.smartcards
        if isinstance(card.address, CcidAddress)
    }
    for card in context.devices.smartcards:
        if card.address is None:
            slot = next(slot for slot in range(256) if (0, slot) not in used)
            used.add((0, slot))
            card.address = CcidAddress(type="ccid", controller=0, slot=slot)


def memory_slots(context: Context) -> None:
    """DIMMs and NVDIMMs: the lowest free slot."""
    used = {m.address.slot for m in context.devices.memories if isinstance(m.address, DimmAddress)}
    for memory in context.devices.memories:
        if memory.model not in ("dimm", "nvdimm"):
            continue
        address = memory.address
        if address is None or (isinstance(address, DimmAddress) and address.slot is None):
            slot = next(slot for slot in range(1 << 16) if slot not in used)
            used.add(slot)
            base = address.base if isinstance(address, DimmAddress) else None
            memory.address = DimmAddress(type="dimm", slot=slot, base=base)


_USB_PORTS: Final = {
    "piix3-uhci": 2,
    "piix4-uhci": 2,
    "vt82c686b-uhci": 2,
    "pci-ohci": 3,
    "ehci": 6,
    "ich9-ehci1": 6,
    "nec-xhci": 4,
    "qemu-xhci": 4,
}
_HUB_PORTS: Final = 8


class _UsbBus:
    """The ports of one bus: those of the controller and, below them, of hubs."""

    def __init__(self, ports: int) -> None:
        self._free: list[str] = [str(number) for number in range(1, ports + 1)]

    def take(self, port: str) -> bool:
        """Take a port; False if it does not exist or is taken."""
        if port in self._free:
            self._free.remove(port)
            return True
        return False

    def take_next(self) -> str | None:
        """The first free port, the shallowest first."""
        if not self._free:
            return None
        port = min(self._free, key=lambda name: (name.count("."), [int(part) for part in name.split(".")]))
        self._free.remove(port)
        return port

    def add_hub(self, port: str) -> None:
        """A hub sits at `port` and brings its own."""
        self._free += [f"{port}.{number}" for number in range(1, _HUB_PORTS + 1)]


def usb(context: Context) -> None:
    """USB devices: the first free port; buses whose ports run out get a hub."""
    buses = {
        controller.index or 0: _UsbBus(controller.ports or _USB_PORTS.get(controller.model or "", 2))
        for controller in context.devices.controllers
        if controller.type == "usb" and controller.model != "none" and controller.master is None
    }
    if not buses:
        return
    devices = list(_usb_devices(context))
    _reserve_usb(buses, devices)
    if context.purpose is not Purpose.ATTACH:
        _auto_hub(context, buses, devices)
    for device in devices:
        address = device.address
        if isinstance(address, UsbAddress) and address.port:
            continue
        wanted = address.bus if isinstance(address, UsbAddress) else None
        device.address = _next_usb(buses, wanted)
        if isinstance(device, Hub) and isinstance(device.address, UsbAddress):
            buses[device.address.bus or 0].add_hub(device.address.port or "")


def _reserve_usb(buses: dict[int, _UsbBus], devices: list[Device]) -> None:
    fixed = [d for d in devices if isinstance(d.address, UsbAddress) and d.address.port]
    fixed.sort(key=lambda d: (not isinstance(d, Hub), str(getattr(d.address, "port", "")).count(".")))
    for device in fixed:
        address = device.address
        if not isinstance(address, UsbAddress) or address.port is None:
            continue
        bus = buses.get(address.bus or 0)
        if bus is None:
            raise error(ErrorNumber.XML_ERROR, f"Missing USB bus {address.bus or 0}")
        if not bus.take(address.port):
            raise error(ErrorNumber.XML_ERROR, f"Duplicate USB address bus {address.bus or 0} port {address.port}")
        if isinstance(device, Hub):
            bus.add_hub(address.port)


def _auto_hub(context: Context, buses: dict[int, _UsbBus], devices: list[Device]) -> None:
    """When ports run short a hub takes one of them and brings eight."""
    missing = sum(1 for d in devices if not (isinstance(d.address, UsbAddress) and d.address.port))
    free = sum(len(bus._free) for bus in buses.values())
    hubs = sum(1 for d in devices if isinstance(d, Hub) and d.address is None)
    free += hubs * _HUB_PORTS
    while missing > free and free > 0:
        hub = Hub(type="usb")
        context.devices.hubs.append(hub)
        devices.insert(0, hub)
        missing += 1
        free += _HUB_PORTS


def _next_usb(buses: dict[int, _UsbBus], wanted: int | None) -> UsbAddress:
    for index in sorted(buses) if wanted is None else [wanted]:
        bus = buses.get(index)
        port = bus.take_next() if bus is not None else None
        if port is not None:
            return UsbAddress(type="usb", bus=index, port=port)
    raise error(ErrorNumber.INTERNAL_ERROR, "No free USB ports")


def _usb_devices(context: Context) -> Iterable[Device]:
    """Devices on USB, in the order in which they get their ports."""
    for device in context.devices.walk(Device):
        match device:
            case Hub() | RedirDev():
                yield device
            case Disk() if device.target is not None and device.target.bus == "usb":
                yield device
            case Input() if device.bus == "usb":
                yield device
            case Hostdev() if device.type == "usb":
                yield device
            case Sound() if device.model == "usb":
                yield device
            case Interface() if device.model == "usb-net":
                yield device
            case Serial() if device.target is not None and device.target.type == "usb-serial":
                yield device
            case Controller() if device.type == "ccid":
                yield device
