# SPDX-License-Identifier: Apache-2.0
"""Memory: its size, the objects that back it, NUMA nodes, DIMMs."""

from __future__ import annotations

from manor.drivers.qemu.command.line import Build, Props, address_props, alias_of
from manor.drivers.qemu.command.machine import ram_id
from manor.schema.core import Bitmap
from manor.schema.domain.cpu import NumaCell
from manor.schema.domain.devices import MemoryDevice

KIB = 1024


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
    """Memory at start: all of it but what memory devices bring, rounded up to whole MiB."""
    document = build.document
    total = (document.memory.value if document.memory is not None else 0) or 0
    cells = _cells(build)
    if cells:
        return sum(-(-(cell.memory or 0) // KIB) * KIB for cell in cells)
    devices = sum((m.target.size or 0) for m in build.machine.devices.memories if m.target is not None)
    return -(-(total - devices) // KIB) * KIB


def main(build: Build) -> None:
    """The object behind the machine's memory, where NUMA nodes do not have their own."""
    cells = _cells(build)
    if cells:
        return
    name = ram_id(build)
    if name is not None:
        kind, props = backend(build, name, startup_kib(build) * KIB, cell=None)
        build.object(kind, name, **props)


def numa(build: Build) -> None:
    """NUMA nodes, with their memory and distances."""
    cells = _cells(build)
    for index, cell in enumerate(cells):
        number = cell.id if cell.id is not None else index
        name = f"ram-node{number}"
        memory = -(-(cell.memory or 0) // KIB) * KIB * KIB
        kind, props = backend(build, name, memory, cell=cell)
        build.object(kind, name, **props)
        cpus = ",".join(f"cpus={part}" for part in _ranges(cell.cpus))
        build.option("numa", ",".join(w for w in (f"node,nodeid={number}", cpus, f"memdev={name}") if w))
    for index, cell in enumerate(cells):
        for sibling in cell.distances:
            source = cell.id if cell.id is not None else index
            build.option("numa", f"dist,src={source},dst={sibling.id},val={sibling.value}")


def backend(build: Build, name: str, amount: int, *, cell: NumaCell | None) -> tuple[str, Props]:
    """Type and properties of a memory object of `amount` bytes."""
    backing = build.document.memory_backing
    source = backing.source if backing is not None else None
    access = (cell.mem_access if cell is not None else None) or (backing.access if backing is not None else None)
    props: Props = {}
    if backing is not None and backing.hugepages is not None:
        kind = "memory-backend-file"
        props["mem-path"] = build.plan.hugepage_path(build.document, _page_size(build, cell))
        props["prealloc"] = True
    elif source == "memfd":
        kind = "memory-backend-memfd"
    elif source == "file" or access is not None:
        kind = "memory-backend-file"
        props["mem-path"] = build.plan.memory_path(build.document, name)
    else:
        kind = "memory-backend-ram"
    if kind == "memory-backend-file" and cell is None:
        props["x-use-canonical-path-for-ramblock-id"] = False
    if kind == "memory-backend-memfd" and cell is None:
        props["x-use-canonical-path-for-ramblock-id"] = False
    if access is not None:
        props["share"] = access == "shared"
    elif kind == "memory-backend-memfd":
        props["share"] = False
    if backing is not None and backing.allocation is not None and backing.allocation.mode == "immediate":
        props["prealloc"] = True
    if backing is not None and backing.discard and kind == "memory-backend-file":
        props["discard-data"] = True
    props["size"] = amount
    props.update(_host_nodes(build, cell))
    return kind, props


def _page_size(build: Build, cell: NumaCell | None) -> int | None:
    backing = build.document.memory_backing
    pages = backing.hugepages.pages if backing is not None and backing.hugepages is not None else []
    for page in pages:
        if page.nodeset is None or (cell is not None and cell.id in page.nodeset):
            return page.size
    return None


def _host_nodes(build: Build, cell: NumaCell | None) -> Props:
    tune = build.document.numatune
    if tune is None:
        return {}
    mode, nodeset = (tune.memory.mode, tune.memory.nodeset) if tune.memory is not None else (None, None)
    for node in tune.memnodes:
        if cell is not None and node.cellid == cell.id:
            mode, nodeset = node.mode, node.nodeset
    if nodeset is None or mode == "restrictive":
        return {}
    policy = {"strict": "bind", "preferred": "preferred", "interleave": "interleave", None: "bind"}[mode]
    return {"host-nodes": sorted(nodeset), "policy": policy}


def devices(build: Build) -> None:
    """DIMMs, NVDIMMs and virtio memory devices, each with its backing."""
    for memory in build.machine.devices.memories:
        kind, props = _device_backend(build, memory)
        alias = alias_of(memory)
        build.object(kind, f"mem{alias}", **props)
        build.device(memory_device(build, memory))


def _device_backend(build: Build, memory: MemoryDevice) -> tuple[str, Props]:
    target = memory.target
    amount = ((target.size or 0) if target is not None else 0) * KIB
    source = memory.source
    if source is not None and source.path:
        props: Props = {"mem-path": source.path}
        if memory.access is not None:
            props["share"] = memory.access == "shared"
        elif memory.model == "virtio-pmem":
            props["share"] = True
        elif source.pmem:
            props["share"] = False
        if memory.model == "nvdimm" and not source.pmem:
            props["prealloc"] = True
        if source.alignsize:
            props["align"] = source.alignsize * KIB
        if source.pmem:
            props["pmem"] = True
        props["size"] = amount
        return "memory-backend-file", props
    return backend(build, f"mem{alias_of(memory)}", amount, cell=None)


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
    props["id"] = alias_of(memory)
    address = memory.address
    if address is not None and address.type == "dimm":
        props["slot"] = getattr(address, "slot", None)
        props["addr"] = getattr(address, "base", None)
    return props | address_props(build, memory)


def _cells(build: Build) -> list[NumaCell]:
    cpu = build.document.cpu
    return cpu.numa.cells if cpu is not None and cpu.numa is not None else []


def _ranges(bitmap: Bitmap | None) -> list[str]:
    """The runs of a set of CPUs, as -numa takes them."""
    return str(bitmap).split(",") if bitmap is not None else []
