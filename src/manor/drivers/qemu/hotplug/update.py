# SPDX-License-Identifier: Apache-2.0
"""virDomainUpdateDeviceFlags on a running guest: what of each kind of device may change."""

from __future__ import annotations

from manor.constants import ErrorNumber
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug import graphics, interfaces, matching, media, rules, throttling
from manor.errors import ErrorDomain, reporter
from manor.schema.common.storage import StorageSource
from manor.schema.core import Element
from manor.schema.domain.devices import MemoryDevice
from manor.schema.domain.disk import Disk
from manor.schema.domain.graphics import Graphics
from manor.schema.domain.interface import Interface

_error = reporter(ErrorDomain.QEMU)

KIB = 1024


async def update(core: QemuCore, guest: Guest, running: Running, device: Element, *, force: bool) -> None:
    """Change a device of the running guest to what `device` says; VIR_ERR_OPERATION_UNSUPPORTED for what cannot be."""
    match device:
        case Disk():
            await _disk(core, guest, running, device, force=force)
        case Graphics():
            await graphics.update(core, guest, running, device)
        case Interface():
            await interfaces.update(core, guest, running, device)
        case MemoryDevice():
            await _memory(core, guest, running, device)
        case _:
            raise _error(
                ErrorNumber.CONFIG_UNSUPPORTED, f"live update of device '{rules.kind_of(device)}' is not supported"
            )


async def _disk(core: QemuCore, guest: Guest, running: Running, wanted: Disk, *, force: bool) -> None:
    name = wanted.target_name
    drive = next((disk for disk in devices_of(running.document).disks if disk.target_name == name), None)
    if drive is None:
        raise _error(ErrorNumber.DEVICE_MISSING, f"disk '{name}' not found")
    media.check_update(drive, wanted)
    if _same_source(drive.source, wanted.source):
        if wanted.source is not None and drive.source is not None:
            drive.source.startup_policy = wanted.source.startup_policy
        drive.snapshot = wanted.snapshot
        core.save_status(guest)
        return
    await media.change(core, guest, running, drive, wanted, force=force)


def _same_source(old: StorageSource | None, new: StorageSource | None) -> bool:
    if old is None or new is None:
        return old is new
    return matching.covers(old, new.evolve(startup_policy=None))


async def _memory(core: QemuCore, guest: Guest, running: Running, wanted: MemoryDevice) -> None:
    """How much of a virtio-mem device is plugged."""
    if wanted.model != "virtio-mem":
        raise rules.unsupported(f"cannot modify memory of model '{wanted.model}'")
    for memory in devices_of(running.document).memories:
        if memory.model != wanted.model or memory.target is None or wanted.target is None:
            continue
        if matching.covers(memory.alias, wanted.alias) and matching.covers(memory.address, wanted.address):
            arguments = {
                "path": f"/machine/peripheral/{alias_of(memory)}",
                "property": "requested-size",
                "value": (wanted.target.requested or 0) * KIB,
            }
            await running.monitor.execute("qom-set", arguments)
            memory.target.requested = wanted.target.requested
            core.save_status(guest)
            return
    raise _error(
        ErrorNumber.DEVICE_MISSING,
        f"model '{wanted.model}' memory device not present in the domain configuration",
    )


async def settle(running: Running) -> None:
    """What a QEMU that has just started is told of its devices, because its command line cannot say it."""
    await throttling.apply_all(running)
    await graphics.apply_all(running)
    await interfaces.apply_all(running)
