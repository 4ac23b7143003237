# SPDX-License-Identifier: Apache-2.0
"""The host and the connection itself: capabilities, node figures, CPU comparison."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import NodeCPUMap, NodeCPUStat, NodeInfo, NodeMemoryStat, NodeSecurityModel, TypedParam


class HostFamily(Family):
    """The host and the connection itself: capabilities, node figures, CPU comparison."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN

    async def connect_get_type(self) -> str:
        """virConnectGetType."""
        raise self.unsupported("virConnectGetType")

    async def connect_get_version(self) -> int:
        """virConnectGetVersion."""
        raise self.unsupported("virConnectGetVersion")

    async def connect_get_max_vcpus(self, type: str | None) -> int:
        """virConnectGetMaxVcpus."""
        raise self.unsupported("virConnectGetMaxVcpus")

    async def node_get_info(self) -> NodeInfo:
        """virNodeGetInfo."""
        raise self.unsupported("virNodeGetInfo")

    async def connect_get_capabilities(self) -> str:
        """virConnectGetCapabilities."""
        raise self.unsupported("virConnectGetCapabilities")

    async def connect_get_hostname(self) -> str:
        """virConnectGetHostname."""
        raise self.unsupported("virConnectGetHostname")

    async def connect_supports_feature(self, feature: int) -> int:
        """virConnectSupportsFeature."""
        raise self.unsupported("virConnectSupportsFeature")

    async def node_get_cells_free_memory(self, start_cell: int, max_cells: int) -> list[int]:
        """virNodeGetCellsFreeMemory."""
        raise self.unsupported("virNodeGetCellsFreeMemory")

    async def node_get_free_memory(self) -> int:
        """virNodeGetFreeMemory."""
        raise self.unsupported("virNodeGetFreeMemory")

    async def connect_get_uri(self) -> str:
        """Wire only: a step that client libraries take on their own."""
        raise self.unsupported("virConnectGetUri")

    async def node_get_security_model(self) -> NodeSecurityModel:
        """virNodeGetSecurityModel."""
        raise self.unsupported("virNodeGetSecurityModel")

    async def connect_is_secure(self) -> int:
        """virConnectIsSecure."""
        raise self.unsupported("virConnectIsSecure")

    async def connect_compare_cpu(self, xml: str, flags: int) -> int:
        """virConnectCompareCPU."""
        raise self.unsupported("virConnectCompareCPU")

    async def connect_baseline_cpu(self, xml_cpus: list[str], flags: int) -> str:
        """virConnectBaselineCPU."""
        raise self.unsupported("virConnectBaselineCPU")

    async def connect_get_sysinfo(self, flags: int) -> str:
        """virConnectGetSysinfo."""
        raise self.unsupported("virConnectGetSysinfo")

    async def node_get_cpu_stats(self, cpu_num: int, flags: int) -> list[NodeCPUStat]:
        """virNodeGetCPUStats."""
        raise self.unsupported("virNodeGetCPUStats")

    async def node_get_memory_stats(self, cell_num: int, flags: int) -> list[NodeMemoryStat]:
        """virNodeGetMemoryStats."""
        raise self.unsupported("virNodeGetMemoryStats")

    async def node_suspend_for_duration(self, target: int, duration: int, flags: int) -> None:
        """virNodeSuspendForDuration."""
        raise self.unsupported("virNodeSuspendForDuration")

    async def node_set_memory_parameters(self, params: list[TypedParam], flags: int) -> None:
        """virNodeSetMemoryParameters."""
        raise self.unsupported("virNodeSetMemoryParameters")

    async def node_get_memory_parameters(self, flags: int) -> list[TypedParam]:
        """virNodeGetMemoryParameters."""
        raise self.unsupported("virNodeGetMemoryParameters")

    async def node_get_cpu_map(self, flags: int) -> NodeCPUMap:
        """virNodeGetCPUMap."""
        raise self.unsupported("virNodeGetCPUMap")

    async def connect_get_cpu_model_names(self, arch: str, flags: int) -> list[str]:
        """virConnectGetCPUModelNames."""
        raise self.unsupported("virConnectGetCPUModelNames")

    async def node_get_free_pages(self, pages: list[int], start_cell: int, cell_count: int, flags: int) -> list[int]:
        """virNodeGetFreePages."""
        raise self.unsupported("virNodeGetFreePages")

    async def connect_get_domain_capabilities(
        self, emulatorbin: str | None, arch: str | None, machine: str | None, virttype: str | None, flags: int
    ) -> str:
        """virConnectGetDomainCapabilities."""
        raise self.unsupported("virConnectGetDomainCapabilities")

    async def node_alloc_pages(
        self, page_sizes: list[int], page_counts: list[int], start_cell: int, cell_count: int, flags: int
    ) -> int:
        """virNodeAllocPages."""
        raise self.unsupported("virNodeAllocPages")

    async def connect_compare_hypervisor_cpu(
        self,
        emulator: str | None,
        arch: str | None,
        machine: str | None,
        virttype: str | None,
        xml_cpu: str,
        flags: int,
    ) -> int:
        """virConnectCompareHypervisorCPU."""
        raise self.unsupported("virConnectCompareHypervisorCPU")

    async def connect_baseline_hypervisor_cpu(
        self,
        emulator: str | None,
        arch: str | None,
        machine: str | None,
        virttype: str | None,
        xml_cpus: list[str],
        flags: int,
    ) -> str:
        """virConnectBaselineHypervisorCPU."""
        raise self.unsupported("virConnectBaselineHypervisorCPU")

    async def node_get_sev_info(self, flags: int) -> list[TypedParam]:
        """virNodeGetSEVInfo."""
        raise self.unsupported("virNodeGetSEVInfo")

    async def connect_set_identity(self, params: list[TypedParam], flags: int) -> None:
        """virConnectSetIdentity."""
        raise self.unsupported("virConnectSetIdentity")
