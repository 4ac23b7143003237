# SPDX-License-Identifier: Apache-2.0
"""virDomain: states and figures."""

from __future__ import annotations

from libvirt._api import Int32, UInt32, api
from libvirt._domain.base import DomainBase
from libvirt._errors import failed
from libvirt._values import GivenParams, Params, cpu_tuple, params_dict, plain_list, retyped_params
from manor.constants import DomainMemoryStatTags as Tag

_MEMORY_KEYS = {
    Tag.SWAP_IN: "swap_in",
    Tag.SWAP_OUT: "swap_out",
    Tag.MAJOR_FAULT: "major_fault",
    Tag.MINOR_FAULT: "minor_fault",
    Tag.UNUSED: "unused",
    Tag.AVAILABLE: "available",
    Tag.ACTUAL_BALLOON: "actual",
    Tag.RSS: "rss",
    Tag.USABLE: "usable",
    Tag.LAST_UPDATE: "last_update",
    Tag.DISK_CACHES: "disk_caches",
    Tag.HUGETLB_PGALLOC: "hugetlb_pgalloc",
    Tag.HUGETLB_PGFAIL: "hugetlb_pgfail",
}


class DomainMonitoring(DomainBase):
    """States and figures."""

    @api("virDomainGetInfo")
    def info(self) -> list[int]:
        """State, maximum memory and memory in KiB, number of virtual CPUs, CPU time in ns."""
        return plain_list(self._get("domain_get_info"))

    @api("virDomainGetState")
    def state(self, flags: UInt32 = 0) -> list[int]:
        """The state and the reason for it."""
        return plain_list(self._get("domain_get_state", flags))

    @api("virDomainGetControlInfo")
    def controlInfo(self, flags: UInt32 = 0) -> list[int]:
        """State of the way to the hypervisor, details, and for how many ms."""
        return plain_list(self._get("domain_get_control_info", flags))

    @api("virDomainGetMaxMemory")
    def maxMemory(self) -> int:
        """The most memory the domain can have, in KiB."""
        memory = int(self._get("domain_get_max_memory"))
        if not memory:
            raise failed("virDomainGetMaxMemory")
        return memory

    @api("virDomainMemoryStats")
    def memoryStats(self) -> dict[str, int]:
        """Figures of the guest's memory, mostly in KiB."""
        stats = self._get("domain_memory_stats", 0)
        return {_MEMORY_KEYS[stat.tag]: stat.val for stat in stats if stat.tag in _MEMORY_KEYS}

    @api("virDomainSetMemoryStatsPeriod")
    def setMemoryStatsPeriod(self, period: Int32, flags: UInt32 = 0) -> int:
        """Have the memory figures collected every so many seconds."""
        return self._do("domain_set_memory_stats_period", period, flags)

    @api("virDomainMemoryPeek")
    def memoryPeek(self, start: int, size: int, flags: UInt32 = 0) -> bytes:
        """Some of the guest's memory."""
        data: bytes = self._get("domain_memory_peek", start, size, flags)
        return data

    @api("virDomainInterfaceStats")
    def interfaceStats(self, path: str) -> tuple[int, ...]:
        """Bytes, packets, errors, drops received and the same sent by a network interface."""
        return tuple(self._get("domain_interface_stats", path))

    @api("virDomainGetVcpus")
    def vcpus(self) -> tuple[list[tuple[int, int, int, int]], list[tuple[bool, ...]]]:
        """(number, state, time in ns, host CPU) of each virtual CPU, and on which host CPUs each may run."""
        cpus = self._host_cpus()
        found = self._get("domain_get_vcpus")
        return [tuple(plain_list(one[:4])) for one in found], [cpu_tuple(one.cpumap, cpus) for one in found]

    @api("virDomainGetCPUStats")
    def getCPUStats(self, total: bool, flags: UInt32 = 0) -> list[Params]:
        """CPU times in ns: of all host CPUs together, or one dict for each."""
        start, count = (-1, 1) if total else (0, self._host_cpus())
        stats = [params_dict(one) for one in self._get("domain_get_cpu_stats", start, count, flags)]
        # The hypervisor may know fewer CPUs than the host has.
        while stats and not stats[-1]:
            stats.pop()
        return stats

    @api("virDomainGetPerfEvents")
    def perfEvents(self, flags: UInt32 = 0) -> Params:
        """Which performance events are counted."""
        return params_dict(self._get("domain_get_perf_events", flags))

    @api("virDomainSetPerfEvents")
    def setPerfEvents(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """Switch the counting of performance events on or off."""
        changed = retyped_params(params, lambda: self._get("domain_get_perf_events", flags))
        return self._do("domain_set_perf_events", changed, flags)

    @api("virDomainGetMessages")
    def messages(self, flags: UInt32 = 0) -> list[str]:
        """What there is to say about the domain: taints, deprecations, I/O errors."""
        return list(self._get("domain_get_messages", flags))

    @api("virDomainStartDirtyRateCalc")
    def startDirtyRateCalc(self, seconds: Int32, flags: UInt32 = 0) -> int:
        """Start measuring how fast the guest changes its memory."""
        return self._do("domain_start_dirty_rate_calc", seconds, flags)
