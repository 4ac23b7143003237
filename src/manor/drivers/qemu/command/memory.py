# SPDX-License-Identifier: Apache-2.0
"""Memory: its size, the objects that back it, NUMA nodes, DIMMs."""

from __future__ import annotations

from typing import Final

import msgspec

from manor.drivers.qemu.command.line import Build, Props, address_props, alias_of
from manor.drivers.qemu.command.machine import has_attributes, ram_id
from manor.schema.core import Bitmap
from manor.schema.domain.cpu import NumaCell, NumaLatency
from manor.schema.domain.devices import MemoryDevice

KIB: Final = 1024
MIB: Final = 1024
"""In KiB, as all sizes of a document are."""
ORDINARY_PAGE: Final = 4
"""The size of pages that are not huge, KiB."""
MODULE_STEP: Final = 2 * MIB
"""Memory devices of a PC come in these steps, KiB."""
PSERIES_STEP: Final = 256 * MIB
"""Memory of a pSeries machine comes in these steps, KiB."""


_POLICY_OF_MODE: Final = {"strict": "bind", "preferred": "preferred", "interleave": "interleave", None: "bind"}


def size(build: Build) -> None:
    """-m: MiB, or with hotplug, size, slots and maximum."""
    document = build.document
    startup = startup_kib(build)
    if document.max_memory is not None and document.max_memory.value:
        maximum = document.max_memory
        build.option("m", f"size={startup}k,slots={maximum.slots},maxmem={maximum.value}k")
    else:
        build.option("m", str(-(-startup // KIB)))


def startup_kib(build: Build) -> int:
    """Memory at start: all of it but what memory devices bring, in the steps this machine takes."""
    document = build.document
    step = _step_kib(build)
    cells = _cells(build)
    if cells:
        return sum(_up(cell.memory or 0, step) for cell in cells)
    total = (document.memory.value if document.memory is not None else 0) or 0
    return _up(total - sum(module_kib(build, memory) for memory in build.machine.devices.memories), step)


def module_kib(build: Build, memory: MemoryDevice) -> int:
    """The size of a memory device, in the steps this machine takes."""
    target = memory.target
    size = target.size if target is not None else 0
    if build.machine.is_pseries:
        if memory.model == "nvdimm" and target is not None:
            # Only what is beside the label is memory, and the file must not become larger than it is.
            label = (target.label.size if target.label is not None else None) or 0
            return max((size - label) // PSERIES_STEP, 1) * PSERIES_STEP + label
        return _up(size, PSERIES_STEP)
    return _up(size, MODULE_STEP if build.machine.is_x86 else MIB)


def _step_kib(build: Build) -> int:
    return PSERIES_STEP if build.machine.is_pseries else MIB


def _up(amount: int, step: int) -> int:
    """`amount`, rounded up to a multiple of `step`."""
    return -(-amount // step) * step


def main(build: Build) -> None:
    """The object behind the machine's memory, where NUMA nodes do not have their own."""
    name = ram_id(build)
    if not _cells(build) and name is not None:
        add_backend(build, name, Backing(startup_kib(build) * KIB, system=True))


def numa(build: Build) -> None:
    """NUMA nodes, with their memory, distances, latencies and caches."""
    cells = _cells(build)
    attributes = has_attributes(build)
    for index, cell in enumerate(cells):
        number = cell.id if cell.id is not None else index
        name = f"ram-node{number}"
        add_backend(build, name, Backing(_up(cell.memory or 0, _step_kib(build)) * KIB, node=number))
        words: list[str | None] = ["node", f"nodeid={number}", *(f"cpus={part}" for part in _ranges(cell.cpus))]
        if attributes:
            words.append(f"initiator={_initiator(build, number)}")
        build.comma("numa", [*words, f"memdev={name}"])
    for index, cell in enumerate(cells):
        for sibling in cell.distances:
            source = cell.id if cell.id is not None else index
            build.option("numa", f"dist,src={source},dst={sibling.id},val={sibling.value}")
    if attributes:
        _attributes(build, cells)


def _initiator(build: Build, number: int) -> int:
    """The node whose CPUs are nearest to a node's memory: itself, or the one with the least latency to it."""
    cells = {cell.id: cell for cell in _cells(build)}
    if cells[number].cpus:
        return number
    numa = build.document.cpu.numa if build.document.cpu is not None else None
    paths = [
        (item.value or 0, item.initiator or 0)
        for item in (numa.interconnects if numa is not None else ())
        if isinstance(item, NumaLatency) and item.target == number and not item.cache
    ]
    return min(paths)[1] if paths else number


_LEVELS: Final = ("memory", "first-level", "second-level", "third-level")
_POLICIES: Final = {"none": "none", "writeback": "write-back", "writethrough": "write-through"}
_ASSOCIATIVITIES: Final = {"none": "none", "direct": "direct", "full": "complex"}


def _attributes(build: Build, cells: list[NumaCell]) -> None:
    """The heterogeneous memory attribute table: how fast nodes reach memory, and the caches between."""
    numa = build.document.cpu.numa if build.document.cpu is not None else None
    for item in numa.interconnects if numa is not None else ():
        kind, value = ("latency", f"{item.value}") if isinstance(item, NumaLatency) else ("bandwidth", f"{item.value}K")
        place = f"initiator={item.initiator},target={item.target},hierarchy={_LEVELS[item.cache or 0]}"
        build.option("numa", f"hmat-lb,{place},data-type={item.type}-{kind},{kind}={value}")
    for cell in cells:
        for cache in cell.caches:
            size = (cache.size.value if cache.size is not None else None) or 0
            line = (cache.line.value if cache.line is not None else None) or 0
            ways, policy = _ASSOCIATIVITIES[cache.associativity or "none"], _POLICIES[cache.policy or "none"]
            place = f"node-id={cell.id},size={size // KIB}K,level={cache.level}"
            build.option("numa", f"hmat-cache,{place},associativity={ways},policy={policy},line={line}")


class Backing(msgspec.Struct, frozen=True):
    """What is asked of a memory object: its bytes, the guest node it is for, and what its device says of it.

    `system` is the memory the machine itself has. `page` is the size of the pages in KiB, where the device chooses.
    """

    size: int
    node: int | None = None
    system: bool = False
    access: str | None = None
    page: int | None = None
    host_nodes: Bitmap | None = None
    path: str | None = None
    align: int | None = None
    pmem: bool = False
    model: str | None = None
    discard: bool | None = None


def add_backend(build: Build, name: str, backing: Backing) -> None:
    """Add a memory object, and the thread context that allocates it on the right host nodes."""
    kind, props = backend(build, name, backing)
    nodes = props.get("host-nodes")
    if props.get("prealloc") and nodes is not None and build.caps.has_object("thread-context"):
        build.object("thread-context", f"tc-{name}", **{"node-affinity": nodes})
        props["prealloc-context"] = f"tc-{name}"
    build.object(kind, name, **props)


def backend(build: Build, name: str, backing: Backing) -> tuple[str, Props]:
    """Type and properties of a memory object."""
    common = build.document.memory_backing
    page, huge = _huge_pages(build, backing)
    access = _access(build, backing)
    kind, props = _kind(build, name, backing, huge=huge, page=page)
    if access is not None:
        props["share"] = access == "shared"
    elif kind == "memory-backend-memfd":
        props["share"] = False
    if backing.system and kind != "memory-backend-ram":
        props["x-use-canonical-path-for-ramblock-id"] = False
    immediate = common is not None and common.allocation is not None and common.allocation.mode == "immediate"
    if backing.model == "virtio-mem":
        # The device takes memory from the host as it is plugged.
        props["reserve"] = False
    elif huge or immediate or (backing.model == "nvdimm" and not backing.pmem):
        props["prealloc"] = True
        threads = common.allocation.threads if common is not None and common.allocation is not None else None
        props["prealloc-threads"] = threads or None
    discard = backing.discard if backing.discard is not None else (common is not None and common.discard)
    if discard and kind == "memory-backend-file":
        props["discard-data"] = True
    props["align"] = backing.align
    props["size"] = backing.size
    props.update(_host_nodes(build, backing))
    props["pmem"] = True if backing.pmem else None
    return kind, {key: value for key, value in props.items() if value is not None}


def _kind(build: Build, name: str, backing: Backing, *, huge: bool, page: int | None) -> tuple[str, Props]:
    """The type of object, and where its memory comes from."""
    common = build.document.memory_backing
    source = common.source if common is not None else None
    if backing.path is not None:
        return "memory-backend-file", {"mem-path": backing.path}
    if source == "memfd":
        size = (page or build.plan.default_page_kib) * KIB
        return "memory-backend-memfd", {"hugetlb": True, "hugetlbsize": size} if huge else {}
    if huge:
        return "memory-backend-file", {"mem-path": build.plan.hugepage_path(build.document, page)}
    if source == "file" or _access(build, backing) is not None:
        return "memory-backend-file", {"mem-path": build.plan.memory_path(build.document, name)}
    return "memory-backend-ram", {}


def _access(build: Build, backing: Backing) -> str | None:
    """Whether the memory is shared with other processes: as its device, its node, or the document says."""
    cell = next((cell for cell in _cells(build) if cell.id == backing.node and backing.node is not None), None)
    common = build.document.memory_backing
    choices = (backing.access, cell.mem_access if cell is not None else None, common.access if common else None)
    access = next((choice for choice in choices if choice not in (None, "default")), None)
    if access is None and backing.path is not None and (backing.pmem or backing.model == "virtio-pmem"):
        return "shared" if backing.model == "virtio-pmem" else "private"
    return access


def _huge_pages(build: Build, backing: Backing) -> tuple[int | None, bool]:
    """The size in KiB of the pages for a node, None for the host's default size; and whether they are huge at all."""
    if backing.path is not None:
        return None, False
    if backing.page is not None:
        return backing.page, backing.page != ORDINARY_PAGE
    common = build.document.memory_backing
    if common is None or common.hugepages is None:
        return None, False
    pages = common.hugepages.pages
    if not pages:
        return None, True
    chosen = [page for page in pages if page.nodeset is not None and (backing.node or 0) in page.nodeset]
    chosen += [page for page in pages if page.nodeset is None]
    if not chosen:
        return None, False
    return chosen[0].size, chosen[0].size != ORDINARY_PAGE


def _host_nodes(build: Build, backing: Backing) -> Props:
    """The host nodes memory comes from, and how strictly."""
    tune = build.document.numatune
    general = tune.memory if tune is not None else None
    mode, nodeset = (general.mode, general.nodeset) if general is not None else (None, None)
    for node in tune.memnodes if tune is not None else ():
        if backing.node is not None and node.cellid == backing.node:
            mode, nodeset = node.mode, node.nodeset
    nodeset = backing.host_nodes or nodeset
    if nodeset is None or mode == "restrictive":
        return {}
    return {"host-nodes": sorted(nodeset), "policy": _POLICY_OF_MODE[mode]}


def devices(build: Build) -> None:
    """DIMMs, NVDIMMs and virtio memory devices, each with its backing."""
    for memory in build.machine.devices.memories:
        add_backend(build, f"mem{alias_of(memory)}", _device_backing(build, memory))
        build.device(memory_device(build, memory), memory)


def _device_backing(build: Build, memory: MemoryDevice) -> Backing:
    source, target = memory.source, memory.target
    return Backing(
        module_kib(build, memory) * KIB,
        node=target.node if target is not None else None,
        access=memory.access,
        page=source.pagesize if source is not None else None,
        host_nodes=source.nodemask if source is not None else None,
        path=source.path if source is not None else None,
        align=source.alignsize * KIB if source is not None and source.alignsize else None,
        pmem=source.pmem if source is not None else False,
        model=memory.model,
        discard=memory.discard,
    )


def memory_device(build: Build, memory: MemoryDevice) -> Props:
    """The `-device` of a memory device."""
    target = memory.target
    node = target.node if target is not None else None
    driver = {"dimm": "pc-dimm", "nvdimm": "nvdimm", "virtio-pmem": "virtio-pmem-pci", "virtio-mem": "virtio-mem-pci"}
    props: Props = {"driver": driver[memory.model or "dimm"]}
    if node is not None:
        props["node"] = node
    if memory.model == "nvdimm" and target is not None:
        if target.label is not None and target.label.size:
            props["label-size"] = target.label.size * KIB
        if memory.uuid is not None and build.machine.is_pseries:
            props["uuid"] = memory.uuid
        if target.readonly:
            props["unarmed"] = True
    if memory.model == "virtio-mem" and target is not None:
        props["block-size"] = (target.block or 0) * KIB
        props["requested-size"] = (target.requested or 0) * KIB
    props["memdev"] = f"mem{alias_of(memory)}"
    if memory.model == "virtio-mem" and _is_preallocated(build, memory):
        props["prealloc"] = True
    props["id"] = alias_of(memory)
    address = memory.address
    if address is not None and address.type == "dimm":
        props["slot"] = getattr(address, "slot", None)
        props["addr"] = getattr(address, "base", None)
    return props | address_props(build, memory)


def _is_preallocated(build: Build, memory: MemoryDevice) -> bool:
    common = build.document.memory_backing
    immediate = common is not None and common.allocation is not None and common.allocation.mode == "immediate"
    return immediate or _huge_pages(build, _device_backing(build, memory))[1]


def _cells(build: Build) -> list[NumaCell]:
    cpu = build.document.cpu
    cells = cpu.numa.cells if cpu is not None and cpu.numa is not None else []
    return sorted(cells, key=lambda cell: cell.id or 0)


def _ranges(bitmap: Bitmap | None) -> list[str]:
    """The runs of a set of CPUs, as -numa takes them."""
    return str(bitmap).split(",") if bitmap is not None else []
