# SPDX-License-Identifier: Apache-2.0
"""The guest's CPU: model, features, topology, and its NUMA nodes."""

from __future__ import annotations

from typing import Final, Literal

from manor.errors import ErrorDomain
from manor.schema.core import Bitmap, Element, attr, child, codec, many, one, text, unsupported, xml_error

CpuMode = Literal["custom", "host-model", "host-passthrough", "maximum"]
CpuMatch = Literal["minimum", "exact", "strict"]
CpuCheck = Literal["none", "partial", "full"]
FeaturePolicy = Literal["force", "require", "optional", "disable", "forbid"]


_vendor_id: Final = codec.matching("12 characters", ".{12}", "GenuineIntel")


class CpuModel(Element, tag="model", errors=ErrorDomain.CPU):
    """A named CPU model; `fallback` says whether a similar one will do."""

    fallback: Literal["allow", "forbid"] | None = attr(error=unsupported("Invalid fallback attribute"), blank=True)
    vendor_id: str | None = attr(
        codec=_vendor_id, error=xml_error("vendor_id must be exactly 12 characters long"), blank=True
    )
    value: str | None = text()


class CpuTopology(Element, tag="topology"):
    """How the CPUs are arranged."""

    sockets: int | None = attr(codec=codec.non_zero)
    dies: int | None = attr(codec=codec.non_zero, since=(6, 1))
    cores: int | None = attr(codec=codec.non_zero)
    threads: int | None = attr(codec=codec.non_zero)


class CpuCache(Element, tag="cache"):
    """Whether the guest sees the host's caches."""

    level: int | None = attr(codec=codec.index)
    mode: Literal["emulate", "passthrough", "disable"] | None = attr()


class MaxPhysAddr(Element, tag="maxphysaddr"):
    """The width of physical addresses, in bits."""

    mode: Literal["emulate", "passthrough"] | None = attr()
    bits: int | None = attr(codec=codec.index)


class CpuFeature(Element, tag="feature", errors=ErrorDomain.CPU):
    """One CPU feature."""

    policy: FeaturePolicy | None = attr(error=unsupported("Invalid CPU feature policy"))
    name: str | None = attr()


class NumaSibling(Element, tag="sibling"):
    """The distance to another node, 10 to itself."""

    id: int | None = attr()
    value: int | None = attr()


class NumaCacheSize(Element, tag="size"):
    """The size of a memory-side cache, in bytes."""

    value: int | None = attr(unit="bytes", assumed="KiB", pretty=True, path="./size/@value", required=True)


class NumaCacheLine(Element, tag="line"):
    """The line size of a memory-side cache, in bytes."""

    value: int | None = attr(unit="bytes", pretty=True, path="./line/@value", required=True)


class NumaCache(Element, tag="cache"):
    """A memory-side cache of a node."""

    level: int | None = attr()
    associativity: Literal["none", "direct", "full"] | None = attr(
        error=xml_error("Invalid cache associativity '{value}'")
    )
    policy: Literal["none", "writeback", "writethrough"] | None = attr(
        error=xml_error("Invalid cache policy '{value}'")
    )
    size: NumaCacheSize | None = one()
    line: NumaCacheLine | None = one()


class NumaCell(Element, tag="cell"):
    """A NUMA node: its CPUs, and its memory in KiB."""

    id: int | None = attr()
    cpus: Bitmap | None = attr()
    memory: int | None = attr(unit="KiB", required=True)
    mem_access: Literal["default", "shared", "private"] | None = attr("memAccess")
    discard: bool | None = attr()
    distances: list[NumaSibling] = many(within="distances")
    caches: list[NumaCache] = many()


class NumaLatency(Element, tag="latency"):
    """Access latency between nodes, in nanoseconds."""

    initiator: int | None = attr()
    target: int | None = attr()
    cache: int | None = attr()
    type: Literal["access", "read", "write"] | None = attr()
    value: int | None = attr(codec=codec.unsigned_long)


class NumaBandwidth(Element, tag="bandwidth"):
    """Bandwidth between nodes, in KiB per second."""

    initiator: int | None = attr()
    target: int | None = attr()
    cache: int | None = attr()
    type: Literal["access", "read", "write"] | None = attr()
    value: int | None = attr(unit="KiB", required=True)


class Numa(Element, tag="numa"):
    """The guest's NUMA nodes."""

    cells: list[NumaCell] = many()
    interconnects: list[NumaLatency | NumaBandwidth] = many(within="interconnects")


class Cpu(Element, tag="cpu", errors=ErrorDomain.CPU):
    """The CPU a guest is given."""

    mode: CpuMode | None = attr(error=unsupported("Invalid mode attribute '{value}'"))
    match: CpuMatch | None = attr()
    check: CpuCheck | None = attr()
    migratable: bool | None = attr(codec=codec.on_off)
    model: CpuModel | None = one()
    vendor: str | None = child()
    topology: CpuTopology | None = one()
    cache: CpuCache | None = one()
    maxphysaddr: MaxPhysAddr | None = one(since=(8, 7))
    features: list[CpuFeature] = many()
    numa: Numa | None = one()
