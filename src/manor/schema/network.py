# SPDX-License-Identifier: Apache-2.0
"""The network document: virtual networks as virNetworkDefineXML takes them.

What a document must fulfil beyond its shape is in network_rules.py.
"""

from __future__ import annotations

from typing import Literal

from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.common.address import HostPciAddress
from manor.schema.common.figure import FIGURE
from manor.schema.common.network import Bandwidth, PortOptions, Route, VirtualPort, Vlan
from manor.schema.core import (
    Element,
    Namespace,
    Raw,
    Refusal,
    attr,
    child,
    children,
    codec,
    internal,
    many,
    one,
    raw,
    unsupported,
    xml_error,
)

DNSMASQ = Namespace("dnsmasq", "http://libvirt.org/schemas/network/dnsmasq/1.0")


def _in_network(text: str) -> Refusal:
    """A refusal that ends by naming the network."""
    return xml_error(f"{text} in network '{{name}}'")


class AddressRange(Element, tag="address"):
    """IPv4 addresses from start to end."""

    start: str | None = attr()
    end: str | None = attr()


class NatPorts(Element, tag="port"):
    """Source ports NAT may use."""

    start: str | None = attr()
    end: str | None = attr()


class Nat(Element, tag="nat"):
    """How address translation is done."""

    ipv6: bool | None = attr()
    addresses: list[AddressRange] = many()
    ports: list[NatPorts] = many()


class ForwardInterface(Element, tag="interface"):
    """A host interface traffic leaves through."""

    dev: str | None = attr()
    connections: int | None = attr(codec=FIGURE, live_only=True)


class ForwardPciAddress(HostPciAddress, tag="address"):
    """A virtual function guests are given."""

    type: Literal["pci"] = attr(
        order=-1,
        required=True,
        missing=xml_error("missing address type in network {name}"),
        error=unsupported("unknown address type '{value}' in network {name}"),
    )
    connections: int | None = attr(codec=FIGURE, live_only=True)

    def __str__(self) -> str:
        return f"{self.domain or 0:04x}:{self.bus or 0:02x}:{self.slot or 0:02x}.{self.function or 0:x}"


class PhysicalFunction(Element, tag="pf"):
    """The device whose virtual functions guests are given."""

    dev: str = attr(
        required=True, missing=xml_error("Missing required dev attribute in <pf> element of network '{name}'")
    )


class ForwardDriver(Element, tag="driver"):
    """Which host driver a passed-through device is bound to."""

    name: Literal["kvm", "vfio", "xen"] | None = attr(
        error=unsupported("Unknown forward <driver name='{value}'/> in network {name}")
    )


ForwardMode = Literal["none", "nat", "route", "open", "bridge", "private", "vepa", "passthrough", "hostdev"]


class Forward(Element, tag="forward", keep_empty=True):
    """How guests reach the world beyond the host."""

    dev: str | None = attr()
    mode: str | None = attr()
    managed: str | None = attr()  # "yes", anything else is no
    driver: ForwardDriver | None = one()
    nat: Nat | None = one(duplicate=xml_error("Only one <nat> element is allowed in <forward> of network {name}"))
    pf: PhysicalFunction | None = one(
        duplicate=xml_error("Only one <pf> element is allowed in <forward> of network {name}")
    )
    interfaces: list[ForwardInterface] = many()
    addresses: list[ForwardPciAddress] = many()


class Bridge(Element, tag="bridge"):
    """The host's bridge device. `delay` is in seconds; `stp` is "off" or counts as on."""

    name: str | None = attr()
    zone: str | None = attr()
    stp: str | None = attr()
    delay: int | None = attr(codec=codec.unsigned_long, error=_in_network("Invalid delay value"))
    mac_table_manager: Literal["kernel", "libvirt"] | None = attr(
        "macTableManager", error=xml_error("Invalid macTableManager setting '{value}' in network '{name}'")
    )


class Mtu(Element, tag="mtu"):
    """Size of packets in bytes."""

    size: int | None = attr(error=_in_network("Invalid mtu size '{value}'"))


class NetworkMac(Element, tag="mac"):
    """The bridge's own address."""

    address: str | None = attr(codec=codec.mac, error=_in_network("Invalid bridge mac address '{value}'"))


class DnsDomain(Element, tag="domain"):
    """The DNS domain of the network's guests."""

    name: str | None = attr()
    local_only: bool | None = attr("localOnly")


class Forwarder(Element, tag="forwarder"):
    """A DNS server asked for a domain, or for everything."""

    domain: str | None = attr()
    addr: str | None = attr()


class TxtRecord(Element, tag="txt"):
    """A DNS TXT record."""

    name: str | None = attr()
    value: str | None = attr()


class SrvRecord(Element, tag="srv"):
    """A DNS SRV record."""

    service: str | None = attr()
    protocol: str | None = attr()
    domain: str | None = attr()
    target: str | None = attr()
    port: str | None = attr()
    priority: str | None = attr()
    weight: str | None = attr()


class DnsHost(Element, tag="host"):
    """Names of an address."""

    ip: str | None = attr()
    hostnames: list[str] = children("hostname")


class Dns(Element, tag="dns"):
    """What the network's DNS server does."""

    enable: bool | None = attr()
    forward_plain_names: bool | None = attr("forwardPlainNames")
    forwarders: list[Forwarder] = many()
    txts: list[TxtRecord] = many()
    srvs: list[SrvRecord] = many()
    hosts: list[DnsHost] = many()


class Lease(Element, tag="lease"):
    """How long an address is lent; 0 is for ever."""

    expiry: int | None = attr(codec=codec.unsigned)
    unit: Literal["seconds", "minutes", "hours"] | None = attr()


class DhcpRange(Element, tag="range"):
    """Addresses to hand out."""

    start: str | None = attr()
    end: str | None = attr()
    lease: Lease | None = one()


class DhcpHost(Element, tag="host"):
    """A guest that always gets the same address."""

    mac: str | None = attr()
    id: str | None = attr()
    name: str | None = attr()
    ip: str | None = attr()
    lease: Lease | None = one()


class Bootp(Element, tag="bootp"):
    """What network boot is told."""

    file: str | None = attr()
    server: str | None = attr()


class Dhcp(Element, tag="dhcp"):
    """What the network's DHCP server does."""

    ranges: list[DhcpRange] = many()
    hosts: list[DhcpHost] = many()
    bootp: Bootp | None = one()


class Tftp(Element, tag="tftp"):
    """The folder network boot is served from."""

    root: str | None = attr()


class Ip(Element, tag="ip", keep_empty="open"):
    """An address of the host on the network, and the services there."""

    family: str | None = attr()
    address: str | None = attr()
    netmask: str | None = attr()
    prefix: int | None = attr()
    local_ptr: bool | None = attr("localPtr")
    tftp: Tftp | None = one()
    dhcp: Dhcp | None = one()


class PortGroup(Element, tag="portgroup", keep_empty="open"):
    """Settings for some of a network's guests."""

    name: str = attr(required=True, missing=xml_error("Missing required name attribute in portgroup"))
    default: str | None = attr()  # "yes", anything else is no
    trust_guest_rx_filters: bool | None = attr("trustGuestRxFilters")
    vlan: Vlan | None = one()
    bandwidth: Bandwidth | None = one()
    virtualport: VirtualPort | None = one()


class DnsmasqOption(Element, tag="option", namespace=DNSMASQ):
    """A line of dnsmasq's configuration."""

    value: str | None = attr()


class DnsmasqOptions(Element, tag="options", namespace=DNSMASQ):
    """Lines for dnsmasq's configuration that libvirt knows nothing of."""

    options: list[DnsmasqOption] = many()


class Network(Element, tag="network", errors=ErrorDomain.NETWORK):
    """A virtual network."""

    connections: int | None = attr(codec=FIGURE, live_only=True)
    ipv6: bool | None = attr(error=_in_network("Invalid ipv6 setting '{value}'"))
    trust_guest_rx_filters: bool | None = attr("trustGuestRxFilters")
    name: str = child(required=True, missing=Refusal(ErrorNumber.NO_NAME, ""))
    uuid: str | None = child(codec=codec.uuid, error=internal("malformed uuid element"))
    metadata: Raw | None = raw()
    forward: Forward | None = one()
    bridge: Bridge | None = one()
    mtu: Mtu | None = one()
    mac: NetworkMac | None = one()
    domain: DnsDomain | None = one()
    dns: Dns | None = one()
    vlan: Vlan | None = one()
    bandwidth: Bandwidth | None = one()
    port: PortOptions | None = one()
    ips: list[Ip] = many()
    routes: list[Route] = many()
    virtualport: VirtualPort | None = one()
    portgroups: list[PortGroup] = many()
    dnsmasq_options: DnsmasqOptions | None = one()
