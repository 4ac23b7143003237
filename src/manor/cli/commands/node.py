# SPDX-License-Identifier: Apache-2.0
"""The host's CPUs and memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from manor.cli.cpulist import format_list, from_map
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.params import as_record, value_text
from manor.cli.sizes import MAX_INT, MAX_UINT
from manor.cli.xml import parse
from manor.constants import (
    NodeAllocPagesFlags,
    NodeGetCPUStatsAllCPUs,
    NodeGetMemoryStatsAllCells,
    NodeMemorySharedField,
    NodeSuspendTarget,
)
from manor.records import uint_param

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import NodeCPUStat, NodeInfo, TypedParam

WIDTH = 20
SUSPEND_TARGETS = {"mem": NodeSuspendTarget.MEM, "disk": NodeSuspendTarget.DISK, "hybrid": NodeSuspendTarget.HYBRID}


@command("nodeinfo", "print what is known of the host")
def nodeinfo(shell: Shell, args: Args) -> None:
    with shell.failing("failed to get node information"):
        info: NodeInfo = shell.call("node_get_info")
    out = shell.out
    out.field("CPU model:", info.model, WIDTH)
    out.field("CPU(s):", info.cpus, WIDTH)
    if info.mhz:
        out.field("CPU frequency:", f"{info.mhz} MHz", WIDTH, cpu_mhz=info.mhz)
    out.field("CPU socket(s):", info.sockets, WIDTH)
    out.field("Core(s) per socket:", info.cores, WIDTH)
    out.field("Thread(s) per core:", info.threads, WIDTH)
    out.field("NUMA cell(s):", info.nodes, WIDTH)
    out.field("Memory size:", f"{info.memory} KiB", WIDTH, memory_kib=info.memory)


@command("nodecpumap", "print which CPUs of the host are online", "--pretty  as a list")
def nodecpumap(shell: Shell, args: Args) -> None:
    with shell.failing("Unable to get cpu map"):
        present, cpumap, online = shell.call("node_get_cpu_map", 0)
    cpus = from_map(cpumap, present)
    text = format_list(cpus) if args.flag("pretty") else _letters(cpus, present)
    shell.out.field("CPUs present:", present, 15, present=present)
    shell.out.field("CPUs online:", online, 15, online=online)
    shell.out.field("CPU map:", text, 15, cpus=cpus)


def _letters(cpus: list[int], present: int) -> str:
    chosen = set(cpus)
    return "".join("y" if cpu in chosen else "-" for cpu in range(present))


CPU_TIMES = ("user", "system", "idle", "iowait", "intr")
FIELD_NAMES = {"kernel": "system"}
"""What libvirt's `kernel` is called here."""


@command(
    "nodecpustats",
    "print how the CPUs of the host spent their time",
    """
    --cpu NUMBER  only this CPU
    --percent  in percent of the second to come
    """,
)
def nodecpustats(shell: Shell, args: Args) -> None:
    cpu = args.number("cpu")
    number = int(NodeGetCPUStatsAllCPUs.ALL_CPUS) if cpu is None else cpu
    times = _cpu_times(shell, number)
    out = shell.out
    if not args.flag("percent"):
        out.data(times)
        for name in CPU_TIMES:
            if name in times:
                out.line(f"{name + ':':<15} {times[name]:20d}")
        return
    if "utilization" in times:
        # Some hypervisors count nothing but this.
        usage = times["utilization"]
        out.data({"usage": usage, "idle": 100 - usage})
        out.line(f"{'usage:':<15} {float(usage):5.1f}%")
        out.line(f"{'idle:':<15} {float(100 - usage):5.1f}%")
        return
    time.sleep(1)
    later = _cpu_times(shell, number)
    spent = {name: later[name] - times[name] for name in CPU_TIMES[:4] if name in times and name in later}
    total = sum(spent.values())
    shares = {"usage": total - spent.get("idle", 0), **spent}
    out.data({name: share / total * 100 if total else None for name, share in shares.items()})
    for name, share in shares.items():
        text = f"{share / total * 100:5.1f}" if total else " -nan"
        out.line(f"{name + ':':<15} {text}%")


def _cpu_times(shell: Shell, cpu: int) -> dict[str, int]:
    with shell.failing("Unable to get node cpu stats"):
        stats: list[NodeCPUStat] = shell.call("node_get_cpu_stats", cpu, 0)
    return {FIELD_NAMES.get(stat.field, stat.field): stat.value for stat in stats}


@command(
    "nodememstats",
    "print how the memory of the host is used",
    "--cell NUMBER  only of this NUMA node",
)
def nodememstats(shell: Shell, args: Args) -> None:
    cell = args.number("cell")
    number = int(NodeGetMemoryStatsAllCells.ALL_CELLS) if cell is None else cell
    with shell.failing("Unable to get number of memory stats"):
        stats = shell.call("node_get_memory_stats", number, 0)
    shell.out.data({f"{stat.field}_kib": stat.value for stat in stats})
    for stat in stats:
        shell.out.line(f"{stat.field:<7}: {stat.value:20d} KiB")


@command("nodesevinfo", "print what the host can do to protect memory of guests")
def nodesevinfo(shell: Shell, args: Args) -> None:
    with shell.failing("Unable to get host SEV information"):
        params: list[TypedParam] = shell.call("node_get_sev_info", 0)
    shell.out.data(as_record(params))
    for param in params:
        shell.out.line(f"{param.field:<18}: {value_text(param)}")


@command(
    "nodesuspend",
    "suspend the host for some time",
    """
    <target>{suspend-target}  mem, disk or hybrid
    <duration:number>  seconds, at least 60
    """,
)
def nodesuspend(shell: Shell, args: Args) -> None:
    target = args.required("target")
    duration = args.number("duration", -(2**63), 2**63 - 1)
    if target not in SUSPEND_TARGETS:
        raise CommandFailed("Invalid target")
    if duration is None or duration < 0:
        raise CommandFailed("Invalid duration")
    with shell.failing("The host was not suspended"):
        shell.call("node_suspend_for_duration", int(SUSPEND_TARGETS[target]), duration, 0)


@command(
    "node-memory-tune",
    "show or change how equal memory pages are shared",
    """
    --shm-pages-to-scan NUMBER  pages to look at before a rest
    --shm-sleep-millisecs NUMBER  milliseconds of rest
    --shm-merge-across-nodes NUMBER  1 to share pages of different NUMA nodes, 0 not to
    """,
)
def node_memory_tune(shell: Shell, args: Args) -> None:
    params = []
    for field in (
        NodeMemorySharedField.PAGES_TO_SCAN,
        NodeMemorySharedField.SLEEP_MILLISECS,
        NodeMemorySharedField.MERGE_ACROSS_NODES,
    ):
        value = args.unsigned(field.value.replace("_", "-"))
        if value is not None:
            params.append(uint_param(field.value, value))
    if params:
        with shell.failing("Unable to change memory parameters"):
            shell.call("node_set_memory_parameters", params, 0)
        return
    with shell.failing("Unable to get number of memory parameters"):
        found: list[TypedParam] = shell.call("node_get_memory_parameters", 0)
    shell.out.data(as_record(found))
    shell.out.line("Shared memory:")
    for param in found:
        shell.out.line(f"\t{param.field:<15} {value_text(param)}")


def _cells(shell: Shell) -> list[int]:
    """The NUMA nodes of the host."""
    with shell.failing("unable to get node capabilities"):
        document = shell.call("connect_get_capabilities")
    root = parse(document, "(capabilities)")
    return [int(cell.get("id") or 0) for cell in root.findall("host/topology/cells/cell")]


@command(
    "freecell",
    "print how much memory of the host is free",
    """
    --cellno NUMBER{cell}  only of this NUMA node
    --all  of each NUMA node
    """,
)
def freecell(shell: Shell, args: Args) -> None:
    args.exclusive("all", "cellno")
    cell = args.number("cellno")
    out = shell.out
    if args.flag("all"):
        free = {number: _free_of(shell, number) // 1024 for number in _cells(shell)}
        if not free:
            raise CommandFailed("could not get information about NUMA topology")
        for number, kib in free.items():
            out.line(f"{number:5d}: {kib:10d} KiB")
        out.line("-" * 20)
        out.line(f"{'Total':>5}: {sum(free.values()):10d} KiB")
        out.data({"cells_kib": free, "total_kib": sum(free.values())})
    elif cell is not None:
        kib = shell.call("node_get_cells_free_memory", cell, 1)[0] // 1024
        out.value(f"{cell}: {kib} KiB", cell=cell, free_kib=kib)
    else:
        kib = shell.call("node_get_free_memory") // 1024
        out.value(f"Total: {kib} KiB", free_kib=kib)


def _free_of(shell: Shell, cell: int) -> int:
    with shell.failing(f"failed to get free memory for NUMA node number: {cell}"):
        free: int = shell.call("node_get_cells_free_memory", cell, 1)[0]
    return free


@command(
    "freepages",
    "print how many memory pages of the host are free",
    """
    --cellno NUMBER{cell}  of this NUMA node
    --pagesize NUMBER  pages of this size, in KiB or with a unit
    --all  of each NUMA node and size
    """,
)
def freepages(shell: Shell, args: Args) -> None:
    args.exclusive("all", "cellno")
    size = args.size("pagesize", 1024, MAX_UINT * 1024)
    cell = args.number("cellno")
    if args.flag("all"):
        _all_pages(shell)
        return
    if cell is None:
        raise CommandFailed("missing cellno argument")
    if cell < -1:
        raise CommandFailed("cell number must be non-negative integer or -1")
    if size is None:
        raise CommandFailed("missing pagesize argument")
    kib = size // 1024
    counts = shell.call("node_get_free_pages", [kib], cell, 1, 0)
    shell.out.data([{"page_kib": kib, "free": count} for count in counts])
    for count in counts:
        shell.out.line(f"{kib}KiB: {count}")


def _all_pages(shell: Shell) -> None:
    with shell.failing("unable to get node capabilities"):
        root = parse(shell.call("connect_get_capabilities"), "(capabilities)")
    sizes = {
        int(pages.get("size") or 0)
        for path in ("host/cpu/pages", "host/topology/cells/cell/pages")
        for pages in root.findall(path)
    }
    if not sizes:
        raise CommandFailed("could not get information about supported page sizes")
    ordered = sorted(sizes)
    record = {}
    for cell in root.findall("host/topology/cells/cell"):
        number = int(cell.get("id") or 0)
        counts = shell.call("node_get_free_pages", ordered, number, 1, 0)
        record[number] = dict(zip(ordered, counts, strict=False))
        shell.out.line(f"Node {number}:")
        for kib, count in record[number].items():
            shell.out.line(f"{kib}KiB: {count}")
        shell.out.line()
    shell.out.data(record)


@command(
    "allocpages",
    "change how many huge pages the host keeps",
    """
    <pagesize:number>  size of the pages, in KiB or with a unit
    <pagecount:number>  how many
    --cellno NUMBER{cell}  of this NUMA node
    --add  so many more, rather than so many
    --all  of each NUMA node
    """,
)
def allocpages(shell: Shell, args: Args) -> None:
    args.exclusive("all", "cellno")
    cell = args.number("cellno", -1, MAX_INT)
    size = (args.size("pagesize", 1024, MAX_UINT * 1024) or 0) // 1024
    count = args.unsigned64("pagecount")
    flags = NodeAllocPagesFlags.ADD if args.flag("add") else NodeAllocPagesFlags.SET
    cells = (0, len(_cells(shell))) if args.flag("all") else (-1 if cell is None else cell, 1)
    shell.call("node_alloc_pages", [size], [count], *cells, int(flags))
