# SPDX-License-Identifier: Apache-2.0
"""Network interfaces that QEMU cannot have."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from manor.drivers.qemu.passes.context import Context, unsupported, xml_error
from manor.schema.common.network import IpAddress
from manor.schema.domain.interface import Interface

_MTU: Final = frozenset({"network", "bridge", "ethernet", "vhostuser"})
_COALESCED: Final = frozenset({"network", "bridge"})
_IPV4_PREFIX: Final = (4, 27)
_IPV6_PREFIX: Final = 64


def interface(_context: Context, item: Interface) -> None:
    """Check one interface."""
    if item.type == "user":
        if item.routes:
            raise unsupported("Invalid attempt to set network interface guest-side IP route, not supported by QEMU")
        _guest_addresses(item)
    elif item.ips or item.routes:
        text = "Invalid attempt to set network interface guest-side IP route and/or address info, not supported by QEMU"
        raise unsupported(text)
    if item.type == "vdpa" and item.model not in (None, "virtio"):
        raise unsupported(f"invalid model for interface of type 'vdpa': '{item.model}'")
    _teaming(item)
    _queues(item)
    if item.mtu and item.type not in _MTU:
        raise unsupported(f"setting MTU on interface type {item.type} is not supported yet")
    if item.coalesce is not None and item.type not in _COALESCED:
        raise unsupported(f"coalesce settings on interface type {item.type} are not supported")


def _guest_addresses(item: Interface) -> None:
    families: set[int] = set()
    for address in item.ips:
        version = _version(address)
        if address.peer is not None:
            raise unsupported("Invalid attempt to set peer IP for guest")
        if version in families:
            raise unsupported(f"Only one IPv{version} address per interface is allowed")
        families.add(version)
        prefix = address.prefix
        if not prefix:
            continue
        least, most = _IPV4_PREFIX
        if version == 4 and not least <= prefix <= most:
            raise xml_error(f"invalid prefix, must be in range of {least}-{most}")
        if version == 6 and prefix != _IPV6_PREFIX:
            raise unsupported(f"unsupported IPv6 address prefix='{prefix}' - must be {_IPV6_PREFIX}")


def _version(address: IpAddress) -> int:
    try:
        IPv6Address(address.address or "")
    except ValueError:
        return 4
    return 6


def _teaming(item: Interface) -> None:
    teaming = item.teaming
    if teaming is None:
        return
    if teaming.type == "persistent" and item.model != "virtio":
        model = item.model or "(null)"
        raise unsupported(f"virtio-net teaming persistent interface must be <model type='virtio'/>, not '{model}'")
    if teaming.type == "transient" and item.type != "hostdev" and teaming.persistent is not None:
        raise unsupported(f"virtio-net teaming transient interface must be type='hostdev', not '{item.type}'")


def _queues(item: Interface) -> None:
    driver = item.driver
    if driver is None or not (item.model or "").startswith("virtio"):
        return
    for name in ("rx_queue_size", "tx_queue_size"):
        size = getattr(driver, name)
        if size and size & (size - 1):
            raise unsupported(f"{name} has to be a power of two")
