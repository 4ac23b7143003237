# SPDX-License-Identifier: Apache-2.0
"""The host family of the test driver: the connection and the made-up host behind it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from manor.drivers.interface.host import HostFamily
from manor.drivers.interface.session import Session
from manor.drivers.test.capabilities import capabilities_xml
from manor.drivers.test.errors import check_flags, invalid_argument
from manor.host import cpu
from manor.records import NodeCPUMap, NodeCPUStat, NodeInfo, NodeSecurityModel, Uncounted

if TYPE_CHECKING:
    from manor.drivers.test.node import Node

MAX_VCPUS = 32
"""vCPUs a test guest can have."""

HOST_CPUS = 16
"""CPUs a guest can be pinned to."""

_EXPAND_FEATURES = 1  # VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES
_VERSION = 2
_FEATURES = frozenset((9, 16))  # VIR_DRV_FEATURE_TYPED_PARAM_STRING, _NETWORK_UPDATE_HAS_CORRECT_ORDER
_CPU_MAP = NodeCPUMap(ncpus=8, cpumap=b"\x15", online=3)
_CPU_TIMES = (
    ("user", 9797400000),
    ("kernel", 34678723400000),
    ("idle", 87264900000),
    ("iowait", 763600000),
)
"""Nanoseconds, the same for every CPU."""

_SYSINFO = """\
<sysinfo type='smbios'>
  <bios>
    <entry name='vendor'>LENOVO</entry>
    <entry name='version'>G4ETA1WW (2.61 )</entry>
    <entry name='date'>05/07/2014</entry>
    <entry name='release'>2.61</entry>
  </bios>
</sysinfo>
"""


class TestHost(HostFamily):
    """The host family."""

    def __init__(self, session: Session, node: Node) -> None:
        super().__init__(session)
        self.node = node

    async def connect_get_type(self) -> str:
        """virConnectGetType."""
        return "TEST"

    async def connect_get_version(self) -> int:
        """virConnectGetVersion."""
        return _VERSION

    async def connect_get_hostname(self) -> str:
        """virConnectGetHostname."""
        return host_name()

    async def connect_get_uri(self) -> str:
        """virConnectGetURI."""
        return self.session.uri

    async def connect_get_max_vcpus(self, type: str | None) -> int:
        """virConnectGetMaxVcpus."""
        return MAX_VCPUS

    async def connect_is_secure(self) -> int:
        """virConnectIsSecure: nothing leaves the process."""
        return 1

    async def connect_supports_feature(self, feature: int) -> int:
        """virConnectSupportsFeature."""
        return int(feature in _FEATURES)

    async def connect_get_capabilities(self) -> str:
        """virConnectGetCapabilities."""
        return capabilities_xml(self.node.cells)

    async def connect_baseline_cpu(self, xml_cpus: list[str], flags: int) -> str:
        """virConnectBaselineCPU."""
        check_flags(flags, _EXPAND_FEATURES, "testConnectBaselineCPU")
        return cpu.baseline_cpu(xml_cpus, flags)

    async def connect_get_cpu_model_names(self, arch: str, flags: int) -> list[str]:
        """virConnectGetCPUModelNames."""
        check_flags(flags, 0, "testConnectGetCPUModelNames")
        if not cpu.is_architecture(arch):
            raise invalid_argument(f"cannot find architecture {arch}")
        return cpu.model_names(arch)

    async def connect_get_sysinfo(self, flags: int) -> str:
        """virConnectGetSysinfo."""
        check_flags(flags, 0, "testConnectGetSysinfo")
        return _SYSINFO

    async def node_get_info(self) -> NodeInfo:
        """virNodeGetInfo."""
        return self.node.info

    async def node_get_security_model(self) -> NodeSecurityModel:
        """virNodeGetSecurityModel."""
        return NodeSecurityModel("testSecurity", "")

    async def node_get_free_memory(self) -> int:
        """virNodeGetFreeMemory: half of what the cells have (in KiB, as libvirt's test driver has it)."""
        return sum(cell.memory for cell in self.node.cells) // 2

    async def node_get_cells_free_memory(self, start_cell: int, max_cells: int) -> list[int]:
        """virNodeGetCellsFreeMemory."""
        if start_cell >= len(self.node.cells):
            raise invalid_argument("Range exceeds available cells")
        return [cell.memory for cell in self.node.cells[start_cell : start_cell + max_cells]]

    async def node_get_free_pages(self, pages: list[int], start_cell: int, cell_count: int, flags: int) -> list[int]:
        """virNodeGetFreePages: a made-up series, whatever is asked for."""
        check_flags(flags, 0, "testNodeGetFreePages")
        # libvirt's is an int that runs over.
        numbers = ((13 << min(n, 32)) - 7 & 0xFFFFFFFF for n in range(1, len(pages) * cell_count + 1))
        return Uncounted(number - (number >> 31 << 32) & 0xFFFFFFFFFFFFFFFF for number in numbers)

    async def node_get_cpu_map(self, flags: int) -> NodeCPUMap:
        """virNodeGetCPUMap."""
        check_flags(flags, 0, "testNodeGetCPUMap")
        return _CPU_MAP

    async def node_get_cpu_stats(self, cpu_num: int, flags: int) -> list[NodeCPUStat]:
        """virNodeGetCPUStats."""
        check_flags(flags, 0, "testNodeGetCPUStats")
        return [NodeCPUStat(field, value) for field, value in _CPU_TIMES]


def host_name() -> str:
    """The host's name, in full where the resolver knows it."""
    name = socket.gethostname()
    if name.startswith("localhost") or "." in name:
        return name
    try:
        found = socket.getaddrinfo(name, None, flags=socket.AI_CANONNAME)
    except OSError:
        return name
    canonical = found[0][3]
    return canonical if canonical and not canonical.startswith("localhost") else name
