# SPDX-License-Identifier: Apache-2.0
"""What a network document must fulfil, and what libvirt adds to one.

`check` refuses what no driver takes, in libvirt's words; `complete` fills in what follows from the rest;
`check_bridged` is what the driver that runs networks on bridges of the host cannot do. All are pure functions
of the document (`complete` changes it); addresses and names that only a host can choose are the driver's.
"""

from __future__ import annotations

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.metadata import tidied
from manor.schema.network import (
    Bridge,
    Dns,
    DnsHost,
    Forward,
    ForwardInterface,
    ForwardPciAddress,
    Network,
    PortGroup,
    SrvRecord,
    TxtRecord,
)
from manor.schema.network_address_rules import (
    check_ip,
    check_nat,
    check_reachable,
    check_route,
    complete_addresses,
    parse_address,
)
from manor.schema.port_rules import (
    check_bandwidth,
    check_virtual_port,
    check_vlan,
    complete_bandwidth,
    complete_vlan,
)

_error = reporter(ErrorDomain.NETWORK)
_xml = _error.xml_error
_detail = _error.xml_detail
_unsupported = _error.unsupported

BRIDGED = ("none", "nat", "route", "open")
"""Modes in which libvirt makes the bridge."""

_ROUTED = ("nat", "route", "open")
_MODES = (*BRIDGED, "bridge", "private", "vepa", "passthrough", "hostdev")
_HIGHEST_SRV = 65535
_PCI_LIMITS = (("bus", 0xFF), ("slot", 0x1F), ("function", 7))


def mode(network: Network) -> str:
    """The forward mode; a network without <forward> is isolated, "none"."""
    return "none" if network.forward is None else network.forward.mode or "nat"


def read(xml: str, *, validate: bool = False) -> Network:
    """The network a document describes, checked and completed. Raises ManorError."""
    network = Network.parse(xml, validate=validate, source="(network_definition)")
    check(network)
    complete(network)
    return network


def check(network: Network) -> None:
    """Refuse what is wrong in itself. Raises ManorError."""
    name = network.name
    if not name:
        raise _error(ErrorNumber.NO_NAME)
    if "/" in name:
        raise reporter(ErrorDomain.XML)(ErrorNumber.XML_DETAIL, "invalid char in name: /")
    if network.mac is not None and network.mac.address and int(network.mac.address[:2], 16) & 1:
        raise _xml(f"Invalid multicast bridge mac address '{network.mac.address}' in network '{name}'")
    if network.dns is not None:
        _check_dns(network.dns, name)
    for holder in _port_holders(network):
        check_port_settings(holder)
    for address in network.ips:
        check_ip(address, name)
    for route in network.routes:
        check_reachable(check_route(route, name), network.ips, name)
    if network.forward is not None:
        _check_forward(network.forward, name)
    _check_mode(network)


def _port_holders(network: Network) -> list[Network | PortGroup]:
    """What may have settings for its guests' ports."""
    return [network, *network.portgroups]


def check_port_settings(holder: Network | PortGroup) -> None:
    """Refuse settings of guests' ports that no switch takes."""
    if holder.bandwidth is not None:
        check_bandwidth(holder.bandwidth, floor_allowed=False)
    if holder.vlan is not None:
        check_vlan(holder.vlan)
    if holder.virtualport is not None:
        check_virtual_port(holder.virtualport, type_required=isinstance(holder, Network))


# -- DNS -----------------------------------------------------------------------------------------------


def _check_dns(dns: Dns, name: str) -> None:
    for forwarder in dns.forwarders:
        if forwarder.addr is None and forwarder.domain is None:
            raise _xml("Invalid forwarder element, must contain at least one of addr or domain")
        if forwarder.addr is not None and parse_address(forwarder.addr) is None:
            raise _xml(f"Invalid forwarder IP address '{forwarder.addr}' in network '{name}'")
    for host in dns.hosts:
        check_dns_host(host, name)
    for record in dns.srvs:
        check_srv(record, name)
    for txt in dns.txts:
        check_txt(txt, name)
    if dns.enable is False and (dns.forwarders or dns.txts or dns.hosts or dns.srvs):
        raise _xml(f"Extra data in disabled network '{name}'")


def check_dns_host(host: DnsHost, name: str, *, partial: bool = False) -> None:
    """Refuse names without an address, or an address without names; `partial` is enough to find a record by."""
    if host.ip is None and not partial:
        raise _detail(f"Missing IP address in network '{name}' DNS HOST record")
    if host.ip is not None and parse_address(host.ip) is None:
        raise _detail(f"Invalid IP address in network '{name}' DNS HOST record")
    if not any(host.hostnames):
        if not partial:
            raise _detail(f"Missing hostname in network '{name}' DNS HOST record")
        if host.ip is None:
            raise _detail(f"Missing ip and hostname in network '{name}' DNS HOST record")


def check_txt(txt: TxtRecord, name: str, *, partial: bool = False) -> None:
    """Refuse a text record without a proper name, or without a value; `partial` is enough to find a record by."""
    if txt.name is None:
        raise _detail(f"missing required name attribute in DNS TXT record of network {name}")
    if " " in txt.name:
        raise _detail(f"prohibited character in DNS TXT record name '{txt.name}' of network {name}")
    if txt.value is None and not partial:
        raise _detail(f"missing required value attribute in DNS TXT record named '{txt.name}' of network {name}")


def check_srv(record: SrvRecord, name: str, *, partial: bool = False) -> None:
    """Refuse a service record whose numbers are wrong or say nothing; `partial` is enough to find a record by."""
    if record.service is None and not partial:
        raise _detail(f"missing required service attribute in DNS SRV record of network '{name}'")
    if record.protocol is None and not partial:
        raise _detail(f"missing required protocol attribute in DNS SRV record '{record.service}' of network '{name}'")
    where = f"for service '{record.service}' in network '{name}'"
    for field, lowest, words in (
        ("port", 1, "invalid DNS SRV port attribute"),
        ("priority", 0, "Invalid DNS SRV priority attribute"),
        ("weight", 0, "invalid DNS SRV weight attribute"),
    ):
        given: str | None = getattr(record, field)
        if given is None:
            continue
        if not (given.isascii() and given.isdigit()) or not lowest <= int(given) <= _HIGHEST_SRV:
            raise _detail(f"{words} {where}")
        if record.target is None:
            raise _detail(f"DNS SRV {field} attribute not permitted without target {where}")


# -- <forward> -----------------------------------------------------------------------------------------


def _check_forward(forward: Forward, name: str) -> None:
    if forward.mode and forward.mode not in _MODES:
        raise _unsupported(f"unknown forwarding type '{forward.mode}'")
    if forward.nat is not None:
        if (forward.mode or "nat") != "nat":
            raise _xml(f"The <nat> element can only be used when <forward> 'mode' is 'nat' in network {name}")
        check_nat(forward.nat, name)
    devices = [interface.dev or "" for interface in forward.interfaces]
    if not all(devices):
        raise _xml(f"Missing required dev attribute in <forward> <interface> element of network {name}")
    if devices and forward.dev is not None and forward.dev != devices[0]:
        raise _xml(f"<forward dev='{forward.dev}'> must match first <interface dev='{devices[0]}'/> in network {name}")
    _check_once(devices, "interface", name)
    for address in forward.addresses:
        _check_pci(address)
    _check_once([str(address) for address in forward.addresses], "PCI device", name)


def _check_once(items: list[str], what: str, name: str) -> None:
    for index, item in enumerate(items):
        if item in items[:index]:
            raise _xml(f"{what} '{item}' can only be listed once in network {name}")


def _check_pci(address: ForwardPciAddress) -> None:
    for part, highest in _PCI_LIMITS:
        given: int = getattr(address, part) or 0
        if given > highest:
            text = f"Invalid PCI address {part}='0x{given:x}', must be <= {'0x' if highest > 9 else ''}{highest:X}"
            raise reporter(ErrorDomain.NONE)(ErrorNumber.XML_ERROR, text)


def _check_mode(network: Network) -> None:
    """Refuse what the forward mode has no use for."""
    chosen, name = mode(network), network.name
    bridge, forward = network.bridge or Bridge(), network.forward
    if chosen in _ROUTED and not network.ips:
        raise _xml(f"{chosen} forwarding requested, but no IP address provided for network '{name}'")
    if chosen == "open" and forward is not None and (forward.interfaces or forward.dev):
        raise _xml(f"forward dev not allowed for network '{name}' with forward mode='open'")
    if chosen in ("nat", "route") and forward is not None and len(forward.interfaces) > 1:
        raise _xml(f"multiple forwarding interfaces specified for network '{name}', only one is supported")
    if chosen in BRIDGED:
        return
    if chosen == "bridge":
        if bridge.delay is not None or bridge.stp is not None or bridge.zone is not None:
            text = "bridge delay/stp/zone options only allowed in route, nat, and isolated mode, not in bridge"
            raise _xml(f"{text} (network '{name}')")
    else:
        if bridge.name:
            raise _xml(f"bridge name not allowed in {chosen} mode (network '{name}')")
        if bridge.zone is not None:
            raise _xml(f"bridge zone not allowed in {chosen} mode (network '{name}')")
        if bridge.mac_table_manager is not None:
            raise _xml(f"bridge macTableManager setting not allowed in {chosen} mode (network '{name}')")
    if network.mtu is not None and network.mtu.size:
        text = f"mtu size only allowed in open, route, nat, and isolated mode, not in {chosen}"
        raise _xml(f"{text} (network '{name}')")


# -- completion ----------------------------------------------------------------------------------------


def complete(network: Network) -> None:
    """Write out what the document implies: the mode, the bridge's settings, the first device."""
    if network.forward is not None:
        network.forward.mode = network.forward.mode or "nat"
        if network.forward.mode == "none":
            network.forward = None
        else:
            _complete_forward(network.forward)
    _complete_bridge(network)
    if network.metadata is not None:
        network.metadata = tidied(network.metadata)
    if network.ipv6 is False:
        network.ipv6 = None
    if network.mtu is not None and not network.mtu.size:
        network.mtu = None
    if network.mac is not None and network.mac.address is None:
        network.mac = None
    if network.domain is not None and network.domain.name is None:
        network.domain = None
    if network.dns is not None:
        _complete_dns(network.dns)
    for holder in _port_holders(network):
        complete_port_settings(holder)
    complete_addresses(network)
    for group in network.portgroups:
        group.default = "yes" if group.default == "yes" else None
    if network.dnsmasq_options is not None and not network.dnsmasq_options.options:
        network.dnsmasq_options = None


def _complete_forward(forward: Forward) -> None:
    if forward.dev and not forward.interfaces and not forward.addresses and forward.pf is None:
        forward.interfaces = [ForwardInterface(dev=forward.dev)]
    forward.dev = forward.interfaces[0].dev if forward.interfaces else None
    if forward.interfaces:
        forward.pf, forward.addresses = None, []
    for address in forward.addresses:
        for part in ("domain", "bus", "slot", "function"):
            setattr(address, part, getattr(address, part) or 0)
    if forward.mode == "hostdev":
        forward.managed = "yes" if forward.managed == "yes" else "no"
    else:
        forward.managed = None
    if forward.driver is not None and forward.driver.name is None:
        forward.driver = None
    if forward.nat is not None and forward.nat.ipv6 is False:
        forward.nat.ipv6 = None


def _complete_bridge(network: Network) -> None:
    bridge = network.bridge or Bridge()
    bridge.name = bridge.name or None
    if mode(network) in BRIDGED:
        bridge.stp = "off" if bridge.stp == "off" else "on"
        bridge.delay = bridge.delay or 0
        network.bridge = bridge
    elif network.bridge is not None and bridge.name is None and bridge.mac_table_manager is None:
        network.bridge = None


def _complete_dns(dns: Dns) -> None:
    for record in dns.srvs:
        complete_srv(record)


def complete_srv(record: SrvRecord) -> None:
    """A number of zero is the same as none."""
    for field in ("port", "priority", "weight"):
        given: str | None = getattr(record, field)
        setattr(record, field, str(int(given)) if given and int(given) else None)


def complete_port_settings(holder: Network | PortGroup) -> None:
    """Write out what the settings of guests' ports imply."""
    if holder.bandwidth is not None:
        holder.bandwidth = complete_bandwidth(holder.bandwidth)
    if holder.vlan is not None:
        complete_vlan(holder.vlan)


# -- the bridge driver ---------------------------------------------------------------------------------


def check_bridged(network: Network) -> None:
    """Refuse what the driver that runs networks on the host's bridges cannot do."""
    chosen, name = mode(network), network.name
    if "\n" in name:
        raise reporter(ErrorDomain.XML)(ErrorNumber.XML_DETAIL, "invalid char in name: \n")
    if chosen not in BRIDGED:
        if network.ips:
            raise _unsupported(f"Unsupported <ip> element in network {name} with forward mode='{chosen}'")
        if network.dns is not None:
            raise _unsupported(f"Unsupported <dns> element in network {name} with forward mode='{chosen}'")
        if network.domain is not None:
            raise _unsupported(f"Unsupported <domain> element in network {name} with forward mode='{chosen}'")
        if network.bandwidth is not None:
            text = f"Unsupported network-wide <bandwidth> element in network {name} with forward mode='{chosen}'"
            raise _unsupported(text)
    _check_devices(network, chosen)
    _check_single_dhcp(network)
    _check_portgroups(network)
    _check_vlans(network, chosen)
    options = network.dnsmasq_options
    if options is not None and any(option.value is None for option in options.options):
        raise _error(ErrorNumber.INTERNAL_ERROR, "No dnsmasq options value specified")


def _check_devices(network: Network, chosen: str) -> None:
    """Devices are named by PCI address in hostdev networks, and only there."""
    name, forward = network.name, network.forward
    if forward is None:
        return
    if chosen != "hostdev":
        if forward.addresses:
            raise _unsupported(
                f"network '{name}' has forward mode '{chosen}'  but lists a device by PCI address in the device pool. "
                "This is only supported for networks with forward mode 'hostdev'"
            )
    elif forward.interfaces:
        raise _unsupported(
            f"hostdev network '{name}' lists '{forward.interfaces[0].dev}' in the device pool, but hostdev networks "
            "require all devices to be listed by PCI address, not network device name"
        )


def _check_single_dhcp(network: Network) -> None:
    seen: set[int] = set()
    for ip in network.ips:
        if ip.dhcp is None or not (ip.dhcp.ranges or ip.dhcp.hosts):
            continue
        address = parse_address(ip.address or "")
        version = address.version if address is not None else 4
        if version in seen:
            text = f"Multiple IPv{version} dhcp sections found -- dhcp is supported only for a single IPv{version}"
            raise _unsupported(f"{text} address on each network")
        seen.add(version)


def _check_portgroups(network: Network) -> None:
    names: set[str] = set()
    default: str | None = None
    for group in network.portgroups:
        if group.name in names:
            text = f"multiple <portgroup> elements with the same name ({group.name}) in network '{network.name}'"
            raise _unsupported(text)
        names.add(group.name)
        if group.default == "yes":
            if default is not None:
                text = (
                    f"network '{network.name}' has multiple default <portgroup> elements ({default} and {group.name})"
                )
                raise _unsupported(f"{text}, but only one default is allowed")
            default = group.name


def _check_vlans(network: Network, chosen: str) -> None:
    """Only Open vSwitch, 802.1Qbh ports and passed-through functions know VLANs."""
    for holder in _port_holders(network):
        if holder.vlan is None:
            continue
        port = holder.virtualport or network.virtualport
        able = chosen == "hostdev" or (chosen == "passthrough" and port is not None and port.type == "802.1Qbh")
        if port is not None and port.type == "openvswitch" and chosen == "bridge":
            able = True
        if not able:
            text = f"<vlan> element specified for network {network.name}, whose type doesn't support vlan configuration"
            raise _unsupported(text)
