# SPDX-License-Identifier: Apache-2.0
"""Network interfaces, as far as all hypervisors have them the same."""

from __future__ import annotations

import secrets
import socket
from typing import Any, Final
from uuid import uuid4

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema import port_rules
from manor.schema.common.network import IpAddress, VirtualPort, VirtualPortParameters
from manor.schema.domain.devices import Devices
from manor.schema.domain.interface import (
    BridgeInterfaceSource,
    DirectInterfaceSource,
    EthernetInterfaceSource,
    HostDevicePciAddress,
    HostdevInterfaceSource,
    Interface,
    InternalInterfaceSource,
    Mac,
    NetworkInterfaceSource,
    SocketInterfaceSource,
    VdpaInterfaceSource,
    VhostUserInterfaceSource,
)
from manor.schema.passes.report import (
    error,
    internal,
    missing_attribute,
    unsupported,
    xml_error,
)

_network_error = reporter(ErrorDomain.NET)

OUI: Final = (0x52, 0x54, 0x00)
"""The vendor part of generated hardware addresses."""

_MODELS: Final = {
    name.lower(): name
    for name in (
        "netfront",
        "rtl8139",
        "virtio",
        "e1000",
        "e1000e",
        "igb",
        "virtio-transitional",
        "virtio-non-transitional",
        "usb-net",
        "spapr-vlan",
        "lan9118",
        "smc91c111",
        "vlance",
        "vmxnet",
        "vmxnet2",
        "vmxnet3",
        "Am79C970A",
        "Am79C973",
        "82540EM",
        "82545EM",
        "82543GC",
    )
}
"""Models libvirt knows by name, without regard to case; any other name is the hypervisor's business."""

_NEED_SOURCE: Final = frozenset({"network", "bridge", "direct", "hostdev", "vhostuser", "vdpa", "internal", "vds"})
_FILTERED: Final = frozenset({"network", "bridge", "ethernet"})
_GENERATED_TARGETS: Final = ("vnet", "macvtap", "macvlan")
_PARAMETERS_NEEDED: Final = {
    "802.1Qbg": ("managerid", "typeid", "typeidversion"),
    "802.1Qbh": ("profileid",),
    "midonet": ("interfaceid",),
}
_IPV4_BITS: Final = 32
_IPV6_BITS: Final = 128


def interfaces(devices: Devices) -> None:
    """Complete every interface."""
    for nic in devices.interfaces:
        interface(nic)


def interface(nic: Interface) -> None:
    """A hardware address, and a source that leads somewhere."""
    nic.type = nic.type or "user"
    _mac(nic)
    if nic.source is None:
        if nic.type == "hostdev":
            raise xml_error("missing source address type")
        if nic.type in _NEED_SOURCE:
            raise xml_error(f"interface type='{nic.type}' requires a 'source' element")
    else:
        _source(nic)
    _model(nic)
    _switch(nic)
    if nic.filterref is not None and (nic.type not in _FILTERED or not nic.filterref.filter):
        nic.filterref = None
    for address in nic.ips:
        _address(address)
    _tuning(nic)
    if nic.backend is not None and nic.backend.type == "passt":
        raise xml_error("Invalid value for attribute 'type' in element 'backend': 'passt'.")
    if nic.teaming is not None:
        if nic.teaming.type is None:
            nic.teaming = None
        elif nic.teaming.type == "transient" and nic.teaming.persistent is None:
            raise unsupported("teaming persistent attribute must be set if teaming type is 'transient'")


def _mac(nic: Interface) -> None:
    if nic.mac is None:
        nic.mac = Mac()
    address = nic.mac.address
    if address is None:
        nic.mac.address = generated_mac()
    elif int(address[:2], 16) & 1:
        raise xml_error(f"expected unicast mac address, found multicast '{address}'")


def generated_mac() -> str:
    """A hardware address of our own."""
    return ":".join(f"{byte:02x}" for byte in (*OUI, *secrets.token_bytes(3)))


def _source(nic: Interface) -> None:
    source = nic.source
    name = _NAMED_BY.get(type(source))
    if name is not None and not getattr(source, name):
        raise missing_attribute("source", name)
    match source:
        case NetworkInterfaceSource():
            source.portid = source.bridge = source.dev = source.mode = source.mac_table_manager = None
        case BridgeInterfaceSource():
            source.network = source.portgroup = source.portid = source.mac_table_manager = None
        case DirectInterfaceSource():
            source.mode = source.mode or "vepa"
            source.network = source.portgroup = source.portid = None
        case VhostUserInterfaceSource():
            _vhost_user(nic, source)
        case SocketInterfaceSource():
            _socket(nic, source)
        case HostdevInterfaceSource():
            if source.address is None:
                raise xml_error("missing source address type")
            if isinstance(source.address, HostDevicePciAddress):
                source.address.multifunction = None
        case EthernetInterfaceSource():
            for address in source.ips:
                _address(address)


_NAMED_BY: Final[dict[type[Any], str]] = {
    NetworkInterfaceSource: "network",
    BridgeInterfaceSource: "bridge",
    DirectInterfaceSource: "dev",
    VdpaInterfaceSource: "dev",
    InternalInterfaceSource: "name",
}
"""What a source cannot be without."""


def _vhost_user(nic: Interface, source: VhostUserInterfaceSource) -> None:
    for name in ("type", "path", "mode"):
        if not getattr(source, name):
            raise missing_attribute("source", name)
    reconnect = source.reconnect
    if reconnect is not None:
        if source.mode == "server":
            text = "'reconnect' attribute unsupported 'server' mode for <interface type='vhostuser'>"
            raise unsupported(text)
        if reconnect.enabled is None:
            raise missing_attribute("reconnect", "enabled")
        if reconnect.enabled and reconnect.timeout is None:
            raise missing_attribute("reconnect", "timeout")
    if nic.model is None or not nic.model.startswith("virtio"):
        raise internal(
            "Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. "
            "vhostuser requires the virtio-net* frontend"
        )


def _socket(nic: Interface, source: SocketInterfaceSource) -> None:
    if source.port is None:
        raise missing_attribute("source", "port")
    if source.address is None and nic.type != "server":
        raise missing_attribute("source", "address")
    if nic.type != "udp":
        source.local = None
        return
    if source.local is None:
        raise xml_error("'<local>' element missing for 'udp' socket interface")
    for name in ("address", "port"):
        if getattr(source.local, name) is None:
            raise missing_attribute("local", name)


def _model(nic: Interface) -> None:
    if not nic.model:
        nic.model = None
        return
    known = _MODELS.get(nic.model.lower())
    if known is not None:
        nic.model = known
    elif any(not (letter.isalnum() and letter.isascii()) and letter not in "-_" for letter in nic.model):
        raise error(ErrorNumber.INVALID_ARG, "Model name contains invalid characters")


def _switch(nic: Interface) -> None:
    target = nic.target
    if target is not None and target.dev and target.managed is not False:
        prefixes = _GENERATED_TARGETS if nic.type == "direct" else _GENERATED_TARGETS[:1]
        target.dev = None if target.dev.startswith(prefixes) else target.dev
    port = nic.virtualport
    if port is not None:
        _virtual_port(nic, port)
    if nic.vlan is not None:
        port_rules.check_vlan(nic.vlan)
        port_rules.complete_vlan(nic.vlan)
    if nic.bandwidth is not None:
        port_rules.check_bandwidth(nic.bandwidth, floor_allowed=nic.type == "network")
        nic.bandwidth = port_rules.complete_bandwidth(nic.bandwidth)


def _virtual_port(nic: Interface, port: VirtualPort) -> None:
    port_rules.check_virtual_port(port, type_required=nic.type != "network")
    if port.type is None:
        return
    given = port.parameters
    for name in _PARAMETERS_NEEDED.get(port.type, ()):
        if given is None or getattr(given, name) is None:
            raise _network_error(ErrorNumber.XML_ERROR, f"missing {name} in <virtualport type='{port.type}'>")
    if port.type == "openvswitch" and nic.type != "network" and (given is None or given.interfaceid is None):
        if given is None:
            given = port.parameters = VirtualPortParameters()
        given.interfaceid = str(uuid4())
    if port.type == "802.1Qbg" and given is not None and given.instanceid is None:
        given.instanceid = str(uuid4())


def _address(item: IpAddress) -> None:
    if item.address is None:
        raise xml_error("Missing required address in <ip>")
    six = ":" in item.address
    if item.family is not None and (item.family == "ipv6") != six:
        raise xml_error(f"Invalid address '{item.address}' in <ip>")
    try:
        socket.inet_pton(socket.AF_INET6 if six else socket.AF_INET, item.address)
    except OSError:
        raise xml_error(f"Invalid address '{item.address}' in <ip>") from None
    if item.prefix is not None and item.prefix > (_IPV6_BITS if six else _IPV4_BITS):
        raise xml_error(f"Invalid prefix value '{item.prefix}' in <ip>")
    item.family = "ipv6" if six else "ipv4"
    item.prefix = item.prefix or None


def _tuning(nic: Interface) -> None:
    if nic.mtu == 0:
        nic.mtu = None
    coalesce = nic.coalesce
    if coalesce is not None and (coalesce.rx is None or coalesce.rx.frames is None or not coalesce.rx.frames.max):
        nic.coalesce = None
    nic.script = nic.script or None
    nic.downscript = nic.downscript or None
    driver = nic.driver
    if nic.type == "hostdev":
        if driver is not None:
            driver.queues = None
        return
    if nic.model != "virtio" and not (nic.model or "").startswith("virtio-"):
        _drop_virtio_only(nic)
    elif driver is not None and (driver.queues or 0) <= 1:
        driver.queues = None


def _drop_virtio_only(nic: Interface) -> None:
    """What only virtio interfaces have is left out of others."""
    if nic.backend is not None:
        nic.backend.vhost = None
    driver = nic.driver
    if driver is None:
        return
    for name in ("name", "txmode", "ioeventfd", "event_idx", "queues", "rx_queue_size", "tx_queue_size"):
        setattr(driver, name, None)
    driver.rss = driver.rss_hash_report = driver.host = driver.guest = None
