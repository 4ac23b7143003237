# SPDX-License-Identifier: Apache-2.0
"""Figures and states of running domains."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import (
    DomainControlInfo,
    DomainInfo,
    DomainInterfaceStats,
    DomainMemoryStat,
    DomainRef,
    DomainState,
    DomainStatsRecord,
    TypedParam,
    VcpuPlacement,
)


class DomainMonitoring(Family):
    """Figures and states of running domains."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN

    async def domain_get_info(self, dom: DomainRef) -> DomainInfo:
        """virDomainGetInfo."""
        raise self.unsupported("virDomainGetInfo")

    async def domain_get_vcpus(self, dom: DomainRef) -> list[VcpuPlacement]:
        """virDomainGetVcpus."""
        raise self.unsupported("virDomainGetVcpus")

    async def domain_interface_stats(self, dom: DomainRef, device: str) -> DomainInterfaceStats:
        """virDomainInterfaceStats."""
        raise self.unsupported("virDomainInterfaceStats")

    async def domain_memory_peek(self, dom: DomainRef, offset: int, size: int, flags: int) -> bytes:
        """virDomainMemoryPeek."""
        raise self.unsupported("virDomainMemoryPeek")

    async def domain_memory_stats(self, dom: DomainRef, flags: int) -> list[DomainMemoryStat]:
        """virDomainMemoryStats."""
        raise self.unsupported("virDomainMemoryStats")

    async def domain_get_state(self, dom: DomainRef, flags: int) -> DomainState:
        """virDomainGetState."""
        raise self.unsupported("virDomainGetState")

    async def domain_get_control_info(self, dom: DomainRef, flags: int) -> DomainControlInfo:
        """virDomainGetControlInfo."""
        raise self.unsupported("virDomainGetControlInfo")

    async def domain_get_cpu_stats(
        self, dom: DomainRef, start_cpu: int, ncpus: int, flags: int
    ) -> list[list[TypedParam]]:
        """virDomainGetCPUStats."""
        raise self.unsupported("virDomainGetCPUStats")

    async def domain_set_memory_stats_period(self, dom: DomainRef, period: int, flags: int) -> None:
        """virDomainSetMemoryStatsPeriod."""
        raise self.unsupported("virDomainSetMemoryStatsPeriod")

    async def connect_get_all_domain_stats(
        self, doms: list[DomainRef], stats: int, flags: int
    ) -> list[DomainStatsRecord]:
        """virConnectGetAllDomainStats."""
        raise self.unsupported("virConnectGetAllDomainStats")

    async def domain_get_perf_events(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetPerfEvents."""
        raise self.unsupported("virDomainGetPerfEvents")

    async def domain_set_perf_events(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetPerfEvents."""
        raise self.unsupported("virDomainSetPerfEvents")

    async def domain_get_messages(self, dom: DomainRef, flags: int) -> list[str]:
        """virDomainGetMessages."""
        raise self.unsupported("virDomainGetMessages")

    async def domain_start_dirty_rate_calc(self, dom: DomainRef, seconds: int, flags: int) -> None:
        """virDomainStartDirtyRateCalc."""
        raise self.unsupported("virDomainStartDirtyRateCalc")
