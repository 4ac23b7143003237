# SPDX-License-Identifier: Apache-2.0
"""The node device document: a device of the host and what it is capable of.

Capabilities whose content matters to this project have classes; the content of the others is kept as it is.
"""

from __future__ import annotations

from typing import Literal

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.core import Element, Raw, attr, child, codec, many, one, raw_any, unsupported

_error = reporter(ErrorDomain.NODEDEV)
_internal = _error.internal

UNNAMED = "new device"
"""What libvirt calls a device whose name is still to be chosen."""


class Hardware(Element, tag="hardware", keep_empty="open"):
    """Who made the machine."""

    vendor: str | None = child()
    version: str | None = child()
    serial: str | None = child()
    uuid: str | None = child()


class Firmware(Element, tag="firmware", keep_empty="open"):
    """The machine's firmware."""

    vendor: str | None = child()
    version: str | None = child()
    release_date: str | None = child("release_date")


class HostCapability(
    Element, tag="capability", by="type", unknown_kind=unsupported("unknown SCSI host capability type '{value}'")
):
    """What a SCSI host adapter is capable of."""

    type: str = attr(required=True)


class FibreChannelHost(HostCapability, kind="fc_host"):
    """A port of a fibre channel network."""

    wwnn: str | None = child()
    wwpn: str | None = child()
    fabric_wwn: str | None = child("fabric_wwn")


class VirtualPorts(HostCapability, kind="vport_ops"):
    """A port that virtual ports can be made on."""

    max_vports: int | None = child("max_vports", codec=codec.signed)
    vports: int | None = child(codec=codec.signed)


class Capability(
    Element,
    tag="capability",
    by="type",
    keep_empty=True,
    unknown_kind=unsupported("unknown capability type '{value}' for '{name}'"),
):
    """What a device is."""

    type: str = attr(required=True)


class SystemCapability(Capability, kind="system"):
    """The machine as a whole."""

    product: str | None = child()
    hardware: Hardware | None = one()
    firmware: Firmware | None = one()


class ScsiHostCapability(Capability, kind="scsi_host"):
    """A SCSI host adapter."""

    host: int | None = child()
    unique_id: int | None = child("unique_id")
    capabilities: list[HostCapability] = many()


class OtherCapability(
    Capability,
    kind=(
        "pci", "usb_device", "usb", "net", "scsi_target", "scsi", "storage", "fc_host", "vports", "scsi_generic",
        "drm", "mdev_types", "mdev", "ccw", "css", "vdpa", "ap_card", "ap_queue", "ap_matrix", "vpd",
    ),
):  # fmt: skip
    """A capability this project does not look into."""

    content: list[Raw] = raw_any()


class DriverName(Element, tag="driver"):
    """The host's driver of the device."""

    name: str | None = child()


class DevNode(Element, tag="devnode"):
    """A name of the device below /dev."""

    type: Literal["dev", "link"] | None = attr()


class NodeDevice(Element, tag="device", errors=ErrorDomain.NODEDEV):
    """A device of the host."""

    name: str | None = child()
    path: str | None = child()
    parent: str | None = child()
    driver: DriverName | None = one()
    capabilities: list[Capability] = many()


def read(xml: str, *, new: bool = False, virtual: bool = False) -> NodeDevice:
    """The device a document describes, checked. Raises ManorError.

    `new`: the device is to be made, and gets its name then; `virtual`: it may be a virtual port, whose names are
    chosen if the document has none.
    """
    device = NodeDevice.parse(xml, source="(node_device_definition)")
    check(device, new=new)
    return device


def check(device: NodeDevice, *, new: bool = False) -> None:
    """Refuse a device that lacks what a device of its kind has. Raises ManorError."""
    if new:
        device.name = UNNAMED
    elif not device.name:
        raise _error(ErrorNumber.NO_NAME)
    if not device.capabilities:
        raise _internal(f"no device capabilities for '{device.name}'")
    for capability in device.capabilities:
        if isinstance(capability, SystemCapability):
            if capability.hardware is None or not capability.hardware.uuid:
                raise _internal(f"no system UUID supplied for '{device.name}'")
        elif isinstance(capability, ScsiHostCapability):
            _check_scsi_host(capability, device.name or "", new=new)


def _check_scsi_host(capability: ScsiHostCapability, name: str, *, new: bool) -> None:
    if capability.host is None and not new:
        raise _internal(f"no SCSI host ID supplied for '{name}'")
    for inner in capability.capabilities:
        if isinstance(inner, FibreChannelHost):
            for field in ("wwnn", "wwpn"):
                if not getattr(inner, field):
                    text = f"no {field.upper()} supplied for '{name}'"
                    raise _internal(f"{text}, and auto-generation failed" if new else text)


def fibre_channel_host(device: NodeDevice) -> FibreChannelHost | None:
    """The fibre channel capability of a device."""
    for capability in device.capabilities:
        if isinstance(capability, ScsiHostCapability):
            for inner in capability.capabilities:
                if isinstance(inner, FibreChannelHost):
                    return inner
    return None


def has_virtual_ports(device: NodeDevice) -> bool:
    """Whether virtual ports can be made on a device."""
    return any(
        isinstance(inner, VirtualPorts)
        for capability in device.capabilities
        if isinstance(capability, ScsiHostCapability)
        for inner in capability.capabilities
    )
