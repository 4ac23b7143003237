# SPDX-License-Identifier: Apache-2.0
"""What the addresses of a network document must fulfil: <ip>, DHCP ranges and hosts, routes, NAT ranges."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.common.network import Route
from manor.schema.core.codec import mac as mac_codec
from manor.schema.network import Bootp, Dhcp, DhcpHost, DhcpRange, Ip, Lease, Nat, Network

_error = reporter(ErrorDomain.NETWORK)
_xml = _error.xml_error
_unsupported = _error.unsupported
_address_error = reporter(ErrorDomain.NONE)
_range_error = _address_error.internal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}
_SHORTEST_LEASE = 120
_HIGHEST_PORT = 65535
_ID_CHARACTERS = frozenset("0123456789abcdefABCDEF:")


def parse_address(text: str) -> Address | None:
    """An IPv4 or IPv6 address, None for anything else."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def prefix_of(address: Address, netmask: str | None, prefix: int | None) -> int:
    """The length of the network part; 0 where neither a mask nor a prefix says it."""
    if netmask is not None:
        bits = int(ipaddress.IPv4Address(netmask))
        return 32 - (bits ^ 0xFFFFFFFF).bit_length()
    return prefix or 0


# -- <ip> ----------------------------------------------------------------------------------------------


def check_ip(ip: Ip, name: str) -> None:
    """Refuse an address of the host that does not make sense."""
    address = _check_host_address(ip, name)
    _check_mask(ip, address, name)
    if ip.tftp is not None and address.version == 6:
        raise _unsupported(f"Unsupported <tftp> element in an IPv6 element in network '{name}'")
    if ip.dhcp is None:
        return
    for item in ip.dhcp.ranges:
        check_range(item, ip, name)
    for host in ip.dhcp.hosts:
        check_dhcp_host(host, name, ipv6=address.version == 6)
    if ip.dhcp.bootp is not None and address.version == 4:
        _check_bootp(ip.dhcp.bootp)


def _check_host_address(ip: Ip, name: str) -> Address:
    if not ip.address:
        raise _xml(f"Missing required address attribute in network '{name}'")
    address = parse_address(ip.address)
    if address is None:
        raise _xml(f"Invalid address '{ip.address}' in network '{name}'")
    if ip.netmask is not None and parse_address(ip.netmask) is None:
        raise _xml(f"Invalid netmask '{ip.netmask}' in network '{name}'")
    if not ip.family:
        if address.version == 6:
            raise _unsupported(f"no family specified for non-IPv4 address '{ip.address}' in network '{name}'")
    elif ip.family == "ipv4":
        if address.version == 6:
            raise _unsupported(f"ipv4 family specified for non-IPv4 address '{ip.address}' in network '{name}'")
    elif ip.family != "ipv6":
        raise _xml(f"Unrecognized family '{ip.family}' in network '{name}'")
    elif address.version == 4:
        raise _unsupported(f"Family 'ipv6' specified for non-IPv6 address '{ip.address}' in network '{name}'")
    return address


def _check_mask(ip: Ip, address: Address, name: str) -> None:
    if ip.netmask is not None:
        if address.version == 6:
            raise _unsupported(f"netmask not allowed for IPv6 address '{ip.address}' in network '{name}'")
        if ip.prefix:
            raise _unsupported(f"Network '{name}' IP address cannot have both a prefix and a netmask")
        if isinstance(parse_address(ip.netmask), ipaddress.IPv6Address):
            text = f"Invalid netmask '{ip.netmask}' for address '{ip.address}' in network '{name}' (both must be IPv4)"
            raise _unsupported(text)
    elif (ip.prefix or 0) > address.max_prefixlen:
        raise _unsupported(f"Invalid IPv{address.version} prefix '{ip.prefix}' in network '{name}'")


# -- DHCP ----------------------------------------------------------------------------------------------


def _strict_address(text: str) -> Address:
    """An address where libvirt lets the resolver speak."""
    address = parse_address(text)
    if address is None:
        detail = f"Cannot parse socket address '{text}': Name or service not known"
        raise _address_error(ErrorNumber.SYSTEM_ERROR, detail)
    return address


def _check_order(start: Address, end: Address) -> None:
    if int(start) <= int(end):
        return
    if start.version == 4:
        raise _range_error(f"range {start} - {end} is reversed ")
    raise _range_error(f"range {start} - {end} start larger than end")


def check_range(item: DhcpRange, ip: Ip, name: str) -> None:
    """Refuse a range that is not within the network of the host's address."""
    host = ipaddress.ip_address(ip.address or "::")
    if item.start is None or item.end is None:
        lacking = "start" if item.start is None else "end"
        raise _xml(f"Missing '{lacking}' attribute in dhcp range for network '{name}'")
    _check_lease(item.lease)
    start, end = _strict_address(item.start), _strict_address(item.end)
    if {start.version, end.version} != {host.version}:
        raise _range_error(f"mismatch of address family in range {start} - {end} for network {host}")
    bits = prefix_of(host, ip.netmask, ip.prefix)
    if bits:
        network = ipaddress.ip_network(f"{host}/{bits}", strict=False)
        if start not in network or end not in network:
            raise _range_error(f"range {start} - {end} is not entirely within network {host}/{bits}")
        if host.version == 4:
            if start == network.network_address:
                text = f"start of range {start} - {end} in network {host}/{bits} is the network address"
                raise _range_error(text)
            if end == network.broadcast_address:
                text = f"end of range {start} - {end} in network {host}/{bits} is the broadcast address"
                raise _range_error(text)
    _check_order(start, end)


def _check_lease(lease: Lease | None) -> None:
    if lease is None or not lease.expiry:
        return
    if lease.expiry * _UNIT_SECONDS[lease.unit or "minutes"] < _SHORTEST_LEASE:
        raise _unsupported("The minimum lease time should be greater than 2 minutes")


def check_dhcp_host(host: DhcpHost, name: str, *, ipv6: bool, partial: bool = False) -> None:
    """Refuse a host that cannot be told apart or has no address; `partial` is enough to find one by."""
    if host.mac is not None:
        if ipv6:
            raise _xml(f"Invalid to specify MAC address '{host.mac}' in network '{name}' IPv6 static host definition")
        _check_host_mac(host, name)
    if host.id is not None:
        wrong = next((character for character in host.id if character not in _ID_CHARACTERS), None)
        if wrong is not None:
            raise _xml(f"Invalid character '{wrong}' in id '{host.id}' of network '{name}'")
    if host.name is not None and not (host.name[:1].isascii() and host.name[:1].isalnum()):
        raise _xml(f"Cannot use host name '{host.name}' in network '{name}'")
    if not host.ip and not partial and (host.mac or host.name):
        raise _xml(f"Missing IP address in static host definition for network '{name}'")
    if host.ip and parse_address(host.ip) is None:
        raise _xml(f"Invalid IP address in static host definition for network '{name}'")
    if partial:
        if not (host.mac or host.name or host.ip or host.id):
            text = "At least one of name, mac, or ip attribute must be specified for static host definition in network"
            raise _xml(f"{text} '{name}' ")
    elif ipv6 and not (host.id or host.name):
        raise _xml(f"Static host definition in IPv6 network '{name}' must have id or name attribute")
    elif not ipv6 and not (host.mac or host.name):
        raise _xml(f"Static host definition in IPv4 network '{name}' must have mac or name attribute")
    _check_lease(host.lease)


def _check_host_mac(host: DhcpHost, name: str) -> None:
    try:
        parsed: str = mac_codec.decode(host.mac or "")
    except ValueError:
        raise _xml(f"Cannot parse MAC address '{host.mac}' in network '{name}'") from None
    if int(parsed[:2], 16) & 1:
        raise _xml(f"expected unicast mac address, found multicast '{host.mac}' in network '{name}'")


def _check_bootp(bootp: Bootp) -> None:
    if bootp.file and bootp.server is not None:
        _strict_address(bootp.server)


# -- NAT -----------------------------------------------------------------------------------------------


def check_nat(nat: Nat, name: str) -> None:
    """Refuse ranges for address translation that are not there or reversed."""
    where = f"in <nat> in <forward> in network {name}"
    for what, given in (("address", nat.addresses), ("port", nat.ports)):
        if len(given) > 1:
            raise _xml(f"Only one <{what}> element is allowed {where}")
    for span in nat.addresses:
        for end in ("start", "end"):
            if getattr(span, end) is None:
                raise _xml(f"missing '{end}' attribute in <address> element {where}")
        start, last = (
            _ipv4(getattr(span, end), f"Bad ipv4 {end} address '{{}}' in <nat> in <forward> in network '{name}'")
            for end in ("start", "end")
        )
        _check_order(start, last)
    for ports in nat.ports:
        lowest = _port(ports.start)
        if lowest is None:
            raise _error(ErrorNumber.XML_DETAIL, f"Missing or invalid 'start' attribute in <port> {where}")
        highest = _port(ports.end)
        if highest is None or highest < lowest:
            raise _error(ErrorNumber.XML_DETAIL, f"Missing or invalid 'end' attribute in <port> {where}")


def _ipv4(text: str, refusal: str) -> Address:
    address = parse_address(text)
    if address is None or address.version == 6:
        raise _xml(refusal.format(text))
    return address


def _port(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()) or int(text) > _HIGHEST_PORT:
        return None
    return int(text)


# -- routes --------------------------------------------------------------------------------------------


def check_route(route: Route, name: str) -> Address:
    """Refuse a route that does not name a network and a way to it; returns its gateway."""

    def problem(text: str) -> ManorError:
        return _xml(f"{name}: {text} in route definition")

    if route.metric == 0:
        detail = "Invalid value for attribute 'metric' in element 'route': Zero is not permitted"
        raise reporter(ErrorDomain.XML)(ErrorNumber.XML_ERROR, detail)
    if route.address is None:
        raise problem("Missing required address attribute")
    if route.gateway is None:
        raise problem("Missing required gateway attribute")
    address, gateway = parse_address(route.address), parse_address(route.gateway)
    if address is None:
        raise problem(f"Bad network address '{route.address}'")
    if gateway is None:
        raise problem(f"Bad gateway address '{route.gateway}'")
    if route.netmask is not None and parse_address(route.netmask) is None:
        raise problem(f"Bad netmask address '{route.netmask}'")
    if route.netmask is not None and route.prefix is not None:
        raise _xml(f"{name}: Route definition cannot have both a prefix and a netmask")
    _check_route_family(route, address, gateway, problem)
    if (route.prefix or 0) > address.max_prefixlen:
        text = f"Invalid prefix {route.prefix} specified in route definition, must be 0 - {address.max_prefixlen}"
        raise _xml(f"{name}: {text}")
    bits = prefix_of(address, route.netmask, route.prefix)
    if int(address) & ((1 << (address.max_prefixlen - bits)) - 1):
        raise _xml(f"{name}: Address '{route.address}' in route definition is not a network address")
    return gateway


def _check_route_family(route: Route, address: Address, gateway: Address, problem: Callable[[str], ManorError]) -> None:
    if not route.family:
        if address.version == 6:
            raise problem(f"No family specified for non-IPv4 address '{address}'")
        if gateway.version == 6:
            # libvirt names the address here, not the gateway.
            raise problem(f"No family specified for non-IPv4 gateway '{address}'")
    elif route.family == "ipv4":
        if address.version == 6:
            raise problem(f"ipv4 family specified for non-IPv4 address '{address}'")
        if gateway.version == 6:
            raise problem(f"ipv4 family specified for non-IPv4 gateway '{address}'")
    elif route.family == "ipv6":
        if address.version == 4:
            raise problem(f"ipv6 family specified for non-IPv6 address '{address}'")
        if gateway.version == 4:
            raise problem(f"ipv6 specified for non-IPv6 gateway address '{gateway}'")
        if route.netmask is not None:
            raise problem(f"Specifying netmask invalid for IPv6 address '{address}'")
    else:
        raise problem(f"Unrecognized family '{route.family}'")


def check_reachable(gateway: Address, ips: Sequence[Ip], name: str) -> None:
    """Refuse a gateway that is on none of the host's networks."""
    for ip in ips:
        host = ipaddress.ip_address(ip.address or "::")
        bits = prefix_of(host, ip.netmask, ip.prefix)
        if host.version == gateway.version and gateway in ipaddress.ip_network(f"{host}/{bits}", strict=False):
            return
    raise _unsupported(f"unreachable static route gateway '{gateway}' specified for network '{name}'")


# -- completion ----------------------------------------------------------------------------------------


def normal_address(text: str) -> str:
    """The address as the C library writes it."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return socket.inet_ntop(family, socket.inet_pton(family, text))


def complete_addresses(network: Network) -> None:
    """Write addresses in their usual form; leave out what says nothing."""
    for ip in network.ips:
        ip.family = ip.family or None
        ip.prefix = ip.prefix or None
        ip.address = normal_address(ip.address or "")
        if ip.dhcp is not None:
            ip.dhcp = _completed_dhcp(ip.dhcp, ipv6=ip.family == "ipv6")
    for route in network.routes:
        route.address = normal_address(route.address or "")
        route.gateway = normal_address(route.gateway or "")


def _completed_dhcp(dhcp: Dhcp, *, ipv6: bool) -> Dhcp | None:
    if not dhcp.ranges and not dhcp.hosts:
        return None
    if dhcp.bootp is not None and (not dhcp.bootp.file or ipv6):
        dhcp.bootp = None
    for item in dhcp.ranges:
        complete_range(item)
    for host in dhcp.hosts:
        complete_dhcp_host(host)
    return dhcp


def complete_range(item: DhcpRange) -> None:
    """Write the range's ends in their usual form."""
    item.start, item.end = normal_address(item.start or ""), normal_address(item.end or "")
    item.lease = _completed_lease(item.lease)


def complete_dhcp_host(host: DhcpHost) -> None:
    """Write the host's addresses in their usual form."""
    host.mac = mac_codec.decode(host.mac) if host.mac else None
    host.ip = normal_address(host.ip) if host.ip else None
    host.lease = _completed_lease(host.lease)


def _completed_lease(lease: Lease | None) -> Lease | None:
    if lease is None or lease.expiry is None:
        return None
    lease.unit = (lease.unit or "minutes") if lease.expiry else None
    return lease
