# SPDX-License-Identifier: Apache-2.0
"""Network interfaces of a guest. The interface's `type` decides the class of its `source`."""

from __future__ import annotations

from typing import Final, Literal

from manor.errors import ErrorNumber
from manor.schema.common.address import Device, PciFields, VirtioOptions
from manor.schema.common.network import (
    Bandwidth,
    FilterReference,
    IpAddress,
    PortOptions,
    Route,
    VirtualPort,
    Vlan,
)
from manor.schema.common.storage import Reconnect
from manor.schema.core import Early, Element, Refusal, attr, child, codec, many, one, unsupported, xml_error

InterfaceType = Literal[
    "user",
    "ethernet",
    "vhostuser",
    "server",
    "client",
    "mcast",
    "network",
    "bridge",
    "internal",
    "direct",
    "hostdev",
    "udp",
    "vdpa",
    "null",
    "vds",
]


class Mac(Element, tag="mac"):
    """The hardware address; `type` tells whether libvirt generated it."""

    address: str | None = attr(codec=codec.mac, error=xml_error("unable to parse mac address '{value}'"))
    type: Literal["generated", "static"] | None = attr()
    check: bool | None = attr()


class InterfaceSource(Element, tag="source", by="../type", fallback="user"):
    """What an interface is connected to, one class per type of interface."""


class UserInterfaceSource(InterfaceSource, kind="user"):
    """User-mode networking, through the host interface `dev` if given."""

    dev: str | None = attr(since=(9, 0))


class EthernetInterfaceSource(InterfaceSource, kind="ethernet"):
    """A tap device of which the host's end gets these addresses and routes."""

    ips: list[IpAddress] = many()
    routes: list[Route] = many()


class VhostUserInterfaceSource(InterfaceSource, kind="vhostuser"):
    """Another process behind a vhost-user socket."""

    type: Literal["unix"] | None = attr(
        error=unsupported("Type='{value}' unsupported for <interface type='vhostuser'>")
    )
    path: str | None = attr()
    mode: Literal["server", "client"] | None = attr()
    reconnect: Reconnect | None = one()


class LocalAddress(Element, tag="local"):
    """The local end of a UDP tunnel."""

    address: str | None = attr()
    port: int | None = attr(codec=codec.signed)


class SocketInterfaceSource(InterfaceSource, kind=("server", "client", "mcast", "udp")):
    """A socket to other guests."""

    address: str | None = attr()
    port: int | None = attr(codec=codec.signed)
    local: LocalAddress | None = one()


class NetworkInterfaceSource(InterfaceSource, kind="network"):
    """A virtual network; `portid`, `bridge` and `dev` are known while the guest runs."""

    network: str | None = attr()
    portgroup: str | None = attr()
    portid: str | None = attr(codec=codec.uuid, lenient=True)
    bridge: str | None = attr()
    dev: str | None = attr()
    mode: Literal["vepa", "private", "bridge", "passthrough"] | None = attr()
    mac_table_manager: Literal["default", "kernel", "libvirt"] | None = attr("macTableManager", lenient=True)


class BridgeInterfaceSource(InterfaceSource, kind="bridge"):
    """A bridge of the host."""

    network: str | None = attr(live_only=True)
    portgroup: str | None = attr(live_only=True)
    portid: str | None = attr(codec=codec.uuid, live_only=True, lenient=True)
    bridge: str | None = attr()
    mac_table_manager: Literal["default", "kernel", "libvirt"] | None = attr("macTableManager", lenient=True)


class InternalInterfaceSource(InterfaceSource, kind="internal"):
    """An internal network of the hypervisor."""

    name: str | None = attr()


class DirectInterfaceSource(InterfaceSource, kind="direct"):
    """A macvtap device on a host interface."""

    network: str | None = attr(live_only=True)
    portgroup: str | None = attr(live_only=True)
    portid: str | None = attr(codec=codec.uuid, live_only=True, lenient=True)
    dev: str | None = attr()
    mode: Literal["vepa", "private", "bridge", "passthrough"] | None = attr()


class HostDeviceAddress(
    Element,
    tag="address",
    by="type",
    missing_kind=xml_error("missing source address type"),
    unknown_kind=unsupported("unknown host device source address type '{value}'"),
):
    """A device of the host, with its kind spelt out."""

    type: str = attr(required=True, order=-1)


class HostDevicePciAddress(HostDeviceAddress, PciFields, kind="pci"):
    """A PCI device."""


class HostDeviceUsbAddress(HostDeviceAddress, kind="usb"):
    """A USB device."""

    bus: int | None = attr(codec=codec.any_base())
    device: int | None = attr(codec=codec.any_base())


class HostdevInterfaceSource(InterfaceSource, kind="hostdev"):
    """A network device of the host given to the guest: PCI, or USB by its product."""

    vendor: int | None = child(codec=codec.hexadecimal(4), at="id")
    product: int | None = child(codec=codec.hexadecimal(4), at="id")
    address: HostDeviceAddress | None = one()


class VdpaInterfaceSource(InterfaceSource, kind="vdpa"):
    """A vDPA device."""

    dev: str | None = attr()


_switch_id: Final = codec.Codec(
    "UUID", codec.uuid.decode, expression="v", expected="Expected UUID", samples=codec.uuid.samples
)


class VdsInterfaceSource(InterfaceSource, kind="vds"):
    """A distributed switch of VMware."""

    switchid: str | None = attr(codec=_switch_id)
    portid: int | None = attr(codec=codec.long_long)
    portgroupid: str | None = attr()
    connectionid: int | None = attr(codec=codec.long_long)


class NullInterfaceSource(InterfaceSource, kind="null"):
    """Nothing."""


class InterfaceTarget(Element, tag="target"):
    """The host's end: its device name, and whether libvirt makes it."""

    dev: str | None = attr()
    managed: bool | None = attr()


class InterfaceGuest(Element, tag="guest"):
    """The device's name inside a container."""

    dev: str | None = attr()
    actual: str | None = attr()


class InterfaceBackend(Element, tag="backend"):
    """The program or device files behind an interface."""

    type: Literal["passt"] | None = attr(since=(9, 0))
    tap: str | None = attr()
    vhost: str | None = attr()
    log_file: str | None = attr("logFile", since=(9, 0))


class PortRange(Element, tag="range"):
    """Ports forwarded, or kept from being forwarded."""

    start: int | None = attr()
    end: int | None = attr()
    to: int | None = attr()
    exclude: bool | None = attr()


class PortForward(Element, tag="portForward"):
    """Ports of the host forwarded to the guest."""

    proto: Literal["tcp", "udp"] | None = attr()
    address: str | None = attr(codec=codec.ip_address, error=xml_error("Invalid address '{value}' in <portForward>"))
    dev: str | None = attr()
    ranges: list[PortRange] = many()


class Offloads(Element):
    """Offloads of a virtio interface."""

    csum: bool | None = attr(codec=codec.on_off)
    gso: bool | None = attr(codec=codec.on_off)
    tso4: bool | None = attr(codec=codec.on_off)
    tso6: bool | None = attr(codec=codec.on_off)
    ecn: bool | None = attr(codec=codec.on_off)
    ufo: bool | None = attr(codec=codec.on_off)
    mrg_rxbuf: bool | None = attr(codec=codec.on_off)


class HostOffloads(Offloads, tag="host"):
    """What the host may do."""


class GuestOffloads(Offloads, tag="guest"):
    """What the guest may do."""


class InterfaceDriver(VirtioOptions, tag="driver"):
    """How the hypervisor runs the interface."""

    name: Literal["qemu", "vhost", "kvm", "vfio", "xen"] | None = attr()
    txmode: Literal["iothread", "timer"] | None = attr()
    ioeventfd: bool | None = attr(codec=codec.on_off)
    event_idx: bool | None = attr(codec=codec.on_off)
    queues: int | None = attr()
    rx_queue_size: int | None = attr()
    tx_queue_size: int | None = attr()
    rss: bool | None = attr(codec=codec.on_off, since=(8, 3))
    rss_hash_report: bool | None = attr(codec=codec.on_off, since=(8, 3))
    host: HostOffloads | None = one()
    guest: GuestOffloads | None = one()


class Teaming(Element, tag="teaming"):
    """Failover between a virtio and an assigned device."""

    type: Literal["persistent", "transient"] | None = attr(
        blank=True, error=unsupported("unknown teaming type '{value}'")
    )
    persistent: str | None = attr()


class CoalesceFrames(Element, tag="frames"):
    """How many packets are gathered before an interrupt."""

    max: int | None = attr(
        blank=True,
        error=Refusal(ErrorNumber.XML_DETAIL, "cannot parse value '{value}' for coalesce parameter"),
    )


class CoalesceRx(Element, tag="rx"):
    """Receiving."""

    frames: CoalesceFrames | None = one()


class Coalesce(Element, tag="coalesce"):
    """Interrupt moderation of the host's end."""

    rx: CoalesceRx | None = one()


class InterfaceTune(Element, tag="tune"):
    """Limits of the host's end; the send buffer in bytes, 0 for no limit."""

    sndbuf: int | None = child(codec=codec.unsigned_long, error=xml_error("sndbuf must be a positive integer"))


class Interface(Device, tag="interface"):
    """A network interface."""

    type: InterfaceType | None = attr()
    managed: bool | None = attr(lenient=True)
    trust_guest_rx_filters: bool | None = attr("trustGuestRxFilters")
    mac: Mac | None = one()
    source: InterfaceSource | None = one()
    vlan: Vlan | None = one()
    virtualport: VirtualPort | None = one()
    bandwidth: Bandwidth | None = one()
    port: PortOptions | None = one()
    ips: list[IpAddress] = many()
    routes: list[Route] = many()
    port_forwards: list[PortForward] = many()
    script: str | None = child(at="path")
    downscript: str | None = child(at="path")
    backenddomain: str | None = child(at="name")
    target: InterfaceTarget | None = one()
    guest: InterfaceGuest | None = one()
    model: str | None = child(at="type")
    driver: InterfaceDriver | None = one(early=Early("source", "type", "hostdev"))
    backend: InterfaceBackend | None = one()
    filterref: FilterReference | None = one()
    tune: InterfaceTune | None = one()
    link: Literal["up", "down"] | None = child(
        at="state", blank=True, error=unsupported("unknown interface link state '{value}'")
    )
    mtu: int | None = child(at="size", blank=True, error=xml_error("malformed mtu size"))
    coalesce: Coalesce | None = one()
    teaming: Teaming | None = one()
