# SPDX-License-Identifier: Apache-2.0
"""<domainCapabilities> of one emulator, architecture, machine and domain type.

Mostly tables: a value that libvirt lists, and what QEMU must have for it. Which emulator is meant, and what
is wrong with a request, is decided in `caps_service`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from manor.drivers.qemu.caps import MachineType, QemuCaps
from manor.drivers.qemu.caps_cpu import cpu_support
from manor.drivers.qemu.caps_firmware import DEFAULT_LOADERS, Firmware, fitting
from manor.schema import domain_capabilities as xml
from manor.system.arch import S390, X86

_KIB: Final = 1024


class GuestKind(msgspec.Struct, frozen=True):
    """The kind of guest that is asked about."""

    caps: QemuCaps
    arch: str
    machine: MachineType
    virt_type: str


class HostSide(msgspec.Struct, frozen=True):
    """What the host contributes.

    ``kvm_max_vcpus``: the most vCPUs under KVM, 0 for no limit. ``vfio``: devices can be assigned.
    ``tpm_versions``: those the TPM emulator can set up, None without an emulator. ``sev_guests``: the most
    SEV and SEV-ES guests.
    """

    firmware: Sequence[Firmware] = ()
    kvm_max_vcpus: int = 0
    vfio: bool = False
    tpm_versions: Sequence[str] | None = None
    sev_guests: tuple[int, int] = (0, 0)


Condition = Callable[[GuestKind], bool]
Row = tuple[str, Condition]


def _always(_guest: GuestKind) -> bool:
    return True


def _any_type(*names: str) -> Condition:
    """Any of these devices or objects exists."""
    return lambda guest: any(guest.caps.has_type(name) for name in names)


def _accepts(path: str) -> Condition:
    """The QMP schema has a path."""
    return lambda guest: guest.caps.accepts(path)


def _command(name: str) -> Condition:
    return lambda guest: guest.caps.has_command(name)


def _is_pseries(guest: GuestKind) -> bool:
    return guest.arch.startswith("ppc64") and guest.machine.name.startswith("pseries")


def _has_floppy(guest: GuestKind) -> bool:
    return not _is_pseries(guest)


def _has_ide(guest: GuestKind) -> bool:
    name = guest.machine.name
    if guest.arch in X86:
        return name == "pc" or name.startswith(("pc-0.", "pc-1.", "pc-i440", "rhel"))
    return name in ("malta", "sun4u", "g3beige")


_TRANSITIONAL: Final = _any_type("virtio-blk-pci-transitional")
_SPICE: Final = _any_type("chardev-spicevmc")
_USB: Final = _any_type("usb-storage")


def _virtio_models(*types: str) -> tuple[Row, ...]:
    return (
        ("virtio", _any_type(*types)),
        ("virtio-transitional", _TRANSITIONAL),
        ("virtio-non-transitional", _TRANSITIONAL),
    )


_LOADER_TYPES: Final[tuple[Row, ...]] = (("rom", _always), ("pflash", _always))

_MEMORY_SOURCES: Final[tuple[Row, ...]] = (
    ("file", _always),
    ("anonymous", _always),
    ("memfd", _any_type("memory-backend-memfd")),
)

_DISK_DEVICES: Final[tuple[Row, ...]] = (
    ("disk", _always),
    ("cdrom", _always),
    ("floppy", _has_floppy),
    ("lun", _always),
)

_DISK_BUSES: Final[tuple[Row, ...]] = (
    ("ide", _has_ide),
    ("fdc", _has_floppy),
    ("scsi", _always),
    ("virtio", _always),
    ("usb", _USB),
    ("sata", _any_type("ich9-ahci", "ahci")),
)

_DISK_MODELS: Final[tuple[Row, ...]] = (("virtio", _always), *_virtio_models()[1:])

_GRAPHICS: Final[tuple[Row, ...]] = (
    ("sdl", _accepts("query-display-options/ret-type/type/^sdl")),
    ("vnc", _command("query-vnc")),
    ("spice", _SPICE),
    ("egl-headless", _accepts("query-display-options/ret-type/+egl-headless")),
    ("dbus", _accepts("query-display-options/ret-type/+dbus")),
)

_VIDEO: Final[tuple[Row, ...]] = (
    ("vga", _any_type("VGA")),
    ("cirrus", _any_type("cirrus-vga")),
    ("vmvga", _any_type("vmware-svga")),
    ("qxl", _any_type("qxl", "qxl-vga")),
    ("virtio", _any_type("virtio-gpu-pci", "virtio-gpu-device", "virtio-gpu-ccw")),
    ("none", _always),
    ("bochs", _any_type("bochs-display")),
    ("ramfb", _any_type("ramfb")),
)

_HOSTDEV_TYPES: Final[tuple[Row, ...]] = (("usb", _USB), ("pci", _always), ("scsi", _always))

_RNG_BACKENDS: Final[tuple[Row, ...]] = (
    ("random", _any_type("rng-random")),
    ("egd", _any_type("rng-egd")),
    ("builtin", _any_type("rng-builtin")),
)

_FILESYSTEMS: Final[tuple[Row, ...]] = (
    ("path", _always),
    ("handle", _always),
    ("virtiofs", _any_type("vhost-user-fs-pci", "vhost-user-fs-device", "vhost-user-fs-ccw")),
)

_TPM_MODELS: Final[tuple[Row, ...]] = (
    ("tpm-tis", _any_type("tpm-tis", "tpm-tis-device")),
    ("tpm-crb", _any_type("tpm-crb")),
    ("tpm-spapr", _any_type("tpm-spapr")),
    ("spapr-tpm-proxy", _any_type("spapr-tpm-proxy")),
)

_CHANNELS: Final[tuple[Row, ...]] = (("pty", _always), ("unix", _always), ("spicevmc", _SPICE))

_STARTUP_POLICIES: Final = ("default", "mandatory", "requisite", "optional")

_HYPERV: Final = (
    "relaxed", "vapic", "spinlocks", "vpindex", "runtime", "synic", "stimer", "reset", "vendor_id", "frequencies",
    "reenlightenment", "tlbflush", "ipi", "evmcs", "avic", "emsr_bitmap", "xmm_input",
)  # fmt: skip
"""libvirt's names of the enlightenments, in its order."""


def domain_capabilities(guest: GuestKind, host: HostSide) -> xml.DomainCapabilities:
    """The document."""
    max_vcpus = guest.machine.cpu_max
    if guest.virt_type == "kvm" and host.kvm_max_vcpus:
        max_vcpus = min(max_vcpus, host.kvm_max_vcpus)
    return xml.DomainCapabilities(
        path=guest.caps.path,
        domain=guest.virt_type,
        machine=guest.machine.name,
        arch=guest.arch,
        vcpu=xml.MaxVcpus(max=max_vcpus),
        iothreads=xml.IoThreads(supported=guest.caps.has_type("iothread")),
        os=_os(guest, host),
        cpu=cpu_support(guest.caps, guest.arch, guest.virt_type),
        memory_backing=xml.MemoryBackingSupport(supported=True, enums=[_enum(guest, "sourceType", _MEMORY_SOURCES)]),
        devices=_devices(guest, host),
        features=_features(guest, host),
    )


def _enum(guest: GuestKind, name: str, rows: Iterable[Row]) -> xml.Enum:
    return xml.Enum(name=name, values=[value for value, condition in rows if condition(guest)])


def _os(guest: GuestKind, host: HostSide) -> xml.OsSupport:
    found = fitting(host.firmware, guest.arch, guest.machine.name)
    images = [firmware.mapping.image for firmware in found]
    if not found:
        images = [image for image, _ in DEFAULT_LOADERS]
    interfaces = {interface for firmware in found for interface in firmware.interface_types}
    secure = any("requires-smm" in firmware.features for firmware in found)
    loader = xml.LoaderSupport(
        supported=True,
        paths=[image for image in dict.fromkeys(images) if image is not None and Path(image).exists()],
        enums=[
            _enum(guest, "type", _LOADER_TYPES),
            xml.Enum(name="readonly", values=["yes", "no"]),
            xml.Enum(name="secure", values=["yes", "no"] if secure else ["no"]),
        ],
    )
    kinds = [kind for kind, interface in (("bios", "bios"), ("efi", "uefi")) if interface in interfaces]
    return xml.OsSupport(supported=True, enums=[xml.Enum(name="firmware", values=kinds)], loader=loader)


def _devices(guest: GuestKind, host: HostSide) -> xml.DevicesSupport:
    has_redirection = guest.caps.has_type("usb-redir")
    return xml.DevicesSupport(
        disk=xml.DiskSupport(
            supported=True,
            enums=[
                _enum(guest, "diskDevice", _DISK_DEVICES),
                _enum(guest, "bus", _DISK_BUSES),
                _enum(guest, "model", _DISK_MODELS),
            ],
        ),
        graphics=xml.GraphicsSupport(supported=True, enums=[_enum(guest, "type", _GRAPHICS)]),
        video=xml.VideoSupport(supported=True, enums=[_enum(guest, "modelType", _VIDEO)]),
        hostdev=_hostdev(guest, host),
        rng=xml.RngSupport(
            supported=True,
            enums=[
                _enum(guest, "model", _virtio_models("virtio-rng-pci", "virtio-rng-ccw", "virtio-rng-device")),
                _enum(guest, "backendModel", _RNG_BACKENDS),
            ],
        ),
        filesystem=xml.FilesystemSupport(supported=True, enums=[_enum(guest, "driverType", _FILESYSTEMS)]),
        tpm=_tpm(guest, host),
        redirdev=xml.RedirdevSupport(
            supported=has_redirection,
            enums=[xml.Enum(name="bus", values=["usb"])] if has_redirection else [],
        ),
        channel=xml.ChannelSupport(supported=True, enums=[_enum(guest, "type", _CHANNELS)]),
    )


def _hostdev(guest: GuestKind, host: HostSide) -> xml.HostdevSupport:
    backends = ["default", "vfio"] if host.vfio and guest.caps.has_type("vfio-pci") else []
    return xml.HostdevSupport(
        supported=True,
        enums=[
            xml.Enum(name="mode", values=["subsystem"]),
            xml.Enum(name="startupPolicy", values=list(_STARTUP_POLICIES)),
            _enum(guest, "subsysType", _HOSTDEV_TYPES),
            xml.Enum(name="capsType"),
            xml.Enum(name="pciBackend", values=backends),
        ],
    )


def _tpm(guest: GuestKind, host: HostSide) -> xml.TpmSupport:
    models = _enum(guest, "model", _TPM_MODELS)
    if not models.values:
        return xml.TpmSupport(supported=False)
    backends = ["passthrough"] if "passthrough" in guest.caps.tpm_types else []
    enums = [models, xml.Enum(name="backendModel", values=backends)]
    if "emulator" in guest.caps.tpm_types and host.tpm_versions is not None:
        backends += ["emulator", "external"]
        if host.tpm_versions:
            enums.append(xml.Enum(name="backendVersion", values=list(host.tpm_versions)))
    return xml.TpmSupport(supported=True, enums=enums)


def _features(guest: GuestKind, host: HostSide) -> xml.FeaturesSupport:
    return xml.FeaturesSupport(
        gic=_gic(guest),
        vmcoreinfo=xml.VmCoreInfoSupport(supported=guest.caps.has_type("vmcoreinfo")),
        genid=xml.GenIdSupport(supported=guest.caps.has_type("vmgenid")),
        backing_store_input=xml.BackingStoreInputSupport(supported=True),
        backup=xml.BackupSupport(supported=True),
        s390_pv=_s390_pv(guest),
        sev=_sev(guest, host),
        sgx=_sgx(guest),
        hyperv=_hyperv(guest),
    )


def _gic(guest: GuestKind) -> xml.GicSupport:
    if not guest.machine.name.startswith("virt"):
        return xml.GicSupport(supported=False)
    by_kernel = guest.virt_type == "kvm"
    versions = sorted(gic.version for gic in guest.caps.gic if (gic.kernel if by_kernel else gic.emulated))
    found = list(map(str, versions))
    enums = [xml.Enum(name="version", values=found)] if found else []
    return xml.GicSupport(supported=bool(found), enums=enums)


def _s390_pv(guest: GuestKind) -> xml.S390PvSupport | None:
    if guest.arch not in S390:
        return None
    return xml.S390PvSupport(supported=guest.virt_type == "kvm" and guest.caps.has_type("s390-pv-guest"))


def _sev(guest: GuestKind, host: HostSide) -> xml.SevSupport:
    sev = guest.caps.sev
    if sev is None:
        return xml.SevSupport(supported=False)
    guests, es_guests = host.sev_guests
    return xml.SevSupport(
        supported=True,
        cbitpos=sev.cbitpos,
        reduced_phys_bits=sev.reduced_phys_bits,
        max_guests=guests,
        max_es_guests=es_guests,
    )


def _sgx(guest: GuestKind) -> xml.SgxSupport:
    sgx = guest.caps.sgx
    if sgx is None:
        return xml.SgxSupport(supported=False)
    return xml.SgxSupport(
        supported=True,
        flc=sgx.flc,
        sgx1=sgx.sgx1,
        sgx2=sgx.sgx2,
        section_size=xml.SgxSectionSize(unit="KiB", value=sgx.section_size // _KIB),
        sections=[xml.SgxSection(node=section.node, size=section.size // _KIB, unit="KiB") for section in sgx.sections],
    )


def _hyperv(guest: GuestKind) -> xml.HypervSupport | None:
    if guest.arch not in X86:
        return None
    offered = guest.caps.hyperv_features
    values = [name for name in _HYPERV if name.replace("_", "-") in offered]
    return xml.HypervSupport(supported=bool(values), enums=[xml.Enum(name="features", values=values)])
