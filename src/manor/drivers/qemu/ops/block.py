# SPDX-License-Identifier: Apache-2.0
"""Block devices of guests: figures, contents, size, errors, limits, thresholds."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import Final

from manor.constants import DomainBlockResizeFlags, DomainDiskErrorCode, ErrorNumber
from manor.drivers.qemu import definitions, prepare_volumes
from manor.drivers.qemu.command import blockdev
from manor.drivers.qemu.documents import alias_of, devices_of, disk_of_qom, disk_of_target, image_indexes, source_path
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug import throttling
from manor.drivers.qemu.impact import AFFECT_MASK, resolve
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.measures import block
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.records import (
    DomainBlockInfo,
    DomainBlockJobInfo,
    DomainBlockStats,
    DomainDiskError,
    DomainRef,
    ParamValue,
    TypedParam,
    llong_param,
    string_param,
    ullong_param,
)
from manor.records.checks import STRING, ULLONG, checked
from manor.records.events import DomainTunableEvent
from manor.schema.common.storage import VolumeSource
from manor.schema.domain import Domain
from manor.schema.domain.disk import Disk, IoTune

_STRING_OKAY: Final = 4
_KIB: Final = 1024
_LARGEST: Final = (1 << 64) - 1
_MAX_PEEK: Final = 4 * 1024 * 1024

_STATS: Final = (
    ("wr_bytes", "wr_bytes"),
    ("wr_operations", "wr_operations"),
    ("rd_bytes", "rd_bytes"),
    ("rd_operations", "rd_operations"),
    ("flush_operations", "flush_operations"),
    ("wr_total_times", "wr_total_time_ns"),
    ("rd_total_times", "rd_total_time_ns"),
    ("flush_total_times", "flush_total_time_ns"),
)
"""VIR_DOMAIN_BLOCK_STATS_* in libvirt's order, and QEMU's names of the same."""

_TUNE: Final = {**dict.fromkeys(throttling.LIMITS, ULLONG), "group_name": STRING}

_ERRORS: Final = {"failed": DomainDiskErrorCode.UNSPEC, "nospace": DomainDiskErrorCode.NO_SPACE}


class BlockOps(QemuDomainOps):
    """virDomainBlockStats, virDomainGetBlockInfo, virDomainBlockResize, virDomainSetBlockIoTune and the like."""

    async def domain_block_stats(self, dom: DomainRef, path: str) -> DomainBlockStats:
        values = await self._stats(self.guest(dom), path)
        return DomainBlockStats(
            rd_req=values.get("rd_operations", 0),
            rd_bytes=values.get("rd_bytes", 0),
            wr_req=values.get("wr_operations", 0),
            wr_bytes=values.get("wr_bytes", 0),
            # QEMU does not count what libvirt means by errors.
            errs=-1,
        )

    async def domain_block_stats_flags(self, dom: DomainRef, path: str, flags: int) -> list[TypedParam]:
        self.check_flags(flags, _STRING_OKAY, "qemuDomainBlockStatsFlags")
        values = await self._stats(self.guest(dom), path)
        return [llong_param(name, values[key]) for name, key in _STATS if key in values]

    async def _stats(self, guest: Guest, path: str) -> dict[str, int]:
        """QEMU's counters of one disk, or with an empty path of all together."""
        running = guest.require_active()
        disk = disk_of_target(running.document, path) if path else None
        if path and disk is None:
            raise error(ErrorNumber.INVALID_ARG, f"invalid path: {path}")
        found = await block.query(running)
        disks = [disk] if disk is not None else devices_of(running.document).disks
        total: dict[str, int] = {}
        for item in disks:
            counters = found.get(alias_of(item))
            if counters is None:
                raise error(ErrorNumber.INTERNAL_ERROR, f"cannot find statistics for device '{alias_of(item)}'")
            for _, name in _STATS:
                if name in counters.values:
                    total[name] = total.get(name, 0) + counters.values[name]
        return total

    async def domain_get_block_info(self, dom: DomainRef, path: str, flags: int) -> DomainBlockInfo:
        self.check_flags(flags, 0, "qemuDomainGetBlockInfo")
        guest = self.guest(dom)
        disk = disk_of_target(guest.document, path)
        if disk is None:
            raise error(ErrorNumber.INVALID_ARG, f"invalid path {path} not assigned to domain")
        disk = self._located(guest, disk)
        if not blockdev.chain(disk):
            raise error(ErrorNumber.INVALID_ARG, f"disk '{path}' does not currently have a source assigned")
        sizes = (0, 0, 0)
        local = source_path(disk)
        if local is not None:
            sizes = await asyncio.to_thread(_offline_sizes, local, _format(disk))
        if guest.running is None:
            return DomainBlockInfo(*sizes)
        allocation, capacity, physical = sizes
        found = await block.query(guest.running)
        index = image_indexes(disk)[0]
        image, storage = found.get(f"libvirt-{index}-format"), found.get(f"libvirt-{index}-storage")
        counters = found.get(alias_of(disk))
        capacity = (image.capacity if image is not None else None) or capacity
        physical = physical or (storage.capacity if storage is not None else None) or 0
        # On a block device only what QEMU has written tells how much of it is used.
        if counters is not None and counters.allocation and not _is_file(local):
            allocation = counters.allocation
        return DomainBlockInfo(allocation, capacity, physical)

    def _located(self, guest: Guest, disk: Disk) -> Disk:
        """The disk, where its image is known; of a guest that is off the pool is asked where a volume is."""
        if guest.running is not None or not isinstance(disk.source, VolumeSource):
            return disk
        found = disk.copy()
        prepare_volumes.locate(self.core, found)
        return found

    async def domain_block_peek(self, dom: DomainRef, path: str, offset: int, size: int, flags: int) -> bytes:
        self.check_flags(flags, 0, "qemuDomainBlockPeek")
        guest = self.guest(dom)
        disk = disk_of_target(guest.document, path)
        if disk is None:
            raise error(ErrorNumber.INVALID_ARG, f"disk '{path}' not found in domain")
        disk = self._located(guest, disk)
        local = source_path(disk)
        if local is None:
            raise error(ErrorNumber.INVALID_ARG, f"disk '{path}' does not currently have a source assigned")
        if _format(disk) != "raw":
            raise error(
                ErrorNumber.OPERATION_UNSUPPORTED,
                f"peeking is only supported for disk with 'raw' format not '{_format(disk)}'",
            )
        if size > _MAX_PEEK:
            raise error(ErrorNumber.INVALID_ARG, f"size {size} is too large, at most {_MAX_PEEK} bytes can be read")
        return await asyncio.to_thread(_read, local, offset, size)

    async def domain_block_resize(self, dom: DomainRef, disk: str, size: int, flags: int) -> None:
        self.check_flags(flags, DomainBlockResizeFlags.BYTES, "qemuDomainBlockResize")
        if not flags & DomainBlockResizeFlags.BYTES:
            if size > _LARGEST // _KIB:
                raise error(ErrorNumber.OVERFLOW, f"size must be less than {_LARGEST // _KIB}")
            size *= _KIB
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_block_resize"):
            running = guest.require_active()
            found = disk_of_target(running.document, disk)
            if found is None:
                raise error(ErrorNumber.INVALID_ARG, f"disk '{disk}' was not found in the domain config")
            images = blockdev.chain(found)
            if not images or images[0].read_only:
                raise error(ErrorNumber.OPERATION_UNSUPPORTED, f"can't resize empty or readonly disk '{disk}'")
            if images[0].format in ("qcow2", "qed"):
                size = -(-size // block.SECTOR) * block.SECTOR
            await running.monitor.execute("block_resize", {"node-name": images[0].format_node, "size": size})

    async def domain_get_disk_errors(self, dom: DomainRef, flags: int) -> list[DomainDiskError]:
        self.check_flags(flags, 0, "qemuDomainGetDiskErrors")
        running = self.guest(dom).require_active()
        errors: list[DomainDiskError] = []
        for row in await running.monitor.execute("query-block"):
            disk = disk_of_qom(running.document, row.get("qdev") or row.get("device") or "")
            code = _ERRORS.get(row.get("io-status", ""))
            if disk is not None and code is not None:
                errors.append(DomainDiskError(disk.target_name, code))
        return errors

    async def domain_get_block_io_tune(self, dom: DomainRef, disk: str | None, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | _STRING_OKAY, "qemuDomainGetBlockIoTune")
        guest = self.guest(dom)
        impact = resolve(guest, flags & AFFECT_MASK)
        if not disk:
            # Asked only to learn how many parameters there are.
            tune = IoTune()
        elif impact.live is not None:
            tune = await throttling.query(impact.live, _named(impact.live.document, disk))
        else:
            tune = _named(impact.config or guest.document, disk).iotune or IoTune()
        return [
            *(ullong_param(name, getattr(tune, name) or 0) for name in (*throttling.RATES, throttling.SIZE)),
            string_param("group_name", tune.group_name or ""),
            *(ullong_param(name, getattr(tune, name) or 0) for name in throttling.LENGTHS),
        ]

    async def domain_set_block_io_tune(self, dom: DomainRef, disk: str, params: list[TypedParam], flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetBlockIoTune")
        given = checked(params, _TUNE)
        if any(isinstance(value, int) and value > throttling.LARGEST for value in given.values()):
            text = f"block I/O throttle limit value must be no more than {throttling.LARGEST}"
            raise error(ErrorNumber.ARGUMENT_UNSUPPORTED, text)
        throttling.check(throttling.merged(None, given))
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_block_io_tune"):
            impact = resolve(guest, flags)
            changed = _with_tune(impact.config, disk, given) if impact.config is not None else None
            if impact.live is not None:
                await self._throttle(guest, impact.live, disk, given)
                told = [TypedParam(f"blkdeviotune.{item.field}", item.type, item.value) for item in params]
                target = string_param("blkdeviotune.disk", _named(impact.live.document, disk).target_name)
                self.core.publish(DomainTunableEvent(guest.ref, [target, *told]))
            if changed is not None:
                await definitions.replace(self.core, guest, changed, self.origin("domain_set_block_io_tune"))

    async def _throttle(self, guest: Guest, running: Running, name: str, given: dict[str, ParamValue]) -> None:
        disk = _named(running.document, name)
        before, disk.iotune = disk.iotune, throttling.merged(disk.iotune, given)
        try:
            throttling.check_bursts(disk.iotune)
            await throttling.apply(running, disk)
        except BaseException:
            disk.iotune = before
            raise
        self.core.save_status(guest)

    async def domain_set_block_threshold(self, dom: DomainRef, dev: str, threshold: int, flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainSetBlockThreshold")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_block_threshold"):
            running = guest.require_active()
            arguments = {"node-name": f"libvirt-{_image(running.document, dev)}-storage", "write-threshold": threshold}
            await running.monitor.execute("block-set-write-threshold", arguments)

    async def domain_get_block_job_info(self, dom: DomainRef, path: str, flags: int) -> DomainBlockJobInfo | None:
        self.check_flags(flags, 1, "qemuDomainGetBlockJobInfo")
        _named(self.guest(dom).require_active().document, path)
        return None


def _named(document: Domain, name: str | None) -> Disk:
    disk = disk_of_target(document, name or "")
    if disk is None:
        raise error(ErrorNumber.INVALID_ARG, f"disk '{name or ''}' not found in domain")
    return disk


def _with_tune(document: Domain, name: str, given: dict[str, ParamValue]) -> Domain:
    """The definition with other limits of a disk."""
    changed = document.copy()
    disk = disk_of_target(changed, name)
    if disk is None:
        raise error(ErrorNumber.INVALID_ARG, f"missing persistent configuration for disk '{name}'")
    disk.iotune = throttling.merged(disk.iotune, given)
    return changed


def _image(document: Domain, name: str) -> int:
    """The index of the image a client names: a disk's target, or `vda[3]` for one its chain has."""
    target, bracket, number = name.partition("[")
    disk = disk_of_target(document, target)
    indexes = image_indexes(disk) if disk is not None else []
    wanted = indexes[0] if indexes else None
    if bracket:
        text = number.removesuffix("]")
        wanted = int(text) if text.isdigit() and int(text) in indexes else None
    if wanted is None:
        raise error(ErrorNumber.INVALID_ARG, f"failed to find disk '{name}'")
    return wanted


def _format(disk: Disk) -> str:
    return (disk.driver.type if disk.driver is not None else None) or "raw"


def _is_file(path: str | None) -> bool:
    return path is not None and os.path.isfile(path)  # noqa: PTH113


def _offline_sizes(path: str, form: str) -> tuple[int, int, int]:
    try:
        return block.offline_sizes(path, form)
    except OSError as failure:
        raise error.system(failure.errno or errno.EIO, f"cannot stat file '{path}'") from failure


def _read(path: str, offset: int, size: int) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as failure:
        raise error.system(failure.errno or errno.EIO, f"cannot open '{path}'") from failure
    try:
        data = os.pread(handle, size, offset)
    except OSError as failure:
        raise error.system(failure.errno or errno.EIO, f"cannot read '{path}'") from failure
    finally:
        os.close(handle)
    if len(data) < size:
        raise error.system(errno.EIO, f"cannot read '{path}'")
    return data
