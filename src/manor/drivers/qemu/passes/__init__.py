# SPDX-License-Identifier: Apache-2.0
"""From what a client wrote to what QEMU can run: ordered, named passes of pure functions over a domain document.

Each pass fills in what libvirt fills in, or refuses what libvirt refuses; none touches the host. `complete` runs those
a purpose needs. Command building then finds every default, controller, address and alias in the document. What all
hypervisors have in common is in `manor.schema.passes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.passes import (
    basics,
    channel_io,
    device_defaults,
    drives,
    firmware,
    implicit,
    memory,
    pci,
    pci_controllers,
    sources,
    usb,
    validate,
    zpci,
)
from manor.drivers.qemu.passes.aliases import assign_aliases
from manor.drivers.qemu.passes.attach import Attachment, assign_device
from manor.drivers.qemu.passes.context import NO_HOST, Context, Host, Purpose
from manor.schema import passes as common
from manor.schema.domain import Domain
from manor.schema.passes import chardevs, controllers, cpus, general
from manor.schema.passes.order import insert_device

__all__ = ["NO_HOST", "Attachment", "Context", "Host", "Purpose", "assign_device", "complete", "insert_device"]

Pass = Callable[[Context], None]


def _console(context: Context) -> None:
    chardevs.share_console(context.devices)


def _boot(context: Context) -> None:
    general.boot(context.document)


def _needed_controllers(context: Context) -> None:
    controllers.check_duplicates(context.devices)
    controllers.add_needed(context.devices)


PASSES: Final[tuple[Pass, ...]] = (
    basics.machine,
    basics.cpu,
    basics.features,
    firmware.variable_store,
    memory.align_modules,
    device_defaults.inputs,
    implicit.add_machine_devices,
    implicit.add_audio,
    _boot,
    drives.drives,
    drives.scsi_host_devices,
    _needed_controllers,
    implicit.add_input_devices,
    implicit.add_video,
    device_defaults.fill_disks,
    device_defaults.fill,
    device_defaults.fill_controllers,
    drives.serial_ports,
    drives.smartcards,
    channel_io.registers,
    channel_io.transports,
    pci.assign,
    pci_controllers.check,
    zpci.assign,
    usb.assign,
    drives.memory_slots,
    _console,
    validate.document,
)
"""What every document goes through, in this order."""


def complete(document: Domain, caps: QemuCaps, purpose: Purpose, host: Host = NO_HOST) -> Domain:
    """The document with everything filled in; changed in place and returned.

    Raises ManorError for what cannot be: VIR_ERR_XML_ERROR, VIR_ERR_CONFIG_UNSUPPORTED.
    """
    common.read(document)
    context = Context(document, caps, purpose, host)
    for step in PASSES:
        step(context)
    if purpose in (Purpose.START, Purpose.NATIVE):
        cpus.number_iothreads(document)
        assign_aliases(document)
    if purpose is Purpose.NATIVE:
        sources.number_sources(document)
    return document
