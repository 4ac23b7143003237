# SPDX-License-Identifier: Apache-2.0
"""What a guest needs of the host's files, and for what. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from manor.drivers.qemu.documents import alias_of, devices_of
from manor.schema.common.address import Device, HostPciAddress
from manor.schema.common.security import DeviceSecurityLabel
from manor.schema.common.storage import BlockSource, FileSource, StorageSource, VhostUserSource, place_of
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Channel, Chardev, Console, Parallel, RedirDev, Serial, Smartcard
from manor.schema.domain.devices import Input, MemoryDevice, Rng, Tpm
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Shmem
from manor.schema.domain.graphics import Graphics
from manor.schema.domain.hostdev import Hostdev, MdevHostdevSource, PciHostdevSource, UsbHostdevSource
from manor.schema.domain.interface import Interface, VhostUserInterfaceSource

GUEST: Final = "guest"
"""Stands for an alias where the guest as a whole needs a file."""

SEV_DEVICE: Final = "/dev/sev"


class Resource(NamedTuple):
    """A file and what it is for: `alias` names the device, `labels` are those of its own.

    `writes`: QEMU changes it, so an image must be QEMU's; one that is only read is left alone where QEMU may read it.
    `made`: QEMU makes it itself where it is not there yet.
    """

    path: str
    alias: str
    writes: bool = True
    labels: Sequence[DeviceSecurityLabel] = ()
    made: bool = False


def of_domain(document: Domain) -> Iterator[Resource]:
    """Everything a guest needs at its start."""
    yield from _boot(document)
    devices = devices_of(document)
    for field in devices.__schema__.fields:
        value = getattr(devices, field.name)
        for device in value if isinstance(value, list) else (value,):
            if isinstance(device, Device):
                yield from of_device(device)


def of_device(device: Device) -> Iterator[Resource]:
    """What one device needs."""
    find = _FINDERS.get(type(device))
    return iter(()) if find is None else find(device)


def _boot(document: Domain) -> Iterator[Resource]:
    boot = document.os
    if boot is not None:
        tables = [table.value for table in boot.acpi.tables] if boot.acpi is not None else []
        for path in (boot.kernel, boot.initrd, boot.dtb, *tables):
            if path:
                yield Resource(path, GUEST, writes=False)
        if boot.loader is not None and boot.loader.value:
            yield Resource(boot.loader.value, GUEST, writes=boot.loader.readonly is False)
        if boot.nvram is not None:
            source = boot.nvram.source
            path = boot.nvram.value or _image(source)
            if path:
                yield Resource(path, GUEST, labels=source.seclabels if source is not None else ())
    for table in document.sysinfos:
        for entry in table.entries:
            if entry.file:
                yield Resource(entry.file, GUEST, writes=False)
    if document.launch_security is not None and document.launch_security.type == "sev":
        yield Resource(SEV_DEVICE, GUEST)


def _disk(disk: Disk) -> Iterator[Resource]:
    source = place_of(disk.source)
    if source is None:
        return
    alias = alias_of(disk)
    if isinstance(source, VhostUserSource) and source.path:
        yield Resource(source.path, alias)
    path = _image(source)
    if path:
        yield Resource(path, alias, writes=not (disk.readonly or disk.device == "cdrom"), labels=source.seclabels)
    store = disk.backing_store
    while store is not None:
        path = _image(store.source)
        if path and store.source is not None:
            yield Resource(path, alias, writes=False, labels=store.source.seclabels or source.seclabels)
        store = store.backing_store


def _image(source: StorageSource | None) -> str | None:
    match source:
        case FileSource():
            return source.file
        case BlockSource():
            return source.dev
    return None


def _chardev(device: Chardev) -> Iterator[Resource]:
    alias = alias_of(device)
    if device.log is not None and device.log.file:
        yield Resource(device.log.file, alias, made=True)
    source = device.source
    if source is None or not source.path:
        return
    match device.type:
        case "file":
            yield Resource(source.path, alias, labels=source.seclabels, made=True)
        case "dev":
            yield Resource(source.path, alias, labels=source.seclabels)
        case "pipe":
            ends = [f"{source.path}.in", f"{source.path}.out"]
            for path in ends if all(Path(end).exists() for end in ends) else [source.path]:
                yield Resource(path, alias, labels=source.seclabels)
        case "unix" if source.mode == "connect":
            yield Resource(source.path, alias, labels=source.seclabels)


def _interface(nic: Interface) -> Iterator[Resource]:
    if isinstance(nic.source, VhostUserInterfaceSource) and nic.source.path and nic.source.mode != "server":
        yield Resource(nic.source.path, alias_of(nic))


def _input(device: Input) -> Iterator[Resource]:
    path = device.source.evdev or device.source.dev if device.source is not None else None
    if path:
        yield Resource(path, alias_of(device))


def _tpm(tpm: Tpm) -> Iterator[Resource]:
    backend = tpm.backend
    if backend is None:
        return
    if backend.device:
        yield Resource(backend.device, alias_of(tpm))
    if backend.source is not None and backend.source.path:
        yield Resource(backend.source.path, alias_of(tpm))


def _rng(rng: Rng) -> Iterator[Resource]:
    if rng.backend is not None and rng.backend.model == "random" and rng.backend.value:
        yield Resource(rng.backend.value, alias_of(rng), writes=False)


def _memory(memory: MemoryDevice) -> Iterator[Resource]:
    if memory.source is not None and memory.source.path:
        yield Resource(memory.source.path, alias_of(memory))


def _shmem(shmem: Shmem) -> Iterator[Resource]:
    if shmem.server is not None and shmem.server.path:
        yield Resource(shmem.server.path, alias_of(shmem))


def _graphics(graphics: Graphics) -> Iterator[Resource]:
    if graphics.gl is not None and graphics.gl.rendernode:
        yield Resource(graphics.gl.rendernode, alias_of(graphics))


def _hostdev(item: Hostdev) -> Iterator[Resource]:
    alias = alias_of(item)
    match item.source:
        case UsbHostdevSource(address=place) if place is not None:
            yield Resource(f"/dev/bus/usb/{place.bus or 0:03}/{place.device or 0:03}", alias)
        case PciHostdevSource(address=place) if place is not None:
            yield from _vfio_group(f"/sys/bus/pci/devices/{_pci_name(place)}", alias)
        case MdevHostdevSource(address=place) if place is not None:
            yield from _vfio_group(f"/sys/bus/mdev/devices/{place.uuid}", alias)


def _pci_name(place: HostPciAddress) -> str:
    return f"{place.domain or 0:04x}:{place.bus or 0:02x}:{place.slot or 0:02x}.{place.function or 0:x}"


def _vfio_group(device: str, alias: str) -> Iterator[Resource]:
    """The device file of the group a device is passed through with, where there is one."""
    group = Path(device, "iommu_group")
    if group.exists():
        yield Resource(f"/dev/vfio/{group.resolve().name}", alias)


_FINDERS: Final[Mapping[type[Device], Callable[[Any], Iterator[Resource]]]] = {
    Disk: _disk,
    Serial: _chardev,
    Parallel: _chardev,
    Console: _chardev,
    Channel: _chardev,
    RedirDev: _chardev,
    Smartcard: _chardev,
    Interface: _interface,
    Input: _input,
    Tpm: _tpm,
    Rng: _rng,
    MemoryDevice: _memory,
    Shmem: _shmem,
    Graphics: _graphics,
    Hostdev: _hostdev,
}
