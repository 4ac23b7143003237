# SPDX-License-Identifier: Apache-2.0
"""Finding things in a live domain document: devices by alias, disks by what QEMU calls them."""

from __future__ import annotations

from pathlib import Path

from manor.schema.common.address import Device
from manor.schema.common.storage import StorageSource, place_of
from manor.schema.core import Element, schema_of
from manor.schema.disk_names import named_disk
from manor.schema.domain import Domain
from manor.schema.domain.cpu import Cpu
from manor.schema.domain.devices import Devices
from manor.schema.domain.disk import Disk

USER_ALIAS = "ua-"
"""How aliases begin that a document gives itself."""


def inactive_copy(document: Domain) -> Domain:
    """The document without what only this run has: id, block node numbers, aliases but the user's own."""
    copy = document.copy()
    copy.drop_runtime()
    copy.id = None
    for device in devices_of(copy).walk(Device):
        if device.alias is not None and not (device.alias.name or "").startswith(USER_ALIAS):
            device.alias = None
    return copy


def migratable_copy(document: Domain, runtime: Path, cpu: str = "") -> Domain:
    """The document as another host can take it: also without what this daemon chose for the run.

    That is paths of channels below `runtime`, the daemon's runtime folder, its default listen addresses, and the
    features it found in the CPU: `cpu` is the element the guest was started with.
    """
    copy = inactive_copy(document)
    devices = devices_of(copy)
    if cpu:
        copy.cpu = Cpu.parse(cpu)
    for disk in devices.disks:
        if disk.source is None and disk.driver is not None and disk.driver.type is None:
            disk.driver.type = "raw"
    for channel in devices.channels:
        channel.sources = [s for s in channel.sources if not (s.path or "").startswith(f"{runtime}/")]
    for graphics, live in zip(devices.graphics, devices_of(document).graphics, strict=True):
        for listen, found in zip(graphics.listens, live.listens, strict=True):
            if found.from_config:
                listen.address = graphics.listen = None
    return copy


def without_implied(document: Domain) -> Domain:
    """A copy without the devices that every daemon adds again: older ones would stumble over them."""
    copy = document.copy()
    devices = devices_of(copy)
    usb = [controller for controller in devices.controllers if controller.type == "usb"]
    implied = usb if len(usb) == 1 and usb[0].index == 0 and usb[0].model in (None, "piix3-uhci") else []
    root = [c for c in devices.controllers if c.type == "pci" and c.index == 0 and c.model == "pci-root"]
    devices.controllers = [c for c in devices.controllers if c not in implied and (c not in root or c.target)]
    devices.inputs = [item for item in devices.inputs if (item.type, item.bus) != ("keyboard", "ps2")]
    if len(devices.audios) == 1 and devices.audios[0].type == "none":
        devices.audios = []
    return copy


def devices_of(document: Domain) -> Devices:
    """The devices element, made if the document has none."""
    if document.devices is None:
        document.devices = Devices()
    return document.devices


def alias_of(device: Device) -> str:
    """A device's alias; empty before aliases are assigned."""
    return (device.alias.name or "") if device.alias is not None else ""


def find_device(document: Domain, alias: str) -> Device | None:
    """The device with an alias, of whatever kind."""
    for device in devices_of(document).walk(Device):
        if device.alias is not None and device.alias.name == alias:
            return device
    return None


def remove_device(document: Domain, alias: str) -> bool:
    """Take the device with an alias out of the document; False if there is none."""
    devices = devices_of(document)
    for name in _fields(devices):
        value = getattr(devices, name)
        if isinstance(value, list):
            kept = [device for device in value if not isinstance(device, Device) or alias_of(device) != alias]
            if len(kept) != len(value):
                setattr(devices, name, kept)
                return True
        elif isinstance(value, Device) and alias_of(value) == alias:
            setattr(devices, name, None)
            return True
    return False


def disk_of_target(document: Domain, name: str) -> Disk | None:
    """The disk a client names: by target (vda) or, as libvirt allows, by its source path."""
    return named_disk(devices_of(document).disks, name)


def disk_of_qom(document: Domain, path: str) -> Disk | None:
    """The disk of a QOM path or device id (`/machine/peripheral/virtio-disk0/virtio-backend`, `ide0-0-0`)."""
    parts = path.split("/")
    for disk in devices_of(document).disks:
        alias = alias_of(disk)
        if alias and alias in parts:
            return disk
    return None


def disk_of_node(document: Domain, node: str) -> Disk | None:
    """The disk one of whose images is a block node (`libvirt-2-format` belongs to the source with index 2)."""
    parts = node.split("-")
    if len(parts) < 3 or parts[0] != "libvirt" or not parts[1].isdigit():
        return None
    index = int(parts[1])
    for disk in devices_of(document).disks:
        if index in image_indexes(disk):
            return disk
    return None


def image_indexes(disk: Disk) -> list[int]:
    """The node numbers of a disk's image and of those it is based on, top first."""
    indexes = [] if disk.source is None or disk.source.index is None else [disk.source.index]
    store = disk.backing_store
    while store is not None:
        if store.index is not None:
            indexes.append(store.index)
        store = store.backing_store
    return indexes


def source_path(disk: Disk) -> str | None:
    """The local path of a disk's image; None for an empty drive and for network storage."""
    return _local_path(disk.source)


def image_path(disk: Disk, index: int) -> str | None:
    """As `source_path`, of the image with a node number among a disk's own."""
    if disk.source is not None and disk.source.index == index:
        return source_path(disk)
    store = disk.backing_store
    while store is not None and store.index != index:
        store = store.backing_store
    return _local_path(store.source) if store is not None else None


def _local_path(source: StorageSource | None) -> str | None:
    source = place_of(source)
    if source is None:
        return None
    for name in ("file", "dev", "dir"):
        path = getattr(source, name, None)
        if path:
            return str(path)
    return None


def _fields(element: Element) -> tuple[str, ...]:
    return tuple(field.name for field in schema_of(type(element)).fields)
