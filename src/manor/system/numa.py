# SPDX-License-Identifier: Apache-2.0
"""NUMA: the host's nodes (libvirt says cells), their memory, CPUs and distances.

A kernel without NUMA counts as one node, 0, that has everything.
"""

from __future__ import annotations

from typing import Final

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import reporter
from manor.records import NodeMemoryStat
from manor.system import cpu
from manor.system import memory as whole
from manor.system.arguments import invalid_argument
from manor.system.sysfs import Tree

_error = reporter(ErrorDomain.NONE)

_NODE: Final = "sys/devices/system/node"


class Cell(msgspec.Struct, frozen=True):
    """One node: `memory` and `free` in KiB, distances to nodes by id (empty without NUMA)."""

    id: int
    memory: int
    free: int
    cpus: tuple[cpu.CpuPlace, ...]
    distances: dict[int, int]


def nodes(tree: Tree) -> list[int]:
    """The ids of the nodes, ascending; at least one."""
    return tree.numbered(_NODE, "node") or [0]


def cells(tree: Tree, kept: list[Cell] | None = None) -> list[Cell]:
    """All nodes with what is in them; with `kept`, an earlier answer, only their memory is looked up."""
    if kept is None:
        return [_cell(tree, node) for node in nodes(tree)]
    return [Cell(cell.id, *memory(tree, cell.id), cell.cpus, cell.distances) for cell in kept]


def _cell(tree: Tree, node: int) -> Cell:
    cpus = tree.ids(f"{_NODE}/node{node}/cpulist")
    if cpus is None:
        cpus = cpu.online(tree)
    # The kernel lists distances in the order of the nodes, whose ids may have gaps.
    distances = map(int, (tree.text(f"{_NODE}/node{node}/distance") or "").split())
    return Cell(
        node,
        *memory(tree, node),
        tuple(cpu.place(tree, each) for each in cpus),
        dict(zip(nodes(tree), distances, strict=False)),
    )


def memory(tree: Tree, node: int) -> tuple[int, int]:
    """Total and free memory of a node (-1: of all) in KiB."""
    if node == -1:
        parts = [memory(tree, each) for each in nodes(tree)]
        return sum(part[0] for part in parts), sum(part[1] for part in parts)
    values = _node_meminfo(tree, node)
    if not values and not _has_numa(tree):
        values = whole.meminfo(tree)
    return values.get("MemTotal", 0), values.get("MemFree", 0)


def _has_numa(tree: Tree) -> bool:
    return bool(tree.numbered(_NODE, "node"))


def _node_meminfo(tree: Tree, node: int) -> dict[str, int]:
    """nodeN/meminfo, whose lines read ``Node N MemTotal:  123 kB``."""
    found = {}
    for line in (tree.text(f"{_NODE}/node{node}/meminfo") or "").splitlines():
        words = line.replace(":", " ").split()
        if len(words) >= 4 and words[3].isdecimal():
            found[words[2]] = int(words[3])
    return found


def memory_stats(tree: Tree, node: int) -> list[NodeMemoryStat]:
    """virNodeGetMemoryStats: of a node, or of the machine (-1), in KiB.

    Raises INVALID_ARG beyond the last node, SYSTEM_ERROR for one that does not exist.
    """
    if node == -1:
        return whole.memory_stats(tree)
    last = max(nodes(tree))
    if node > last:
        function = "virHostMemGetStats"
        raise invalid_argument(function, "cellNum", f"cellNum in {function} must be less than or equal to {last}")
    if _has_numa(tree) and not tree.exists(f"{_NODE}/node{node}/meminfo"):
        raise _error.system(2, f"cannot open /{_NODE}/node{node}/meminfo")
    total, free = memory(tree, node)
    return [NodeMemoryStat("total", total), NodeMemoryStat("free", free)]


def free_memory(tree: Tree) -> int:
    """virNodeGetFreeMemory: bytes."""
    return memory(tree, -1)[1] * 1024


def cells_free_memory(tree: Tree, start: int, count: int) -> list[int]:
    """virNodeGetCellsFreeMemory: bytes per node from `start`, 0 for ids that no node has.

    Raises INTERNAL_ERROR when `start` is beyond the last node.
    """
    known = nodes(tree)
    last = max(known)
    if start > last:
        raise _error(ErrorNumber.INTERNAL_ERROR, f"start cell {start} out of range (0-{last})")
    wanted = range(start, min(start + count - 1, last) + 1)
    return [memory(tree, node)[1] * 1024 if node in known else 0 for node in wanted]
