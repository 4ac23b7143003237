# SPDX-License-Identifier: Apache-2.0
"""Network settings that interfaces and networks share: bandwidth, VLANs, virtual ports, addresses, routes."""

from __future__ import annotations

from typing import Any, Literal

from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.core import Element, Refusal, attr, codec, invalid, many, one, unsupported, xml_error


def _rate(name: str) -> Any:
    """A rate, whose refusal libvirt words in its own way."""
    return attr(codec=codec.unsigned_long, error=unsupported(f"could not convert bandwidth {name} value '{{value}}'"))


def _single(name: str) -> Refusal:
    return Refusal(ErrorNumber.XML_DETAIL, f"Only one child <{name}> element allowed")


class BandwidthRate(Element, errors=ErrorDomain.NONE):
    """Shaping of one direction; rates in KiB/s, `burst` in KiB."""

    average: int | None = _rate("average")
    peak: int | None = _rate("peak")
    floor: int | None = _rate("floor")
    burst: int | None = _rate("burst")


class Inbound(BandwidthRate, tag="inbound"):
    """What may be received."""


class Outbound(BandwidthRate, tag="outbound"):
    """What may be sent."""


class Bandwidth(Element, tag="bandwidth", keep_empty="open", errors=ErrorDomain.NONE):
    """Traffic shaping; `class_id` is set by libvirt on a running network's ports."""

    class_id: int | None = attr("classID")
    inbound: Inbound | None = one(duplicate=_single("inbound"))
    outbound: Outbound | None = one(duplicate=_single("outbound"))


class VlanTag(Element, tag="tag"):
    """One VLAN."""

    id: int = attr(required=True)
    native_mode: Literal["tagged", "untagged"] | None = attr("nativeMode")


class Vlan(Element, tag="vlan", errors=ErrorDomain.NONE):
    """The VLANs of an interface or a port group."""

    trunk: bool | None = attr(error=xml_error("invalid \"trunk='{value}'\" in <vlan> - must be yes or no"))
    tags: list[VlanTag] = many()


class VirtualPortParameters(Element, tag="parameters", errors=ErrorDomain.NONE):
    """What the switch behind a virtual port is told."""

    managerid: int | None = attr(codec=codec.any_base(), error=xml_error("cannot parse value of managerid parameter"))
    typeid: int | None = attr(codec=codec.any_base(), error=xml_error("cannot parse value of typeid parameter"))
    typeidversion: int | None = attr(
        codec=codec.any_base(), error=xml_error("cannot parse value of typeidversion parameter")
    )
    instanceid: str | None = attr(codec=codec.uuid, error=xml_error("cannot parse instanceid parameter as a uuid"))
    interfaceid: str | None = attr(codec=codec.uuid, error=xml_error("cannot parse interfaceid parameter as a uuid"))
    profileid: str | None = attr()


class VirtualPort(Element, tag="virtualport", keep_empty=True, errors=ErrorDomain.NONE):
    """The kind of switch port an interface is connected to."""

    type: Literal["802.1Qbg", "802.1Qbh", "openvswitch", "midonet"] | None = attr(
        error=unsupported("unknown virtualport type {value}")
    )
    parameters: VirtualPortParameters | None = one()


class PortOptions(Element, tag="port"):
    """Options of the bridge port; isolated ports do not see each other."""

    isolated: bool | None = attr()


class IpAddress(Element, tag="ip"):
    """An address given to an interface."""

    address: str | None = attr(codec=codec.ip_address, error=xml_error("Invalid address '{value}' in <ip>"))
    family: Literal["ipv4", "ipv6"] | None = attr(lenient=True)
    prefix: int | None = attr(error=xml_error("Invalid prefix value '{value}' in <ip>"))
    peer: str | None = attr(codec=codec.ip_address, error=invalid("Invalid peer '{value}' in <ip>"))


class Route(Element, tag="route"):
    """A route; `family` is written as libvirt was given it."""

    family: str | None = attr()
    address: str | None = attr()
    netmask: str | None = attr()
    prefix: int | None = attr()
    gateway: str | None = attr()
    metric: int | None = attr()


class FilterParameter(Element, tag="parameter"):
    """A variable for a network filter."""

    name: str | None = attr()
    value: str | None = attr()


class FilterReference(Element, tag="filterref"):
    """The network filter of an interface."""

    filter: str | None = attr()
    parameters: list[FilterParameter] = many()
