# SPDX-License-Identifier: Apache-2.0
"""One device for a guest that has others: what libvirt fills in, where it goes, its alias, and whether it may be.

The device is put into a copy of the document, which goes through the same passes as any other; what already has a
place keeps it. A change of a definition needs none of this: there the device is inserted and the whole document
completed with Purpose.DEFINE.
"""

from __future__ import annotations

from typing import Final

import msgspec

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.passes import channel_io, device_defaults, memory, pci, serial_ports, usb, zpci
from manor.drivers.qemu.passes.aliases import assign_aliases
from manor.drivers.qemu.passes.context import NO_HOST, Context, Host, Pass, Purpose, of_devices, of_document
from manor.schema import passes as common
from manor.schema.core import Element
from manor.schema.domain import Domain
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices
from manor.schema.passes import controllers, drives, small
from manor.schema.passes.order import insert_device

STEPS: Final[tuple[Pass, ...]] = (
    of_devices(drives.disks),
    of_devices(drives.scsi_host_devices),
    of_devices(controllers.add_needed),
    of_document(small.input_buses),
    device_defaults.fill_disks,
    device_defaults.fill,
    device_defaults.fill_controllers,
    serial_ports.assign,
    of_devices(drives.smartcards),
    channel_io.registers,
    channel_io.transports,
    pci.assign,
    zpci.assign,
    usb.assign,
    memory.assign_slots,
)
"""The passes a device goes through; none adds anything but the controllers it needs."""


class Attachment(msgspec.Struct, frozen=True):
    """A device ready to be plugged, and the controllers that must be plugged before it, in this order."""

    device: Element
    controllers: tuple[Controller, ...] = ()


def assign_device(document: Domain, caps: QemuCaps, device: Element, host: Host = NO_HOST) -> Attachment:
    """Complete `device`, which is about to be plugged into the running guest of `document`.

    The device is filled in in place: defaults, address, alias; the document stays as it is. Addresses and aliases that
    the device brings are kept. Raises ManorError when there is no place left or the place is taken
    (VIR_ERR_XML_ERROR, VIR_ERR_INTERNAL_ERROR), or when this guest cannot have such a device
    (VIR_ERR_CONFIG_UNSUPPORTED).
    """
    alone = Domain(type="qemu", name="device", devices=Devices())
    insert_device(alone, device)
    if alone.devices is not None:
        common.read_devices(alone.devices)
    trial = document.copy()
    known = {id(controller) for controller in trial.devices.controllers} if trial.devices is not None else set()
    insert_device(trial, device)
    context = Context(trial, caps, Purpose.ATTACH, host)
    if isinstance(device, Controller):
        controllers.fill_numbers(context.devices)
    for step in STEPS:
        step(context)
    assign_aliases(trial)
    added = [item for item in context.devices.controllers if id(item) not in known and item is not device]
    return Attachment(device, tuple(added))
