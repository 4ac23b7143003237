# SPDX-License-Identifier: Apache-2.0
"""Devices of the host given to a guest. The device's `type` decides the class of its `source`."""

from __future__ import annotations

from typing import Final, Literal

from manor.schema.common.address import Device, HostPciAddress
from manor.schema.common.encryption import Auth
from manor.schema.common.network import IpAddress, Route
from manor.schema.common.storage import Host, Initiator, StartupPolicy
from manor.schema.core import (
    Choices,
    Element,
    attr,
    child,
    codec,
    flag,
    internal,
    many,
    one,
    unsupported,
    xml_error,
)
from manor.schema.domain.interface import Teaming

HostdevType = Literal["usb", "pci", "scsi", "scsi_host", "mdev", "storage", "misc", "net"]


# The models each type of device knows.
_MODELS: Final[dict[str | None, tuple[str, ...]]] = {
    "mdev": ("vfio-pci", "vfio-ccw", "vfio-ap"),
    "scsi_host": ("virtio", "virtio-transitional", "virtio-non-transitional"),
}


class HostdevSource(
    Element,
    tag="source",
    by="../type",
    unknown_kind=unsupported("unknown host device source address type '{value}'"),
    missing_kind=xml_error("missing source address type"),
):
    """Which device of the host, one class per type."""


class PciHostdevSource(HostdevSource, kind="pci"):
    """A PCI device."""

    startup_policy: StartupPolicy | None = attr("startupPolicy")
    write_filtering: bool | None = attr("writeFiltering")
    address: HostPciAddress | None = one()


class UsbDeviceAddress(Element, tag="address"):
    """A USB device by its place."""

    bus: int | None = attr(codec=codec.any_base())
    device: int | None = attr(codec=codec.any_base())


class UsbHostdevSource(HostdevSource, kind="usb"):
    """A USB device, by vendor and product, by its place, or both."""

    startup_policy: StartupPolicy | None = attr("startupPolicy")
    guest_reset: Literal["off", "uninitialized", "on"] | None = attr("guestReset")
    missing: bool | None = attr(live_only=True)
    vendor: int | None = child(codec=codec.hexadecimal(4), at="id", needed=True)
    product: int | None = child(codec=codec.hexadecimal(4), at="id", needed=True)
    address: UsbDeviceAddress | None = one()


class ScsiDeviceAddress(Element, tag="address"):
    """A SCSI device on its adapter."""

    bus: int | None = attr(codec=codec.any_base())
    target: int | None = attr(codec=codec.any_base())
    unit: int | None = attr(codec=codec.any_base(long=True))


class ScsiHostdevSource(HostdevSource, kind="scsi"):
    """A SCSI device, on an adapter of the host or an iSCSI server."""

    protocol: Literal["none", "adapter", "iscsi"] | None = attr(
        error=unsupported("Unknown SCSI subsystem protocol '{value}'")
    )
    name: str | None = attr()
    adapter: str | None = child(at="name")
    address: ScsiDeviceAddress | None = one()
    hosts: list[Host] = many()
    auth: Auth | None = one()
    initiator: Initiator | None = one()


class ScsiHostHostdevSource(HostdevSource, kind="scsi_host"):
    """A SCSI target of the host's vhost-scsi."""

    protocol: Literal["none", "vhost"] | None = attr(
        error=unsupported("Unknown scsi_host subsystem protocol '{value}'")
    )
    wwpn: str | None = attr()


class MdevAddress(Element, tag="address"):
    """A mediated device by its UUID."""

    uuid: str | None = attr(codec=codec.uuid, error=internal("Cannot parse uuid attribute of element <address>"))


class MdevHostdevSource(HostdevSource, kind="mdev"):
    """A mediated device."""

    address: MdevAddress | None = one()


class StorageHostdevSource(HostdevSource, kind="storage"):
    """A block device for a container."""

    block: str | None = child()


class MiscHostdevSource(HostdevSource, kind="misc"):
    """A character device for a container."""

    char: str | None = child()


class NetHostdevSource(HostdevSource, kind="net"):
    """A network interface for a container."""

    interface: str | None = child()


class HostdevDriver(Element, tag="driver"):
    """What drives a PCI device on the host while the guest has it."""

    name: Literal["default", "kvm", "vfio", "xen"] | None = attr()


class Hostdev(Device, tag="hostdev", keep_empty="open"):
    """A device of the host."""

    mode: Literal["subsystem", "capabilities"] | None = attr(error=unsupported("unknown hostdev mode '{value}'"))
    type: str | None = attr()
    managed: bool | None = attr(lenient=True)
    sgio: Literal["default", "filtered", "unfiltered"] | None = attr()
    rawio: bool | None = attr()
    model: str | None = attr(choices=Choices("type", _MODELS))
    display: bool | None = attr(codec=codec.on_off)
    ramfb: bool | None = attr(codec=codec.on_off)
    driver: HostdevDriver | None = one()
    source: HostdevSource | None = one()
    teaming: Teaming | None = one()
    ips: list[IpAddress] = many()
    routes: list[Route] = many()
    readonly: bool = flag()
    shareable: bool = flag()
