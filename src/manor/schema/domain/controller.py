# SPDX-License-Identifier: Apache-2.0
"""Controllers: the buses other devices are plugged into."""

from __future__ import annotations

from typing import Final, Literal

from manor.schema.common.address import Device, VirtioOptions
from manor.schema.core import Choices, Element, amount, attr, child, codec, one, unsupported, xml_error

ControllerType = Literal["ide", "fdc", "scsi", "sata", "virtio-serial", "ccid", "usb", "pci", "xenbus", "isa"]


# The models each type of controller knows.
_MODELS: Final = {
    "scsi": (
        "auto",
        "buslogic",
        "lsilogic",
        "lsisas1068",
        "vmpvscsi",
        "ibmvscsi",
        "virtio-scsi",
        "lsisas1078",
        "virtio-transitional",
        "virtio-non-transitional",
        "ncr53c90",
        "dc390",
        "am53c974",
    ),
    "usb": (
        "piix3-uhci",
        "piix4-uhci",
        "ehci",
        "ich9-ehci1",
        "ich9-uhci1",
        "ich9-uhci2",
        "ich9-uhci3",
        "vt82c686b-uhci",
        "pci-ohci",
        "nec-xhci",
        "qusb1",
        "qusb2",
        "qemu-xhci",
        "none",
    ),
    "pci": (
        "pci-root",
        "pcie-root",
        "pci-bridge",
        "dmi-to-pci-bridge",
        "pcie-to-pci-bridge",
        "pcie-root-port",
        "pcie-switch-upstream-port",
        "pcie-switch-downstream-port",
        "pci-expander-bus",
        "pcie-expander-bus",
    ),
    "ide": ("piix3", "piix4", "ich6"),
    "virtio-serial": ("virtio", "virtio-transitional", "virtio-non-transitional"),
    "isa": (),
    "sata": (),
    "fdc": (),
    "ccid": (),
    "xenbus": (),
    None: ("piix3", "piix4", "ich6"),  # which is an IDE controller
}


class ControllerDriver(VirtioOptions, tag="driver"):
    """How the hypervisor runs the controller."""

    queues: int | None = attr()
    cmd_per_lun: int | None = attr()
    max_sectors: int | None = attr()
    ioeventfd: bool | None = attr(codec=codec.on_off)
    iothread: int | None = attr()


class PciControllerModel(Element, tag="model"):
    """The device that plays a PCI controller."""

    name: (
        Literal[
            "none",
            "pci-bridge",
            "i82801b11-bridge",
            "ioh3420",
            "x3130-upstream",
            "xio3130-downstream",
            "pxb",
            "pxb-pcie",
            "pcie-root-port",
            "spapr-pci-host-bridge",
            "pcie-pci-bridge",
        ]
        | None
    ) = attr()


class PciControllerTarget(Element, tag="target"):
    """What the guest sees of a PCI controller. `index` numbers the host bridges of pSeries."""

    chassis_nr: int | None = attr("chassisNr", codec=codec.index_any_base)
    chassis: int | None = attr(codec=codec.index_any_base)
    port: int | None = attr(codec=codec.index_hex)
    bus_nr: int | None = attr("busNr", codec=codec.index_any_base)
    index: int | None = attr(codec=codec.index_any_base)
    hotplug: bool | None = attr(codec=codec.on_off, since=(6, 3))
    node: int | None = child(error=xml_error("invalid NUMA node in target"))


class Controller(Device, tag="controller"):
    """A bus. `model` is one of the words its `type` knows."""

    type: ControllerType | None = attr()
    index: int | None = attr(codec=codec.index)
    model: str | None = attr(choices=Choices("type", _MODELS), error=unsupported("Unknown model type '{value}'"))
    ports: int | None = attr(codec=codec.index)
    vectors: int | None = attr(codec=codec.index)
    max_grant_frames: int | None = attr("maxGrantFrames", codec=codec.index)
    max_event_channels: int | None = attr("maxEventChannels", codec=codec.index)
    driver: ControllerDriver | None = one()
    pci_model: PciControllerModel | None = one()
    target: PciControllerTarget | None = one(
        duplicate=xml_error("Multiple <target> elements in controller definition not allowed")
    )
    pcihole64: int | None = amount(path="./pcihole64")
