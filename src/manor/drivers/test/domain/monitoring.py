# SPDX-License-Identifier: Apache-2.0
"""Figures of test domains; those that count up are made of the time of day."""

from __future__ import annotations

import time

from manor.constants import ConnectGetAllDomainStatsFlags, DomainMemoryStatTags, DomainStatsTypes
from manor.drivers.test.domain.limits import interface_of
from manor.drivers.test.domain.listing import Listing
from manor.drivers.test.errors import check_flags, invalid_argument, test_error
from manor.drivers.test.guest import Guest
from manor.errors import ErrorNumber
from manor.records import (
    DomainBlockInfo,
    DomainBlockStats,
    DomainDiskError,
    DomainInterfaceStats,
    DomainMemoryStat,
    DomainRef,
    DomainStatsRecord,
    TypedParam,
    int_param,
    ullong_param,
)
from manor.schema.disk_names import named_disk
from manor.schema.domain.disk import Disk

_ALLOCATION, _CAPACITY = 1099511627776, 1099506450432
_TOTAL_CPU, _USER, _SYSTEM = 48772617035, 5540000000, 6460000000
_BUSY_CPUS = 2
_ONE_CPU, _ONE_VCPU = 24386308517, 23151740627
_VIRTUAL, _PHYSICAL = 1, 2  # virDomainMemoryFlags
_STRING_OKAY = 4  # VIR_TYPED_PARAM_STRING_OKAY
_STATS_FILTERS = 0xFF
_ENFORCE = int(ConnectGetAllDomainStatsFlags.ENFORCE_STATS)
_KNOWN_STATS = int(DomainStatsTypes.STATE)


class Monitoring(Listing):
    """Statistics."""

    async def domain_memory_stats(self, dom: DomainRef, flags: int) -> list[DomainMemoryStat]:
        """virDomainMemoryStats: made up from the sizes, where there is a balloon."""
        check_flags(flags, 0, "testDomainMemoryStats")
        definition = self.find_active(dom).definition
        balloon = definition.devices.memballoon if definition.devices is not None else None
        if balloon is None or balloon.model == "none":
            return []
        current = definition.current_memory or 0
        tags = DomainMemoryStatTags
        values = {
            tags.ACTUAL_BALLOON: current,
            tags.SWAP_IN: 0,
            tags.SWAP_OUT: 0,
            tags.MAJOR_FAULT: 0,
            tags.MINOR_FAULT: 0,
            tags.UNUSED: current // 2,
            tags.AVAILABLE: current,
            tags.USABLE: current // 2,
            tags.LAST_UPDATE: 627319920,
            tags.DISK_CACHES: current // 8,
            tags.HUGETLB_PGALLOC: 0,
            tags.HUGETLB_PGFAIL: 0,
            tags.RSS: current // 2,
        }
        return [DomainMemoryStat(int(tag), value) for tag, value in values.items()]

    async def domain_get_cpu_stats(
        self, dom: DomainRef, start_cpu: int, ncpus: int, flags: int
    ) -> list[list[TypedParam]]:
        """virDomainGetCPUStats; `start_cpu` -1 asks for the sum, `ncpus` 0 for all CPUs."""
        check_flags(flags, 4, "testDomainGetCPUStats")
        self.find_active(dom)
        if start_cpu < 0:
            return [
                [
                    ullong_param("cpu_time", _TOTAL_CPU),
                    ullong_param("user_time", _USER),
                    ullong_param("system_time", _SYSTEM),
                ]
            ]
        if start_cpu >= _BUSY_CPUS:
            raise invalid_argument(f"start_cpu {start_cpu} larger than maximum of {_BUSY_CPUS - 1}")
        return [
            [ullong_param("cpu_time", _ONE_CPU + number), ullong_param("vcpu_time", _ONE_VCPU + number)]
            for number in range(start_cpu, min(start_cpu + (ncpus or _BUSY_CPUS), _BUSY_CPUS))
        ]

    async def domain_get_block_info(self, dom: DomainRef, path: str, flags: int) -> DomainBlockInfo:
        """virDomainGetBlockInfo."""
        check_flags(flags, 0, "testDomainGetBlockInfo")
        if _disk(self.find(dom), path) is None:
            raise invalid_argument(f"invalid path {path} not assigned to domain")
        return DomainBlockInfo(_ALLOCATION, _CAPACITY, _ALLOCATION)

    async def domain_block_stats(self, dom: DomainRef, path: str) -> DomainBlockStats:
        """virDomainBlockStats."""
        if not path:
            raise test_error(ErrorNumber.OPERATION_UNSUPPORTED, "summary statistics are not supported yet")
        if _disk(self.find_active(dom), path) is None:
            raise invalid_argument(f"invalid path: {path}")
        now = time.time_ns() // 1000
        return DomainBlockStats(now // 10, now // 20, now // 30, now // 40, now // 1000000 // 2)

    async def domain_interface_stats(self, dom: DomainRef, device: str) -> DomainInterfaceStats:
        """virDomainInterfaceStats."""
        interface_of(self.find_active(dom).definition, device)
        now = time.time_ns() // 1000
        seconds = now // 1000000
        return DomainInterfaceStats(
            now // 10, now // 100, seconds, seconds // 2, now // 20, now // 110, seconds // 3, seconds // 4
        )

    async def domain_get_disk_errors(self, dom: DomainRef, flags: int) -> list[DomainDiskError]:
        """virDomainGetDiskErrors: the disks have one kind or the other in turn."""
        guest = self.find_active(dom)
        disks = guest.definition.devices.disks if guest.definition.devices is not None else []
        return [
            DomainDiskError(disk.target.dev or "", number % 2 + 1)
            for number, disk in enumerate(disks)
            if disk.target is not None
        ]

    async def domain_memory_peek(self, dom: DomainRef, offset: int, size: int, flags: int) -> bytes:
        """virDomainMemoryPeek: memory counts up from its address."""
        check_flags(flags, _VIRTUAL | _PHYSICAL, "testDomainMemoryPeek")
        if flags not in (_VIRTUAL, _PHYSICAL):
            raise invalid_argument("flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL")
        self.find_active(dom)
        return bytes((offset + number) & 0xFF for number in range(size))

    async def domain_get_launch_security_info(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetLaunchSecurityInfo: no domain has any.

        libvirt's library adds a flag for callers that take strings, which libvirt's test driver does not know.
        """
        check_flags(flags | _STRING_OKAY, 0, "testDomainGetLaunchSecurityInfo")
        self.find(dom)
        return []

    async def connect_get_all_domain_stats(
        self, doms: list[DomainRef], stats: int, flags: int
    ) -> list[DomainStatsRecord]:
        """virConnectGetAllDomainStats: states only."""
        check_flags(flags, _STATS_FILTERS | _ENFORCE, "testConnectGetAllDomainStats")
        unknown = stats & ~_KNOWN_STATS
        if unknown and flags & _ENFORCE:
            text = f"Stats types bits 0x{unknown:x} are not supported by this daemon"
            raise test_error(ErrorNumber.ARGUMENT_UNSUPPORTED, text)
        given = [guest for dom in doms if (guest := self.node.guests.by_uuid(dom.uuid)) is not None]
        guests = self.matching(given if doms else list(self.node.guests), flags & _STATS_FILTERS)
        return [
            DomainStatsRecord(guest.ref, _state(guest) if not stats or stats & _KNOWN_STATS else []) for guest in guests
        ]


def _state(guest: Guest) -> list[TypedParam]:
    return [int_param("state.state", guest.state), int_param("state.reason", guest.reason)]


def _disk(guest: Guest, path: str) -> Disk | None:
    """The disk of a target name or a file."""
    devices = guest.definition.devices
    return named_disk(devices.disks if devices is not None else [], path, unique=True)
