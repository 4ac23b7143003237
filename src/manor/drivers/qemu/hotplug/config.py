# SPDX-License-Identifier: Apache-2.0
"""The same changes to a definition: pure functions from a document to the changed copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.hotplug import matching, rules
from manor.drivers.qemu.hotplug.sizes import account
from manor.drivers.qemu.passes import Purpose, complete, insert_device
from manor.errors import ErrorDomain, reporter
from manor.schema.common.address import Device
from manor.schema.core import Element
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Channel, Console, Parallel, RedirDev, Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Input, MemoryDevice, Rng, Vsock, Watchdog
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem, Lease, Shmem
from manor.schema.domain.graphics import Graphics
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.domain.sound import Sound

_error = reporter(ErrorDomain.QEMU)
_invalid = _error.not_valid


def attached(document: Domain, caps: QemuCaps, device: Element) -> Domain:
    """The definition with one more device, completed as any other.

    Raises VIR_ERR_OPERATION_UNSUPPORTED for kinds that cannot be added so, VIR_ERR_OPERATION_INVALID for what is there.
    """
    check = _ATTACH.get(type(device))
    if check is None:
        raise rules.unsupported(f"persistent attach of device '{rules.kind_of(device)}' is not supported")
    check(document, device)
    changed = document.copy()
    device = device.copy()
    insert_device(changed, device)
    account(changed, device, 1)
    return complete(changed, caps, Purpose.DEFINE)


def detached(document: Domain, wanted: Element) -> Domain:
    """The definition without the device that `wanted` means."""
    if type(wanted) not in matching.KINDS:
        raise rules.unsupported(f"persistent detach of device '{rules.kind_of(wanted)}' is not supported")
    changed = document.copy()
    _take_out(changed, matching.find(changed, wanted, live=False))
    return changed


def detached_alias(document: Domain, alias: str) -> Domain:
    """The definition without the device of an alias."""
    changed = document.copy()
    device = matching.by_alias(changed, alias)
    if type(device) not in matching.KINDS:
        raise rules.unsupported(f"persistent detach of device '{rules.kind_of(device)}' is not supported")
    _take_out(changed, device)
    return changed


def _take_out(document: Domain, device: Element) -> None:
    matching.remove(document, device)
    account(document, device, -1)


def updated(document: Domain, caps: QemuCaps, device: Device) -> Domain:
    """The definition with a device replaced by what the client says of it now."""
    changed = document.copy()
    match device:
        case Disk():
            old: Device | None = next(
                (disk for disk in devices_of(changed).disks if disk.target_name == device.target_name), None
            )
            if old is None:
                raise _error(ErrorNumber.INVALID_ARG, f"target {device.target_name} doesn't exist.")
        case Graphics():
            old = next((g for g in devices_of(changed).graphics if g.type == device.type), None)
            if old is None:
                raise _error(
                    ErrorNumber.DEVICE_MISSING,
                    f"cannot find existing graphics device to modify of type '{device.type}'",
                )
        case Interface():
            old = matching.find_interface(changed, device)
        case MemoryDevice():
            old = _resized_memory(changed, device)
        case _:
            raise rules.unsupported(f"persistent update of device '{rules.kind_of(device)}' is not supported")
    new = device.copy()
    if new.address is None:
        new.address = old.address
    matching.replace(changed, old, new)
    return complete(changed, caps, Purpose.DEFINE)


def _resized_memory(document: Domain, device: MemoryDevice) -> Device:
    for memory in devices_of(document).memories:
        if memory.model == device.model and matching.covers(memory.address, device.address):
            return memory
    raise _error(ErrorNumber.INVALID_ARG, "matching memory device was not found")


def _disk(document: Domain, disk: Disk) -> None:
    if any(other.target_name == disk.target_name for other in devices_of(document).disks):
        raise _invalid(f"target {disk.target_name} already exists")


def _controller(document: Domain, controller: Controller) -> None:
    for other in devices_of(document).controllers:
        if other.type == controller.type and controller.index is not None and (other.index or 0) == controller.index:
            raise _invalid(f"controller index='{controller.index}' already exists")


def _filesystem(document: Domain, device: Filesystem) -> None:
    if any(other.target == device.target for other in devices_of(document).filesystems):
        raise _invalid("Target already exists")


def _hostdev(document: Domain, device: Hostdev) -> None:
    if any(matching.covers(other, device) for other in devices_of(document).hostdevs):
        raise _invalid("device is already in the domain configuration")


def _lease(document: Domain, device: Lease) -> None:
    if any(matching.covers(other, device) for other in devices_of(document).leases):
        raise _invalid(f"Lease {device.key} in lockspace {device.lockspace or '(null)'} already exists")


def _vsock(document: Domain, device: Vsock) -> None:
    if devices_of(document).vsock is not None:
        raise _invalid("domain already has a vsock device")


def _anything(document: Domain, device: Element) -> None:
    """Nothing speaks against it."""


_ATTACH: Final[Mapping[type[Element], Callable[[Domain, Any], None]]] = {
    Disk: _disk,
    Interface: _anything,
    Sound: _anything,
    Hostdev: _hostdev,
    Lease: _lease,
    Controller: _controller,
    Serial: rules.check_new_chardev,
    Parallel: rules.check_new_chardev,
    Channel: rules.check_new_chardev,
    Console: rules.check_new_chardev,
    Filesystem: _filesystem,
    Rng: _anything,
    MemoryDevice: rules.check_new_memory,
    RedirDev: _anything,
    Shmem: _anything,
    Watchdog: rules.check_new_watchdog,
    Input: _anything,
    Vsock: _vsock,
}
