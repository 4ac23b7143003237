# SPDX-License-Identifier: Apache-2.0
"""Device aliases: the stable names under which QEMU, events and clients know the devices of a running guest.

A device keeps an alias it has (the user's own, or one from before); the others get the kind's prefix with the first
number above those in use, so that plugging and unplugging never reuses a name that is still known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from manor.schema.common.address import Alias, Device, DriveAddress
from manor.schema.domain import Domain
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices, MemoryDevice
from manor.schema.domain.disk import Disk
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.passes.order import disk_index

__all__ = ["assign_aliases", "controller_alias", "disk_alias", "disk_index", "memory_alias"]

_PREFIXES: Final[dict[str, str]] = {
    "filesystems": "fs",
    "smartcards": "smartcard",
    "serials": "serial",
    "parallels": "parallel",
    "consoles": "console",
    "channels": "channel",
    "inputs": "input",
    "tpms": "tpm",
    "sounds": "sound",
    "videos": "video",
    "redirdevs": "redir",
    "hubs": "hub",
    "rngs": "rng",
    "panics": "panic",
    "shmems": "shmem",
}
"""Numbered kinds that need no rule of their own: field of `Devices` to prefix."""

_SINGLE: Final[dict[str, str]] = {
    "watchdog": "watchdog0",
    "memballoon": "balloon0",
    "nvram": "nvram",
    "iommu": "iommu0",
    "vsock": "vsock0",
}
"""Devices there is one of."""

_MEMORY_PREFIXES: Final[dict[str, str]] = {
    "dimm": "dimm",
    "nvdimm": "nvdimm",
    "virtio-pmem": "virtiopmem",
    "virtio-mem": "virtiomem",
    "sgx-epc": "epc",
}


def assign_aliases(document: Domain) -> None:
    """Give every device of a document an alias."""
    devices = document.devices
    if devices is None:
        return
    for disk in devices.disks:
        _set(disk, disk_alias(disk, devices.controllers))
    for controller in devices.controllers:
        _set(controller, controller_alias(document, controller))
    _number(devices.interfaces, "net", skip=_is_hostdev_interface)
    _number(_hostdevs(devices), "hostdev")
    for field, prefix in _PREFIXES.items():
        if field == "consoles":
            _consoles(devices)
        else:
            _number(getattr(devices, field), prefix)
    for memory in devices.memories:
        _set(memory, memory_alias(memory, devices.memories))
    for field, name in _SINGLE.items():
        device = getattr(devices, field)
        # A balloon that is declared away is no device.
        if device is not None and not (field == "memballoon" and device.model == "none"):
            _set(device, name)


def disk_alias(disk: Disk, controllers: Sequence[Controller]) -> str:
    """The alias of a disk: by its place on the controller, or by its target where it has a device of its own."""
    bus = disk.bus or "virtio"
    address = disk.address
    if isinstance(address, DriveAddress):
        place = [address.controller or 0, address.bus or 0]
        if bus == "scsi" and _scsi_model(address.controller or 0, controllers) != "lsilogic":
            place.append(address.target or 0)
        place.append(address.unit or 0)
        return bus + "-".join(map(str, place))
    target = disk.target_name
    return f"{bus}-disk{disk_index(target)}"


def controller_alias(document: Domain, controller: Controller) -> str:
    """The alias of a controller; those built into the machine have QEMU's own names."""
    index = controller.index or 0
    machine = (document.os.type.machine if document.os is not None and document.os.type is not None else None) or ""
    match controller.type:
        case "pci" if controller.model == "pcie-root":
            return "pcie.0"
        case "pci":
            return f"pci.{index}"
        case "ide" if index == 0 and _is_i440fx(machine):
            return "ide"
        case "sata" if index == 0 and _is_q35(machine):
            return "ide"
        case "usb" if index == 0:
            return "usb"
    return f"{controller.type}{index}"


def memory_alias(memory: MemoryDevice, others: Iterable[MemoryDevice]) -> str:
    """The alias of a memory device: by its slot where it has one."""
    prefix = _MEMORY_PREFIXES[memory.model or "dimm"]
    slot = getattr(memory.address, "slot", None)
    if memory.model in ("dimm", "nvdimm") and slot is not None:
        return f"{prefix}{slot}"
    return f"{prefix}{_first_free(others, prefix)}"


def _number(devices: Iterable[Device], prefix: str, skip: Callable[[Device], bool] = lambda _device: False) -> None:
    devices = [device for device in devices if not skip(device)]
    for device in devices:
        if device.alias is None or not device.alias.name:
            _set(device, f"{prefix}{_first_free(devices, prefix)}")


def _first_free(devices: Iterable[Device], prefix: str) -> int:
    used = [-1]
    for device in devices:
        name = (device.alias.name or "") if device.alias is not None else ""
        if name.startswith(prefix) and name[len(prefix) :].isdigit():
            used.append(int(name[len(prefix) :]))
    return max(used) + 1


def _consoles(devices: Devices) -> None:
    """The first console is the first serial port under another name where it says so; it counts as a console."""
    first = devices.consoles[0] if devices.consoles else None
    if first is not None and devices.serials and first.target is not None and first.target.type == "serial":
        serial = devices.serials[0].alias
        first.alias = Alias(name=serial.name if serial is not None else "serial0")
    for console in devices.consoles:
        following = max(_first_free(devices.consoles, "console"), _first_free(devices.consoles, "serial"))
        _set(console, f"console{following}")


def _hostdevs(devices: Devices) -> list[Device]:
    interfaces: list[Device] = [nic for nic in devices.interfaces if _is_hostdev_interface(nic)]
    hostdevs: list[Hostdev] = devices.hostdevs
    return [*interfaces, *hostdevs]


def _is_hostdev_interface(device: Device) -> bool:
    return isinstance(device, Interface) and device.type == "hostdev"


def _scsi_model(index: int, controllers: Sequence[Controller]) -> str | None:
    for controller in controllers:
        if controller.type == "scsi" and controller.index == index:
            return controller.model
    return None


def _set(device: Device, name: str) -> None:
    if device.alias is None or not device.alias.name:
        device.alias = Alias(name=name)


def _is_i440fx(machine: str) -> bool:
    return machine == "pc" or machine.startswith(("pc-0.", "pc-1.", "pc-i440fx"))


def _is_q35(machine: str) -> bool:
    return machine == "q35" or machine.startswith("pc-q35")
