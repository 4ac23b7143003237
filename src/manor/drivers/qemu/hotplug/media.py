# SPDX-License-Identifier: Apache-2.0
"""CD-ROMs and floppies: another medium, or none, in a drive of a running guest."""

from __future__ import annotations

from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu import groups
from manor.drivers.qemu.command import blockdev
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug import rules
from manor.drivers.qemu.hotplug.plug import prepare, run
from manor.drivers.qemu.hotplug.steps import reduced, removal_steps, steps
from manor.drivers.qemu.monitor import QmpError
from manor.drivers.qemu.plan import LaunchPlan
from manor.drivers.qemu.prepare import Preparation
from manor.errors import ErrorDomain, ManorError, reporter
from manor.schema.domain import Domain
from manor.schema.domain.disk import Disk, DiskDriver
from manor.system.undo import Undo

_error = reporter(ErrorDomain.QEMU)

TRAY_WAIT_S: Final = 5.0
"""Seconds a guest that locked its tray has to open it when asked."""

REMOVABLE: Final = frozenset({"cdrom", "floppy"})


def drive_of(document: Domain, wanted: Disk) -> Disk | None:
    """The drive for removable media that `wanted` means, by target and bus; None where that is a new device."""
    if wanted.device not in REMOVABLE or wanted.target is None:
        return None
    for disk in devices_of(document).disks:
        target = disk.target
        if target is not None and (target.dev, target.bus) == (wanted.target.dev, wanted.target.bus):
            return disk
    return None


async def change(core: QemuCore, guest: Guest, running: Running, drive: Disk, wanted: Disk, *, force: bool) -> None:
    """Put the medium `wanted` describes into `drive`, a disk of the live document; without a source, eject.

    `force` opens a tray the guest has locked. Raises VIR_ERR_OPERATION_FAILED when the guest does not open it; the
    old medium stays then.
    """
    if drive.device not in REMOVABLE:
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, "disk source can be changed only in removable drives")
    medium = _medium(drive, wanted)
    old = removal_steps(running.document, running.caps, LaunchPlan(running.paths, core.paths, running.id), drive)
    async with Undo() as undo:
        plan = LaunchPlan(running.paths, core.paths, running.id)
        document = reduced(running.document, medium)
        undo.push(core.security.release, guest.key, alias_of(drive), [drive])
        # Numbered beside the medium still in the drive: both are open for a moment.
        await prepare(Preparation(core, guest, document, running.caps, plan, undo), running.document, medium)
        images = blockdev.chain(medium)
        for step in steps(document, running.caps, plan, medium):
            if step.command != "device_add":
                await run(running, step, undo)
        await _exchange(running, drive, images[0].format_node if images else None, force=force)
        undo.commit()
    drive.type, drive.source, drive.backing_store = medium.type, medium.source, medium.backing_store
    drive.driver = medium.driver
    core.save_status(guest)
    for step in reversed(old):
        await running.monitor.execute(step.undo, step.undo_arguments)
    await core.security.release(guest.key, alias_of(drive), [medium])
    groups.forbid_rest(running)


def _medium(drive: Disk, wanted: Disk) -> Disk:
    """The drive as it will be: its own place, the new source."""
    driver = wanted.driver or DiskDriver(name="qemu")
    if driver.type is None:
        driver.type = "raw"
    return drive.evolve(type=wanted.type, source=wanted.source, backing_store=wanted.backing_store, driver=driver)


async def _exchange(running: Running, drive: Disk, node: str | None, *, force: bool) -> None:
    name = {"id": alias_of(drive)}
    monitor = running.monitor
    await _open_tray(running, drive, force=force)
    await monitor.execute("blockdev-remove-medium", name)
    try:
        if node is not None:
            await monitor.execute("blockdev-insert-medium", name | {"node-name": node})
    except ManorError:
        images = blockdev.chain(drive)
        if images:
            await monitor.execute("blockdev-insert-medium", name | {"node-name": images[0].format_node})
        raise
    finally:
        await monitor.execute("blockdev-close-tray", name)


async def _open_tray(running: Running, drive: Disk, *, force: bool) -> None:
    if drive.target is not None and drive.target.tray == "open":
        return
    async with running.monitor.listening("DEVICE_TRAY_MOVED") as trays:
        try:
            await running.monitor.execute("blockdev-open-tray", {"id": alias_of(drive), "force": force})
        except QmpError as failure:
            if "locked" not in failure.description:
                raise
            # QEMU has asked the guest; it opens the tray, or does not.
            try:
                await trays.where(TRAY_WAIT_S, id=alias_of(drive))
            except ManorError:
                raise failure from None


_FIXED: Final = (
    ("device", "device"),
    ("target.bus", "bus"),
    ("target.removable", "removable"),
    ("geometry", "geometry"),
    ("blockio.logical_block_size", "blockio logical_block_size"),
    ("blockio.physical_block_size", "blockio physical_block_size"),
    *((f"iotune.{name}", f"blkdeviotune {name}") for name in (
        "total_bytes_sec", "read_bytes_sec", "write_bytes_sec", "total_iops_sec", "read_iops_sec", "write_iops_sec",
        "total_bytes_sec_max", "read_bytes_sec_max", "write_bytes_sec_max", "total_iops_sec_max",
        "read_iops_sec_max", "write_iops_sec_max", "size_iops_sec", "group_name",
    )),
    ("serial", "serial"),
    ("wwn", "wwn"),
    ("vendor", "vendor"),
    ("product", "product"),
    ("driver.cache", "cache"),
    ("driver.error_policy", "error_policy"),
    ("driver.rerror_policy", "rerror_policy"),
    ("driver.io", "io"),
    ("driver.ioeventfd", "ioeventfd"),
    ("driver.event_idx", "event_idx"),
    ("driver.copy_on_read", "copy_on_read"),
    ("driver.discard", "discard"),
    ("driver.iothread", "iothread"),
    ("driver.detect_zeroes", "detect_zeroes"),
    ("rawio", "rawio"),
    ("sgio", "sgio"),
    ("alias.name", "alias"),
)  # fmt: skip
"""What an update of a running disk must leave as it is: the path in the document and libvirt's name of it."""


def check_update(drive: Disk, wanted: Disk) -> None:
    """Refuse a change of anything but the medium; what `wanted` leaves out stays.

    Raises VIR_ERR_OPERATION_UNSUPPORTED naming the field.
    """
    for path, name in _FIXED:
        value = _at(wanted, path)
        if value is not None and value != _at(drive, path):
            raise rules.unsupported(f"cannot modify field '{name}' of the disk")


def _at(disk: Disk, path: str) -> object:
    value: object = disk
    for name in path.split("."):
        value = getattr(value, name, None)
    return value
