# SPDX-License-Identifier: Apache-2.0
"""What may be plugged into a running guest and unplugged from one: libvirt's refusals, before anything is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.hotplug.matching import same_chardev
from manor.drivers.qemu.passes.aliases import disk_index
from manor.errors import ErrorDomain, ManorError, reporter
from manor.schema.common.address import Device, DriveAddress, PciAddress
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Channel, Console, Parallel, RedirDev, Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Input, MemoryDevice, Rng, Vsock, Watchdog
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem, Shmem
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface

_error = reporter(ErrorDomain.QEMU)
_configuration = _error.unsupported
_invalid = _error.not_valid

_LIVE_INTERFACES: Final = frozenset({"user", "ethernet", "bridge", "network", "vhostuser", "direct", "hostdev", "vdpa"})
_LIVE_DISK_BUSES: Final = frozenset({"virtio", "scsi", "usb"})
_FIXED_DISK_BUSES: Final = frozenset({"fdc", "xen", "uml", "sd"})
_DRIVES: Final = {"ide": 4, "sata": 6}
"""Buses of the machine's own, and how many disks a controller of theirs has."""

_LIVE_INPUT_BUSES: Final = frozenset({"usb", "virtio"})


def unsupported(text: str) -> ManorError:
    """VIR_ERR_OPERATION_UNSUPPORTED."""
    return _error(ErrorNumber.OPERATION_UNSUPPORTED, text)


def kind_of(device: Any) -> str:
    """What libvirt calls a device's kind: the name of its element, but for character devices."""
    if isinstance(device, Serial | Parallel | Channel | Console):
        return "chr"
    return str(device.__schema__.tag)


def check_attach(document: Domain, device: Device) -> None:
    """Refuse what cannot be plugged into the running guest of `document`."""
    check = _ATTACH.get(type(device))
    if check is None:
        raise unsupported(f"live attach of device '{kind_of(device)}' is not supported")
    check(document, device)


def check_detach(document: Domain, device: Device) -> None:
    """Refuse what cannot be unplugged from the running guest of `document`, which the device is in."""
    check = _DETACH.get(type(device))
    if check is None:
        raise unsupported(f"live detach of device '{kind_of(device)}' is not supported")
    check(document, device)
    address = device.address
    if isinstance(address, PciAddress) and address.multifunction:
        place = f"{address.domain or 0:04x}:{address.bus or 0:02x}:{address.slot or 0:02x}.{address.function or 0}"
        raise _error(
            ErrorNumber.OPERATION_FAILED,
            f"cannot hot unplug {kind_of(device)} device with multifunction PCI guest address: {place}",
        )


def check_detachable(wanted: Any) -> None:
    """Refuse kinds of devices that can never be unplugged, whether there is one or not."""
    if type(wanted) not in _DETACH:
        raise unsupported(f"live detach of device '{kind_of(wanted)}' is not supported")
    if isinstance(wanted, Controller):
        _check_hotplug_controller(wanted, "unplugged")


def _check_hotplug_controller(controller: Controller, done: str) -> None:
    if controller.type != "scsi":
        raise unsupported(f"'{controller.type}' controller cannot be hot {done}.")


def _disk(document: Domain, disk: Disk) -> None:
    target = disk.target
    if disk.device == "floppy":
        raise unsupported("floppy device hotplug isn't supported")
    bus = (target.bus if target is not None else None) or ""
    if disk.transient is not None and disk.transient.share_backing:
        raise unsupported("transient disks that share their backing image cannot be hotplugged")
    if bus in _FIXED_DISK_BUSES:
        raise unsupported(f"disk bus '{bus}' cannot be hotplugged.")
    for other in devices_of(document).disks:
        if target is not None and other.target is not None and other.target.dev == target.dev:
            sources = (
                getattr(item.source, "file", None) or getattr(item.source, "dev", None) for item in (other, disk)
            )
            first, second = (source or "" for source in sources)
            raise reporter(ErrorDomain.DOMAIN)(
                ErrorNumber.XML_ERROR, f"target '{target.dev}' duplicated for disk sources '{first}' and '{second}'"
            )
    if bus in _DRIVES:
        _check_drive_controller(document, disk, bus)


def _check_drive_controller(document: Domain, disk: Disk, bus: str) -> None:
    """Buses whose controllers cannot be plugged together with the disk."""
    if isinstance(disk.address, DriveAddress):
        index = disk.address.controller or 0
    else:
        index = disk_index(disk.target_name) // _DRIVES[bus]
    if bus == "ide" and index:
        raise _error(ErrorNumber.INTERNAL_ERROR, "Only 1 IDE controller is supported")
    if not any(item.type == bus and (item.index or 0) == index for item in devices_of(document).controllers):
        raise _error(
            ErrorNumber.INTERNAL_ERROR, f"Could not find {bus} controller with index {index} required for device"
        )


def _interface(document: Domain, nic: Interface) -> None:
    if nic.type not in _LIVE_INTERFACES:
        raise _configuration(f"hotplug of interface type of {nic.type} is not implemented yet")


def _controller(document: Domain, controller: Controller) -> None:
    if controller.type == "ide":
        raise _configuration("Only a single IDE controller is supported for this machine type")
    _check_hotplug_controller(controller, "plugged")
    for other in devices_of(document).controllers:
        if other.type == controller.type and controller.index is not None and other.index == controller.index:
            raise _error(ErrorNumber.OPERATION_FAILED, f"target {other.type}:{other.index} already exists")


def check_new_chardev(document: Domain, device: Serial | Parallel | Channel | Console) -> None:
    """Refuse a character device that is there already."""
    devices = devices_of(document)
    known: list[Device] = [*devices.serials, *devices.parallels, *devices.channels, *devices.consoles]
    if any(same_chardev(item, device) for item in known):
        raise _invalid("chardev already exists")


def _chardev(document: Domain, device: Serial | Parallel | Channel | Console) -> None:
    if isinstance(device, Console):
        kind = (device.target.type if device.target is not None else None) or "serial"
        if kind != "virtio":
            raise _configuration(f"unsupported console target type {kind}")
    check_new_chardev(document, device)


def check_new_watchdog(document: Domain, device: Watchdog) -> None:
    """Refuse a second watchdog."""
    if devices_of(document).watchdog is not None:
        raise _invalid("domain already has a watchdog")


def _watchdog(document: Domain, device: Watchdog) -> None:
    check_new_watchdog(document, device)
    if device.model != "i6300esb":
        raise unsupported(f"hotplug of watchdog of model {device.model} is not supported")


def _input(document: Domain, device: Input) -> None:
    if device.bus not in _LIVE_INPUT_BUSES:
        raise unsupported(f"input device on bus '{device.bus or 'ps2'}' cannot be hot plugged.")


def _shmem(document: Domain, device: Shmem) -> None:
    if device.model in (None, "ivshmem"):
        raise _configuration("ivshmem device is not supported with this QEMU binary")


def _filesystem(document: Domain, device: Filesystem) -> None:
    if device.driver is None or device.driver.type != "virtiofs":
        raise unsupported("only virtiofs filesystems can be hotplugged")


def check_new_memory(document: Domain, device: MemoryDevice) -> None:
    """Refuse memory for which the guest has no room."""
    maximum = document.max_memory
    if maximum is None or not maximum.value:
        raise _configuration("cannot use/hotplug a memory device when domain 'maxMemory' is not defined")
    total = (document.memory.value if document.memory is not None else None) or 0
    size = device.target.size if device.target is not None else 0
    slots = sum(item.model in ("dimm", "nvdimm") for item in devices_of(document).memories)
    if device.model in ("dimm", "nvdimm") and slots >= (maximum.slots or 0):
        raise _configuration(f"memory device count '{slots + 1}' exceeds slots count '{maximum.slots or 0}'")
    if total + size > maximum.value:
        raise unsupported(
            f"Attaching memory device with size '{size}' would exceed domain's maxMemory config size '{maximum.value}'"
        )


def check_new_vsock(document: Domain, device: Vsock) -> None:
    """Refuse a second virtio socket."""
    if devices_of(document).vsock is not None:
        raise _invalid("the domain already has a vsock device")


def _hostdev(document: Domain, device: Hostdev) -> None:
    raise _configuration(f"hotplug is not supported for hostdev subsys type '{device.type}'")


def _anything(document: Domain, device: Device) -> None:
    """Nothing speaks against it."""


def _no_disk(document: Domain, disk: Disk) -> None:
    bus = disk.bus or ""
    if disk.device in ("cdrom", "floppy"):
        if disk.device == "cdrom" and bus in ("usb", "scsi"):
            return
        raise unsupported(f"disk device type '{disk.device}' cannot be detached")
    if bus not in _LIVE_DISK_BUSES:
        raise unsupported("This type of disk cannot be hot unplugged")


def _no_controller(document: Domain, controller: Controller) -> None:
    _check_hotplug_controller(controller, "unplugged")
    for disk in devices_of(document).disks:
        bus = disk.bus
        on_scsi = bus == "scsi" and isinstance(disk.address, DriveAddress)
        if on_scsi and (getattr(disk.address, "controller", None) or 0) == (controller.index or 0):
            raise _error(ErrorNumber.OPERATION_FAILED, "device cannot be detached: device is busy")


def _no_watchdog(document: Domain, device: Watchdog) -> None:
    if device.model != "i6300esb":
        raise unsupported(f"hot unplug of watchdog of model {device.model} is not supported")


def _no_input(document: Domain, device: Input) -> None:
    if device.bus not in _LIVE_INPUT_BUSES:
        raise unsupported(f"input device on bus '{device.bus}' cannot be detached")


_Check = Callable[[Domain, Any], None]

_ATTACH: Final[Mapping[type[Device], _Check]] = {
    Disk: _disk,
    Interface: _interface,
    Controller: _controller,
    Serial: _chardev,
    Parallel: _chardev,
    Channel: _chardev,
    Console: _chardev,
    Watchdog: _watchdog,
    Input: _input,
    Shmem: _shmem,
    Filesystem: _filesystem,
    MemoryDevice: check_new_memory,
    Vsock: check_new_vsock,
    Hostdev: _hostdev,
    Rng: _anything,
    RedirDev: _anything,
}

_DETACH: Final[Mapping[type[Device], _Check]] = {
    Disk: _no_disk,
    Interface: _anything,
    Controller: _no_controller,
    Serial: _anything,
    Parallel: _anything,
    Channel: _anything,
    Console: _anything,
    Watchdog: _no_watchdog,
    Input: _no_input,
    Shmem: _anything,
    Filesystem: _anything,
    MemoryDevice: _anything,
    Vsock: _anything,
    Rng: _anything,
    RedirDev: _anything,
}
