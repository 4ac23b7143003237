# SPDX-License-Identifier: Apache-2.0
"""One device for a guest that has others: what libvirt fills in, where it goes, its alias, and whether it may be.

The device is put into a copy of the document, which goes through the same passes as any other; what already has a
place keeps it. A change of a definition needs none of this: there the device is inserted and the whole document
completed with Purpose.DEFINE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.passes import buses, device_defaults, implicit, pci
from manor.drivers.qemu.passes.aliases import assign_aliases, disk_index
from manor.drivers.qemu.passes.context import Context, Purpose, insert_controller
from manor.schema.core import Element, schema_of
from manor.schema.domain import Domain
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices
from manor.schema.domain.disk import Disk

STEPS: Final[tuple[Callable[[Context], None], ...]] = (
    buses.fill_zeros,
    device_defaults.fill_disks,
    buses.drives,
    implicit.add_bus_controllers,
    device_defaults.fill,
    buses.serial_ports,
    buses.smartcards,
    buses.usb,
    buses.memory_slots,
    pci.assign,
)
"""The passes a device goes through; none adds anything but the controllers it needs."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A device ready to be plugged, and the controllers that must be plugged before it, in this order."""

    device: Element
    controllers: tuple[Controller, ...] = ()


def insert_device(document: Domain, device: Element) -> None:
    """Put a device into the document where libvirt keeps its kind.

    A device there is one of (watchdog, memory balloon …) replaces the one that is there; callers check.
    """
    if document.devices is None:
        document.devices = Devices()
    if isinstance(device, Controller):
        insert_controller(document.devices.controllers, device)
        return
    if isinstance(device, Disk):
        insert_disk(document.devices.disks, device)
        return
    for field in schema_of(Devices).fields:
        if type(device) in field.types:
            if field.is_list:
                getattr(document.devices, field.name).append(device)
            else:
                setattr(document.devices, field.name, device)
            return
    raise TypeError(f"{type(device).__name__} is no device")


def insert_disk(disks: list[Disk], disk: Disk) -> None:
    """Put a disk among those of its bus, by target name; one on a bus of its own goes last."""
    bus, index = _bus_and_index(disk)
    peers = [place for place, other in enumerate(disks) if _bus_and_index(other)[0] == bus]
    before = [place for place in peers if _bus_and_index(disks[place])[1] > index]
    disks.insert(before[0] if before else peers[-1] + 1 if peers else len(disks), disk)


def _bus_and_index(disk: Disk) -> tuple[str | None, int]:
    target = disk.target
    return (target.bus, disk_index(target.dev or "")) if target is not None else (None, -1)


def assign_device(document: Domain, caps: QemuCaps, device: Element) -> Attachment:
    """Complete `device`, which is about to be plugged into the running guest of `document`.

    The device is filled in in place: defaults, address, alias; the document stays as it is. Addresses and aliases that
    the device brings are kept. Raises ManorError when there is no place left or the place is taken
    (VIR_ERR_XML_ERROR, VIR_ERR_INTERNAL_ERROR), or when this guest cannot have such a device
    (VIR_ERR_CONFIG_UNSUPPORTED).
    """
    trial = document.copy()
    known = {id(controller) for controller in trial.devices.controllers} if trial.devices is not None else set()
    insert_device(trial, device)
    context = Context(trial, caps, Purpose.ATTACH)
    for step in STEPS:
        step(context)
    assign_aliases(trial)
    added = [item for item in context.devices.controllers if id(item) not in known and item is not device]
    return Attachment(device, tuple(added))
