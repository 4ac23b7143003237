# SPDX-License-Identifier: Apache-2.0
"""Controllers: the buses other devices are plugged into."""

from __future__ import annotations

from typing import Literal

from manor.schema.common.address import Device, VirtioOptions
from manor.schema.core import Element, amount, attr, child, codec, one, xml_error

ControllerType = Literal["ide", "fdc", "scsi", "sata", "virtio-serial", "ccid", "usb", "pci", "xenbus", "isa"]


class ControllerDriver(VirtioOptions, tag="driver"):
    """How the hypervisor runs the controller."""

    queues: int | None = attr()
    cmd_per_lun: int | None = attr()
    max_sectors: int | None = attr()
    ioeventfd: bool | None = attr(codec=codec.on_off)
    iothread: int | None = attr()


class PciControllerModel(Element, tag="model"):
    """The device that plays a PCI controller."""

    name: str | None = attr(error=xml_error("Unknown PCI controller model name '{value}'"))


class PciControllerTarget(Element, tag="target"):
    """What the guest sees of a PCI controller. `index` numbers the host bridges of pSeries."""

    chassis_nr: int | None = attr("chassisNr", codec=codec.any_base())
    chassis: int | None = attr(codec=codec.any_base())
    port: int | None = attr(codec=codec.hexadecimal())
    bus_nr: int | None = attr("busNr", codec=codec.any_base())
    index: int | None = attr(codec=codec.any_base())
    hotplug: bool | None = attr(codec=codec.on_off, since=(6, 3))
    node: int | None = child()


class Controller(Device, tag="controller"):
    """A bus. `model` is one of the words its `type` knows."""

    type: ControllerType | None = attr()
    index: int | None = attr(codec=codec.index)
    model: str | None = attr()
    ports: int | None = attr(codec=codec.signed)
    vectors: int | None = attr(codec=codec.signed)
    max_grant_frames: int | None = attr("maxGrantFrames", codec=codec.signed)
    max_event_channels: int | None = attr("maxEventChannels", codec=codec.signed)
    driver: ControllerDriver | None = one()
    pci_model: PciControllerModel | None = one()
    target: PciControllerTarget | None = one()
    pcihole64: int | None = amount()
