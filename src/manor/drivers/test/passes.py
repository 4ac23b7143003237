# SPDX-License-Identifier: Apache-2.0
"""What libvirt's test driver makes of a domain document: what every driver does, and little of its own."""

from __future__ import annotations

from itertools import count
from typing import Final

from manor.schema import passes
from manor.schema.common.address import CcwAddress, PciAddress
from manor.schema.common.storage import FileSource
from manor.schema.domain import Domain
from manor.schema.domain.devices import Devices
from manor.schema.domain.graphics import VideoModelType
from manor.schema.domain.interface import InterfaceTarget
from manor.schema.domain.os import Architecture
from manor.schema.passes import (
    chardevs,
    controllers,
    displays,
    drives,
    general,
    memory,
    small,
    validate_devices,
    validate_domain,
)
from manor.schema.passes.order import iterate
from manor.schema.passes.report import unsupported

ARCHITECTURE: Final[Architecture] = "i686"


def complete(document: Domain) -> None:
    """Fill in what is left out, and refuse what cannot be. Raises ManorError."""
    devices = passes.read(document, ARCHITECTURE)
    memory.sizes(document, recount=False)
    small.input_buses(document)
    general.boot(document)
    drives.disks(devices)
    drives.scsi_host_devices(devices)
    controllers.check_duplicates(devices)
    controllers.add_needed(devices)
    displays.add_video(devices)
    displays.cards(devices, lambda: _card(document))
    drives.smartcards(devices)
    chardevs.share_console(devices)
    fill_addresses(devices)
    forget_namespaces(document)
    name_interfaces(devices)
    validate_devices.devices(document, devices)
    validate_domain.domain(document)
    check_disks(devices)


def _card(document: Domain) -> VideoModelType:
    kind = document.os.type if document.os is not None else None
    return "vga" if kind is not None and kind.arch in ("ppc64", "ppc64le") else "cirrus"


def fill_addresses(devices: Devices) -> None:
    """What other drivers would choose of s390 addresses is nought."""
    for device in iterate(devices):
        address = device.address
        if isinstance(address, CcwAddress):
            address.cssid, address.ssid, address.devno = address.cssid or 0, address.ssid or 0, address.devno or 0
        elif isinstance(address, PciAddress) and address.zpci is not None:
            address.zpci.uid, address.zpci.fid = address.zpci.uid or 0, address.zpci.fid or 0


def check_disks(devices: Devices) -> None:
    """This driver has no descriptors of images."""
    for disk in devices.disks:
        if isinstance(disk.source, FileSource) and disk.source.fdgroup is not None and disk.target is not None:
            raise unsupported(f"driver does not support FD passing for disk '{disk.target.dev}'")


def forget_namespaces(document: Domain) -> None:
    """What is meant for other drivers is not read."""
    document.qemu_commandline = document.qemu_capabilities = None
    document.qemu_deprecation = document.qemu_override = document.lxc_namespace = None


def name_interfaces(devices: Devices) -> None:
    """Give interfaces the names their devices would have on the host."""
    taken = {interface.target.dev for interface in devices.interfaces if interface.target is not None}
    for interface in devices.interfaces:
        interface.target = interface.target or InterfaceTarget()
        if interface.target.dev is None:
            interface.target.dev = next(name for number in count() if (name := f"testnet{number}") not in taken)
            taken.add(interface.target.dev)
