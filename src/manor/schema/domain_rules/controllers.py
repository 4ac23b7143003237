# SPDX-License-Identifier: Apache-2.0
"""Controllers: their numbers and order, and those that other devices need."""

from __future__ import annotations

from typing import Final

from manor.schema.common.address import CcidAddress, DriveAddress, UsbMaster, VirtioSerialAddress
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Channel, Console
from manor.schema.domain.controller import Controller, ControllerType
from manor.schema.domain_rules.basics import devices_of, unsupported, xml_error
from manor.schema.domain_rules.disks import bus_of

_COMPANION_PORTS: Final = {"ich9-uhci1": 0, "ich9-uhci2": 2, "ich9-uhci3": 4}
_BUSES: Final[tuple[ControllerType, ...]] = ("scsi", "ide", "fdc", "sata")


def number_controllers(domain: Domain) -> None:
    """Give every controller without a number the next one of its kind; companions of a USB controller have its."""
    devices = devices_of(domain)
    ordered: list[Controller] = []
    for controller in devices.controllers:
        controller.type = controller.type or "ide"
        start = _COMPANION_PORTS.get(controller.model or "")
        if controller.type == "usb" and start is not None and controller.master is None:
            controller.master = UsbMaster(startport=start)
        insert(ordered, controller)
    devices.controllers = ordered
    for controller in ordered:
        if controller.index is None:
            controller.index = _next_number(ordered, controller)


def _next_number(controllers: list[Controller], new: Controller) -> int:
    same = [known for known in controllers if known.type == new.type and known.index is not None]
    if new.type == "usb" and (new.model or "").startswith("ich9-"):
        # A controller belongs to the last group that has none of its model yet.
        last = max((known.index or 0 for known in same if (known.model or "").startswith("ich9-")), default=None)
        if last is not None:
            group = [known for known in same if known.index == last]
            if all(known.model != new.model for known in group):
                return last
    taken = {known.index for known in same}
    return next(number for number in range(len(taken) + 1) if number not in taken)


def insert(controllers: list[Controller], new: Controller) -> None:
    """Put a controller with those of its kind, by number."""
    place = None
    for number in reversed(range(len(controllers))):
        known = controllers[number]
        if known.type != new.type:
            continue
        before = new.index is not None and known.index is not None and known.index > new.index
        if new.index is not None and known.index == new.index:
            # A USB controller goes before its companions.
            before = known.master is not None and new.master is None
        if not before:
            controllers.insert(number + 1, new)
            return
        place = number
    controllers.insert(len(controllers) if place is None else place, new)


def add_controllers(domain: Domain) -> None:
    """Add the controllers that the addresses of other devices speak of."""
    devices = devices_of(domain)
    for bus in _BUSES:
        places = [
            disk.address.controller or 0
            for disk in devices.disks
            if bus_of(disk) == bus and isinstance(disk.address, DriveAddress)
        ]
        _add(domain, bus, max(places, default=-1))
    for number in _port_controllers(domain):
        _add(domain, "virtio-serial", number, first=number)
    cards = [
        (card.address.controller or 0) if isinstance(card.address, CcidAddress) else 0 for card in devices.smartcards
    ]
    _add(domain, "ccid", max(cards, default=-1))
    hosts = [
        (device.address.controller or 0) if isinstance(device.address, DriveAddress) else 0
        for device in devices.hostdevs
        if device.type == "scsi"
    ]
    _add(domain, "scsi", max(hosts, default=-1))


def ports_of(domain: Domain) -> list[Channel | Console]:
    """The devices that can be ports of a virtio-serial controller."""
    devices = devices_of(domain)
    return [*devices.channels, *devices.consoles]


def _port_controllers(domain: Domain) -> list[int]:
    """The virtio-serial controllers of channels and consoles."""
    addresses = [
        device.address for device in ports_of(domain) if device.target is not None and device.target.type == "virtio"
    ]
    return [(address.controller or 0) if isinstance(address, VirtioSerialAddress) else 0 for address in addresses]


def _add(domain: Domain, kind: ControllerType, last: int, *, first: int = 0) -> None:
    controllers = devices_of(domain).controllers
    taken = {known.index for known in controllers if known.type == kind}
    for number in range(first, last + 1):
        if number not in taken:
            controllers.append(Controller(type=kind, index=number))


def check_controllers(domain: Domain) -> None:
    """Refuse numbers used twice and targets out of range."""
    seen: set[tuple[str | None, int | None]] = set()
    for controller in devices_of(domain).controllers:
        _check_target(controller)
        if controller.type == "usb":
            continue
        key = (controller.type, controller.index)
        if key in seen:
            raise xml_error(f"Multiple '{controller.type}' controllers with index '{controller.index}'")
        seen.add(key)


_LAST_TARGET = 30


def _check_target(controller: Controller) -> None:
    target = controller.target.index if controller.target is not None else None
    if controller.type != "pci":
        return
    if target is not None:
        if not 0 <= target <= _LAST_TARGET:
            raise unsupported(f"PCI controller target index '{target}' out of range - must be 0-30")
        if (controller.index == 0) != (target == 0):
            raise unsupported("Only the PCI controller with index 0 can have target index 0, and vice versa")
    if controller.model in ("pci-root", "pcie-root") and controller.address is not None:
        raise unsupported("pci-root and pcie-root controllers should not have an address")
