# SPDX-License-Identifier: Apache-2.0
"""The <host> part of the capabilities document."""

from __future__ import annotations

from collections.abc import Sequence

from manor.schema.capabilities import (
    Cache,
    CacheBank,
    CapsHost,
    Cell,
    CellCpu,
    CellCpus,
    CellDistance,
    CellPages,
    Cells,
    Counter,
    CpuArrangement,
    HostCpu,
    HostCpuFeature,
    HostTopology,
    Iommu,
    Microcode,
    MigrationFeatures,
    PageSize,
    PowerManagement,
    SecurityModel,
    Signature,
)
from manor.schema.domain.cpu import MaxPhysAddr
from manor.system.cpu import CacheBank as Bank
from manor.system.host import Host
from manor.system.numa import Cell as NumaCell
from manor.system.sysfs import format_ranges

#: Bytes per KiB and KiB per MiB.
_STEP = 1024


def host_element(
    host: Host,
    *,
    uuid: str | None = None,
    uri_transports: Sequence[str] = (),
    security_models: Sequence[SecurityModel] = (),
) -> CapsHost:
    """What the capabilities say about a host.

    `uuid` overrides the machine's own; `uri_transports` are the ways guests migrate (none: they do not),
    `security_models` those the driver applies.
    """
    targets = host.suspend_targets()
    banks = [_bank(bank) for bank in host.caches()]
    return CapsHost(
        uuid=uuid or str(host.uuid),
        cpu=cpu_element(host),
        power_management=PowerManagement(
            suspend_mem="suspend_mem" in targets,
            suspend_disk="suspend_disk" in targets,
            suspend_hybrid="suspend_hybrid" in targets,
        ),
        iommu=Iommu(support=host.has_iommu()),
        migration_features=MigrationFeatures(live=True, uri_transports=list(uri_transports))
        if uri_transports
        else None,
        topology=_topology(host),
        cache=Cache(banks=banks) if banks else None,
        secmodels=list(security_models),
    )


def cpu_element(host: Host) -> HostCpu:
    """The host's CPU: nearest model and further features where libvirt names such, and its arrangement."""
    processor, info = host.processor, host.info()
    description = processor.description
    signature, counter = processor.signature, host.kvm
    return HostCpu(
        arch=host.arch,
        model=description.model if description else None,
        vendor=processor.vendor,
        microcode=None if processor.microcode is None else Microcode(version=processor.microcode),
        signature=None if signature is None else Signature(**signature._asdict()),
        counter=Counter(name="tsc", frequency=counter.tsc_frequency, scaling=counter.tsc_scaling)
        if counter.tsc_frequency
        else None,
        topology=CpuArrangement(sockets=info.sockets, dies=1, cores=info.cores, threads=info.threads),
        maxphysaddr=MaxPhysAddr(mode="emulate", bits=processor.physical_bits) if processor.physical_bits else None,
        features=[HostCpuFeature(name=name) for name in (description.required if description else ())],
        pages=[PageSize(unit="KiB", size=size) for size in host.page_sizes()],
    )


def _topology(host: Host) -> HostTopology:
    cells = [_cell(host, cell) for cell in host.cells()]
    return HostTopology(cells=Cells(num=len(cells), cells=cells))


def _cell(host: Host, cell: NumaCell) -> Cell:
    cpus = [
        CellCpu(
            id=place.cpu,
            socket_id=place.socket,
            die_id=place.die,
            core_id=place.core,
            siblings=format_ranges(place.siblings),
        )
        for place in cell.cpus
    ]
    return Cell(
        id=cell.id,
        memory=cell.memory or None,
        pages=[CellPages(unit="KiB", size=page.size, value=page.total) for page in host.pages(cell.id)],
        distances=[CellDistance(id=node, value=value) for node, value in cell.distances.items()],
        cpus=CellCpus(num=len(cpus), cpus=cpus),
    )


def _bank(bank: Bank) -> CacheBank:
    whole_mib = bank.size % _STEP == 0
    return CacheBank(
        id=bank.id,
        level=bank.level,
        type=bank.type,
        size=bank.size // _STEP if whole_mib else bank.size,
        unit="MiB" if whole_mib else "KiB",
        cpus=format_ranges(bank.cpus),
    )
