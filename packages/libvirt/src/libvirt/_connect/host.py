# SPDX-License-Identifier: Apache-2.0
"""virConnect: the host and the connection itself."""

from __future__ import annotations

from typing import Any

from libvirt._api import Int32, UInt32, api
from libvirt._connect.base import ConnectBase
from libvirt._values import GivenParams, Params, cpu_tuple, params_dict, plain, retyped_params, typed_params
from manor.constants import ConnectIdentityField
from manor.constants import TypedParameterType as Kind
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import Uncounted

_error = reporter(ErrorDomain.DOMAIN)
_remote_error = reporter(ErrorDomain.REMOTE)

_NO_LOOP = "the caller doesn't support keepalive protocol; perhaps it's missing event loop implementation"

_IDENTITY_KINDS = {
    str(ConnectIdentityField.UNIX_USER_ID): Kind.ULLONG,
    str(ConnectIdentityField.UNIX_GROUP_ID): Kind.ULLONG,
    str(ConnectIdentityField.PROCESS_ID): Kind.LLONG,
    str(ConnectIdentityField.PROCESS_TIME): Kind.ULLONG,
}


def _xml_list(xmlCPUs: object, function: str) -> list[str]:
    if not isinstance(xmlCPUs, list):
        raise _error.argument(f"xmlCPUs in {function} must not be NULL", function, "xmlCPUs")
    return xmlCPUs


class HostConnect(ConnectBase):
    """The host and the connection itself."""

    @api("virConnectGetURI")
    def getURI(self) -> str:
        """The connection's URI."""
        return self._backend.uri

    @api("virConnectGetType")
    def getType(self) -> str:
        """The hypervisor driver's name."""
        name: str = self._call("connect_get_type")
        return name

    @api("virConnectGetVersion")
    def getVersion(self) -> int:
        """The hypervisor's version: major * 1000000 + minor * 1000 + micro."""
        return int(self._call("connect_get_version"))

    @api("virConnectGetLibVersion")
    def getLibVersion(self) -> int:
        """The version of libvirt at the other end."""
        return self._backend.lib_version()

    @api("virConnectGetHostname")
    def getHostname(self) -> str:
        """The host's name."""
        name: str = self._call("connect_get_hostname")
        return name

    @api("virConnectGetCapabilities")
    def getCapabilities(self) -> str:
        """What host and hypervisor can do, as XML."""
        capabilities: str = self._call("connect_get_capabilities")
        return capabilities

    @api("virConnectGetDomainCapabilities")
    def getDomainCapabilities(
        self,
        emulatorbin: str | None = None,
        arch: str | None = None,
        machine: str | None = None,
        virttype: str | None = None,
        flags: UInt32 = 0,
    ) -> str:
        """What a domain of an emulator, architecture, machine and kind can have, as XML."""
        capabilities: str = self._call("connect_get_domain_capabilities", emulatorbin, arch, machine, virttype, flags)
        return capabilities

    @api("virConnectGetSysinfo")
    def getSysinfo(self, flags: UInt32 = 0) -> str:
        """The host's SMBIOS data as XML."""
        description: str = self._call("connect_get_sysinfo", flags)
        return description

    @api("virConnectGetMaxVcpus")
    def getMaxVcpus(self, type: str | None) -> int:
        """The most virtual CPUs a domain of a kind can have."""
        return int(self._call("connect_get_max_vcpus", type))

    @api("virConnectIsAlive")
    def isAlive(self) -> int:
        """1 while the other end is there."""
        return int(self._backend.closed_reason is None)

    @api("virConnectIsEncrypted")
    def isEncrypted(self) -> int:
        """1 where the way to the other end is encrypted."""
        return int(self._backend.is_encrypted())

    @api("virConnectIsSecure")
    def isSecure(self) -> int:
        """1 where nobody can listen in, be it for encryption or because nothing leaves the host."""
        return int(self._call("connect_is_secure"))

    @api("virConnectSetKeepAlive")
    def setKeepAlive(self, interval: Int32, count: UInt32) -> int:
        """Ping the other end after seconds of silence, give up after `count` pings; 1 where it knows no pings."""
        backend = self._backend
        if backend.fileno() >= 0 and not self._hub().started:
            raise _remote_error(ErrorNumber.INTERNAL_ERROR, _NO_LOOP)
        return 0 if backend.set_keepalive(interval, count) else 1

    @api("virConnectSetIdentity")
    def setIdentity(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """Say who is behind this connection (VIR_CONNECT_IDENTITY_*)."""
        return self._do("connect_set_identity", typed_params(params, _IDENTITY_KINDS), flags)

    @api("virNodeGetInfo")
    def getInfo(self) -> list[Any]:
        """CPU model, memory in MiB, CPUs, MHz, NUMA nodes, sockets per node, cores, threads."""
        info = self._call("node_get_info")
        return [info.model, info.memory >> 10, *info[2:]]

    @api("virNodeGetCPUMap")
    def getCPUMap(self, flags: UInt32 = 0) -> tuple[int, list[bool], int]:
        """How many CPUs the host has, which are online, and how many."""
        cpus = self._call("node_get_cpu_map", flags)
        return cpus.ncpus, list(cpu_tuple(cpus.cpumap, cpus.ncpus)), cpus.online

    @api("virNodeGetCPUStats")
    def getCPUStats(self, cpuNum: Int32, flags: UInt32 = 0) -> dict[str, int]:
        """CPU times of the host in ns, of one CPU or with -1 of all."""
        return {plain(stat.field): stat.value for stat in self._call("node_get_cpu_stats", cpuNum, flags)}

    @api("virNodeGetMemoryStats")
    def getMemoryStats(self, cellNum: Int32, flags: UInt32 = 0) -> dict[str, int]:
        """Memory of the host in KiB, of one NUMA node or with -1 of all."""
        return {plain(stat.field): stat.value for stat in self._call("node_get_memory_stats", cellNum, flags)}

    @api("virNodeGetFreeMemory", on_failure=0)
    def getFreeMemory(self) -> int:
        """Free memory of the host in bytes; 0 on failure."""
        return int(self._call("node_get_free_memory"))

    @api("virNodeGetCellsFreeMemory")
    def getCellsFreeMemory(self, startCell: Int32, maxCells: Int32) -> list[int]:
        """Free memory of NUMA nodes in bytes."""
        return list(self._call("node_get_cells_free_memory", startCell, maxCells))

    @api("virNodeGetFreePages")
    def getFreePages(
        self, pages: list[int], startCell: Int32, maxCells: int, flags: UInt32 = 0
    ) -> dict[int, dict[int, int]]:
        """Free pages by NUMA node and page size in KiB."""
        if not isinstance(pages, list):
            raise TypeError("pagesize must be list")
        if not maxCells:
            raise LookupError("cellCount must not be zero")
        if not pages:
            raise LookupError("pages cannot be an empty list")
        counts = self._call("node_get_free_pages", pages, startCell, maxCells, flags)
        if isinstance(counts, Uncounted):
            return {}
        cells = range(0, len(counts), len(pages))
        return {
            startCell + number: dict(zip(pages, counts[start : start + len(pages)], strict=True))
            for number, start in enumerate(cells)
        }

    @api("virNodeAllocPages")
    def allocPages(self, pages: dict[int, int], startCell: Int32 = 0, cellCount: UInt32 = 0, flags: UInt32 = 0) -> int:
        """Change the number of pages of each size in KiB that NUMA nodes reserve."""
        return int(self._call("node_alloc_pages", list(pages), list(pages.values()), startCell, cellCount, flags))

    @api("virNodeGetMemoryParameters")
    def getMemoryParameters(self, flags: UInt32 = 0) -> Params:
        """How the host merges equal memory pages."""
        return params_dict(self._call("node_get_memory_parameters", flags))

    @api("virNodeSetMemoryParameters")
    def setMemoryParameters(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """Change how the host merges equal memory pages."""
        changed = retyped_params(params, lambda: self._call("node_get_memory_parameters", flags))
        return self._do("node_set_memory_parameters", changed, flags)

    @api("virNodeGetSecurityModel")
    def getSecurityModel(self) -> list[str]:
        """The host's security model and its domain of interpretation."""
        return list(self._call("node_get_security_model"))

    @api("virNodeGetSEVInfo")
    def getSEVInfo(self, flags: UInt32 = 0) -> Params:
        """What the host offers for encrypted domains."""
        return params_dict(self._call("node_get_sev_info", flags))

    @api("virNodeSuspendForDuration")
    def suspendForDuration(self, target: UInt32, duration: int, flags: UInt32 = 0) -> int:
        """Suspend the host (VIR_NODE_SUSPEND_TARGET_*) for seconds."""
        return self._do("node_suspend_for_duration", target, duration, flags)

    @api("virConnectGetCPUModelNames")
    def getCPUModelNames(self, arch: str, flags: UInt32 = 0) -> list[str]:
        """The CPU models libvirt knows of an architecture."""
        return list(self._call("connect_get_cpu_model_names", arch, flags))

    @api("virConnectCompareCPU")
    def compareCPU(self, xmlDesc: str, flags: UInt32 = 0) -> int:
        """Compare a CPU with the host's: a VIR_CPU_COMPARE_*."""
        return int(self._call("connect_compare_cpu", xmlDesc, flags))

    @api("virConnectCompareHypervisorCPU")
    def compareHypervisorCPU(
        self,
        emulator: str | None,
        arch: str | None,
        machine: str | None,
        virttype: str | None,
        xmlCPU: str,
        flags: UInt32 = 0,
    ) -> int:
        """Compare a CPU with what a hypervisor can give."""
        return int(self._call("connect_compare_hypervisor_cpu", emulator, arch, machine, virttype, xmlCPU, flags))

    @api("virConnectBaselineCPU")
    def baselineCPU(self, xmlCPUs: list[str], flags: UInt32 = 0) -> str:
        """The best CPU that all the given ones have in common."""
        cpus = _xml_list(xmlCPUs, "virConnectBaselineCPU")
        description: str = self._call("connect_baseline_cpu", cpus, flags)
        return description

    @api("virConnectBaselineHypervisorCPU")
    def baselineHypervisorCPU(
        self,
        emulator: str | None,
        arch: str | None,
        machine: str | None,
        virttype: str | None,
        xmlCPUs: list[str],
        flags: UInt32 = 0,
    ) -> str:
        """The best CPU that a hypervisor can give on all the given ones."""
        cpus = _xml_list(xmlCPUs, "virConnectBaselineHypervisorCPU")
        description: str = self._call("connect_baseline_hypervisor_cpu", emulator, arch, machine, virttype, cpus, flags)
        return description
