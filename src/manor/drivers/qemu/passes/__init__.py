# SPDX-License-Identifier: Apache-2.0
"""From what a client wrote to what QEMU can run: ordered, named passes of pure functions over a domain document.

Each pass fills in what libvirt fills in, or refuses what libvirt refuses; none touches the host. `complete` runs those
a purpose needs. Command building then finds every default, controller, address and alias in the document. What all
hypervisors have in common is in `manor.schema.passes`.
"""

from __future__ import annotations

from typing import Final, cast

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.passes import (
    basics,
    channel_io,
    device_defaults,
    firmware,
    implicit,
    memory,
    pci,
    pci_controllers,
    serial_ports,
    sources,
    usb,
    validate,
    zpci,
)
from manor.drivers.qemu.passes.aliases import assign_aliases
from manor.drivers.qemu.passes.attach import Attachment, assign_device
from manor.drivers.qemu.passes.context import NO_HOST, Context, Host, Pass, Purpose, of_devices, of_document
from manor.schema import passes as common
from manor.schema.domain import Domain
from manor.schema.domain.os import Architecture
from manor.schema.passes import chardevs, controllers, cpus, displays, drives, general, small
from manor.schema.passes.order import insert_device

__all__ = ["NO_HOST", "Attachment", "Context", "Host", "Purpose", "assign_device", "complete", "insert_device"]

PASSES: Final[tuple[Pass, ...]] = (
    memory.sizes,
    basics.machine,
    memory.fill_nodes,
    basics.cpu,
    basics.features,
    firmware.variable_store,
    memory.align_modules,
    of_document(small.input_buses),
    implicit.add_machine_devices,
    implicit.add_audio,
    of_document(general.boot),
    of_devices(drives.disks),
    of_devices(drives.scsi_host_devices),
    of_devices(controllers.check_duplicates),
    of_devices(controllers.add_needed),
    implicit.add_input_devices,
    of_devices(displays.add_video),
    device_defaults.fill_disks,
    device_defaults.fill,
    device_defaults.fill_controllers,
    serial_ports.assign,
    of_devices(drives.smartcards),
    channel_io.registers,
    channel_io.transports,
    pci.assign,
    pci_controllers.check,
    zpci.assign,
    usb.assign,
    memory.assign_slots,
    of_devices(chardevs.share_console),
    validate.document,
)
"""What every document goes through, in this order."""


def complete(document: Domain, caps: QemuCaps, purpose: Purpose, host: Host = NO_HOST) -> Domain:
    """The document with everything filled in; changed in place and returned.

    Raises ManorError for what cannot be: VIR_ERR_XML_ERROR, VIR_ERR_CONFIG_UNSUPPORTED.
    """
    common.read(document, cast(Architecture, host.arch), security_model="none")
    context = Context(document, caps, purpose, host)
    for step in PASSES:
        step(context)
    if purpose in (Purpose.START, Purpose.NATIVE):
        cpus.number_iothreads(document)
        assign_aliases(document)
    if purpose is Purpose.NATIVE:
        sources.number_sources(document)
    return document
