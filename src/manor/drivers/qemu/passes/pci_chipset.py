# SPDX-License-Identifier: Apache-2.0
"""Places of devices that a PC's chipset has on board, and putting devices into their places."""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.passes.context import Context, internal
from manor.drivers.qemu.passes.pci_buses import PciBuses, Place
from manor.drivers.qemu.passes.pci_devices import connection, express_connection
from manor.schema.common.address import Device, PciAddress
from manor.schema.domain.controller import Controller


class Placement:
    """One run over the devices: the buses, whether what is found goes into the document, and who has a place."""

    __slots__ = ("_groups", "buses", "commit", "context", "done")

    def __init__(self, context: Context, buses: PciBuses, *, commit: bool) -> None:
        self.context = context
        self.buses = buses
        self.commit = commit
        self.done: set[int] = set()
        self._groups: dict[int, Place] = {}

    def put(self, device: Device, wanted: int) -> None:
        """Put a device where there is room for it."""
        if isinstance(device, Controller) and device.type == "usb" and device.model in _COMPANIONS:
            self._put_companion(device, wanted)
        else:
            self._write(device, self.buses.take_next(wanted))

    def fix(self, device: Device, place: Place) -> None:
        """Put a device where the chipset has it."""
        self.buses.take(place)
        self._write(device, place)

    def _put_companion(self, controller: Controller, wanted: int) -> None:
        """The controllers of a USB 2 group are functions of one slot."""
        function = _COMPANIONS[controller.model or ""]
        index = controller.index or 0
        place = self._groups.get(index) or self._group(index)
        if place is not None and (self.commit or not self.buses.functions(place) & (1 << function)):
            self.fix(controller, place._replace(function=function))
            return
        place = self.buses.take_next(wanted)
        bus = self.buses.buses[place.bus]
        if bus is not None:
            bus.slots[place.slot] = 1 << function
        self._groups[index] = place
        self._write(controller, place._replace(function=function))

    def _group(self, index: int) -> Place | None:
        """The slot of a group of which the document places a controller."""
        for other in self.context.devices.controllers:
            if other.type == "usb" and other.index == index and other.model in _COMPANIONS:
                address = other.address
                if isinstance(address, PciAddress) and address.slot is not None:
                    return Place.of(address)
        return None

    def _write(self, device: Device, place: Place) -> None:
        self.done.add(id(device))
        if not self.commit:
            return
        address = device.address
        if not isinstance(address, PciAddress):
            address = device.address = PciAddress(type="pci")
        address.domain, address.bus, address.slot, address.function = place


_COMPANIONS: Final[dict[str, int]] = {"ich9-uhci1": 0, "ich9-uhci2": 1, "ich9-uhci3": 2, "ich9-ehci1": 7}
"""The function of each controller of a USB 2 group."""


def place_builtin(placement: Placement) -> None:
    """Put devices of the machine's own board where they are, and take what else is there."""
    if placement.context.is_i440fx:
        _i440fx(placement)
    elif placement.context.is_q35:
        _q35(placement)


def _is_open(device: Device) -> bool:
    address = device.address
    return address is None or (isinstance(address, PciAddress) and address.slot is None)


def _i440fx(placement: Placement) -> None:
    context = placement.context
    _chipset_controller(placement, context.controller("ide", 0), Place(0, 0, 1, 1), "Primary IDE controller")
    for item in context.devices.controllers:
        if item.type == "usb" and not item.index and item.model == "piix3-uhci":
            _chipset_controller(placement, item, Place(0, 0, 1, 2), "PIIX3 USB controller at index 0")
    placement.buses.take(Place(0, 0, 1, 0))
    _primary_video(placement, Place(0, 0, 2, 0))


def _chipset_controller(placement: Placement, controller: Controller | None, place: Place, name: str) -> None:
    if controller is None:
        return
    if _is_open(controller):
        placement.fix(controller, place)
    elif isinstance(controller.address, PciAddress) and Place.of(controller.address) != place:
        where = f"0:0:{place.slot:x}.{place.function:x}"
        raise internal(f"{name} must have PCI address {where}")


def _q35(placement: Placement) -> None:
    context, buses = placement.context, placement.buses
    _chipset_controller(placement, context.controller("sata", 0), Place(0, 0, 0x1F, 2), "Primary SATA controller")
    for function in (0, 3):
        buses.take(Place(0, 0, 0x1F, function))
    _ich9_usb(placement)
    _dmi_bridge(placement)
    _primary_video(placement, Place(0, 0, 1, 0))
    for sound in context.devices.sounds:
        if sound.model == "ich9" and _is_open(sound):
            place = Place(0, 0, 0x1B, 0)
            if not buses.functions(place):
                placement.fix(sound, place)
            return


def _dmi_bridge(placement: Placement) -> None:
    """The first bridge to conventional PCI is on board, too."""
    for controller in placement.context.devices.controllers:
        if controller.type == "pci" and controller.model == "dmi-to-pci-bridge" and _is_open(controller):
            place = Place(0, 0, 0x1E, 0)
            if not placement.buses.functions(place):
                placement.fix(controller, place)
            return


def _primary_video(placement: Placement, place: Place) -> None:
    """The first video card sits where firmware has always found it."""
    context = placement.context
    videos = context.devices.videos
    primary = videos[0] if videos else None
    if primary is None or not _is_open(primary):
        return
    wanted = connection(context, primary, express_connection(context))
    if not wanted:
        return
    if placement.buses.functions(place):
        placement.put(primary, wanted)
    else:
        placement.fix(primary, place)


def _ich9_usb(placement: Placement) -> None:
    """The chipset's own USB controllers: all functions of one slot, first 1d, then 1a."""
    groups: dict[int, list[Controller]] = {}
    for controller in placement.context.devices.controllers:
        if controller.type == "usb" and controller.model in _COMPANIONS:
            groups.setdefault(controller.index or 0, []).append(controller)
    slots = iter((0x1D, 0x1A))
    for group in groups.values():
        if not all(_is_open(item) for item in group):
            continue
        slot = next((number for number in slots if not placement.buses.functions(Place(0, 0, number, 0))), None)
        if slot is None:
            return
        for controller in group:
            place = Place(0, 0, slot, _COMPANIONS[controller.model or ""])
            if not placement.buses.functions(place) & (1 << place.function):
                placement.fix(controller, place)
