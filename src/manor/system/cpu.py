# SPDX-License-Identifier: Apache-2.0
"""The host's processors: which there are, how they are arranged, how busy they were.

What they can do (models and features) is in `manor.system.cpuid` and `manor.system.cpumodel`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from manor.records import NodeCPUMap, NodeCPUStat
from manor.system.arch import X86
from manor.system.arguments import invalid_argument
from manor.system.sysfs import Tree

_CPU: Final = "sys/devices/system/cpu"

#: Characters of /proc/cpuinfo that hold all of the first CPU, on x86.
_FIRST_CPUINFO: Final = 8192

#: Where /proc/cpuinfo tells the clock rate, per architecture; on others it tells none.
_CLOCK_FIELDS: Final = {
    "x86_64": "cpu MHz",
    "i686": "cpu MHz",
    "ppc64": "clock",
    "ppc64le": "clock",
    "s390x": "cpu MHz dynamic",
}


CacheType = Literal["both", "code", "data"]


class CpuPlace(msgspec.Struct, frozen=True):
    """Where a CPU sits, by the kernel's ids; `siblings` are the threads of its core, itself included."""

    cpu: int
    socket: int
    die: int
    core: int
    siblings: tuple[int, ...]


class Shape(msgspec.Struct, frozen=True):
    """How many of what: `sockets` per node, `cores` per socket, `threads` per core, as libvirt counts.

    `cpus` are those online.  libvirt's rule: when the product is not the number of CPUs (odd machines,
    CPUs offline), the machine counts as one socket of single-thread cores.
    """

    cpus: int
    nodes: int
    sockets: int
    cores: int
    threads: int


class CacheBank(msgspec.Struct, frozen=True):
    """A cache of the host: what it holds, its size in KiB, and the CPUs that share it."""

    id: int
    level: int
    type: CacheType
    size: int
    cpus: tuple[int, ...]


def present(tree: Tree) -> tuple[int, ...]:
    """CPUs that are plugged in."""
    return tree.ids(f"{_CPU}/present") or tuple(tree.numbered(_CPU, "cpu"))


def online(tree: Tree) -> tuple[int, ...]:
    """CPUs in use by the kernel."""
    return tree.ids(f"{_CPU}/online") or present(tree)


def place(tree: Tree, cpu: int) -> CpuPlace:
    """Where a CPU sits; what the machine does not tell is 0, and the CPU alone in its core."""
    topology = f"{_CPU}/cpu{cpu}/topology"
    siblings = tree.ids(f"{topology}/thread_siblings_list")
    return CpuPlace(
        cpu,
        max(tree.number(f"{topology}/physical_package_id") or 0, 0),
        max(tree.number(f"{topology}/die_id") or 0, 0),
        tree.number(f"{topology}/core_id") or 0,
        siblings or (cpu,),
    )


def shape(tree: Tree) -> Shape:
    """The arrangement of the CPUs as virNodeGetInfo tells it."""
    in_use = set(online(tree))
    groups = [tree.numbered(f"sys/devices/system/node/node{n}", "cpu") for n in _nodes(tree)]
    groups = [group for group in groups if in_use.intersection(group)] or [list(present(tree))]
    sockets = cores = threads = 0
    for group in groups:
        in_node = [place(tree, cpu) for cpu in group if cpu in in_use]
        sockets = max(sockets, len({each.socket for each in in_node}))
        cores = max(cores, _most_cores(in_node))
        threads = max(threads, *(len(each.siblings) for each in in_node))
    count = sum(map(len, groups))
    cpus = sum(len(in_use.intersection(group)) for group in groups)
    if len(groups) * sockets * cores * threads != count:
        return Shape(cpus, nodes=1, sockets=1, cores=count, threads=1)
    return Shape(cpus, len(groups), sockets, cores, threads)


def _nodes(tree: Tree) -> list[int]:
    return tree.numbered("sys/devices/system/node", "node")


def _most_cores(places: Iterable[CpuPlace]) -> int:
    by_socket: dict[int, set[int]] = {}
    for each in places:
        by_socket.setdefault(each.socket, set()).add(each.core)
    return max(map(len, by_socket.values()))


def first_cpuinfo(tree: Tree, arch: str) -> dict[str, str]:
    """What /proc/cpuinfo tells of the first CPU; x86 kernels ask each processor as far as one reads."""
    return tree.fields("proc/cpuinfo", _FIRST_CPUINFO if arch in X86 else -1)


def clock_mhz(tree: Tree, arch: str) -> int:
    """Clock rate of the first CPU in MHz, 0 where the machine does not tell."""
    text = first_cpuinfo(tree, arch).get(_CLOCK_FIELDS.get(arch, ""), "0")
    try:
        return int(float(text.removesuffix("MHz")))
    except ValueError:
        return 0


def cpu_map(tree: Tree) -> NodeCPUMap:
    """virNodeGetCPUMap: room for every CPU up to the highest present, bits of those online."""
    count = max(present(tree), default=-1) + 1
    in_use = online(tree)
    bits = bytearray((count + 7) // 8)
    for cpu in in_use:
        if cpu < count:
            bits[cpu // 8] |= 1 << cpu % 8
    return NodeCPUMap(count, bytes(bits), len(in_use))


def cpu_stats(tree: Tree, cpu: int) -> list[NodeCPUStat]:
    """virNodeGetCPUStats: ns spent in kernel, user, idle and iowait by one CPU, or by all (-1).

    Raises INVALID_ARG for a CPU that is not online.
    """
    wanted = "cpu" if cpu == -1 else f"cpu{cpu}"
    for line in (tree.text("proc/stat") or "").splitlines():
        name, *values = line.split()
        if name == wanted:
            return _cpu_times([int(value) for value in values])
    function = "virHostCPUGetStatsLinux"
    raise invalid_argument(function, "cpuNum", f"Invalid cpuNum in {function}")


def _cpu_times(ticks: list[int]) -> list[NodeCPUStat]:
    user, nice, system, idle, iowait, irq, softirq = (ticks + [0] * 7)[:7]
    nanoseconds = 10**9 // os.sysconf("SC_CLK_TCK")
    return [
        NodeCPUStat("kernel", (system + irq + softirq) * nanoseconds),
        NodeCPUStat("user", (user + nice) * nanoseconds),
        NodeCPUStat("idle", idle * nanoseconds),
        NodeCPUStat("iowait", iowait * nanoseconds),
    ]


def caches(tree: Tree, lowest: int = 3) -> list[CacheBank]:
    """The caches from level `lowest` on, by level and id."""
    found: dict[tuple[int, int, str], CacheBank] = {}
    for cpu in online(tree):
        for index in tree.numbered(f"{_CPU}/cpu{cpu}/cache", "index"):
            bank = _cache(tree, f"{_CPU}/cpu{cpu}/cache/index{index}")
            if bank is not None and bank.level >= lowest:
                found.setdefault((bank.level, bank.id, bank.type), bank)
    return [found[key] for key in sorted(found)]


_CACHE_TYPES: Final[dict[str, CacheType]] = {"Unified": "both", "Instruction": "code", "Data": "data"}


def _cache(tree: Tree, directory: str) -> CacheBank | None:
    level, number = tree.number(f"{directory}/level"), tree.number(f"{directory}/id")
    kind = _CACHE_TYPES.get(tree.text(f"{directory}/type") or "")
    size = (tree.text(f"{directory}/size") or "").removesuffix("K")
    if level is None or number is None or kind is None or not size.isdecimal():
        return None
    return CacheBank(number, level, kind, int(size), tree.ids(f"{directory}/shared_cpu_list") or ())
