# SPDX-License-Identifier: Apache-2.0
"""Changing one section of a network document, as virNetworkUpdate does. Pure: the given document is left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from manor.constants import NetworkUpdateCommand as Command
from manor.constants import NetworkUpdateSection as Section
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.core import Element, read_tree
from manor.schema.network import (
    Dhcp,
    DhcpHost,
    DhcpRange,
    Dns,
    DnsHost,
    ForwardInterface,
    Ip,
    Network,
    PortGroup,
    SrvRecord,
    TxtRecord,
)
from manor.schema.network_address_rules import (
    check_dhcp_host,
    check_range,
    complete_dhcp_host,
    complete_range,
    parse_address,
)
from manor.schema.network_rules import (
    check_dns_host,
    check_port_settings,
    check_srv,
    check_txt,
    complete_port_settings,
    complete_srv,
)

_error = reporter(ErrorDomain.NETWORK)
_not_valid = _error.not_valid

E = TypeVar("E", bound=Element)


class _Update(NamedTuple):
    """One request: the network it changes, the command, the place of <ip> (-1: find it), the fragment."""

    network: Network
    command: int
    place: int
    xml: str

    @property
    def name(self) -> str:
        return self.network.name

    @property
    def adding(self) -> bool:
        return self.command in (Command.ADD_FIRST, Command.ADD_LAST)

    @property
    def deleting(self) -> bool:
        return self.command == Command.DELETE


def updated(network: Network, command: int, section: int, index: int, xml: str) -> Network:
    """The network with one entry of a section added, changed or removed. Raises ManorError."""
    new = network.copy()
    if section not in _SECTIONS:
        if section in _FIXED:
            raise _unsupported(f"can't update '{_FIXED[Section(section)]}' section of network '{network.name}'")
        raise _unsupported("can't update unrecognized section of network")
    if command not in (Command.MODIFY, Command.DELETE, Command.ADD_LAST, Command.ADD_FIRST):
        raise _unsupported(f"unrecognized network update command code {command}")
    _SECTIONS[Section(section)](_Update(new, command, index, xml))
    return new


_FIXED = {
    Section.BRIDGE: "bridge",
    Section.DOMAIN: "domain",
    Section.IP: "ip",
    Section.FORWARD: "forward",
    Section.FORWARD_PF: "forward pf",
}
"""Sections libvirt knows and does not change."""


def _unsupported(text: str) -> ManorError:
    return _error(ErrorNumber.OPERATION_UNSUPPORTED, text)


def _fragment(cls: type[E], update: _Update) -> E:
    """The entry the request carries."""
    node = read_tree(update.xml, "network_update_xml", ErrorDomain.NETWORK)
    tag = cls.__schema__.tag
    if node.tag != tag:
        text = f"unexpected element <{node.tag}>, expecting <{tag}>, while updating network '{update.name}'"
        raise _error(ErrorNumber.XML_ERROR, text)
    return cls.from_node(node, domain=ErrorDomain.NETWORK)


def _insert(entries: list[E], entry: E, command: int) -> None:
    entries.insert(0 if command == Command.ADD_FIRST else len(entries), entry)


# -- DHCP ----------------------------------------------------------------------------------------------


def _ip_at(update: _Update, *, families: set[int] | None = None) -> Ip:
    """The <ip> the request means: by its place, or the one that has DHCP, or the first that could."""
    ips = update.network.ips
    if update.place >= 0:
        if update.place >= len(ips):
            text = f"couldn't update dhcp host entry - no <ip> element found at index {update.place}"
            raise _not_valid(f"{text} in network '{update.name}'")
        chosen = ips[update.place]
        _check_only_dhcp(update, chosen)
        return chosen
    for ip in ips:
        if ip.dhcp is not None:
            return ip
    if ips:
        return ips[0]
    raise _not_valid(f"couldn't update dhcp host entry - no <ip> element found in network '{update.name}'")


def _check_only_dhcp(update: _Update, chosen: Ip) -> None:
    version = _version(chosen)
    for other in update.network.ips:
        if other is not chosen and other.dhcp is not None and _version(other) == version:
            raise _not_valid(f"dhcp is supported only for a single IPv{version} address on each network")


def _version(ip: Ip) -> int:
    address = parse_address(ip.address or "")
    return address.version if address is not None else 4


def _update_dhcp_host(update: _Update) -> None:
    host = _fragment(DhcpHost, update)
    ip = _ip_at(update)
    ipv6 = _version(ip) == 6
    check_dhcp_host(host, update.name, ipv6=ipv6, partial=update.deleting)
    complete_dhcp_host(host)
    address = parse_address(host.ip) if host.ip else None
    if address is not None and address.version != _version(ip):
        text = "the address family of a host entry IP must match the address family of the dhcp element's parent"
        raise _not_valid(text)
    dhcp = ip.dhcp or Dhcp()
    if update.adding:
        if any(_same_host(host, known) for known in dhcp.hosts):
            shown = f"<host mac='{host.mac or 'unknown'}' name='{host.name or '(null)'}' ip='{host.ip or 'unknown'}'/>"
            raise _not_valid(
                f"there is an existing dhcp host entry in network '{update.name}' that matches \"{shown}\""
            )
        _insert(dhcp.hosts, host, update.command)
    elif update.deleting:
        found = [known for known in dhcp.hosts if _host_fits(host, known)]
        if not found:
            raise _not_valid(f"couldn't locate a matching dhcp host entry in network '{update.name}'")
        dhcp.hosts = [known for known in dhcp.hosts if known is not found[0]]
    else:
        place = next((at for at, known in enumerate(dhcp.hosts) if _same_host(host, known)), None)
        if place is None:
            parts = [f"\"{field}='{getattr(host, field)}'\"" for field in ("mac", "name", "ip") if getattr(host, field)]
            text = f"couldn't locate an existing dhcp host entry with {' '.join(parts)} in network '{update.name}'"
            raise _not_valid(text)
        dhcp.hosts[place] = host
    ip.dhcp = dhcp if dhcp.ranges or dhcp.hosts or dhcp.bootp is not None else None


def _same_host(host: DhcpHost, known: DhcpHost) -> bool:
    """Whether two hosts would get in each other's way."""
    return any(
        getattr(host, field) is not None and getattr(host, field) == getattr(known, field)
        for field in ("mac", "id", "name", "ip")
    )


def _host_fits(host: DhcpHost, known: DhcpHost) -> bool:
    """Whether a host is what a partial entry describes."""
    return all(
        getattr(host, field) is None or getattr(host, field) == getattr(known, field)
        for field in ("mac", "id", "name", "ip")
    )


def _update_dhcp_range(update: _Update) -> None:
    item = _fragment(DhcpRange, update)
    ip = _ip_at(update)
    check_range(item, ip, update.name)
    complete_range(item)
    if update.command == Command.MODIFY:
        raise _unsupported("dhcp ranges cannot be modified, only added or deleted")
    dhcp = ip.dhcp or Dhcp()
    same = [known for known in dhcp.ranges if (known.start, known.end) == (item.start, item.end)]
    if update.adding:
        if same:
            shown = f"<range start='{item.start}' end='{item.end}'/>"
            raise _not_valid(
                f"there is an existing dhcp range entry in network '{update.name}' that matches \"{shown}\""
            )
        _insert(dhcp.ranges, item, update.command)
    else:
        if not same:
            raise _not_valid(f"couldn't locate a matching dhcp range entry in network '{update.name}'")
        dhcp.ranges = [known for known in dhcp.ranges if known is not same[0]]
    ip.dhcp = dhcp if dhcp.ranges or dhcp.hosts or dhcp.bootp is not None else None


# -- forward and port groups ---------------------------------------------------------------------------


def _update_forward_interface(update: _Update) -> None:
    if update.command == Command.MODIFY:
        raise _unsupported("forward interface entries cannot be modified, only added or deleted")
    entry = _fragment(ForwardInterface, update)
    if entry.dev is None:
        raise _error(ErrorNumber.XML_ERROR, "missing dev attribute in <interface> element")
    forward = update.network.forward
    known = forward.interfaces if forward is not None else []
    same = [interface for interface in known if interface.dev == entry.dev]
    if update.adding:
        if same:
            text = f"there is an existing interface entry in network '{update.name}' that matches"
            raise _not_valid(f"{text} \"<interface dev='{entry.dev}'>\"")
        _insert(known, entry, update.command)
    else:
        if not same:
            text = f"couldn't find an interface entry in network '{update.name}' matching <interface dev='{entry.dev}'>"
            raise _not_valid(text)
        known.remove(same[0])
    if forward is not None:
        forward.dev = known[0].dev if known and forward.pf is None else None


def _update_portgroup(update: _Update) -> None:
    group = _fragment(PortGroup, update)
    check_port_settings(group)
    complete_port_settings(group)
    group.default = "yes" if group.default == "yes" else None
    groups = update.network.portgroups
    place = next((at for at, known in enumerate(groups) if known.name == group.name), None)
    if place is None and not update.adding:
        text = f"couldn't find a portgroup entry in network '{update.name}' matching <portgroup name='{group.name}'>"
        raise _not_valid(text)
    if place is not None and update.adding:
        text = f"there is an existing portgroup entry in network '{update.name}' that matches"
        raise _not_valid(f"{text} \"<portgroup name='{group.name}'>\"")
    others = [known for known in groups if known.name != group.name]
    if not update.deleting and group.default and any(known.default for known in others):
        text = f"a different portgroup entry in network '{update.name}' is already set as the default."
        raise _not_valid(f"{text} Only one default is allowed.")
    if place is None:
        _insert(groups, group, update.command)
    elif update.deleting:
        del groups[place]
    else:
        groups[place] = group


# -- DNS -----------------------------------------------------------------------------------------------


def _dns(update: _Update, what: str) -> Dns:
    if update.command == Command.MODIFY:
        raise _unsupported(f"DNS {what} records cannot be modified, only added or deleted")
    update.network.dns = update.network.dns or Dns()
    return update.network.dns


def _update_dns_host(update: _Update) -> None:
    dns = _dns(update, "HOST")
    host = _fragment(DnsHost, update)
    check_dns_host(host, update.name, partial=update.deleting)
    if update.adding:
        if any(known.ip == host.ip for known in dns.hosts):
            text = f"there is already at least one DNS HOST record with a matching field in network {update.name}"
            raise _not_valid(text)
        _insert(dns.hosts, host, update.command)
        return
    names = set(host.hostnames)
    found = [known for known in dns.hosts if known.ip == host.ip or names & set(known.hostnames)]
    _remove_one(dns.hosts, found, "HOST", update)


def _update_dns_txt(update: _Update) -> None:
    dns = _dns(update, "TXT")
    txt = _fragment(TxtRecord, update)
    check_txt(txt, update.name, partial=update.deleting)
    same = [known for known in dns.txts if known.name == txt.name]
    if update.adding:
        if same:
            raise _not_valid(f"there is already a DNS TXT record with name '{txt.name}' in network {update.name}")
        _insert(dns.txts, txt, update.command)
        return
    _remove_one(dns.txts, same[:1], "TXT", update)


def _update_dns_srv(update: _Update) -> None:
    dns = _dns(update, "SRV")
    record = _fragment(SrvRecord, update)
    check_srv(record, update.name, partial=update.deleting)
    complete_srv(record)
    fields = ("service", "protocol", "domain", "target", "port", "priority", "weight")
    same = [
        known for known in dns.srvs if all(getattr(record, field) in (None, getattr(known, field)) for field in fields)
    ]
    if update.adding:
        if same:
            text = (
                f"there is already at least one DNS SRV record matching all specified fields in network {update.name}"
            )
            raise _not_valid(text)
        _insert(dns.srvs, record, update.command)
        return
    _remove_one(dns.srvs, same, "SRV", update)


def _remove_one(entries: list[E], found: list[E], what: str, update: _Update) -> None:
    if not found:
        raise _not_valid(f"couldn't locate a matching DNS {what} record in network {update.name}")
    if len(found) > 1:
        text = f"multiple DNS {what} records matching all specified fields were found in network {update.name}"
        raise _not_valid(text)
    for place, known in enumerate(entries):
        if known is found[0]:
            del entries[place]
            return


_SECTIONS: dict[int, Callable[[_Update], None]] = {
    Section.IP_DHCP_HOST: _update_dhcp_host,
    Section.IP_DHCP_RANGE: _update_dhcp_range,
    Section.FORWARD_INTERFACE: _update_forward_interface,
    Section.PORTGROUP: _update_portgroup,
    Section.DNS_HOST: _update_dns_host,
    Section.DNS_TXT: _update_dns_txt,
    Section.DNS_SRV: _update_dns_srv,
}
