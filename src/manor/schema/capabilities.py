# SPDX-License-Identifier: Apache-2.0
"""<capabilities>: what a host is and which guests it runs (virConnectGetCapabilities).

Only the document: what is in it is for the drivers to find out.
"""

from __future__ import annotations

from typing import Literal

from manor.schema.core import Element, amount, attr, child, children, codec, flag, many, one, text
from manor.schema.domain.cpu import MaxPhysAddr


class Microcode(Element, tag="microcode"):
    """The version of the CPU's microcode."""

    version: int | None = attr()


class Signature(Element, tag="signature"):
    """What tells CPU generations of one vendor apart."""

    family: int | None = attr()
    model: int | None = attr()
    stepping: int | None = attr()


class Counter(Element, tag="counter"):
    """A counter of the CPU: its frequency in Hz, and whether a guest's can differ from it."""

    name: Literal["tsc"] | None = attr()
    frequency: int | None = attr(codec=codec.unsigned_long)
    scaling: bool | None = attr()


class CpuArrangement(Element, tag="topology"):
    """How the host's CPUs are arranged; sockets per NUMA cell."""

    sockets: int | None = attr()
    dies: int | None = attr()
    cores: int | None = attr()
    threads: int | None = attr()


class HostCpuFeature(Element, tag="feature"):
    """A feature the CPU has beyond its model."""

    name: str | None = attr()


class PageSize(Element, tag="pages"):
    """A size of memory pages."""

    unit: Literal["KiB"] | None = attr()
    size: int | None = attr()


class HostCpu(Element, tag="cpu"):
    """The host's CPU, as the nearest known model and the features beyond it."""

    arch: str | None = child()
    model: str | None = child()
    vendor: str | None = child()
    microcode: Microcode | None = one()
    signature: Signature | None = one()
    counter: Counter | None = one()
    topology: CpuArrangement | None = one()
    maxphysaddr: MaxPhysAddr | None = one()
    features: list[HostCpuFeature] = many()
    pages: list[PageSize] = many()


class PowerManagement(Element, tag="power_management", keep_empty=True):
    """The ways the host can be suspended."""

    suspend_mem: bool = flag()
    suspend_disk: bool = flag()
    suspend_hybrid: bool = flag()


class Iommu(Element, tag="iommu"):
    """Whether devices can be isolated for guests."""

    support: bool | None = attr()


class MigrationFeatures(Element, tag="migration_features"):
    """How guests migrate."""

    live: bool = flag()
    uri_transports: list[str] = children("uri_transport", within="uri_transports")


class CellPages(Element, tag="pages"):
    """How many pages of a size (KiB) a cell has."""

    unit: Literal["KiB"] | None = attr()
    size: int | None = attr()
    value: int | None = text(codec=codec.unsigned_long)


class CellDistance(Element, tag="sibling"):
    """The distance to a cell, 10 to itself."""

    id: int | None = attr()
    value: int | None = attr()


class CellCpu(Element, tag="cpu"):
    """A CPU of a cell and where it sits; `siblings` are the threads of its core."""

    id: int | None = attr()
    socket_id: int | None = attr()
    die_id: int | None = attr()
    core_id: int | None = attr()
    siblings: str | None = attr()


class CellCpus(Element, tag="cpus"):
    """The CPUs of a cell."""

    num: int | None = attr()
    cpus: list[CellCpu] = many()


class Cell(Element, tag="cell"):
    """A NUMA cell; memory in KiB."""

    id: int | None = attr()
    memory: int | None = amount()
    pages: list[CellPages] = many()
    distances: list[CellDistance] = many(within="distances")
    cpus: CellCpus | None = one()


class Cells(Element, tag="cells"):
    """The NUMA cells."""

    num: int | None = attr()
    cells: list[Cell] = many()


class HostTopology(Element, tag="topology"):
    """The host's NUMA topology."""

    cells: Cells | None = one()


class CacheBank(Element, tag="bank"):
    """A cache shared by several CPUs, its size in the unit given."""

    id: int | None = attr()
    level: int | None = attr()
    type: Literal["both", "code", "data"] | None = attr()
    size: int | None = attr(codec=codec.unsigned_long)
    unit: Literal["B", "KiB", "MiB"] | None = attr()
    cpus: str | None = attr()


class Cache(Element, tag="cache"):
    """The host's shared caches."""

    banks: list[CacheBank] = many()


class BaseLabel(Element, tag="baselabel"):
    """The label processes of a domain type start from."""

    type: str | None = attr()
    value: str | None = text()


class SecurityModel(Element, tag="secmodel"):
    """A security model in use, and its domain of interpretation."""

    model: str | None = child()
    doi: str | None = child()
    baselabels: list[BaseLabel] = many()


class CapsHost(Element, tag="host"):
    """The host."""

    uuid: str | None = child()
    cpu: HostCpu | None = one()
    power_management: PowerManagement | None = one()
    iommu: Iommu | None = one()
    migration_features: MigrationFeatures | None = one()
    topology: HostTopology | None = one()
    cache: Cache | None = one()
    secmodels: list[SecurityModel] = many()


class CapsMachine(Element, tag="machine"):
    """A machine type; an alias says what it stands for in `canonical`."""

    canonical: str | None = attr()
    max_cpus: int | None = attr("maxCpus")
    deprecated: bool | None = attr()
    value: str | None = text()


class CapsDomain(Element, tag="domain"):
    """A domain type this kind of guest can have."""

    type: str | None = attr()


class CapsArch(Element, tag="arch"):
    """An architecture of guests, its emulator and machine types."""

    name: str | None = attr()
    wordsize: int | None = child()
    emulator: str | None = child()
    machines: list[CapsMachine] = many()
    domains: list[CapsDomain] = many()


class Toggle(Element):
    """A feature that is on or off by default and may perhaps be switched."""

    default: bool | None = attr(codec=codec.on_off)
    toggle: bool | None = attr()


class AcpiToggle(Toggle, tag="acpi"):
    """Power management of the guest."""


class ApicToggle(Toggle, tag="apic"):
    """Interrupt controllers of the guest."""


class DiskSnapshotToggle(Toggle, tag="disksnapshot"):
    """Snapshots of disks."""


class CapsFeatures(Element, tag="features"):
    """What guests of this kind have, or may have."""

    pae: bool = flag()
    nonpae: bool = flag()
    acpi: AcpiToggle | None = one()
    apic: ApicToggle | None = one()
    cpuselection: bool = flag()
    deviceboot: bool = flag()
    disksnapshot: DiskSnapshotToggle | None = one()


class CapsGuest(Element, tag="guest"):
    """A kind of guest the host runs."""

    os_type: str | None = child()
    arch: CapsArch | None = one()
    features: CapsFeatures | None = one()


class Capabilities(Element, tag="capabilities"):
    """The document."""

    host: CapsHost | None = one()
    guests: list[CapsGuest] = many()
