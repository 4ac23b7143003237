# SPDX-License-Identifier: Apache-2.0
"""From what a client wrote to what QEMU can run: ordered, named passes of pure functions over a domain document.

Each pass fills in what libvirt fills in, or refuses what libvirt refuses; none touches the host. `complete` runs those
a purpose needs. Command building then finds every default, controller, address and alias in the document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.passes import basics, buses, device_defaults, implicit, pci, sources
from manor.drivers.qemu.passes.aliases import assign_aliases
from manor.drivers.qemu.passes.attach import Attachment, assign_device, insert_device
from manor.drivers.qemu.passes.context import Context, Purpose
from manor.schema.domain import Domain

__all__ = ["Attachment", "Context", "Purpose", "assign_device", "complete", "insert_device"]

Pass = Callable[[Context], None]

PASSES: Final[tuple[Pass, ...]] = (
    basics.identity,
    basics.machine,
    basics.memory,
    basics.vcpus,
    basics.lifecycle,
    basics.clock,
    basics.cpu,
    buses.fill_zeros,
    device_defaults.fill_disks,
    buses.drives,
    implicit.add_bus_controllers,
    implicit.add_machine_devices,
    implicit.add_input_devices,
    implicit.add_video,
    implicit.add_audio,
    implicit.add_console,
    device_defaults.fill,
    basics.boot,
    buses.serial_ports,
    buses.smartcards,
    buses.usb,
    buses.memory_slots,
    pci.assign,
)
"""What every document goes through, in this order."""


def complete(document: Domain, caps: QemuCaps, purpose: Purpose) -> Domain:
    """The document with everything filled in; changed in place and returned.

    Raises ManorError for what cannot be: VIR_ERR_XML_ERROR, VIR_ERR_CONFIG_UNSUPPORTED.
    """
    context = Context(document, caps, purpose)
    for step in PASSES:
        step(context)
    if purpose in (Purpose.START, Purpose.NATIVE):
        basics.iothreads(context)
        assign_aliases(document)
    if purpose is Purpose.NATIVE:
        sources.number_sources(document)
    return document
