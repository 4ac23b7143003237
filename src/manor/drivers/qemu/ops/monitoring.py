# SPDX-License-Identifier: Apache-2.0
"""Figures of running guests, one call each or in bulk."""

from __future__ import annotations

import os
from typing import Final

from manor.constants import (
    ConnectGetAllDomainStatsFlags,
    DomainControlState,
    DomainMemoryFlags,
    DomainStatsTypes,
    ErrorNumber,
)
from manor.drivers.qemu import controls, definitions, taint
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.impact import AFFECT_MASK, resolve
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.measures import bulk, cpu, memory, network
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.drivers.qemu.ops.listing import FILTER
from manor.errors import ErrorDomain, reporter
from manor.records import (
    DomainControlInfo,
    DomainInterfaceStats,
    DomainMemoryStat,
    DomainRef,
    DomainStatsRecord,
    TypedParam,
    VcpuPlacement,
    ullong_param,
)
from manor.system.cgroup import Controller

_ALL_GROUPS: Final = int(sum(DomainStatsTypes))
_BACKING: Final = int(ConnectGetAllDomainStatsFlags.BACKING)
_MODES: Final = FILTER.mask | int(
    ConnectGetAllDomainStatsFlags.NOWAIT
    | ConnectGetAllDomainStatsFlags.BACKING
    | ConnectGetAllDomainStatsFlags.ENFORCE_STATS
)
_MAX_PEEK: Final = 4 * 1024 * 1024

_domain_error = reporter(ErrorDomain.DOMAIN)


class MonitoringOps(QemuDomainOps):
    """virDomainGetVcpus, virDomainInterfaceStats, virDomainMemoryStats, virConnectGetAllDomainStats and the like."""

    async def connect_get_all_domain_stats(
        self, doms: list[DomainRef], stats: int, flags: int
    ) -> list[DomainStatsRecord]:
        self.check_flags(flags, _MODES, "qemuConnectGetAllDomainStats")
        unknown = stats & ~_ALL_GROUPS
        if unknown and flags & ConnectGetAllDomainStatsFlags.ENFORCE_STATS:
            raise error(
                ErrorNumber.ARGUMENT_UNSUPPORTED, f"Stats types bits 0x{unknown:x} are not supported by this daemon"
            )
        filters = flags & FILTER.mask
        guests = [self.core.guests.find(dom.uuid) for dom in doms] if doms else list(self.core.guests)
        chosen = FILTER.select([guest for guest in guests if guest is not None], filters)
        backing = bool(flags & _BACKING)
        return await bulk.collect(chosen, stats or _ALL_GROUPS, backing=backing)

    async def domain_get_vcpus(self, dom: DomainRef) -> list[VcpuPlacement]:
        running = self.guest(dom).running
        if running is None:
            raise error(ErrorNumber.OPERATION_INVALID, "cannot retrieve vcpu information for inactive domain")
        return cpu.placements(running, self.core.host.cpu_map().ncpus)

    async def domain_interface_stats(self, dom: DomainRef, device: str) -> DomainInterfaceStats:
        running = self.guest(dom).require_active()
        for nic in devices_of(running.document).interfaces:
            if device in (network.host_side(nic), nic.mac.address if nic.mac is not None else None):
                name = network.host_side(nic)
                if name is None:
                    raise _domain_error(ErrorNumber.INTERNAL_ERROR, "Interface name not provided")
                figures = network.counters(name, swap=nic.type != "direct")
                if figures is not None:
                    return figures
        raise _domain_error(ErrorNumber.INVALID_ARG, f"'{device}' is not a known interface")

    async def domain_memory_stats(self, dom: DomainRef, flags: int) -> list[DomainMemoryStat]:
        self.check_flags(flags, 0, "qemuDomainMemoryStats")
        guest = self.guest(dom)
        return await memory.stats(guest, guest.require_active())

    async def domain_set_memory_stats_period(self, dom: DomainRef, period: int, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetMemoryStatsPeriod")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_memory_stats_period"):
            live, config = resolve(guest, flags)
            for document in (live.document if live is not None else None, config):
                balloon = devices_of(document).memballoon if document is not None else None
                if document is not None and (balloon is None or balloon.model in (None, "none")):
                    raise error(
                        ErrorNumber.OPERATION_INVALID,
                        "No memory balloon device configured, can not set the collection period",
                    )
            if live is not None:
                await memory.set_period(live, period)
                balloon = devices_of(live.document).memballoon
                if balloon is not None:
                    balloon.stats = period or None
                self.core.save_status(guest)
            if config is not None:
                changed = config.copy()
                balloon = devices_of(changed).memballoon
                if balloon is not None:
                    balloon.stats = period or None
                await definitions.replace(self.core, guest, changed, self.origin("domain_set_memory_stats_period"))

    async def domain_get_control_info(self, dom: DomainRef, flags: int) -> DomainControlInfo:
        self.check_flags(flags, 0, "qemuDomainGetControlInfo")
        guest = self.guest(dom)
        guest.require_active()
        job = guest.jobs.current
        if job is not None and job.stats is not None:
            return DomainControlInfo(DomainControlState.JOB, 0, job.stats.time_elapsed_ms)
        return DomainControlInfo(DomainControlState.OK, 0, 0)

    async def domain_get_cpu_stats(
        self, dom: DomainRef, start_cpu: int, ncpus: int, flags: int
    ) -> list[list[TypedParam]]:
        self.check_flags(flags, 1 << 2, "qemuDomainGetCPUStats")
        running = self.guest(dom).require_active()
        if start_cpu == -1:
            usage = controls.group(running, Controller.CPUACCT).cpu_usage()
            times = {"cpu_time": usage.total, "user_time": usage.user, "system_time": usage.system}
            return [[ullong_param(name, value) for name, value in times.items()]]
        controls.group(running, Controller.CPUACCT)
        await controls.settled(running)
        times_by_cpu = controls.cpu_time_by_cpu(running)
        if start_cpu >= len(times_by_cpu):
            detail = f"start_cpu {start_cpu} larger than maximum of {len(times_by_cpu) - 1}"
            raise error(ErrorNumber.INVALID_ARG, detail)
        chosen = times_by_cpu[start_cpu : start_cpu + ncpus if ncpus else None]
        return [[ullong_param("cpu_time", whole), ullong_param("vcpu_time", vcpus)] for whole, vcpus in chosen]

    async def domain_memory_peek(self, dom: DomainRef, offset: int, size: int, flags: int) -> bytes:
        if flags not in (DomainMemoryFlags.VIRTUAL, DomainMemoryFlags.PHYSICAL):
            raise error(ErrorNumber.INVALID_ARG, "flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL")
        if size > _MAX_PEEK:
            raise error(ErrorNumber.INVALID_ARG, f"size {size} is too large, at most {_MAX_PEEK} bytes can be read")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_memory_peek"):
            running = guest.require_active()
            command = "memsave" if flags == DomainMemoryFlags.VIRTUAL else "pmemsave"
            # QEMU makes the file: it is not to write into one of another user.
            path = running.paths.folder / f"peek.{os.urandom(8).hex()}"
            try:
                await running.monitor.execute(command, {"val": offset, "size": size, "filename": str(path)})
                return path.read_bytes()
            finally:
                path.unlink(missing_ok=True)

    async def domain_get_messages(self, dom: DomainRef, flags: int) -> list[str]:
        self.check_flags(flags, 7, "virDomainGetMessages")
        running = self.guest(dom).running
        return taint.messages(running, flags) if running is not None else []

    async def domain_start_dirty_rate_calc(self, dom: DomainRef, seconds: int, flags: int) -> None:
        self.check_flags(flags, 3, "qemuDomainStartDirtyRateCalc")
        if not 1 <= seconds <= 60:
            text = f"seconds={seconds} is invalid, please choose value within [1, 60]."
            raise error(ErrorNumber.CONFIG_UNSUPPORTED, text)
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_start_dirty_rate_calc"):
            running = guest.require_active()
            mode = {1: "dirty-bitmap", 2: "dirty-ring"}.get(flags, "page-sampling")
            await running.monitor.execute("calc-dirty-rate", {"calc-time": seconds, "mode": mode})
