# SPDX-License-Identifier: Apache-2.0
"""The host as the QEMU driver shows it."""

from __future__ import annotations

import asyncio

from manor.constants import ErrorNumber, NodeAllocPagesFlags
from manor.drivers.interface.flags import check_flags
from manor.drivers.qemu.ops.host_base import QemuHostOps
from manor.errors import ErrorDomain, reporter
from manor.host import sysinfo
from manor.records import (
    NodeCPUMap,
    NodeCPUStat,
    NodeInfo,
    NodeMemoryStat,
    NodeSecurityModel,
    TypedParam,
    string_param,
    uint_param,
)
from manor.system.host import hostname

_error = reporter(ErrorDomain.QEMU)

FEATURES = frozenset({5, 8, 9, 10, 11, 12, 13})
"""Driver features (VIR_DRV_FEATURE_*) that a client may ask for: typed strings, descriptors, keepalive …"""


class HostOps(QemuHostOps):
    """virNode* and virConnect* of a QEMU connection."""

    async def connect_get_type(self) -> str:
        return "QEMU"

    async def connect_get_version(self) -> int:
        emulator = self.core.caps.emulator(self.core.host.arch)
        if emulator is None:
            raise _error(ErrorNumber.INTERNAL_ERROR, "Cannot find suitable emulator for the host's architecture")
        return (await self.core.caps.get(emulator)).version_number

    async def connect_get_hostname(self) -> str:
        return await asyncio.to_thread(hostname)

    async def connect_get_uri(self) -> str:
        return self.session.uri

    async def connect_is_secure(self) -> int:
        return int(self.session.secure)

    async def connect_supports_feature(self, feature: int) -> int:
        return int(feature in FEATURES)

    async def connect_get_max_vcpus(self, type: str | None) -> int:
        match (type or "qemu").lower():
            case "qemu":
                return 16
            case "kvm":
                return self.core.host.kvm.max_vcpus or 16
        raise _error(ErrorNumber.INVALID_ARG, f"unknown type '{type}'")

    async def connect_get_capabilities(self) -> str:
        return await self.core.documents.capabilities()

    async def connect_get_domain_capabilities(
        self, emulatorbin: str | None, arch: str | None, machine: str | None, virttype: str | None, flags: int
    ) -> str:
        check_flags(flags, 0, "qemuConnectGetDomainCapabilities", ErrorDomain.QEMU)
        return await self.core.documents.domain_capabilities(emulatorbin, arch, machine, virttype)

    async def node_get_info(self) -> NodeInfo:
        return self.core.host.info()

    async def node_get_cpu_map(self, flags: int) -> NodeCPUMap:
        check_flags(flags, 0, "virHostCPUGetMap")
        return self.core.host.cpu_map()

    async def node_get_cpu_stats(self, cpu_num: int, flags: int) -> list[NodeCPUStat]:
        check_flags(flags, 0, "virHostCPUGetStats")
        return self.core.host.cpu_stats(cpu_num)

    async def node_get_memory_stats(self, cell_num: int, flags: int) -> list[NodeMemoryStat]:
        check_flags(flags, 0, "virHostMemGetStats")
        return self.core.host.memory_stats(cell_num)

    async def node_get_free_memory(self) -> int:
        return self.core.host.free_memory()

    async def node_get_cells_free_memory(self, start_cell: int, max_cells: int) -> list[int]:
        return self.core.host.cells_free_memory(start_cell, max_cells)

    async def node_get_free_pages(self, pages: list[int], start_cell: int, cell_count: int, flags: int) -> list[int]:
        check_flags(flags, 0, "qemuNodeGetFreePages", ErrorDomain.QEMU)
        return self.core.host.free_pages(pages, start_cell, cell_count)

    async def node_get_memory_parameters(self, flags: int) -> list[TypedParam]:
        return self.core.host.memory_parameters()

    async def node_set_memory_parameters(self, params: list[TypedParam], flags: int) -> None:
        check_flags(flags, 0, "virHostMemSetParameters")
        self.core.host.set_memory_parameters(params)

    async def node_get_security_model(self) -> NodeSecurityModel:
        first = self.core.security.models[0]
        return NodeSecurityModel(first.model or "", first.doi or "")

    async def node_suspend_for_duration(self, target: int, duration: int, flags: int) -> None:
        check_flags(flags, 0, "virNodeSuspend")
        await asyncio.to_thread(self.core.host.suspend, target, duration)

    async def connect_get_sysinfo(self, flags: int) -> str:
        check_flags(flags, 0, "qemuConnectGetSysinfo", ErrorDomain.QEMU)
        return sysinfo.document(self.core.host.smbios)

    async def node_alloc_pages(
        self, page_sizes: list[int], page_counts: list[int], start_cell: int, cell_count: int, flags: int
    ) -> int:
        check_flags(flags, NodeAllocPagesFlags.SET, "qemuNodeAllocPages", ErrorDomain.QEMU)
        counts = dict(zip(page_sizes, page_counts, strict=True))
        add = not flags & NodeAllocPagesFlags.SET
        return self.core.host.allocate_pages(counts, start_cell, cell_count, add=add)

    async def node_get_sev_info(self, flags: int) -> list[TypedParam]:
        check_flags(flags, 0, "qemuNodeGetSEVInfo", ErrorDomain.QEMU)
        emulator = self.core.caps.emulator(self.core.host.arch)
        sev = (await self.core.caps.get(emulator)).sev if emulator is not None else None
        if sev is None:
            raise _error(ErrorNumber.OPERATION_UNSUPPORTED, "QEMU does not support SEV guest")
        return [
            string_param("pdh", sev.pdh),
            string_param("cert-chain", sev.cert_chain),
            uint_param("cbitpos", sev.cbitpos),
            uint_param("reduced-phys-bits", sev.reduced_phys_bits),
            string_param("cpu0-id", sev.cpu0_id),
        ]
