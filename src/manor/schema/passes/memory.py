# SPDX-License-Identifier: Apache-2.0
"""Memory and NUMA nodes: amounts, where they come from, and what is tuned about them."""

from __future__ import annotations

from typing import Final

from manor.schema.core import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.cpu import NumaCell, NumaSibling
from manor.schema.domain.memory import Memory, NumaMemory, NumaTune
from manor.schema.passes.report import detail, internal, missing_attribute, unsupported, xml_error

_LOCAL_DISTANCE: Final = 10
_REMOTE_DISTANCE: Final = 20
_LAST_DISTANCE: Final = 255
_DEVICE_TUNING: Final = ("weight", "read_iops_sec", "write_iops_sec", "read_bytes_sec", "write_bytes_sec")


def sizes(domain: Domain, *, recount: bool) -> None:
    """Memory sizes in KiB: all there is at start, with what is plugged in, and how much of it the guest has now.

    The sum of the nodes stands in for a size that is not given; with `recount` for any.
    """
    memory = domain.memory = domain.memory or Memory()
    numa = domain.cpu.numa if domain.cpu is not None else None
    plugged = plugged_memory(domain)
    in_nodes = 0
    if numa is not None and (recount or not memory.value):
        in_nodes = sum(cell.memory or 0 for cell in numa.cells)
    if in_nodes:
        memory.value = in_nodes + plugged
    elif plugged > (memory.value or 0):
        raise xml_error("Total size of memory devices exceeds the total memory size")
    if (memory.value or 0) - plugged == 0:
        raise xml_error("Memory size must be specified via <memory> or in the <numa> configuration")
    total = memory.value or 0
    if not domain.current_memory or domain.current_memory > total:
        domain.current_memory = total
    if domain.max_memory is not None:
        if bool(domain.max_memory.value) != bool(domain.max_memory.slots):
            raise xml_error("both maximum memory size and memory slot count must be specified")
        if not domain.max_memory.value:
            domain.max_memory = None


def plugged_memory(domain: Domain) -> int:
    """The memory of all memory devices, in KiB."""
    memories = domain.devices.memories if domain.devices is not None else ()
    return sum(device.target.size for device in memories if device.target is not None)


def numa(domain: Domain) -> None:
    """NUMA nodes in order, with all CPUs in them, and distances both ways."""
    item = domain.cpu.numa if domain.cpu is not None else None
    if item is None:
        return
    cells = item.cells
    if not cells:
        raise xml_error("NUMA topology defined without NUMA cells")
    taken: set[int] = set()
    for number, cell in enumerate(cells):
        if cell.id is None:
            cell.id = number
        if cell.id >= len(cells):
            raise xml_error(
                "Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or ranges not starting "
                "from 0 are not allowed"
            )
        if cell.id in taken:
            raise xml_error(f"Duplicate NUMA cell info for cell id '{cell.id}'")
        taken.add(cell.id)
    for number, cell in enumerate(cells):
        for other in cells[:number]:
            if cell.cpus and other.cpus and cell.cpus & other.cpus:
                raise unsupported(f"NUMA cells {cell.id} and {other.id} have overlapping vCPU ids")
    cells.sort(key=lambda cell: cell.id or 0)
    _check_distances(cells)
    _mirror_distances(cells)


def check_numa_cpus(domain: Domain) -> None:
    """Nodes have no CPUs that the guest has not."""
    count = domain.vcpu.value if domain.vcpu is not None else None
    if count is None:
        return
    named = numa_cpus(domain)
    if len(named) > count:
        raise internal("Number of CPUs in <numa> exceeds the <vcpu> count")
    if named and max(named) >= count:
        raise internal("CPU IDs in <numa> exceed the <vcpu> count")


def numa_cpus(domain: Domain) -> set[int]:
    """The CPUs that nodes name."""
    numa = domain.cpu.numa if domain.cpu is not None else None
    return set().union(*(cell.cpus or () for cell in numa.cells)) if numa is not None else set()


def _check_distances(cells: list[NumaCell]) -> None:
    for cell in cells:
        for sibling in cell.distances:
            if sibling.id is None:
                raise missing_attribute("sibling", "id")
            if sibling.value is None:
                raise missing_attribute("sibling", "value")
            number, value = sibling.id, sibling.value
            if number >= len(cells):
                raise xml_error(f"'sibling_id {number}' does not refer to a valid cell within NUMA 'cell id {cell.id}'")
            local = number == cell.id
            if not _LOCAL_DISTANCE <= value <= _LAST_DISTANCE or local != (value == _LOCAL_DISTANCE):
                raise xml_error(f"'value {value}' is invalid for 'sibling id {number}' under NUMA 'cell id {cell.id}'")


def _mirror_distances(cells: list[NumaCell]) -> None:
    """A distance given one way holds the other way, too; what is given nowhere is the usual."""
    known = {(cell.id or 0, item.id or 0): item.value or 0 for cell in cells for item in cell.distances}
    if not known:
        return
    for (one, other), value in tuple(known.items()):
        known.setdefault((other, one), value)
    for cell in cells:
        mine = {other: value for (one, other), value in known.items() if one == cell.id}
        if mine:
            cell.distances = [
                NumaSibling(id=number, value=mine.get(number, _usual(number == cell.id)))
                for number in range(len(cells))
            ]


def _usual(local: bool) -> int:
    return _LOCAL_DISTANCE if local else _REMOTE_DISTANCE


def numatune(domain: Domain) -> None:
    """Where memory of the nodes comes from: what is not said, and what cannot be."""
    tune = domain.numatune
    if tune is None:
        return
    memory = tune.memory
    if memory is not None:
        memory.mode = memory.mode or "strict"
        if memory.nodeset is not None and not memory.nodeset:
            raise unsupported("Invalid value of 'nodeset': 0,^0")
        if memory.placement == "auto":
            memory.nodeset = None
        elif memory.nodeset is None:
            raise unsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'")
    _memory_nodes(domain, tune, memory)
    if memory is not None and memory.placement == "static":
        memory.placement = None
    if memory is None and not tune.memnodes:
        domain.numatune = None


def _memory_nodes(domain: Domain, tune: NumaTune, memory: NumaMemory | None) -> None:
    if not tune.memnodes:
        return
    cells = domain.cpu.numa.cells if domain.cpu is not None and domain.cpu.numa is not None else []
    if memory is not None and memory.placement == "auto":
        raise unsupported("Per-node binding is not compatible with automatic NUMA placement.")
    if not cells:
        raise xml_error("Element 'memnode' is invalid without any guest NUMA cells")
    seen: set[int] = set()
    for node in tune.memnodes:
        if node.cellid is None:
            raise missing_attribute("memnode", "cellid")
        if node.cellid in seen:
            raise xml_error(f"Multiple memnode elements with cellid {node.cellid}")
        seen.add(node.cellid)
        if node.cellid >= len(cells):
            raise xml_error("Argument 'cellid' in memnode element must correspond to existing guest's NUMA cell")
        if node.nodeset is None:
            raise xml_error("Missing required nodeset attribute in memnode element")
        if not node.nodeset:
            raise unsupported("Invalid value of 'nodeset': 0,^0")
        node.mode = node.mode or "strict"
        if memory is not None and memory.mode == "restrictive" and node.mode != "restrictive":
            text = "'restrictive' mode is required in memnode element when mode is 'restrictive' in memory element"
            raise xml_error(text)
    tune.memnodes.sort(key=lambda node: node.cellid or 0)


def hugepages(domain: Domain) -> None:
    """Huge pages: one size for all, or a size per node."""
    backing = domain.memory_backing
    if backing is not None and backing.allocation is not None:
        backing.allocation.threads = backing.allocation.threads or None
        if backing.allocation.threads is None and backing.allocation.mode is None:
            backing.allocation = None
    pages = backing.hugepages if backing is not None else None
    if pages is None or not pages.pages:
        return
    nodes = len(domain.cpu.numa.cells) if domain.cpu is not None and domain.cpu.numa is not None else 0
    for number, page in enumerate(pages.pages):
        if page.nodeset is not None and not page.nodeset:
            raise unsupported("Invalid value of 'nodeset': 0,^0")
        if not page.size:
            raise detail("hugepage size can't be zero")
        if page.nodeset is not None and not nodes:
            page.nodeset = _whole_guest(page.nodeset)
        for node in sorted(page.nodeset or ()):
            if node >= nodes:
                raise detail(f"hugepages: node {node} not found")
        for other in pages.pages[:number]:
            if page.nodeset is None and other.nodeset is None:
                raise detail(f"two master hugepages detected: {page.size} and {other.size}")
            if page.nodeset and other.nodeset and page.nodeset & other.nodeset:
                raise detail(f"nodeset attribute of hugepages of sizes {page.size} and {other.size} intersect")


def _whole_guest(nodes: Bitmap) -> Bitmap | None:
    """Node 0 of a guest without nodes is the guest."""
    if set(nodes) != {0}:
        raise detail(f"hugepages: node {min(nodes - {0})} not found")
    return None


def blkiotune(domain: Domain) -> None:
    """Shares of the host's disks; nought is nothing."""
    tune = domain.blkiotune
    if tune is None:
        return
    tune.weight = tune.weight or None
    paths: set[str] = set()
    for device in tune.devices:
        if not device.path:
            raise unsupported("missing per-device path")
        if device.path in paths:
            raise unsupported(f"duplicate blkio device path '{device.path}'")
        paths.add(device.path)
        for name in _DEVICE_TUNING:
            if not getattr(device, name):
                setattr(device, name, None)
    tune.devices = [device for device in tune.devices if any(getattr(device, name) for name in _DEVICE_TUNING)]
    if tune.weight is None and not tune.devices:
        domain.blkiotune = None
