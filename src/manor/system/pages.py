# SPDX-License-Identifier: Apache-2.0
"""Memory pages of every size the host has, per NUMA node: how many, how many free, getting more.

Sizes are in KiB.  Node -1 is the machine as a whole.  The system's own page size is among the sizes; its
pages are those that are not set aside as huge pages.
"""

from __future__ import annotations

import os
from typing import Final

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import ManorError, reporter
from manor.system import numa
from manor.system.sysfs import Tree

_error = reporter(ErrorDomain.NONE)

WHOLE_MACHINE: Final = -1

SYSTEM_PAGE: Final = os.sysconf("SC_PAGE_SIZE") // 1024
"""The size of ordinary pages, in KiB."""


class Pages(msgspec.Struct, frozen=True):
    """Pages of one size: `size` in KiB, how many there are and how many are free."""

    size: int
    total: int
    free: int


def sizes(tree: Tree, node: int = WHOLE_MACHINE) -> list[int]:
    """The page sizes a node has, ascending, in KiB."""
    return [SYSTEM_PAGE, *_huge_sizes(tree, node)]


def pages(tree: Tree, node: int) -> list[Pages]:
    """All pages of a node, by size."""
    return [_pages(tree, node, size) for size in sizes(tree, node)]


def free_pages(tree: Tree, wanted: list[int], start: int, count: int) -> list[int]:
    """virNodeGetFreePages: the free pages of each wanted size, node after node from `start`.

    Raises INTERNAL_ERROR when `start` is beyond the last node, OPERATION_FAILED for a size it has not.
    """
    return [_pages(tree, node, size).free for node in _node_range(tree, start, count) for size in wanted]


def allocate(tree: Tree, counts: dict[int, int], start: int, count: int, *, add: bool) -> int:
    """virNodeAllocPages: set the number of pages of each size on each node, or add to it.

    Returns how many pools were changed.  Raises OPERATION_UNSUPPORTED for the system's page size,
    OPERATION_FAILED for a size the node has not or when the kernel finds fewer pages than asked for.
    """
    changed = 0
    for node in _node_range(tree, start, count):
        for size, wanted in counts.items():
            _allocate(tree, node, size, wanted, add=add)
            changed += 1
    return changed


def _allocate(tree: Tree, node: int, size: int, wanted: int, *, add: bool) -> None:
    if size == SYSTEM_PAGE:
        raise _error(ErrorNumber.OPERATION_UNSUPPORTED, "system pages pool can't be modified")
    before = _pages(tree, node, size).total
    target = before + wanted if add else wanted
    file = f"{_directory(node, size)}/nr_hugepages"
    try:
        tree.path(file).write_text(str(target))
    except OSError as error:
        raise _error.system(error.errno or 0, f"Unable to write to {tree.path(file)}") from error
    # The kernel takes any number and gives what it finds.
    if _pages(tree, node, size).total < target:
        raise _error(
            ErrorNumber.OPERATION_FAILED,
            f"Unable to allocate {target} pages. Allocated only {_pages(tree, node, size).total}",
        )


def _node_range(tree: Tree, start: int, count: int) -> range:
    last = max(numa.nodes(tree), default=0)
    if start > last:
        raise _error(ErrorNumber.INTERNAL_ERROR, f"start cell {start} out of range (0-{last})")
    return range(start, min(start + count - 1, last) + 1)


def _pages(tree: Tree, node: int, size: int) -> Pages:
    if size == SYSTEM_PAGE:
        return _system_pages(tree, node)
    directory = _directory(node, size)
    total, free = tree.number(f"{directory}/nr_hugepages"), tree.number(f"{directory}/free_hugepages")
    if total is None or free is None:
        raise _no_such_size(size, node)
    return Pages(size, total, free)


def _system_pages(tree: Tree, node: int) -> Pages:
    total, free = numa.memory(tree, node)
    huge = sum(size * _pages(tree, node, size).total for size in _huge_sizes(tree, node))
    return Pages(SYSTEM_PAGE, (total - huge) // SYSTEM_PAGE, free // SYSTEM_PAGE)


def _no_such_size(size: int, node: int) -> ManorError:
    place = "" if node == WHOLE_MACHINE else f" on node {node}"
    return _error(ErrorNumber.OPERATION_FAILED, f"page size {size} is not available{place}")


def _huge_sizes(tree: Tree, node: int) -> list[int]:
    prefix = "hugepages-"
    try:
        entries = [entry.name for entry in tree.path(_parent(node)).iterdir()]
    except OSError:
        return []
    found = [name.removeprefix(prefix).removesuffix("kB") for name in entries if name.startswith(prefix)]
    return sorted(int(size) for size in found if size.isdecimal())


def _directory(node: int, size: int) -> str:
    return f"{_parent(node)}/hugepages-{size}kB"


def _parent(node: int) -> str:
    if node == WHOLE_MACHINE:
        return "sys/kernel/mm/hugepages"
    return f"sys/devices/system/node/node{node}/hugepages"
