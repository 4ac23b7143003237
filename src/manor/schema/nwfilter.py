# SPDX-License-Identifier: Apache-2.0
"""The network filter document: rules per protocol, and references to other filters.

What a document must fulfil beyond its shape is in nwfilter_rules.py.
"""

from __future__ import annotations

from typing import Any, Literal

from manor.errors import ErrorDomain
from manor.schema import nwfilter_values as value
from manor.schema.common.network import FilterReference
from manor.schema.core import Codec, Element, attr, child, codec, internal, many, one, unsupported, xml_error


def _match(name: str, spelling: Codec, order: int = 0) -> Any:
    """An attribute a packet is compared with."""
    return attr(name, codec=spelling, order=order)


class Protocol(Element, keep_empty=True):
    """What every kind of packet may be compared with; `match` "no" stands for packets that are different."""

    match: Literal["no"] | None = attr(codec=Codec("no, or anything for yes", str, expression="v"), order=-9)
    srcmacaddr: str | None = _match("srcmacaddr", value.mac)
    comment: str | None = _match("comment", value.comment, 9)


class SourceMask(Element):
    """The mask of the sender's MAC address."""

    srcmacmask: str | None = _match("srcmacmask", value.mac_mask)


class Macs(SourceMask):
    """MAC addresses with masks."""

    dstmacaddr: str | None = _match("dstmacaddr", value.mac)
    dstmacmask: str | None = _match("dstmacmask", value.mac_mask)


class MacProtocol(Protocol, Macs, tag="mac"):
    """Any frame."""

    protocolid: str | None = _match("protocolid", value.ethernet)


class VlanProtocol(Protocol, Macs, tag="vlan"):
    """Frames with a VLAN tag."""

    vlanid: str | None = _match("vlanid", value.vlan_id)
    encap_protocol: str | None = _match("encap-protocol", value.encapsulated)


class StpProtocol(Protocol, SourceMask, tag="stp"):
    """The spanning tree protocol of bridges."""

    type: str | None = _match("type", value.uint8)
    flags: str | None = _match("flags", value.uint8)
    root_priority: str | None = _match("root-priority", value.uint16)
    root_priority_hi: str | None = _match("root-priority-hi", value.uint16)
    root_address: str | None = _match("root-address", value.mac)
    root_address_mask: str | None = _match("root-address-mask", value.mac_mask)
    root_cost: str | None = _match("root-cost", value.uint32)
    root_cost_hi: str | None = _match("root-cost-hi", value.uint32)
    sender_priority: str | None = _match("sender-priority", value.uint16)
    sender_priority_hi: str | None = _match("sender-priority-hi", value.uint16)
    sender_address: str | None = _match("sender-address", value.mac)
    sender_address_mask: str | None = _match("sender-address-mask", value.mac_mask)
    port: str | None = _match("port", value.uint16)
    port_hi: str | None = _match("port-hi", value.uint16)
    age: str | None = _match("age", value.uint16)
    age_hi: str | None = _match("age-hi", value.uint16)
    max_age: str | None = _match("max-age", value.uint16)
    max_age_hi: str | None = _match("max-age-hi", value.uint16)
    hello_time: str | None = _match("hello-time", value.uint16)
    hello_time_hi: str | None = _match("hello-time-hi", value.uint16)
    forward_delay: str | None = _match("forward-delay", value.uint16)
    forward_delay_hi: str | None = _match("forward-delay-hi", value.uint16)


class ArpProtocol(Protocol, Macs, tag="arp"):
    """Address resolution."""

    hwtype: str | None = _match("hwtype", value.uint16)
    protocoltype: str | None = _match("protocoltype", value.uint16)
    opcode: str | None = _match("opcode", value.arp_operation)
    arpsrcmacaddr: str | None = _match("arpsrcmacaddr", value.mac)
    arpdstmacaddr: str | None = _match("arpdstmacaddr", value.mac)
    arpsrcipaddr: str | None = _match("arpsrcipaddr", value.ipv4)
    arpsrcipmask: str | None = _match("arpsrcipmask", value.ipv4_mask)
    arpdstipaddr: str | None = _match("arpdstipaddr", value.ipv4)
    arpdstipmask: str | None = _match("arpdstipmask", value.ipv4_mask)
    gratuitous: str | None = _match("gratuitous", value.boolean)


class RarpProtocol(ArpProtocol, tag="rarp"):
    """Reverse address resolution."""


class Ipv4Addresses(Element):
    """Sender and receiver of an IPv4 packet."""

    srcipaddr: str | None = _match("srcipaddr", value.ipv4)
    srcipmask: str | None = _match("srcipmask", value.ipv4_mask)
    dstipaddr: str | None = _match("dstipaddr", value.ipv4)
    dstipmask: str | None = _match("dstipmask", value.ipv4_mask)


class Ipv6Addresses(Element):
    """Sender and receiver of an IPv6 packet."""

    srcipaddr: str | None = _match("srcipaddr", value.ipv6)
    srcipmask: str | None = _match("srcipmask", value.ipv6_mask)
    dstipaddr: str | None = _match("dstipaddr", value.ipv6)
    dstipmask: str | None = _match("dstipmask", value.ipv6_mask)


class Ports(Element):
    """Ranges of ports; after the state of the connection."""

    srcportstart: str | None = _match("srcportstart", value.uint16, 3)
    srcportend: str | None = _match("srcportend", value.uint16, 3)
    dstportstart: str | None = _match("dstportstart", value.uint16, 3)
    dstportend: str | None = _match("dstportend", value.uint16, 3)


class IpProtocol(Protocol, Macs, Ipv4Addresses, Ports, tag="ip"):
    """IPv4 as the bridge sees it."""

    protocol: str | None = _match("protocol", value.protocol, 2)
    dscp: str | None = _match("dscp", value.dscp, 4)


class Ipv6Protocol(Protocol, Macs, Ipv6Addresses, Ports, tag="ipv6"):
    """IPv6 as the bridge sees it; type and code are ICMPv6's."""

    protocol: str | None = _match("protocol", value.protocol, 2)
    type: str | None = _match("type", value.uint8, 4)
    typeend: str | None = _match("typeend", value.uint8, 4)
    code: str | None = _match("code", value.uint8, 4)
    codeend: str | None = _match("codeend", value.uint8, 4)


class Connection(Element):
    """What the host's connection tracking knows, the same for all protocols."""

    dscp: str | None = _match("dscp", value.dscp, 2)
    connlimit_above: str | None = _match("connlimit-above", value.connection_limit, 2)
    state: str | None = _match("state", value.states, 2)
    ipset: str | None = _match("ipset", value.ipset, 8)
    ipsetflags: str | None = _match("ipsetflags", value.ipset_flags, 8)


class Layer4(Protocol, Ipv4Addresses, Connection):
    """An IPv4 packet as the host's packet filter sees it."""

    srcipfrom: str | None = _match("srcipfrom", value.ipv4, 1)
    srcipto: str | None = _match("srcipto", value.ipv4, 1)
    dstipfrom: str | None = _match("dstipfrom", value.ipv4, 1)
    dstipto: str | None = _match("dstipto", value.ipv4, 1)


class Layer4Ipv6(Protocol, Ipv6Addresses, Connection):
    """An IPv6 packet as the host's packet filter sees it."""

    srcipfrom: str | None = _match("srcipfrom", value.ipv6, 1)
    srcipto: str | None = _match("srcipto", value.ipv6, 1)
    dstipfrom: str | None = _match("dstipfrom", value.ipv6, 1)
    # libvirt wants an IPv4 address here.
    dstipto: str | None = _match("dstipto", value.ipv4, 1)


class TcpOption(Element):
    """A TCP option by number."""

    option: str | None = _match("option", value.uint8, 4)


class IcmpType(Element):
    """Type and code of a control message."""

    type: str | None = _match("type", value.uint8, 3)
    code: str | None = _match("code", value.uint8, 3)


class TcpProtocol(Layer4, Ports, TcpOption, tag="tcp"):
    """TCP."""

    flags: str | None = _match("flags", value.tcp_flags, 5)


class UdpProtocol(Layer4, Ports, tag="udp"):
    """UDP."""


class UdpliteProtocol(Layer4, tag="udplite"):
    """UDP-Lite."""


class EspProtocol(Layer4, tag="esp"):
    """Encapsulating security payload."""


class AhProtocol(Layer4, tag="ah"):
    """Authentication header."""


class SctpProtocol(Layer4, Ports, tag="sctp"):
    """SCTP."""


class IcmpProtocol(Layer4, IcmpType, tag="icmp"):
    """ICMP."""


class IgmpProtocol(Layer4, tag="igmp"):
    """IGMP."""


class AllProtocol(Layer4, tag="all"):
    """Any IPv4 packet."""


class TcpIpv6Protocol(Layer4Ipv6, Ports, TcpOption, tag="tcp-ipv6"):
    """TCP over IPv6."""


class UdpIpv6Protocol(Layer4Ipv6, Ports, tag="udp-ipv6"):
    """UDP over IPv6."""


class UdpliteIpv6Protocol(Layer4Ipv6, tag="udplite-ipv6"):
    """UDP-Lite over IPv6."""


class EspIpv6Protocol(Layer4Ipv6, tag="esp-ipv6"):
    """Encapsulating security payload over IPv6."""


class AhIpv6Protocol(Layer4Ipv6, tag="ah-ipv6"):
    """Authentication header over IPv6."""


class SctpIpv6Protocol(Layer4Ipv6, Ports, tag="sctp-ipv6"):
    """SCTP over IPv6."""


class Icmpv6Protocol(Layer4Ipv6, IcmpType, tag="icmpv6"):
    """ICMPv6."""


class AllIpv6Protocol(Layer4Ipv6, tag="all-ipv6"):
    """Any IPv6 packet."""


AnyProtocol = (
    MacProtocol
    | VlanProtocol
    | StpProtocol
    | ArpProtocol
    | RarpProtocol
    | IpProtocol
    | Ipv6Protocol
    | TcpProtocol
    | UdpProtocol
    | UdpliteProtocol
    | EspProtocol
    | AhProtocol
    | SctpProtocol
    | IcmpProtocol
    | IgmpProtocol
    | AllProtocol
    | TcpIpv6Protocol
    | UdpIpv6Protocol
    | UdpliteIpv6Protocol
    | EspIpv6Protocol
    | AhIpv6Protocol
    | SctpIpv6Protocol
    | Icmpv6Protocol
    | AllIpv6Protocol
)

DEFAULT_PRIORITY = 500
LOWEST_PRIORITY, HIGHEST_PRIORITY = -1000, 1000


def _rule_priority(text: str) -> int:
    """libvirt takes what it cannot read for the default."""
    try:
        number: int = codec.signed.decode(text)
    except ValueError:
        return DEFAULT_PRIORITY
    return number if LOWEST_PRIORITY <= number <= HIGHEST_PRIORITY else DEFAULT_PRIORITY


class Rule(Element, tag="rule"):
    """What happens to packets that match."""

    action: Literal["drop", "accept", "reject", "return", "continue"] = attr(
        required=True,
        missing=internal("rule node requires action attribute"),
        error=unsupported("unknown rule action attribute value"),
    )
    direction: Literal["in", "out", "inout"] = attr(
        required=True,
        missing=internal("rule node requires direction attribute"),
        error=unsupported("unknown rule direction attribute value"),
    )
    priority: int = attr(
        codec=Codec("number from -1000 to 1000", _rule_priority, expression="v"), default=DEFAULT_PRIORITY
    )
    statematch: bool | None = attr(
        codec=Codec(
            "0 or false", lambda text: text.lower() not in ("0", "false"), expression="'true' if v else 'false'"
        )
    )
    protocol: AnyProtocol | None = one()


class Filter(Element, tag="filter", keep_empty="open", errors=ErrorDomain.NWFILTER):
    """A network filter."""

    name: str | None = attr()
    chain: str | None = attr()
    priority: str | None = attr()
    uuid: str | None = child(codec=codec.uuid, error=xml_error("malformed uuid element"))
    entries: list[Rule | FilterReference] = many()
