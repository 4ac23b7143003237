# SPDX-License-Identifier: Apache-2.0
"""<devices>, and the small devices that need no module of their own."""

from __future__ import annotations

from typing import Final, Literal

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import Device, VirtioDriver, VirtioModel
from manor.schema.core import (
    Bitmap,
    Element,
    amount,
    attr,
    child,
    codec,
    flag,
    internal,
    many,
    one,
    read_tree,
    schema_of,
    unsupported,
    xml_error,
)
from manor.schema.core.node import local_name
from manor.schema.domain.chardev import (
    Channel,
    Console,
    Parallel,
    RedirDev,
    RngBackend,
    Serial,
    Smartcard,
)
from manor.schema.domain.controller import Controller
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem, Lease, Shmem
from manor.schema.domain.graphics import Graphics, Video
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.domain.sound import Audio, Sound


class InputSource(Element, tag="source"):
    """A device of the host whose events the guest gets."""

    evdev: str | None = attr()
    dev: str | None = attr()
    grab: Literal["all"] | None = attr()
    grab_toggle: Literal["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"] | None = (
        attr("grabToggle")
    )
    repeat: bool | None = attr(codec=codec.on_off)


InputBus = Literal["ps2", "usb", "xen", "parallels", "virtio", "none"]


class Input(Device, tag="input"):
    """A mouse, tablet, keyboard, or events passed through."""

    type: Literal["mouse", "tablet", "keyboard", "passthrough", "evdev"] | None = attr(
        required=True,
        error=unsupported("unknown input device type '{value}'"),
        missing=internal("missing input device type"),
    )
    bus: InputBus | None = attr(error=unsupported("unknown input bus type '{value}'"))
    model: VirtioModel | None = attr(error=unsupported("unknown input model '{value}'"))
    driver: VirtioDriver | None = one()
    source: InputSource | None = one()


class TpmSource(Element, tag="source"):
    """The socket of an emulator run by others."""

    type: Literal["unix"] | None = attr()
    mode: Literal["connect", "bind"] | None = attr()
    path: str | None = attr()


class TpmPcrBanks(Element, tag="active_pcr_banks"):
    """The banks the emulator activates."""

    sha1: bool = flag()
    sha256: bool = flag()
    sha384: bool = flag()
    sha512: bool = flag()


class TpmBackend(Element, tag="backend"):
    """What is behind a TPM: a device of the host, an emulator, or one run by others."""

    type: Literal["passthrough", "emulator", "external"] | None = attr(required=True)
    version: Literal["1.2", "2.0"] | None = attr()
    persistent_state: bool | None = attr(
        since=(7, 0), error=internal("Invalid persistent_state value, either 'yes' or 'no'")
    )
    encryption: str | None = child(
        codec=codec.uuid, at="secret", error=internal("Unable to parse secret uuid '{value}'"), blank=True
    )
    active_pcr_banks: TpmPcrBanks | None = one(since=(7, 10))
    device: str | None = child(at="path")
    source: TpmSource | None = one(since=(9, 0))


class Tpm(Device, tag="tpm"):
    """A trusted platform module."""

    model: Literal["tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy"] | None = attr()
    backend: TpmBackend | None = one(duplicate=xml_error("only one TPM backend is supported"))


def _filter_number(digits: int) -> codec.Codec:
    """A number in hexadecimal; -1 is any, which is also what an absent one means."""

    def decode(text: str) -> int | None:
        value: int = codec.signed_any_base.decode(text)
        return None if value == -1 else value

    return codec.Codec(
        "hexadecimal integer, or -1 for any",
        decode,
        encode=lambda value: f"0x{value:0{digits}X}",
        expected=codec.signed_any_base.expected,
        samples=(0, 1, 0x10),
    )


_usb_version: Final = codec.matching("version", r"[0-9]{1,2}[.][0-9]{1,2}|-1", "1.09", "2.0")


class UsbFilter(Element, tag="usbdev"):
    """Whether USB devices of a kind may be redirected; an absent number means any."""

    class_: int | None = attr("class", codec=_filter_number(2))
    vendor: int | None = attr(codec=_filter_number(4))
    product: int | None = attr(codec=_filter_number(4))
    version: str | None = attr(codec=_usb_version, error=xml_error("Cannot parse USB device version {value}"))
    allow: bool | None = attr()


class RedirFilter(Element, tag="redirfilter"):
    """Which USB devices may be redirected."""

    usbdevs: list[UsbFilter] = many()


class Hub(Device, tag="hub"):
    """A USB hub."""

    type: Literal["usb"] | None = attr(error=unsupported("unknown hub device type '{value}'"))


class Watchdog(Device, tag="watchdog"):
    """A watchdog, and what happens when it fires."""

    model: Literal["i6300esb", "ib700", "diag288", "itco"] | None = attr(
        required=True,
        error=unsupported("unknown watchdog model '{value}'"),
        missing=internal("watchdog must contain model name"),
    )
    action: Literal["reset", "shutdown", "poweroff", "pause", "dump", "none", "inject-nmi"] | None = attr(
        error=unsupported("unknown watchdog action '{value}'")
    )


class MemBalloon(Device, tag="memballoon"):
    """The balloon that gives memory back; `stats` is the period of statistics in seconds."""

    model: Literal["virtio", "xen", "none", "virtio-transitional", "virtio-non-transitional"] | None = attr(
        required=True
    )
    autodeflate: bool | None = attr(codec=codec.on_off)
    free_page_reporting: bool | None = attr("freePageReporting", codec=codec.on_off, since=(6, 9))
    stats: int | None = child(at="period", codec=codec.signed_any_base)
    driver: VirtioDriver | None = one(order=96)


class RngRate(Element, tag="rate"):
    """How much randomness: bytes per period, the period in milliseconds."""

    bytes: int | None = attr(blank=True, error=xml_error("invalid RNG rate bytes value"))
    period: int | None = attr(blank=True, error=xml_error("invalid RNG rate period value"))


class Rng(Device, tag="rng"):
    """A source of randomness."""

    model: VirtioModel | None = attr(error=unsupported("unknown RNG model '{value}'"))
    rate: RngRate | None = one()
    backend: RngBackend | None = one(duplicate=xml_error("only one RNG backend is supported"))
    driver: VirtioDriver | None = one()


class NvramDevice(Device, tag="nvram", keep_empty="open"):
    """The non-volatile memory of pSeries machines."""


class Panic(Device, tag="panic"):
    """The device a guest reports its panic to."""

    model: Literal["default", "isa", "pseries", "hyperv", "s390", "pvpanic"] | None = attr(
        error=unsupported("unknown panic model '{value}'")
    )


class MemoryDeviceSource(Element, tag="source"):
    """What backs a memory device; sizes in KiB."""

    nodemask: Bitmap | None = child()
    pagesize: int | None = amount(path="./pagesize")
    path: str | None = child()
    alignsize: int | None = amount(path="./alignsize")
    pmem: bool = flag()


class MemoryLabel(Element, tag="label"):
    """The label area of an NVDIMM, in KiB."""

    size: int | None = amount(path="./label/size")


class MemoryDeviceTarget(Element, tag="target"):
    """The memory in the guest; sizes in KiB."""

    size: int = amount(required=True, path="./size")
    node: int | None = child(error=xml_error("invalid value of memory device node"))
    block: int | None = amount(path="./block")
    requested: int | None = amount(path="./requested")
    current: int | None = amount(live_only=True, path="./current")
    label: MemoryLabel | None = one()
    readonly: bool = flag()


class MemoryDevice(Device, tag="memory"):
    """A DIMM, NVDIMM or virtio memory device."""

    model: Literal["dimm", "nvdimm", "virtio-pmem", "virtio-mem", "sgx-epc"] | None = attr(required=True)
    access: Literal["default", "shared", "private"] | None = attr()
    discard: bool | None = attr()
    uuid: str | None = child(codec=codec.uuid)
    source: MemoryDeviceSource | None = one()
    target: MemoryDeviceTarget | None = one()


class IommuDriver(Element, tag="driver"):
    """Options of the IOMMU."""

    intremap: bool | None = attr(codec=codec.on_off)
    caching_mode: bool | None = attr(codec=codec.on_off)
    eim: bool | None = attr(codec=codec.on_off)
    iotlb: bool | None = attr(codec=codec.on_off)
    aw_bits: int | None = attr()


class Iommu(Device, tag="iommu"):
    """An IOMMU."""

    model: Literal["intel", "smmuv3", "virtio"] | None = attr(required=True)
    driver: IommuDriver | None = one()


class VsockCid(Element, tag="cid"):
    """The context identifier, given or chosen at start."""

    auto: bool | None = attr()
    address: int | None = attr()


class Vsock(Device, tag="vsock"):
    """A virtio socket device."""

    model: VirtioModel | None = attr()
    cid: VsockCid | None = one()
    driver: VirtioDriver | None = one(order=96)


class Devices(Element, tag="devices", keep_empty="open"):
    """All devices, in the order libvirt writes them."""

    emulator: str | None = child()
    disks: list[Disk] = many()
    controllers: list[Controller] = many()
    leases: list[Lease] = many()
    filesystems: list[Filesystem] = many()
    interfaces: list[Interface] = many()
    smartcards: list[Smartcard] = many()
    serials: list[Serial] = many()
    parallels: list[Parallel] = many()
    consoles: list[Console] = many()
    channels: list[Channel] = many()
    inputs: list[Input] = many()
    tpms: list[Tpm] = many()
    graphics: list[Graphics] = many()
    sounds: list[Sound] = many()
    audios: list[Audio] = many()
    videos: list[Video] = many()
    hostdevs: list[Hostdev] = many()
    redirdevs: list[RedirDev] = many()
    redirfilter: RedirFilter | None = one(duplicate=internal("only one set of redirection filter rule is supported"))
    hubs: list[Hub] = many()
    watchdog: Watchdog | None = one(duplicate=internal("only a single watchdog device is supported"))
    memballoon: MemBalloon | None = one(duplicate=internal("only a single memory balloon device is supported"))
    rngs: list[Rng] = many()
    nvram: NvramDevice | None = one(duplicate=internal("only a single nvram device is supported"))
    panics: list[Panic] = many()
    shmems: list[Shmem] = many()
    memories: list[MemoryDevice] = many()
    iommu: Iommu | None = one(duplicate=xml_error("only a single IOMMU device is supported"))
    vsock: Vsock | None = one(duplicate=xml_error("only a single vsock device is supported"))


def parse_device(xml: str | bytes, *, validate: bool = False) -> Element:
    """Read a single device, as it is given to be attached, detached or updated.

    The class is that of the document's root: Disk, Interface, Lease … Raises DocumentError.
    """
    node = read_tree(xml, "(device_definition)", ErrorDomain.DOMAIN)
    classes = {cls.__schema__.tag: cls for field in schema_of(Devices).fields for cls in field.types}
    cls = classes.get(node.tag)
    if cls is None or cls is RedirFilter:
        refusal = reporter(ErrorDomain.DOMAIN)
        raise refusal(ErrorNumber.CONFIG_UNSUPPORTED, f"unknown device type '{local_name(node)}'")
    return cls.from_node(node, validate=validate, domain=ErrorDomain.DOMAIN)
