# SPDX-License-Identifier: Apache-2.0
"""Memory of a guest: amounts, what backs them, limits, and where on the host they come from."""

from __future__ import annotations

from typing import Literal

from manor.schema.core import (
    Bitmap,
    Element,
    amount,
    attr,
    child,
    codec,
    flag,
    many,
    one,
    text,
    unsupported,
    xml_error,
)

MemoryMode = Literal["strict", "preferred", "interleave", "restrictive"]


class Memory(Element, tag="memory"):
    """The memory a guest starts with, in KiB."""

    dump_core: bool | None = attr("dumpCore", codec=codec.on_off)
    value: int | None = text(unit="KiB")


class MaxMemory(Element, tag="maxMemory"):
    """How far memory can grow by hotplug, in KiB, and into how many slots."""

    slots: int | None = attr(blank=True, error=xml_error("Failed to parse memory slot count"))
    value: int | None = text(unit="KiB")


class Hugepage(Element, tag="page"):
    """Huge pages of one size, in KiB, for some guest nodes."""

    size: int = attr(unit="KiB", required=True)
    nodeset: Bitmap | None = attr()


class Hugepages(Element, tag="hugepages", keep_empty=True):
    """Memory from huge pages; without pages listed, of the host's default size."""

    pages: list[Hugepage] = many()


class Allocation(Element, tag="allocation"):
    """When memory is taken from the host."""

    mode: Literal["immediate", "ondemand"] | None = attr(
        blank=True, error=unsupported("unknown memoryBacking/allocation/mode '{value}'")
    )
    threads: int | None = attr(since=(8, 2), blank=True, error=xml_error("Failed to parse memory allocation threads"))


class MemoryBacking(Element, tag="memoryBacking"):
    """What the guest's memory is made of."""

    hugepages: Hugepages | None = one()
    nosharepages: bool = flag()
    locked: bool = flag()
    source: Literal["file", "anonymous", "memfd"] | None = child(
        at="type", error=unsupported("unknown memoryBacking/source/type '{value}'"), blank=True
    )
    access: Literal["shared", "private"] | None = child(
        at="mode", error=unsupported("unknown memoryBacking/access/mode '{value}'"), blank=True
    )
    allocation: Allocation | None = one()
    discard: bool = flag()


class MemoryTune(Element, tag="memtune"):
    """Limits the host enforces, in KiB."""

    hard_limit: int | None = amount(path="./memtune/hard_limit[1]")
    soft_limit: int | None = amount(path="./memtune/soft_limit[1]")
    min_guarantee: int | None = amount(path="./memtune/min_guarantee[1]")
    swap_hard_limit: int | None = amount(path="./memtune/swap_hard_limit[1]")


class NumaMemory(Element, tag="memory"):
    """From which host nodes memory comes."""

    mode: MemoryMode | None = attr(error=unsupported("Unsupported NUMA memory tuning mode '{value}'"))
    nodeset: Bitmap | None = attr()
    placement: Literal["static", "auto"] | None = attr(
        error=unsupported("Unsupported NUMA memory placement mode '{value}'")
    )


class NumaMemoryNode(Element, tag="memnode"):
    """The same for one guest node."""

    cellid: int | None = attr()
    mode: MemoryMode | None = attr()
    nodeset: Bitmap | None = attr()


class NumaTune(Element, tag="numatune"):
    """Placement of memory on the host's nodes."""

    memory: NumaMemory | None = one()
    memnodes: list[NumaMemoryNode] = many()
