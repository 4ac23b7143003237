# SPDX-License-Identifier: Apache-2.0
"""Network interfaces of guests."""

from __future__ import annotations

import secrets
from typing import Final

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.domain import Domain
from manor.schema.domain.interface import HostdevInterfaceSource, Interface, Mac, NetworkInterfaceSource
from manor.schema.domain_rules.basics import devices_of, xml_error

_OUI = (0x52, 0x54, 0x00)
"""The vendor part of generated addresses."""


def complete_interfaces(domain: Domain) -> None:
    """A hardware address for every interface."""
    for interface in devices_of(domain).interfaces:
        _complete(interface)


_MODELS = ("e1000", "e1000e", "i82551", "i82557b", "i82559er", "ne2k_pci", "pcnet", "rtl8139", "virtio")


_NEEDED: Final = {
    "vhostuser": ("type", "path", "mode"),
    "server": ("port",),
    "client": ("address", "port"),
    "mcast": ("address", "port"),
    "udp": ("address", "port"),
    "network": ("network",),
    "vdpa": ("dev",),
    "bridge": ("bridge",),
    "internal": ("name",),
    "direct": ("dev",),
    "vds": ("switchid",),
}
"""What the sources of the types have to say, in the order libvirt misses it."""

_schema_error = reporter(ErrorDomain.XML)


def _check_source(interface: Interface) -> None:
    source = interface.source
    if isinstance(source, HostdevInterfaceSource) or interface.type == "hostdev":
        if source is None or getattr(source, "address", None) is None:
            raise xml_error("missing source address type")
        return
    needed = _NEEDED.get(interface.type or "")
    if needed is None:
        return
    if source is None:
        raise xml_error(f"interface type='{interface.type}' requires a 'source' element")
    for name in needed:
        if getattr(source, name, None) is None:
            text = f"Missing required attribute '{name}' in element 'source'"
            raise _schema_error(ErrorNumber.XML_ERROR, text)
    if interface.type == "udp" and getattr(source, "local", None) is None:
        raise xml_error("'<local>' element missing for 'udp' socket interface")


def _complete(interface: Interface) -> None:
    _check_source(interface)
    if interface.model is not None and interface.model.lower() in _MODELS:
        interface.model = interface.model.lower()
    if isinstance(interface.source, NetworkInterfaceSource):
        interface.source.portid = None
    if interface.type == "hostdev":
        # Nothing of the host stands between the guest and the device.
        interface.filterref = None
        if interface.driver is not None:
            interface.driver.queues = None
    interface.mac = interface.mac or Mac()
    if interface.mac.address is None:
        interface.mac.address = ":".join(f"{byte:02x}" for byte in (*_OUI, *secrets.token_bytes(3)))
