# SPDX-License-Identifier: Apache-2.0
"""Addresses on the smaller buses: drives, virtio-serial ports, smartcard slots, memory slots."""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.passes.context import Context
from manor.schema.common.address import (
    CcidAddress,
    DimmAddress,
    DriveAddress,
    VirtioSerialAddress,
)
from manor.schema.domain.chardev import Channel, Console
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices
from manor.schema.domain.disk import Disk
from manor.schema.passes.order import disk_index
from manor.schema.passes.report import internal, unsupported, xml_error

_UNITS: Final = {"ide": (2, 2), "fdc": (1, 2), "sata": (1, 6), "scsi": (1, 7)}
"""Buses per controller and units per bus, by which a target's letters become an address."""

_SERIAL_PORTS: Final = 31
_SERIAL_LIMIT: Final = 1 << 16


def drives(context: Context) -> None:
    """Disks on buses with controllers: the place that the target's letters stand for."""
    for disk in context.devices.disks:
        bus = disk.target.bus if disk.target is not None else None
        if bus in _UNITS and disk.address is None and disk.target is not None:
            index = disk_index(disk.target.dev)
            if index < 0:
                raise xml_error(f"Unknown disk name '{disk.target.dev}' and no address specified")
            disk.address = drive_address(context.devices, bus, index, disk.target.dev or "")


def drive_address(devices: Devices, bus: str, index: int, target: str) -> DriveAddress:
    """The address of the n-th disk of a bus.

    Raises VIR_ERR_CONFIG_UNSUPPORTED when a host device is there.
    """
    buses, units = _UNITS[bus]
    controller, rest = divmod(index, buses * units)
    number, unit = divmod(rest, units)
    address = DriveAddress(type="drive", controller=controller, bus=number, target=0, unit=unit)
    if bus == "scsi" and _place(address) in {_place(item.address) for item in devices.hostdevs}:
        place = f"controller='{controller}' bus='{number}' target='0' unit='{unit}"
        raise unsupported(f"using disk target name '{target}' conflicts with SCSI host device address {place}")
    return address


def _place(address: object) -> tuple[int, int, int, int] | None:
    if not isinstance(address, DriveAddress):
        return None
    return address.controller or 0, address.bus or 0, address.target or 0, address.unit or 0


def scsi_host_devices(context: Context) -> None:
    """SCSI devices of the host: the first free unit, behind the disks."""
    devices = context.devices
    if not any(item.type == "scsi" for item in devices.hostdevs):
        return
    taken = {_place(disk.address) for disk in devices.disks if _is_scsi(disk)}
    taken |= {_place(item.address) for item in devices.hostdevs if item.type == "scsi"}
    for item in devices.hostdevs:
        if item.type == "scsi" and item.address is None:
            item.address = _next_unit(devices, taken)
            taken.add(_place(item.address))


def _is_scsi(disk: Disk) -> bool:
    return disk.target is not None and disk.target.bus == "scsi"


def _next_unit(devices: Devices, taken: set[tuple[int, int, int, int] | None]) -> DriveAddress:
    controllers = sorted({item.index or 0 for item in devices.controllers if item.type == "scsi"})
    units = _UNITS["scsi"][1]
    for controller in [*controllers, (controllers[-1] + 1 if controllers else 0)]:
        for unit in range(units):
            if (controller, 0, 0, unit) not in taken:
                return DriveAddress(type="drive", controller=controller, bus=0, target=0, unit=unit)
    raise internal("no free SCSI unit")


class _Ports:
    """The free ports of every virtio-serial controller."""

    def __init__(self, controllers: list[Controller]) -> None:
        self._counts = {
            item.index or 0: item.ports if item.ports is not None else _SERIAL_PORTS
            for item in controllers
            if item.type == "virtio-serial"
        }
        self.free = {index: set(range(count)) for index, count in self._counts.items()}

    def take(self, controller: int, port: int) -> None:
        """Take a port; VIR_ERR_XML_ERROR when it is taken or there is none."""
        free = self.free.get(controller)
        if free is None:
            raise xml_error(f"virtio serial controller {controller} is missing")
        if port >= self._counts[controller]:
            raise xml_error(f"virtio serial controller {controller} does not have port {port}")
        if port not in free:
            raise xml_error(f"virtio serial port {port} on controller {controller} is already occupied")
        free.discard(port)


def serial_ports(context: Context) -> None:
    """Channels: the next free port, on a further controller where all are taken. Port 0 is a console's."""
    devices = context.devices
    users: list[Console | Channel] = [*devices.consoles, *devices.channels]
    users = [item for item in users if _is_virtio(item)]
    if not users:
        return
    ports = _Ports(devices.controllers)
    for item in users:
        address = item.address
        if isinstance(address, VirtioSerialAddress) and address.port:
            ports.take(address.controller or 0, address.port)
    for channel in devices.channels:
        if not _is_virtio(channel):
            continue
        address = channel.address
        if isinstance(address, VirtioSerialAddress) and address.port:
            address.bus = 0
            continue
        wanted = address.controller or 0 if isinstance(address, VirtioSerialAddress) else None
        controller, port = _next_port(context, ports, wanted)
        ports.free[controller].discard(port)
        channel.address = VirtioSerialAddress(type="virtio-serial", controller=controller, bus=0, port=port)


def _is_virtio(item: Console | Channel) -> bool:
    return item.target is not None and item.target.type == "virtio"


def _next_port(context: Context, ports: _Ports, wanted: int | None) -> tuple[int, int]:
    for controller in sorted(ports.free) if wanted is None else (wanted,):
        usable = [port for port in ports.free.get(controller, ()) if port]
        if usable:
            return controller, min(usable)
    if wanted is not None:
        raise xml_error("Unable to find a free virtio-serial port")
    index = max(ports.free, default=-1) + 1
    context.add_controller(Controller(type="virtio-serial", index=index))
    ports.free[index] = set(range(_SERIAL_PORTS))
    return index, 1


def smartcards(context: Context) -> None:
    """Smartcards: the next slot of the first controller."""
    cards = context.devices.smartcards
    used = {
        (card.address.controller or 0, card.address.slot or 0)
        for card in cards
        if isinstance(card.address, CcidAddress)
    }
    for card in cards:
        if card.address is None:
            slot = next(slot for slot in range(256) if (0, slot) not in used)
            used.add((0, slot))
            card.address = CcidAddress(type="ccid", controller=0, slot=slot)


def memory_slots(context: Context) -> None:
    """DIMMs and NVDIMMs: the lowest free slot."""
    memories = context.devices.memories
    used = {item.address.slot for item in memories if isinstance(item.address, DimmAddress)}
    for memory in memories:
        if memory.model not in ("dimm", "nvdimm"):
            continue
        address = memory.address
        if not isinstance(address, DimmAddress) or address.slot is None:
            slot = next(slot for slot in range(_SERIAL_LIMIT) if slot not in used)
            used.add(slot)
            base = address.base if isinstance(address, DimmAddress) else None
            memory.address = DimmAddress(type="dimm", slot=slot, base=base)
