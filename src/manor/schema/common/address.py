# SPDX-License-Identifier: Apache-2.0
"""Device addresses: where a device sits on its bus, one class per bus.

`Address` is what a device carries; its `type` selects the class. Addresses of host devices have no type
attribute: there the element around them decides.
"""

from __future__ import annotations

from typing import Final, Literal

from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.core import Element, Refusal, attr, codec, internal, one, unsupported

VirtioModel = Literal["virtio", "virtio-transitional", "virtio-non-transitional"]

_hex2: Final = codec.hexadecimal(2)
_hex4: Final = codec.hexadecimal(4)
_hex8: Final = codec.hexadecimal(8)
_usb_port: Final = codec.matching("path of ports", "[0-9]{1,10}([.][0-9]{1,10}){0,3}", "1", "1.2.3")


class Zpci(Element, tag="zpci"):
    """The s390 identifiers of a PCI device: `uid` 16 bit, `fid` 32 bit."""

    uid: int | None = attr(codec=_hex4)
    fid: int | None = attr(codec=_hex8)


class PciFields(Element):
    """The parts of a PCI address, and the s390 identifiers that may come with it."""

    domain: int | None = attr(codec=_hex4)
    bus: int | None = attr(codec=_hex2)
    slot: int | None = attr(codec=_hex2)
    function: int | None = attr(codec=codec.hexadecimal(1))
    multifunction: bool | None = attr(codec=codec.on_off)
    zpci: Zpci | None = one()


class HostPciAddress(PciFields, tag="address"):
    """A PCI device of the host."""


class Address(
    Element,
    tag="address",
    by="type",
    keep_empty=True,
    missing_kind=internal("No type specified for device address"),
    unknown_kind=unsupported("unknown address type '{value}'"),
):
    """A device's address in the guest."""

    type: str = attr(required=True, order=-1)


class PciAddress(Address, PciFields, kind="pci"):
    """domain:bus:slot.function of a PCI device."""


class DriveAddress(Address, kind="drive"):
    """A disk on a controller: IDE, SCSI, SATA, floppy."""

    controller: int | None = attr()
    bus: int | None = attr()
    target: int | None = attr()
    unit: int | None = attr()


class VirtioSerialAddress(Address, kind="virtio-serial"):
    """A port of a virtio-serial controller."""

    controller: int | None = attr()
    bus: int | None = attr()
    port: int | None = attr()


class CcidAddress(Address, kind="ccid"):
    """A slot of a smartcard controller."""

    controller: int | None = attr()
    slot: int | None = attr()


class UsbAddress(Address, kind="usb"):
    """A port of a USB bus; `port` is a path through hubs, "1.2.3"."""

    bus: int | None = attr()
    port: str | None = attr(
        codec=_usb_port,
        error=Refusal(ErrorNumber.INTERNAL_ERROR, "Cannot parse <address> 'port' attribute", ErrorDomain.DEVICE),
    )


class SpaprVioAddress(Address, kind="spapr-vio"):
    """A register of the pSeries virtual I/O bus."""

    reg: int | None = attr(codec=codec.hexadecimal(8, long=True))


class CcwAddress(Address, kind="ccw"):
    """A channel device of s390: channel subsystem, subchannel set, device number."""

    cssid: int | None = attr(codec=codec.hexadecimal())
    ssid: int | None = attr(codec=codec.hexadecimal())
    devno: int | None = attr(codec=_hex4)


class VirtioS390Address(Address, kind="virtio-s390"):
    """A device on the former s390 virtio bus."""


class VirtioMmioAddress(Address, kind="virtio-mmio"):
    """A virtio device mapped into memory; the machine places it."""


class IsaAddress(Address, kind="isa"):
    """An I/O port and an interrupt."""

    iobase: int | None = attr(codec=codec.hexadecimal())
    irq: int | None = attr(codec=codec.hexadecimal())


class DimmAddress(Address, kind="dimm"):
    """A memory slot, and the guest physical address once it is known."""

    slot: int | None = attr()
    base: int | None = attr(codec=codec.hexadecimal(long=True))


class UnassignedAddress(Address, kind="unassigned"):
    """A device that is kept from the guest."""


class Boot(Element, tag="boot"):
    """The place of a device in the boot order, 1 first."""

    order: int | None = attr(codec=codec.non_zero, required=True)
    loadparm: str | None = attr()


class Alias(Element, tag="alias"):
    """The name a device has towards the hypervisor; the user's own begin with "ua-"."""

    name: str | None = attr()


class Acpi(Element, tag="acpi"):
    """The index that gives a device a stable name in the guest."""

    index: int | None = attr(codec=codec.non_zero)


class Rom(Element, tag="rom"):
    """The option ROM of a PCI device."""

    enabled: bool | None = attr(codec=codec.yes_no)
    bar: bool | None = attr(codec=codec.on_off)
    file: str | None = attr()


class UsbMaster(Element, tag="master"):
    """The first port of the main controller that a companion controller serves."""

    startport: int | None = attr()


class Device(Element):
    """What every device may carry. These fields are written after the device's own."""

    boot: Boot | None = one(order=90)
    alias: Alias | None = one(order=91)
    master: UsbMaster | None = one(order=92)
    rom: Rom | None = one(order=93)
    acpi: Acpi | None = one(order=94)
    address: Address | None = one(order=95)


class VirtioOptions(Element):
    """The switches of a virtio device's <driver>."""

    iommu: bool | None = attr(codec=codec.on_off, order=80)
    ats: bool | None = attr(codec=codec.on_off, order=80)
    packed: bool | None = attr(codec=codec.on_off, order=80, since=(6, 3))
    page_per_vq: bool | None = attr(codec=codec.on_off, order=80, since=(7, 9))


class VirtioDriver(VirtioOptions, tag="driver"):
    """The <driver> of a device that has nothing but virtio switches."""
