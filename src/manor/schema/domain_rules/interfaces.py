# SPDX-License-Identifier: Apache-2.0
"""Network interfaces of guests."""

from __future__ import annotations

import secrets

from manor.schema.domain import Domain
from manor.schema.domain.interface import Interface, Mac, NetworkInterfaceSource
from manor.schema.domain_rules.basics import devices_of

_OUI = (0x52, 0x54, 0x00)
"""The vendor part of generated addresses."""


def complete_interfaces(domain: Domain) -> None:
    """A hardware address for every interface."""
    for interface in devices_of(domain).interfaces:
        _complete(interface)


_MODELS = ("e1000", "e1000e", "i82551", "i82557b", "i82559er", "ne2k_pci", "pcnet", "rtl8139", "virtio")


def _complete(interface: Interface) -> None:
    if interface.model is not None and interface.model.lower() in _MODELS:
        interface.model = interface.model.lower()
    if isinstance(interface.source, NetworkInterfaceSource):
        interface.source.portid = None
    interface.mac = interface.mac or Mac()
    if interface.mac.address is None:
        interface.mac.address = ":".join(f"{byte:02x}" for byte in (*_OUI, *secrets.token_bytes(3)))
