# SPDX-License-Identifier: Apache-2.0
"""The host as a whole: one object that answers libvirt's questions about the node.

What it knows of processors, memory and firmware is in the modules it asks; this one adds identity, and
keeps what cannot change while the machine runs.  Everything is read below a root, so that tests can make up
a machine.
"""

from __future__ import annotations

import platform
import socket
import uuid as uuids
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from manor.records import NodeCPUMap, NodeCPUStat, NodeInfo, NodeMemoryStat, TypedParam
from manor.system import cpu, kvm, memory, numa, pages, power, sysinfo
from manor.system.arch import KERNEL_NAMES
from manor.system.cgroup import Cgroups
from manor.system.processor import HostProcessor
from manor.system.sysfs import Tree

_T = TypeVar("_T")


class Host:
    """The machine below `root`.

    Identity, firmware and processor are read once, the arrangement of CPUs and nodes again whenever others
    are online, all other figures at every call.
    """

    def __init__(self, root: Path | str = "/", arch: str | None = None) -> None:
        self.tree = Tree(root)
        machine = arch or platform.machine()
        self.arch: str = KERNEL_NAMES.get(machine, machine)
        self._online: tuple[str | None, str | None] = (None, None)
        self._kept: dict[object, Any] = {}

    def _steady(self, look_up: Callable[[Tree], _T]) -> _T:
        """What holds as long as the same CPUs and nodes are online: large machines have many files."""
        online = (self.tree.text("sys/devices/system/cpu/online"), self.tree.text("sys/devices/system/node/online"))
        if online != self._online:
            self._online, self._kept = online, {}
        if look_up not in self._kept:
            self._kept[look_up] = look_up(self.tree)
        found: _T = self._kept[look_up]
        return found

    # -- identity --------------------------------------------------------------------------------------

    @cached_property
    def cgroups(self) -> Cgroups:
        """Control groups, where they are mounted."""
        return Cgroups(self.tree)

    @cached_property
    def uuid(self) -> uuids.UUID:
        """The machine's UUID: the firmware's, or else one made of /etc/machine-id, or else a random one.

        Firmware that was never given one (all digits the same) counts as having none.
        """
        return self._firmware_uuid() or self._machine_id() or uuids.uuid4()

    def _firmware_uuid(self) -> uuids.UUID | None:
        names = ("sys/devices/virtual/dmi/id/product_uuid", "sys/class/dmi/id/product_uuid")
        return next(filter(None, (_parse_uuid(self.tree.text(name)) for name in names)), None)

    def _machine_id(self) -> uuids.UUID | None:
        return _parse_uuid(self.tree.text("etc/machine-id"))

    @cached_property
    def boot_id(self) -> str:
        """What tells this run of the kernel from every other one."""
        return self.tree.text("proc/sys/kernel/random/boot_id") or ""

    @cached_property
    def smbios(self) -> list[sysinfo.Section]:
        """What the firmware says about the machine; empty when it says nothing."""
        return sysinfo.read(self.tree)

    # -- processors ------------------------------------------------------------------------------------

    @cached_property
    def processor(self) -> HostProcessor:
        """What kind of processor it has."""
        return HostProcessor(self.tree, self.arch)

    def info(self) -> NodeInfo:
        """virNodeGetInfo."""
        shape = self._steady(cpu.shape)
        total, _ = numa.memory(self.tree, pages.WHOLE_MACHINE)
        return NodeInfo(
            self.arch,
            total,
            shape.cpus,
            cpu.clock_mhz(self.tree, self.arch),
            shape.nodes,
            shape.sockets,
            shape.cores,
            shape.threads,
        )

    def cpu_map(self) -> NodeCPUMap:
        """virNodeGetCPUMap."""
        return cpu.cpu_map(self.tree)

    def cpu_stats(self, number: int) -> list[NodeCPUStat]:
        """virNodeGetCPUStats: of one CPU, or of all together (-1), in ns."""
        return cpu.cpu_stats(self.tree, number)

    def caches(self) -> list[cpu.CacheBank]:
        """The caches shared by several CPUs (level 3 and beyond)."""
        return self._steady(cpu.caches)

    # -- memory ----------------------------------------------------------------------------------------

    def memory_stats(self, cell: int) -> list[NodeMemoryStat]:
        """virNodeGetMemoryStats: of one cell, or of the machine (-1), in KiB."""
        return numa.memory_stats(self.tree, cell)

    def memory_parameters(self) -> list[TypedParam]:
        """virNodeGetMemoryParameters."""
        return memory.parameters(self.tree)

    def set_memory_parameters(self, params: list[TypedParam]) -> None:
        """virNodeSetMemoryParameters."""
        memory.set_parameters(self.tree, params)

    def cells(self) -> list[numa.Cell]:
        """The NUMA cells with their CPUs, memory and distances."""
        return numa.cells(self.tree, self._steady(numa.cells))

    def free_memory(self) -> int:
        """virNodeGetFreeMemory: bytes."""
        return numa.free_memory(self.tree)

    def cells_free_memory(self, start: int, count: int) -> list[int]:
        """virNodeGetCellsFreeMemory: bytes per cell."""
        return numa.cells_free_memory(self.tree, start, count)

    def page_sizes(self) -> list[int]:
        """The page sizes of the machine in KiB, ascending."""
        return pages.sizes(self.tree)

    def pages(self, cell: int) -> list[pages.Pages]:
        """The pages of a cell by size."""
        return pages.pages(self.tree, cell)

    def free_pages(self, wanted: list[int], start: int, count: int) -> list[int]:
        """virNodeGetFreePages: sizes in KiB."""
        return pages.free_pages(self.tree, wanted, start, count)

    def allocate_pages(self, counts: dict[int, int], start: int, count: int, *, add: bool) -> int:
        """virNodeAllocPages: sizes in KiB; returns how many pools were changed."""
        return pages.allocate(self.tree, counts, start, count, add=add)

    # -- abilities -------------------------------------------------------------------------------------

    @cached_property
    def kvm(self) -> kvm.Kvm:
        """Whether KVM works."""
        return kvm.probe(self.tree.path("dev/kvm"))

    def suspend_targets(self) -> list[str]:
        """The names under which the capabilities document lists the ways to suspend the host."""
        known = power.suspend_targets(self.tree)
        return [name for target, name in power.CAPABILITY_NAMES.items() if target in known]

    def suspend(self, target: int, duration: int) -> None:
        """virNodeSuspendForDuration: seconds."""
        power.suspend(self.tree, target, duration)

    def security_modules(self) -> list[str]:
        """The kernel's security modules that label or confine processes (``apparmor``, ``selinux``)."""
        active = (self.tree.text("sys/kernel/security/lsm") or "").split(",")
        found = []
        if "apparmor" in active or self.tree.text("sys/module/apparmor/parameters/enabled") == "Y":
            found.append("apparmor")
        if "selinux" in active or self.tree.exists("sys/fs/selinux/enforce"):
            found.append("selinux")
        return found

    def has_iommu(self) -> bool:
        """Whether devices can be isolated for guests: the kernel knows IOMMU groups."""
        return bool(self.tree.numbered("sys/kernel/iommu_groups", ""))


def hostname(own: Callable[[], str] = socket.gethostname, canonical: Callable[[str], str | None] | None = None) -> str:
    """The host's name for others (virConnectGetHostname): fully qualified if the resolver knows how.

    The resolver may take seconds: call this outside the event loop, and keep the answer.
    """
    name = own()
    if name.startswith("localhost") or "." in name:
        return name
    full = (canonical or _canonical)(name)
    # A resolver that answers "localhost" has told nothing useful to others.
    if full is None or full.startswith("localhost") or "." not in full:
        return name
    return full


def _canonical(name: str) -> str | None:
    try:
        found = socket.getaddrinfo(name, None, flags=socket.AI_CANONNAME)
    except OSError:
        return None
    return found[0][3] if found else None


def _parse_uuid(text: str | None) -> uuids.UUID | None:
    """A UUID, unless it is one that stands for none."""
    try:
        found = uuids.UUID((text or "").strip())
    except ValueError:
        return None
    return None if len(set(found.hex)) == 1 else found
