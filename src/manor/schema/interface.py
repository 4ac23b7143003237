# SPDX-License-Identifier: Apache-2.0
"""The host interface document: how a network interface of the host is set up."""

from __future__ import annotations

from typing import Literal

from manor.errors import ErrorDomain, reporter
from manor.schema.core import Element, attr, codec, flag, many, one, xml_error

_error = reporter(ErrorDomain.INTERFACE)
_xml = _error.xml_error

InterfaceType = Literal["ethernet", "bridge", "bond", "vlan"]


class Start(Element, tag="start"):
    """When the interface comes up."""

    mode: Literal["none", "onboot", "hotplug"] | None = attr(error=xml_error("unknown interface startmode {value}"))


class Mtu(Element, tag="mtu"):
    """Size of packets in bytes."""

    size: int | None = attr()


class Dhcp(Element, tag="dhcp", keep_empty=True):
    """Addresses come from a DHCP server."""

    peerdns: bool | None = attr()


class InterfaceIp(Element, tag="ip"):
    """An address of the interface."""

    address: str | None = attr()
    prefix: int | None = attr(codec=codec.signed)


class Gateway(Element, tag="route"):
    """The way to everything else."""

    gateway: str | None = attr()


class Protocol(Element, tag="protocol", keep_empty="open"):
    """Addresses of one family."""

    family: Literal["ipv4", "ipv6"] = attr(
        required=True,
        missing=xml_error("protocol misses the family attribute"),
        error=xml_error("unsupported protocol family '{value}'"),
    )
    autoconf: bool = flag()
    dhcp: Dhcp | None = one()
    ips: list[InterfaceIp] = many()
    route: Gateway | None = one()


class MacAddress(Element, tag="mac"):
    """The hardware address."""

    address: str | None = attr()


class BridgePorts(Element, tag="bridge", keep_empty="open"):
    """A bridge and the interfaces that are its ports; `delay` in seconds."""

    stp: str | None = attr()
    delay: str | None = attr()
    interfaces: list[Interface] = many()


class MiiMonitor(Element, tag="miimon"):
    """Watching links by asking the hardware; milliseconds."""

    freq: int | None = attr(codec=codec.signed)
    downdelay: int | None = attr(codec=codec.signed)
    updelay: int | None = attr(codec=codec.signed)
    carrier: Literal["ioctl", "netif"] | None = attr(error=xml_error("unknown mii bonding carrier {value}"))


class ArpMonitor(Element, tag="arpmon"):
    """Watching links by asking a neighbour; milliseconds."""

    interval: int | None = attr(codec=codec.signed)
    target: str | None = attr()
    validate: Literal["none", "active", "backup", "all"] | None = attr(
        error=xml_error("unknown arp bonding validate {value}")
    )


class Bond(Element, tag="bond", keep_empty="open"):
    """Several interfaces as one."""

    mode: (
        Literal["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"]
        | None
    ) = attr(error=xml_error("unknown bonding mode {value}"))
    miimon: MiiMonitor | None = one()
    arpmon: ArpMonitor | None = one()
    interfaces: list[Interface] = many()


class VlanDevice(Element, tag="interface"):
    """The interface a VLAN is on."""

    name: str | None = attr()


class VlanInterface(Element, tag="vlan"):
    """A VLAN of another interface."""

    tag: str = attr(required=True, missing=xml_error("vlan interface misses the tag attribute"))
    interface: VlanDevice | None = one()


class Interface(Element, tag="interface", keep_empty="open", errors=ErrorDomain.INTERFACE):
    """A host interface, or a part of a bridge or a bond."""

    type: InterfaceType = attr(required=True)
    name: str | None = attr()
    start: Start | None = one()
    mtu: Mtu | None = one()
    protocols: list[Protocol] = many()
    bridge: BridgePorts | None = one()
    bond: Bond | None = one()
    vlan: VlanInterface | None = one()
    mac: MacAddress | None = one()


def read(xml: str, *, validate: bool = False) -> Interface:
    """The interface a document describes, checked and completed. Raises ManorError."""
    interface = Interface.parse(xml, validate=validate, source="(interface_definition)")
    check(interface)
    complete(interface)
    return interface


def check(interface: Interface) -> None:
    """Refuse an interface without what its type needs. Raises ManorError."""
    if not interface.name:
        raise _xml("interface has no name")
    if interface.mtu is not None and interface.mtu.size is None:
        interface.mtu = None
    if interface.type == "bridge" and interface.bridge is None:
        raise _xml("bridge interface misses the bridge element")
    if interface.type == "bond" and interface.bond is None:
        raise _xml("bond interface misses the bond element")
    if interface.type == "vlan":
        if interface.vlan is None:
            raise _xml("vlan interface misses the vlan element")
        if interface.vlan.interface is None or not interface.vlan.interface.name:
            raise _xml("vlan interface misses name attribute")
    for part in _parts(interface):
        check(part)


def _parts(interface: Interface) -> list[Interface]:
    """The interfaces inside a bridge or a bond."""
    holder = interface.bridge or interface.bond
    return holder.interfaces if holder is not None else []


def complete(interface: Interface) -> None:
    """Drop what says nothing, and what an interface of this type does not have."""
    if interface.start is not None and interface.start.mode is None:
        interface.start = None
    for protocol in interface.protocols:
        protocol.ips = [ip for ip in protocol.ips if ip.address]
        protocol.autoconf = protocol.autoconf and protocol.family == "ipv6"
    if interface.bridge is not None and interface.bridge.stp not in ("on", "off"):
        interface.bridge.stp = None
    for part in _parts(interface):
        part.start = None
        complete(part)
