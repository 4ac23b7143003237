# SPDX-License-Identifier: Apache-2.0
"""Disks: their order, bus and place on it, and what none may be."""

from __future__ import annotations

import re
from typing import Final

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import Address, DriveAddress
from manor.schema.common.storage import BlockSource, FileSource, NetworkSource, NvmeSource, StorageSource, VolumeSource
from manor.schema.domain import Domain
from manor.schema.domain.disk import BackingStore, Disk, DiskBus, DiskTarget, Mirror
from manor.schema.domain_rules.basics import devices_of, internal, unsupported, xml_error

_error = reporter(ErrorDomain.DOMAIN)

_PREFIXES: Final = ("fd", "hd", "vd", "sd", "xvd", "ubd")
_NAME: Final = re.compile(rf"(?:{'|'.join(_PREFIXES)})([a-z]+)\d*\Z")
_BUSES: Final[dict[str, DiskBus]] = {
    "hd": "ide", "sd": "scsi", "vd": "virtio", "xvd": "xen", "ubd": "uml", "fd": "fdc",
}  # fmt: skip
_BUSES_WITH_CONTROLLER: Final = ("ide", "fdc", "scsi", "sata")
_PLACES: Final = {"ide": (2, 2), "fdc": (1, 2), "sata": (1, 6), "scsi": (1, 7)}
"""Buses per controller and units per bus, by which a target's letters become an address."""

_PORTS: Final = {
    "nbd": 10809, "sheepdog": 7000, "gluster": 24007, "iscsi": 3260, "http": 80, "https": 443, "ftp": 21,
    "ftps": 990, "tftp": 69, "ssh": 22, "vxhs": 9999,
}  # fmt: skip
_WIDE_UNITS: Final = 16


def target_index(name: str | None) -> int:
    """Which disk of its bus a target name stands for: 0 for vda; -1 where it is not a disk's name."""
    found = _NAME.match(name or "")
    if found is None:
        return -1
    index = 0
    for letter in found[1]:
        index = index * 26 + ord(letter) - ord("a") + 1
    return index - 1


def target_of(disk: Disk) -> str:
    """The disk's target name."""
    return (disk.target.dev if disk.target is not None else None) or ""


def bus_of(disk: Disk) -> str | None:
    """The disk's bus."""
    return disk.target.bus if disk.target is not None else None


def complete_disks(domain: Domain) -> None:
    """Kind and bus of every disk, and their order: those of a bus together, by name."""
    devices = devices_of(domain)
    ordered: list[Disk] = []
    for disk in devices.disks:
        # Disks whose bus is not given are ordered as if they were on one.
        insert(ordered, disk)
    for disk in devices.disks:
        _complete(disk)
    devices.disks = ordered


def insert(disks: list[Disk], new: Disk) -> None:
    """Put a disk before the first one of its bus that comes after it by name, or behind its bus, or last."""
    place = None
    for number in reversed(range(len(disks))):
        if bus_of(disks[number]) != bus_of(new):
            continue
        if target_index(target_of(disks[number])) <= target_index(target_of(new)):
            disks.insert(number + 1, new)
            return
        place = number
    disks.insert(len(disks) if place is None else place, new)


def _complete(disk: Disk) -> None:
    disk.type = disk.type or "file"
    # A mirror belongs to a job under way, not to a definition.
    disk.mirror = None
    disk.device = disk.device or "disk"
    target = disk.target
    if target is None or not target.dev:
        raise _error(ErrorNumber.NO_TARGET, _where(disk.source))
    if disk.type in ("network", "volume") and disk.device in ("cdrom", "floppy") and disk.source is None:
        disk.type = "file"
    _check_name(disk, target)
    if disk.device in ("cdrom", "floppy"):
        disk.readonly = disk.readonly or disk.device == "cdrom"
    if target.bus is None:
        target.bus = _default_bus(disk, target.dev)
    if isinstance(disk.source, FileSource | BlockSource) and not _where(disk.source):
        disk.source = None
    if disk.source is None and disk.device not in ("cdrom", "floppy"):
        raise _error(ErrorNumber.NO_SOURCE, target.dev)
    if disk.type == "vhostuser" and disk.snapshot is None:
        disk.snapshot = "no"
    _forget_indexes(disk)
    if disk.source is not None:
        disk.source.seclabels = [label for label in disk.source.seclabels if label.label or label.relabel is not None]
    if isinstance(disk.source, NvmeSource):
        disk.source.managed = True if disk.source.managed is None else disk.source.managed
    if isinstance(disk.source, NetworkSource):
        for host in disk.source.hosts:
            if host.port is None and host.socket is None:
                host.port = _PORTS.get(disk.source.protocol or "")


def _check_name(disk: Disk, target: DiskTarget) -> None:
    name = target.dev or ""
    if disk.device == "floppy" and not name.startswith("fd"):
        raise internal(f"Invalid floppy device name: {name}")
    if disk.device != "floppy" and not name.startswith(("hd", "sd", "vd", "xvd", "ubd")):
        raise internal(f"Invalid harddisk device name: {name}")


def _default_bus(disk: Disk, name: str) -> DiskBus:
    if disk.device == "floppy":
        return "fdc"
    return next((bus for prefix, bus in _BUSES.items() if name.startswith(prefix)), "ide")


def _where(source: StorageSource | None) -> str | None:
    """The file, device or name behind a source, as messages name it."""
    match source:
        case FileSource():
            return source.file
        case BlockSource():
            return source.dev
        case NetworkSource():
            return source.name
        case VolumeSource():
            return source.volume
    return None


def _forget_indexes(disk: Disk) -> None:
    """Numbers of images mean something in a running guest only."""
    layer: Disk | BackingStore | Mirror | None = disk
    while layer is not None:
        if layer.source is not None:
            layer.source.index = None
        if isinstance(layer, BackingStore):
            layer.index = None
        layer = layer.backing_store


def place_disks(domain: Domain) -> None:
    """Give disks on buses with controllers the place that the target's letters stand for."""
    for disk in devices_of(domain).disks:
        bus = bus_of(disk)
        if bus in _BUSES_WITH_CONTROLLER and disk.address is None:
            place = target_index(target_of(disk))
            if place < 0:
                raise xml_error(f"Unknown disk name '{target_of(disk)}' and no address specified")
            disk.address = _place(domain, bus, place)


def _place(domain: Domain, bus: str, index: int) -> DriveAddress:
    buses, units = _PLACES[bus]
    if bus == "scsi":
        controllers = (item for item in devices_of(domain).controllers if item.type == "scsi")
        # libvirt takes controllers in order; each has as many units as its model.
        number = 0
        rest = index
        for controller in sorted(controllers, key=lambda item: item.index or 0):
            size = _WIDE_UNITS if (controller.model or "").startswith("virtio") else units
            if controller.index != number:
                break
            if rest < size:
                return DriveAddress(type="drive", controller=number, bus=0, target=0, unit=rest)
            rest -= size
            number += 1
        extra, unit = divmod(rest, units)
        return DriveAddress(type="drive", controller=number + extra, bus=0, target=0, unit=unit)
    controller_number, rest = divmod(index, buses * units)
    number, unit = divmod(rest, units)
    return DriveAddress(type="drive", controller=controller_number, bus=number, target=0, unit=unit)


def check_disks(domain: Domain) -> None:
    """Refuse addresses of the wrong kind, targets and boot orders used twice, and what a kind of disk cannot do."""
    seen: dict[str, Disk] = {}
    for disk in devices_of(domain).disks:
        _check_address(disk)
        other = seen.setdefault(target_of(disk), disk)
        if other is not disk:
            raise xml_error(
                f"target '{target_of(disk)}' duplicated for disk sources "
                f"'{_where(other.source)}' and '{_where(disk.source)}'"
            )
        if disk.device == "lun" and disk.type not in ("block", "network", "volume"):
            raise unsupported("disk device='lun' is only valid for block type disk source")


def _check_address(disk: Disk) -> None:
    address: Address | None = disk.address
    bus = bus_of(disk)
    if address is None or address.type == "unassigned":
        return
    if bus in _BUSES_WITH_CONTROLLER and not isinstance(address, DriveAddress):
        text = f"Invalid address type '{address.type}' for the disk '{target_of(disk)}' with the bus type '{bus}'"
        raise unsupported(text)
