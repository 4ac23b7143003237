# SPDX-License-Identifier: Apache-2.0
"""The order in which libvirt keeps the devices of a document, and in which it goes through them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from manor.schema.common.address import Device
from manor.schema.core import Element, schema_of
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Console
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices
from manor.schema.domain.disk import Disk

_ITERATED: Final[tuple[str, ...]] = (
    "disks",
    "interfaces",
    "sounds",
    "hostdevs",
    "videos",
    "controllers",
    "smartcards",
    "serials",
    "parallels",
    "channels",
    "consoles",
    "inputs",
    "filesystems",
    "watchdog",
    "memballoon",
    "rngs",
    "nvram",
    "hubs",
    "shmems",
    "tpms",
    "panics",
    "redirdevs",
    "iommu",
    "memories",
    "vsock",
)
"""Kinds of devices that may have an address, in the order in which libvirt goes through them."""

_TARGET: Final = re.compile(r"(?:fd|hd|vd|sd|xvd|ubd)([a-z]+)([0-9]*)")
_LETTERS: Final = 26


def iterate(devices: Devices) -> Iterator[Device]:
    """Every device that may have an address, in libvirt's order; serial consoles have their ports'."""
    for name in _ITERATED:
        value = getattr(devices, name)
        if value.__class__ is not list:
            if value is not None:
                yield value
        elif name != "consoles":
            yield from value
        else:
            yield from (console for console in value if not is_serial_console(console))


def is_serial_console(console: Console) -> bool:
    """Whether a console is but another name of the first serial port."""
    return console.target is not None and console.target.type == "serial"


def disk_index(target: str | None) -> int:
    """The number a target name stands for: vda 0, vdz 25, vdaa 26, vda1 0; -1 for a name of another form."""
    match = _TARGET.fullmatch(target or "")
    if match is None:
        return -1
    index = 0
    for letter in match[1]:
        index = index * _LETTERS + ord(letter) - ord("a") + 1
    return index - 1


def disk_partition(target: str | None) -> int:
    """The number of the partition a target name ends in; 0 for a whole disk."""
    match = _TARGET.fullmatch(target or "")
    return int(match[2]) if match is not None and match[2] else 0


def insert_disk(disks: list[Disk], disk: Disk) -> None:
    """Insert a disk among those of its bus by target name; the first of a bus goes to the end."""
    bus = disk.bus
    index = disk_index(disk.target_name)
    place = -1
    for position in range(len(disks) - 1, -1, -1):
        other = disks[position]
        if other.bus != bus:
            continue
        if disk_index(other.target_name) > index:
            place = position
        elif place < 0:
            place = position + 1
    disks.insert(place if place >= 0 else len(disks), disk)


def insert_controller(controllers: list[Controller], controller: Controller) -> None:
    """Insert a controller among those of its type by index; the first of a type goes to the end.

    A USB controller that others are companions of goes before them; one without an index behind all of its type.
    """
    place = -1
    for position in range(len(controllers) - 1, -1, -1):
        other = controllers[position]
        if other.type != controller.type:
            continue
        if controller.index is None:
            place = position + 1
            break
        later = other.index is not None and other.index > controller.index
        if later or (other.index == controller.index and _leads(controller, other)):
            place = position
        elif place < 0:
            place = position + 1
    controllers.insert(place if place >= 0 else len(controllers), controller)


def insert_device(document: Domain, device: Element) -> None:
    """Put a device into the document where libvirt keeps its kind.

    A device there is one of (watchdog, memory balloon …) replaces the one that is there; callers check.
    """
    if document.devices is None:
        document.devices = Devices()
    if isinstance(device, Disk):
        insert_disk(document.devices.disks, device)
        return
    if isinstance(device, Controller):
        insert_controller(document.devices.controllers, device)
        return
    for field in schema_of(Devices).fields:
        if type(device) in field.types:
            if field.is_list:
                getattr(document.devices, field.name).append(device)
            else:
                setattr(document.devices, field.name, device)
            return
    raise TypeError(f"{type(device).__name__} is no device")


def arrange_disks(devices: Devices) -> None:
    """Put the disks of a document that was just read into libvirt's order."""
    if len(devices.disks) > 1:
        disks: list[Disk] = []
        for disk in devices.disks:
            insert_disk(disks, disk)
        devices.disks = disks


def arrange_controllers(devices: Devices) -> None:
    """The same for controllers."""
    if len(devices.controllers) > 1:
        controllers: list[Controller] = []
        for controller in devices.controllers:
            insert_controller(controllers, controller)
        devices.controllers = controllers


def _leads(controller: Controller, other: Controller) -> bool:
    return controller.type == "usb" and controller.master is None and other.master is not None
