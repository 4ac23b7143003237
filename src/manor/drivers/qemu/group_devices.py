# SPDX-License-Identifier: Apache-2.0
"""Which device files a guest's QEMU may open, as rules of the devices controller."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from manor.drivers.qemu.command import blockdev
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.passes.pci_buses import Place
from manor.schema.common.address import Device
from manor.schema.common.storage import StorageSource
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Chardev
from manor.schema.domain.devices import Input, MemoryDevice, Rng, Tpm
from manor.schema.domain.disk import Disk
from manor.schema.domain.graphics import Graphics
from manor.schema.domain.hostdev import (
    Hostdev,
    MdevHostdevSource,
    PciHostdevSource,
    ScsiHostdevSource,
    UsbHostdevSource,
)

#: What every QEMU may need: nothing to read, nothing to write, randomness, terminals, acceleration.
_ALWAYS: Final = (
    "/dev/null",
    "/dev/full",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/dev/ptmx",
    "/dev/kvm",
)

#: Whole classes of files, by the kernel's fixed numbers: terminals, USB devices, SCSI devices, sound cards, displays.
_TERMINALS: Final = "c 136:* rw"
_USB: Final = "c 189:* rw"
_SCSI_GENERIC: Final = "c 21:* rw"
_SOUND: Final = {"alsa": "c 116:* rw", "oss": "c 14:* rw"}
_RENDERING: Final = "c 226:* rw"

#: The rule of a group that nothing is denied.
ANY: Final = "a *:* rwm"

_SGX: Final = ("/dev/sgx_vepc", "/dev/sgx_provision")
_SEV: Final = "/dev/sev"
_VFIO: Final = Path("/dev/vfio")


def of_document(document: Domain) -> list[str]:
    """The rules of a guest about to start."""
    found = [*_always(), _TERMINALS]
    devices = devices_of(document)
    for device in devices.children():
        if isinstance(device, Device):
            found += of_device(device)
    found += (_SOUND[audio.type] for audio in devices.audios if audio.type in _SOUND)
    nvram = document.os.nvram if document.os is not None else None
    if nvram is not None and nvram.source is not None:
        found += _rules([_path(nvram.source)])
    if document.launch_security is not None:
        found += _rules([_SEV])
    # Some are needed twice, and the kernel has room for each.
    return list(dict.fromkeys(found))


@cache
def _always() -> list[str]:
    return _rules(_ALWAYS)


def beyond(allowed: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """What is allowed more than is wanted, as rules."""
    needed: dict[str, set[str]] = {}
    for rule in wanted:
        files, _, access = rule.rpartition(" ")
        needed.setdefault(files, set()).update(access)
    found = []
    for rule in allowed:
        files, _, access = rule.rpartition(" ")
        extra = "".join(letter for letter in access if letter not in needed.get(files, ()))
        if extra:
            found.append(f"{files} {extra}")
    return found


def of_device(device: Device) -> list[str]:
    """The rules of one device."""
    match device:
        case Disk():
            return of_disk(device)
        case Chardev(type="dev"):
            return _rules(source.path for source in device.sources)
        case Rng(backend=backend) if backend is not None:
            return _rules([backend.value]) + of_device(backend)
        case Input(source=source) if source is not None:
            return _rules([source.evdev, source.dev])
        case Tpm(backend=backend) if backend is not None:
            return _rules([backend.device])
        case MemoryDevice(model="sgx-epc"):
            return _rules(_SGX)
        case MemoryDevice(source=source) if source is not None:
            return _rules([source.path])
        case Graphics():
            return [_RENDERING] if device.gl is not None else []
        case Hostdev():
            return _of_hostdev(device)
    return []


def of_disk(disk: Disk) -> list[str]:
    """The rules of a disk's images; one that is only read may not be written."""
    found = []
    for image in blockdev.chain(disk):
        found += _rules([_path(image.source)], "r" if image.read_only else "rw")
    return found


def _path(source: StorageSource) -> str | None:
    return getattr(source, "dev", None) or getattr(source, "file", None)


def _of_hostdev(device: Hostdev) -> list[str]:
    match device.source:
        case PciHostdevSource(address=address) if address is not None:
            return _vfio(f"/sys/bus/pci/devices/{Place.of(address)}")
        case MdevHostdevSource(address=address) if address is not None:
            return _vfio(f"/sys/bus/mdev/devices/{address.uuid}")
        case UsbHostdevSource(address=address) if address is not None and address.bus:
            return _rules([f"/dev/bus/usb/{address.bus:03}/{address.device or 0:03}"])
        case UsbHostdevSource():
            return [_USB]
        case ScsiHostdevSource():
            return [_SCSI_GENERIC]
    return []


def _vfio(device: str) -> list[str]:
    """The IOMMU group of a device, and what groups are put together with."""
    try:
        group = Path(device, "iommu_group").readlink().name
    except OSError:
        return []
    return _rules([str(_VFIO / "vfio"), str(_VFIO / group)])


def _rules(paths: Iterable[str | None], access: str = "rw") -> list[str]:
    return list(_each(paths, access))


def _each(paths: Iterable[str | None], access: str) -> Iterator[str]:
    """Rules for those of the paths that are device files."""
    for path in paths:
        try:
            status = Path(path or "").stat()
        except OSError:
            continue
        kind = "b" if stat.S_ISBLK(status.st_mode) else "c" if stat.S_ISCHR(status.st_mode) else None
        if kind is not None:
            yield f"{kind} {os.major(status.st_rdev)}:{os.minor(status.st_rdev)} {access}"
