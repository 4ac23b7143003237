# SPDX-License-Identifier: Apache-2.0
"""The network port document: what one guest's interface gets of a network."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID, uuid4

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import HostPciAddress
from manor.schema.common.network import Bandwidth, PortOptions, VirtualPort, Vlan
from manor.schema.core import Element, Refusal, attr, child, codec, internal, one

PlugType = Literal["none", "network", "bridge", "direct", "hostdev-pci"]


class Owner(Element, tag="owner"):
    """The guest that a port belongs to."""

    name: str | None = child()
    uuid: str | None = child(codec=codec.uuid, error=internal("Unable to parse UUID '{value}'"))


class PortMac(Element, tag="mac"):
    """The interface's hardware address."""

    address: str | None = attr(codec=codec.mac, error=internal("Unable to parse MAC '{value}'"))


class ReceiveFilters(Element, tag="rxfilters"):
    """Whether the guest's own filters are trusted."""

    trust_guest: bool | None = attr("trustGuest")


class PlugDriver(Element, tag="driver"):
    """What drives a host device that is handed out."""

    name: Literal["kvm", "vfio", "xen"] | None = attr(
        error=Refusal(ErrorNumber.XML_ERROR, "Missing network port driver name", ErrorDomain.NETWORK)
    )


class Plug(Element, tag="plug"):
    """What the interface is connected to, as its network decided."""

    type: PlugType | None = attr()
    bridge: str | None = attr()
    mac_table_manager: Literal["default", "kernel", "libvirt"] | None = attr(
        "macTableManager",
        error=Refusal(
            ErrorNumber.XML_ERROR, "Invalid macTableManager setting '{value}' in network port", ErrorDomain.NETWORK
        ),
    )
    dev: str | None = attr()
    mode: Literal["vepa", "private", "bridge", "passthrough"] | None = attr(
        error=Refusal(ErrorNumber.XML_ERROR, "Invalid mode setting '{value}' in network port", ErrorDomain.NETWORK)
    )
    managed: bool | None = attr()
    driver: PlugDriver | None = one()
    address: HostPciAddress | None = one()


class NetworkPort(Element, tag="networkport", errors=ErrorDomain.NETWORK):
    """A port of a network."""

    uuid: str | None = child(codec=codec.uuid, error=internal("Unable to parse UUID '{value}'"))
    owner: Owner | None = one()
    group: str | None = child()
    mac: PortMac | None = one()
    virtualport: VirtualPort | None = one()
    bandwidth: Bandwidth | None = one()
    vlan: Vlan | None = one()
    port: PortOptions | None = one()
    rxfilters: ReceiveFilters | None = one()
    plug: Plug | None = one()


_error = reporter(ErrorDomain.NETWORK)
_internal = _error.internal

_NEEDED: Final = {
    "network": ("bridge", "bridge name"),
    "bridge": ("bridge", "bridge name"),
    "direct": ("dev", "link device name"),
    "hostdev-pci": ("address", "PCI address"),
}
"""What a plug of a type has to say, and the words for it."""


def read(xml: str) -> NetworkPort:
    """The port a document describes, checked; a missing UUID is made. Raises ManorError."""
    port = NetworkPort.parse(xml, source="(networkport_definition)")
    check(port)
    port.uuid = port.uuid or str(uuid4())
    return port


def owner_uuid(port: NetworkPort) -> UUID:
    """The UUID of the guest that a checked port belongs to."""
    return UUID(port.owner.uuid if port.owner is not None else None)


def check(port: NetworkPort) -> None:
    """Refuse a port that leaves out what every port says. Raises ManorError."""
    if port.owner is None or not port.owner.name:
        raise _internal("network port has no owner name")
    if port.owner.uuid is None:
        raise _internal("network port has no owner UUID")
    if port.mac is None or port.mac.address is None:
        raise _internal("network port has no mac")
    plug = port.plug
    if plug is None:
        return
    needed = _NEEDED.get(plug.type or "none")
    if needed is not None and getattr(plug, needed[0]) is None:
        raise _error(ErrorNumber.XML_ERROR, f"Missing network port {needed[1]}")
