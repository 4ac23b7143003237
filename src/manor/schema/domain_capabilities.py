# SPDX-License-Identifier: Apache-2.0
"""<domainCapabilities>: what guests of one emulator, machine and domain type can have.

Only the document (virConnectGetDomainCapabilities): what is in it is for the drivers to find out.
"""

from __future__ import annotations

from manor.schema.core import Element, attr, child, children, codec, many, one, text
from manor.schema.domain.cpu import CpuFeature, CpuModel


class Enum(Element, tag="enum", keep_empty=True):
    """The values something can have; none where none is supported."""

    name: str | None = attr()
    values: list[str] = children("value")


class Support(Element):
    """Something that is supported or not, and the values its properties can have."""

    supported: bool | None = attr()
    enums: list[Enum] = many()


class MaxVcpus(Element, tag="vcpu"):
    """The most vCPUs of a guest."""

    max: int | None = attr()


class IoThreads(Support, tag="iothreads"):
    """Threads for disks."""


class LoaderSupport(Support, tag="loader"):
    """Firmware images that are known, and how images can be loaded."""

    paths: list[str] = children("value", order=-1)


class OsSupport(Support, tag="os"):
    """Booting."""

    loader: LoaderSupport | None = one()


class NamedModel(Element, tag="model"):
    """A CPU model; `usable` on this host, or not, or unknown."""

    usable: str | None = attr()
    vendor: str | None = attr()
    deprecated: bool | None = attr()
    value: str | None = text()


class CpuModeSupport(Support, tag="mode", by="name"):
    """A CPU mode."""

    name: str | None = attr(order=-1)


class PassthroughSupport(CpuModeSupport, kind="host-passthrough"):
    """The host's CPU as it is."""


class MaximumSupport(CpuModeSupport, kind="maximum"):
    """All that the hypervisor can give."""


class HostModelSupport(CpuModeSupport, kind="host-model"):
    """The model nearest to the host's CPU, and what differs from it."""

    model: CpuModel | None = one()
    vendor: str | None = child()
    features: list[CpuFeature] = many()


class CustomSupport(CpuModeSupport, kind="custom"):
    """The models to choose from."""

    models: list[NamedModel] = many()


class CpuSupport(Element, tag="cpu"):
    """CPUs of guests."""

    modes: list[CpuModeSupport] = many()


class MemoryBackingSupport(Support, tag="memoryBacking"):
    """Where a guest's memory is."""


class DiskSupport(Support, tag="disk"):
    """Disks."""


class GraphicsSupport(Support, tag="graphics"):
    """Displays for people."""


class VideoSupport(Support, tag="video"):
    """Display adapters."""


class HostdevSupport(Support, tag="hostdev"):
    """Devices of the host."""


class RngSupport(Support, tag="rng"):
    """Entropy sources."""


class FilesystemSupport(Support, tag="filesystem"):
    """Directories of the host."""


class TpmSupport(Support, tag="tpm"):
    """Trusted platform modules."""


class RedirdevSupport(Support, tag="redirdev"):
    """Devices of a viewer's machine."""


class ChannelSupport(Support, tag="channel"):
    """Channels between guest and host."""


class DevicesSupport(Element, tag="devices"):
    """Devices of guests."""

    disk: DiskSupport | None = one()
    graphics: GraphicsSupport | None = one()
    video: VideoSupport | None = one()
    hostdev: HostdevSupport | None = one()
    rng: RngSupport | None = one()
    filesystem: FilesystemSupport | None = one()
    tpm: TpmSupport | None = one()
    redirdev: RedirdevSupport | None = one()
    channel: ChannelSupport | None = one()


class GicSupport(Support, tag="gic"):
    """Interrupt controllers of ARM boards."""


class VmCoreInfoSupport(Support, tag="vmcoreinfo"):
    """Details of the guest's kernel for dumps."""


class GenIdSupport(Support, tag="genid"):
    """Generation ids."""


class BackingStoreInputSupport(Support, tag="backingStoreInput"):
    """Backing chains written by clients."""


class BackupSupport(Support, tag="backup"):
    """Backups of running guests."""


class S390PvSupport(Support, tag="s390-pv"):
    """s390 protected virtualization."""


class SevSupport(Support, tag="sev"):
    """AMD Secure Encrypted Virtualization."""

    cbitpos: int | None = child()
    reduced_phys_bits: int | None = child("reducedPhysBits")
    max_guests: int | None = child("maxGuests")
    max_es_guests: int | None = child("maxESGuests")


class SgxSectionSize(Element, tag="section_size"):
    """The size of all protected memory, in KiB."""

    unit: str | None = attr()
    value: int | None = text(codec=codec.unsigned_long)


class SgxSection(Element, tag="section"):
    """The protected memory of a NUMA cell, in KiB."""

    node: int | None = attr()
    size: int | None = attr(codec=codec.unsigned_long)
    unit: str | None = attr()


class SgxSupport(Support, tag="sgx"):
    """Intel Software Guard Extensions."""

    flc: bool | None = child()
    sgx1: bool | None = child()
    sgx2: bool | None = child()
    section_size: SgxSectionSize | None = one()
    sections: list[SgxSection] = many(within="sections")


class HypervSupport(Support, tag="hyperv"):
    """Enlightenments for Windows guests."""


class FeaturesSupport(Element, tag="features"):
    """Features of guests."""

    gic: GicSupport | None = one()
    vmcoreinfo: VmCoreInfoSupport | None = one()
    genid: GenIdSupport | None = one()
    backing_store_input: BackingStoreInputSupport | None = one()
    backup: BackupSupport | None = one()
    s390_pv: S390PvSupport | None = one()
    sev: SevSupport | None = one()
    sgx: SgxSupport | None = one()
    hyperv: HypervSupport | None = one()


class DomainCapabilities(Element, tag="domainCapabilities"):
    """The document."""

    path: str | None = child()
    domain: str | None = child()
    machine: str | None = child()
    arch: str | None = child()
    vcpu: MaxVcpus | None = one()
    iothreads: IoThreads | None = one()
    os: OsSupport | None = one()
    cpu: CpuSupport | None = one()
    memory_backing: MemoryBackingSupport | None = one()
    devices: DevicesSupport | None = one()
    features: FeaturesSupport | None = one()
