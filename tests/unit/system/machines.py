# SPDX-License-Identifier: Apache-2.0
"""Made-up machines: the parts of /proc and /sys that manor reads, written below a directory.

A machine is described by what a test varies; everything else follows.  `MACHINES` are those whose figures
were also asked of a real libvirtd, with the tree mounted over the real one (see record_libvirt.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Core:
    """One logical CPU: its ids as in /sys/devices/system/cpu/cpuN/topology."""

    socket: int = 0
    die: int = 0
    core: int = 0
    online: bool = True


@dataclass(frozen=True)
class Node:
    """A NUMA node: its CPUs, memory in KiB (total, free), distances, huge pages {KiB: (total, free)}."""

    cpus: Sequence[int]
    total: int = 4_000_000
    free: int = 1_000_000
    distances: Sequence[int] = (10,)
    pages: Mapping[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cache:
    """A cache as each CPU's cache/indexN shows it; `span` is how many CPUs share one."""

    level: int
    type: str
    size: int
    span: int


@dataclass(frozen=True)
class Machine:
    """A whole machine.  `nodes` None: a kernel without NUMA."""

    cpus: Mapping[int, Core]
    nodes: Mapping[int, Node] | None = None
    caches: Sequence[Cache] = ()
    mhz: str = "2596.122"
    die_ids: bool = True
    present: str | None = None


def grid(sockets: int, dies: int, cores: int, threads: int) -> dict[int, Core]:
    """CPUs numbered as Linux does on x86: first one thread of every core, then the second ones."""
    places = [(s, d, c) for s in range(sockets) for d in range(dies) for c in range(cores)]
    return {
        thread * len(places) + index: Core(s, d, d * cores + c)
        for thread in range(threads)
        for index, (s, d, c) in enumerate(places)
    }


def build(machine: Machine, root: Path) -> None:
    """Write the machine's trees below `root`."""
    system = root / "sys/devices/system"
    online = [cpu for cpu, core in machine.cpus.items() if core.online]
    put(system / "cpu/present", machine.present or ranges(machine.cpus))
    put(system / "cpu/possible", machine.present or ranges(machine.cpus))
    put(system / "cpu/online", ranges(online))
    put(system / "cpu/kernel_max", "8191")
    for cpu, core in machine.cpus.items():
        _build_cpu(machine, system / f"cpu/cpu{cpu}", cpu, core)
    if machine.nodes is not None:
        put(system / "node/online", ranges(machine.nodes))
        put(system / "node/possible", ranges(machine.nodes))
        put(system / "node/has_memory", ranges(n for n, node in machine.nodes.items() if node.total))
        put(system / "node/has_cpu", ranges(n for n, node in machine.nodes.items() if node.cpus))
        for number, node in machine.nodes.items():
            _build_node(machine, system / f"node/node{number}", number, node)
    _build_proc(machine, root / "proc", online)


def _build_cpu(machine: Machine, place: Path, cpu: int, core: Core) -> None:
    if cpu:
        put(place / "online", str(int(core.online)))
    place.mkdir(parents=True, exist_ok=True)
    if not core.online:
        return
    others = {number: other for number, other in machine.cpus.items() if other.online}
    same_core = [n for n, o in others.items() if (o.socket, o.die, o.core) == (core.socket, core.die, core.core)]
    same_socket = [n for n, o in others.items() if o.socket == core.socket]
    topology = place / "topology"
    put(topology / "physical_package_id", str(core.socket))
    put(topology / "core_id", str(core.core))
    if machine.die_ids:
        put(topology / "die_id", str(core.die))
    for name, cpus in (("thread_siblings", same_core), ("core_siblings", same_socket)):
        put(topology / name, mask(cpus))
        put(topology / f"{name}_list", ranges(cpus))
    for index, cache in enumerate(machine.caches):
        bank = cpu // cache.span
        shared = [n for n in others if n // cache.span == bank]
        at = place / f"cache/index{index}"
        put(at / "id", str(bank))
        put(at / "level", str(cache.level))
        put(at / "type", cache.type)
        put(at / "size", f"{cache.size}K")
        put(at / "shared_cpu_list", ranges(shared))
        put(at / "shared_cpu_map", mask(shared))


def _build_node(machine: Machine, place: Path, number: int, node: Node) -> None:
    online = [cpu for cpu in node.cpus if machine.cpus[cpu].online]
    put(place / "cpulist", ranges(online))
    put(place / "cpumap", mask(online))
    put(place / "distance", " ".join(map(str, node.distances)))
    put(
        place / "meminfo",
        f"Node {number} MemTotal:  {node.total:>9} kB\nNode {number} MemFree:   {node.free:>9} kB",
    )
    for size, (total, free) in node.pages.items():
        put(place / f"hugepages/hugepages-{size}kB/nr_hugepages", str(total))
        put(place / f"hugepages/hugepages-{size}kB/free_hugepages", str(free))
        put(place / f"hugepages/hugepages-{size}kB/surplus_hugepages", "0")
    for cpu in node.cpus:
        (place / f"cpu{cpu}").symlink_to(f"../../cpu/cpu{cpu}")


def _build_proc(machine: Machine, place: Path, online: Iterable[int]) -> None:
    put(place / "cpuinfo", "\n\n".join(f"processor\t: {n}\ncpu MHz\t\t: {machine.mhz}" for n in online) + "\n")
    rows = {n: (1000 + n, 20, 300, 40000 + n, 50, 6, 7, 8, 9, 1) for n in online}
    total = [sum(column) for column in zip(*rows.values(), strict=True)]
    lines = [f"cpu  {' '.join(map(str, total))}"]
    lines += [f"cpu{n} {' '.join(map(str, row))}" for n, row in rows.items()]
    put(place / "stat", "\n".join([*lines, "intr 5", "ctxt 77"]))
    put(
        place / "meminfo",
        "MemTotal:       16000000 kB\nMemFree:         3000000 kB\nMemAvailable:    9000000 kB\n"
        "Buffers:           12345 kB\nCached:           678901 kB\nSwapCached:            3 kB\n"
        "HugePages_Total:       4\nHugepagesize:       2048 kB",
    )


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def ranges(numbers: Iterable[int]) -> str:
    """A list as the kernel writes it: ``0-3,7``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def mask(numbers: Iterable[int]) -> str:
    """A bitmap as the kernel writes it: words of 32 bits in hexadecimal."""
    value = sum(1 << number for number in numbers)
    words: list[str] = []
    while value or not words:
        words.append(f"{value & 0xFFFFFFFF:08x}")
        value >>= 32
    return ",".join(reversed(words))


def _two_nodes(cpus: Mapping[int, Core]) -> dict[int, Node]:
    pages = {2048: (8, 5), 1048576: (1, 1)}
    return {
        n: Node(
            [cpu for cpu, core in cpus.items() if core.socket == n],
            total=8_000_000 + n,
            free=2_000_000 + n,
            distances=(10, 21) if n == 0 else (21, 10),
            pages=pages,
        )
        for n in (0, 1)
    }


L1, L2, L3 = Cache(1, "Data", 48, 1), Cache(2, "Unified", 1024, 2), Cache(3, "Unified", 32768, 4)

#: libnuma asks the kernel itself whether there is NUMA, so this one cannot be shown to a libvirtd.
NO_NUMA = Machine(grid(1, 1, 4, 2))

MACHINES: dict[str, Machine] = {
    "one-socket": Machine(grid(1, 1, 2, 1), {0: Node([0, 1])}, [L1, L2, L3]),
    "threads": Machine(grid(1, 1, 2, 2), {0: Node([0, 1, 2, 3])}, [L1, L3]),
    "two-sockets": Machine(grid(2, 1, 4, 2), _two_nodes(grid(2, 1, 4, 2)), [L1, L2, L3]),
    "dies": Machine(grid(1, 2, 2, 1), {0: Node([0, 1, 2, 3])}),
    "dies-two-sockets": Machine(grid(2, 2, 2, 2), _two_nodes(grid(2, 2, 2, 2))),
    "dies-repeating-core-ids": Machine({n: Core(0, n // 2, n % 2) for n in range(4)}, {0: Node([0, 1, 2, 3])}),
    "no-die-ids": Machine(grid(2, 1, 2, 1), {0: Node([0, 1, 2, 3])}, die_ids=False),
    "offline": Machine({**grid(1, 1, 4, 1), 3: Core(0, 0, 3, online=False)}, {0: Node([0, 1, 2, 3])}, [L3]),
    "offline-threads": Machine({**grid(1, 1, 2, 2), 2: Core(0, 0, 0, online=False)}, {0: Node([0, 1, 2, 3])}),
    "memory-only-node": Machine(
        grid(1, 1, 2, 1),
        {0: Node([0, 1], distances=(10, 20)), 1: Node([], total=2_000_000, distances=(20, 10))},
    ),
    "cpu-only-node": Machine(
        grid(2, 1, 2, 1),
        {0: Node([0, 1], distances=(10, 20)), 1: Node([2, 3], total=0, free=0, distances=(20, 10))},
    ),
    "sparse-nodes": Machine(
        grid(2, 1, 2, 1),
        {0: Node([0, 1], distances=(10, 20)), 8: Node([2, 3], distances=(20, 10))},
    ),
    "sub-numa": Machine(
        grid(1, 1, 4, 1),
        {0: Node([0, 1], distances=(10, 12)), 1: Node([2, 3], distances=(12, 10))},
    ),
    "sparse-cpus": Machine({n: Core(0, 0, n) for n in (0, 1, 4, 5)}, {0: Node([0, 1, 4, 5])}, present="0-1,4-5"),
    "odd": Machine({0: Core(0, 0, 0), 1: Core(0, 0, 1), 2: Core(1, 0, 0)}, {0: Node([0, 1, 2])}, mhz="800.000"),
}
