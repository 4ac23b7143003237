# SPDX-License-Identifier: Apache-2.0
"""The host of <capabilities>: what `manor.system.host` found, as libvirt's document.

Memory and pages are as they are now; the rest does not change while the machine runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from manor.schema import capabilities as xml
from manor.schema.core import Bitmap
from manor.schema.domain.cpu import MaxPhysAddr
from manor.system import cpu, numa
from manor.system.cpu import CacheBank
from manor.system.cpuid import native_cpuid
from manor.system.host import Host
from manor.system.numa import Cell

MIGRATION_TRANSPORTS: Final = ("tcp", "rdma")
"""What URIs of migrations between QEMUs begin with."""

_SEV_LEAF: Final = 0x8000001F
_KIB_PER_MIB: Final = 1024


class HostDocument:
    """Writes the element for one host, and keeps what stays the same as long as the same CPUs are online."""

    def __init__(self, host: Host, secmodels: Sequence[xml.SecurityModel]) -> None:
        self._host = host
        self._secmodels = list(secmodels)
        self._online: tuple[int, ...] = ()
        self._kept = xml.CapsHost()

    def element(self) -> xml.CapsHost:
        """The element, with memory and pages as they are now; belongs to this object, do not change it."""
        online = cpu.online(self._host.tree)
        if online != self._online:
            self._kept = _host(self._host, self._secmodels)
            self._online = online
        else:
            for cell in _cells(self._kept):
                _measure(self._host, cell)
        return self._kept


def _host(host: Host, secmodels: list[xml.SecurityModel]) -> xml.CapsHost:
    cells = host.cells()
    return xml.CapsHost(
        uuid=str(host.uuid),
        cpu=_cpu(host),
        power_management=xml.PowerManagement(**dict.fromkeys(host.suspend_targets(), True)),
        iommu=xml.Iommu(support=host.has_iommu()),
        migration_features=xml.MigrationFeatures(live=True, uri_transports=list(MIGRATION_TRANSPORTS)),
        topology=xml.HostTopology(cells=xml.Cells(num=len(cells), cells=[_cell(host, cell) for cell in cells])),
        cache=xml.Cache(banks=[_bank(bank) for bank in host.caches()]),
        secmodels=secmodels,
    )


def _cells(document: xml.CapsHost) -> list[xml.Cell]:
    topology = document.topology
    return topology.cells.cells if topology is not None and topology.cells is not None else []


def sev_guests() -> tuple[int, int]:
    """The most SEV and SEV-ES guests of this processor, as it says itself; none where it cannot be asked."""
    ask = native_cpuid()
    if ask is None:
        return 0, 0
    _, _, most, first_without_es = ask(_SEV_LEAF, 0)
    return max(most - first_without_es + 1, 0), max(first_without_es - 1, 0)


def _cpu(host: Host) -> xml.HostCpu:
    """The CPU; on architectures whose models libvirt does not know, only its arrangement."""
    info = host.info()
    processor = host.processor
    made = xml.HostCpu(
        arch=host.arch,
        topology=xml.CpuArrangement(sockets=info.sockets, dies=1, cores=info.cores, threads=info.threads),
        pages=[xml.PageSize(unit="KiB", size=size) for size in host.page_sizes()],
    )
    description = processor.description
    if description is None:
        return made
    made.model = description.model
    made.vendor = processor.vendor
    made.features = [xml.HostCpuFeature(name=name) for name in description.required]
    if processor.microcode is not None:
        made.microcode = xml.Microcode(version=processor.microcode)
    if processor.signature is not None:
        made.signature = xml.Signature(**processor.signature._asdict())
    if host.kvm.tsc_frequency:
        made.counter = xml.Counter(name="tsc", frequency=host.kvm.tsc_frequency, scaling=host.kvm.tsc_scaling)
    if processor.physical_bits is not None:
        made.maxphysaddr = MaxPhysAddr(mode="emulate", bits=processor.physical_bits)
    return made


def _cell(host: Host, cell: Cell) -> xml.Cell:
    made = xml.Cell(
        id=cell.id,
        distances=[xml.CellDistance(id=other, value=far) for other, far in cell.distances.items()],
        cpus=xml.CellCpus(
            num=len(cell.cpus),
            cpus=[
                xml.CellCpu(
                    id=place.cpu,
                    socket_id=place.socket,
                    die_id=place.die,
                    core_id=place.core,
                    siblings=_ranges(place.siblings),
                )
                for place in cell.cpus
            ],
        ),
    )
    _measure(host, made)
    return made


def _measure(host: Host, cell: xml.Cell) -> None:
    """Fill in how much memory a cell has, and how many pages of which size."""
    number = cell.id or 0
    cell.memory, _ = numa.memory(host.tree, number)
    cell.pages = [xml.CellPages(unit="KiB", size=each.size, value=each.total) for each in host.pages(number)]


def _bank(bank: CacheBank) -> xml.CacheBank:
    size, unit = _pretty(bank.size)
    return xml.CacheBank(id=bank.id, level=bank.level, type=bank.type, size=size, unit=unit, cpus=_ranges(bank.cpus))


def _pretty(kib: int) -> tuple[int, Literal["KiB", "MiB"]]:
    """The largest unit that holds the size exactly."""
    if kib % _KIB_PER_MIB == 0:
        return kib // _KIB_PER_MIB, "MiB"
    return kib, "KiB"


def _ranges(numbers: Iterable[int]) -> str:
    return str(Bitmap(numbers))
