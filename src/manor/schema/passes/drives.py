# SPDX-License-Identifier: Apache-2.0
"""Places on buses of drives and in readers of smartcards, which follow from names and order."""

from __future__ import annotations

from typing import Final

from manor.schema.common.address import CcidAddress, DriveAddress
from manor.schema.domain.devices import Devices
from manor.schema.passes.order import disk_index
from manor.schema.passes.report import internal, unsupported, xml_error

_UNITS: Final = {"ide": (2, 2), "fdc": (1, 2), "sata": (1, 6), "scsi": (1, 7)}
"""Buses per controller and units per bus, by which a target's letters become an address."""


def disks(devices: Devices) -> None:
    """Disks on buses with controllers: the place that the target's letters stand for."""
    for disk in devices.disks:
        bus = disk.bus
        if bus in _UNITS and disk.address is None and disk.target is not None:
            index = disk_index(disk.target.dev)
            if index < 0:
                raise xml_error(f"Unknown disk name '{disk.target.dev}' and no address specified")
            disk.address = drive_address(devices, bus, index, disk.target.dev or "")


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


def scsi_host_devices(devices: Devices) -> None:
    """SCSI devices of the host: the first free unit, behind the disks."""
    if not any(item.type == "scsi" for item in devices.hostdevs):
        return
    taken = {_place(disk.address) for disk in devices.disks if disk.bus == "scsi"}
    taken |= {_place(item.address) for item in devices.hostdevs if item.type == "scsi"}
    for item in devices.hostdevs:
        if item.type == "scsi" and item.address is None:
            item.address = _next_unit(devices, taken)
            taken.add(_place(item.address))


def _next_unit(devices: Devices, taken: set[tuple[int, int, int, int] | None]) -> DriveAddress:
    controllers = sorted({item.index or 0 for item in devices.controllers if item.type == "scsi"})
    units = _UNITS["scsi"][1]
    for controller in [*controllers, (controllers[-1] + 1 if controllers else 0)]:
        for unit in range(units):
            if (controller, 0, 0, unit) not in taken:
                return DriveAddress(type="drive", controller=controller, bus=0, target=0, unit=unit)
    raise internal("no free SCSI unit")


def smartcards(devices: Devices) -> None:
    """Smartcards: the next slot of the first controller."""
    cards = devices.smartcards
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
