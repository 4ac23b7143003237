# SPDX-License-Identifier: Apache-2.0
"""Memory as machines can have it: its sizes, and the slots of what is plugged in."""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.passes.context import Context, Purpose, error
from manor.errors import ErrorNumber
from manor.schema.common.address import DimmAddress
from manor.schema.core import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.devices import MemoryDevice
from manor.schema.passes import memory as common
from manor.schema.passes.memory import numa_cpus, plugged_memory

_POWER: Final = 256 * 1024
"""pSeries machines plug memory in pieces of this many KiB."""

_MODULE: Final = 2 * 1024
_INITIAL: Final = 1024
_MOST_SLOTS: Final = 1 << 16


def sizes(context: Context) -> None:
    """Memory sizes: what the nodes say counts for more than what is said of the guest."""
    common.sizes(context.document, recount=True)


def fill_nodes(context: Context) -> None:
    """CPUs that no node names belong to the first one."""
    document = context.document
    numa = document.cpu.numa if document.cpu is not None else None
    if numa is None or not numa.cells or document.vcpu is None:
        return
    missing = set(range(document.vcpu.value or 0)) - numa_cpus(document)
    if missing:
        numa.cells[0].cpus = Bitmap(missing | set(numa.cells[0].cpus or ()))


def align_modules(context: Context) -> None:
    """Memory devices of pSeries machines have sizes that their firmware can tell the guest, from the beginning."""
    if not context.is_pseries or context.purpose is Purpose.START:
        return
    memories = context.devices.memories
    if not memories:
        return
    document = context.document
    before = plugged_memory(document)
    for device in memories:
        _align_on_power(device)
    numa = document.cpu.numa if document.cpu is not None else None
    if numa is not None and numa.cells and document.memory is not None:
        old = document.memory.value or 0
        document.memory.value = old - before + plugged_memory(document)
        if document.current_memory == old or (document.current_memory or 0) > document.memory.value:
            document.current_memory = document.memory.value


def _align_on_power(device: MemoryDevice) -> None:
    target = device.target
    if target is None:
        return
    if device.model == "nvdimm":
        label = (target.label.size if target.label is not None else None) or 0
        aligned = (target.size - label) // _POWER * _POWER
        if not aligned:
            text = "minimum target size for the NVDIMM must be 256MB plus the label size"
            raise error(ErrorNumber.XML_ERROR, text)
        target.size = aligned + label
    elif device.model == "dimm":
        target.size = _round_up(target.size, _POWER)


def align_start(context: Context) -> None:
    """At start, sizes are rounded up to what QEMU takes; the totals follow."""
    document = context.document
    power = context.board.is_ppc64
    step = _POWER if power else _INITIAL
    cells = document.cpu.numa.cells if document.cpu is not None and document.cpu.numa is not None else []
    memory = document.memory
    if memory is None or memory.value is None:
        return
    initial = memory.value - plugged_memory(document)
    for cell in cells:
        cell.memory = _round_up(cell.memory or 0, step)
    initial = sum(cell.memory or 0 for cell in cells) if cells else _round_up(initial, step)
    for device in context.devices.memories:
        if device.model == "dimm" and device.target is not None:
            device.target.size = _round_up(device.target.size, _POWER if power else _MODULE)
    if document.max_memory is not None and document.max_memory.value is not None:
        document.max_memory.value = _round_up(document.max_memory.value, step)
    memory.value = initial + plugged_memory(document)


def assign_slots(context: Context) -> None:
    """DIMMs and NVDIMMs: the lowest free slot."""
    memories = context.devices.memories
    used = {item.address.slot for item in memories if isinstance(item.address, DimmAddress)}
    for memory in memories:
        if memory.model not in ("dimm", "nvdimm"):
            continue
        address = memory.address
        if not isinstance(address, DimmAddress) or address.slot is None:
            slot = next(slot for slot in range(_MOST_SLOTS) if slot not in used)
            used.add(slot)
            base = address.base if isinstance(address, DimmAddress) else None
            memory.address = DimmAddress(type="dimm", slot=slot, base=base)


def shares_memory(document: Domain) -> bool:
    """Whether all of a guest's memory can be shared with another process, as vhost-user devices need."""
    cells = document.cpu.numa.cells if document.cpu is not None and document.cpu.numa is not None else []
    backing = document.memory_backing
    access = backing.access if backing is not None else None
    if not cells:
        return access == "shared"
    return all((cell.mem_access or access) == "shared" for cell in cells)


def _round_up(size: int, step: int) -> int:
    return -(-size // step) * step
