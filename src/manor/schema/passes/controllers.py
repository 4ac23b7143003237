# SPDX-License-Identifier: Apache-2.0
"""Controllers: their numbers and order, those that other devices need, and what none may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from manor.schema.common.address import (
    CcidAddress,
    DriveAddress,
    UsbMaster,
    VirtioSerialAddress,
)
from manor.schema.domain.chardev import Channel, Console
from manor.schema.domain.controller import Controller, ControllerType
from manor.schema.domain.devices import Devices
from manor.schema.passes.order import insert_controller
from manor.schema.passes.report import detail, unsupported, xml_error

_FIRST_PORTS: Final = {"ich9-uhci1": 0, "ich9-uhci2": 2, "ich9-uhci3": 4}
"""The first port of the main controller that a companion serves."""

_BUSES: Final[tuple[ControllerType, ...]] = ("scsi", "ide", "fdc", "sata")
_USB_FAMILY: Final = "ich9-"


def number(devices: Devices) -> None:
    """Number and order the controllers. Companions of a USB controller have its number."""
    items = devices.controllers
    if not items:
        return
    devices.controllers = []
    for controller in items:
        controller.type = controller.type or "ide"
        start = _FIRST_PORTS.get(controller.model or "")
        if controller.type == "usb" and start is not None and controller.master is None:
            controller.master = UsbMaster(startport=start)
        insert_controller(devices.controllers, controller)
    if any(controller.index is None for controller in items):
        fill_numbers(devices)


def fill_numbers(devices: Devices) -> None:
    """Number the controllers that have no number."""
    taken: dict[str, set[int]] = {}
    for controller in devices.controllers:
        if controller.index is not None:
            taken.setdefault(controller.type or "", set()).add(controller.index)
    last_family = -1
    for controller in devices.controllers:
        used = taken.setdefault(controller.type or "", set())
        family = controller.type == "usb" and (controller.model or "").startswith(_USB_FAMILY)
        if controller.index is None:
            if family and last_family >= 0 and _joins(devices, controller, last_family):
                controller.index = last_family
            else:
                controller.index = next(index for index in range(len(used) + 1) if index not in used)
            used.add(controller.index)
        if family:
            last_family = max(last_family, controller.index)


def _joins(devices: Devices, controller: Controller, index: int) -> bool:
    """Whether a companion belongs to the last group: it has none of the kind yet."""
    group = [other for other in devices.controllers if other.type == "usb" and other.index == index]
    return all(other.model != controller.model for other in group)


_RANGES: Final[tuple[tuple[str, str, int, int], ...]] = (
    ("chassis_nr", "chassisNr", 1, 255),
    ("chassis", "chassis", 0, 255),
    ("port", "port", 0, 255),
    ("bus_nr", "busNr", 1, 254),
    ("index", "target index", 0, 30),
)
_LAST_BUS: Final = 255


def check(devices: Devices) -> None:
    """Refuse controllers that cannot be, whatever they are needed for."""
    for controller in devices.controllers:
        if controller.type == "pci":
            _check_pci(controller)
    buses = [item for item in devices.controllers if item.type == "usb"]
    disabled = any(item.model == "none" for item in buses)
    if disabled and len(buses) > 1:
        raise detail("Can't add another USB controller: USB is disabled for this domain")
    if buses and all(item.master is not None for item in buses):
        raise detail("No master USB controller specified")
    if disabled and devices.hubs:
        raise unsupported("Can't add USB hub: USB is disabled for this domain")


def _check_pci(controller: Controller) -> None:
    index = controller.index or 0
    if controller.pci_model is not None and controller.pci_model.name == "none":
        controller.pci_model = None
    if controller.model not in ("pci-root", "pcie-root"):
        controller.pcihole64 = None
    if index > _LAST_BUS:
        raise unsupported(f"PCI controller index {index} too high, maximum is {_LAST_BUS}")
    target = controller.target
    if target is None:
        return
    for name, shown, least, most in _RANGES:
        value = getattr(target, name)
        if value is not None and not least <= value <= most:
            raise unsupported(f"PCI controller {shown} '{value}' out of range - must be {least}-{most}")
    if target.index is not None and (target.index == 0) != (index == 0):
        raise unsupported("Only the PCI controller with index 0 can have target index 0, and vice versa")


def check_duplicates(devices: Devices) -> None:
    """Numbers are unique; the companions of a USB controller share its."""
    seen: set[tuple[str | None, int | None]] = set()
    for controller in devices.controllers:
        if controller.type == "usb":
            continue
        key = (controller.type, controller.index)
        if key in seen:
            raise xml_error(f"Multiple '{controller.type}' controllers with index '{controller.index}'")
        seen.add(key)


def add_needed(devices: Devices) -> None:
    """Add the controllers that the addresses of other devices speak of."""
    if devices.disks:
        for bus in _BUSES:
            _ensure_up_to(devices, bus, _highest_drive(devices, bus))
    ports: list[Channel | Console] = [*devices.channels, *devices.consoles]
    for port in ports:
        if port.target is not None and port.target.type == "virtio":
            _ensure(devices, "virtio-serial", _serial_controller(port))
    for card in devices.smartcards:
        _ensure(devices, "ccid", (card.address.controller or 0) if isinstance(card.address, CcidAddress) else 0)


def add_for_host_devices(devices: Devices) -> None:
    """Add the controllers of SCSI devices of the host, which come before those of the machine."""
    if devices.hostdevs:
        _ensure_up_to(
            devices,
            "scsi",
            _highest(
                item.address.controller if isinstance(item.address, DriveAddress) else 0
                for item in devices.hostdevs
                if item.type == "scsi"
            ),
        )


def _highest(numbers: Iterable[int | None]) -> int:
    return max((item or 0 for item in numbers), default=-1)


def _highest_drive(devices: Devices, bus: str) -> int:
    return _highest(
        disk.address.controller for disk in devices.disks if disk.bus == bus and isinstance(disk.address, DriveAddress)
    )


def _serial_controller(port: Channel | Console) -> int:
    return (port.address.controller or 0) if isinstance(port.address, VirtioSerialAddress) else 0


def _ensure_up_to(devices: Devices, kind: ControllerType, last: int) -> None:
    for index in range(last + 1):
        _ensure(devices, kind, index)


def _ensure(devices: Devices, kind: ControllerType, index: int) -> None:
    if not any(item.type == kind and item.index == index for item in devices.controllers):
        devices.controllers.append(Controller(type=kind, index=index))
