# SPDX-License-Identifier: Apache-2.0
"""The network interfaces of a domain: which there are, their addresses, how busy, whether plugged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.failure import CommandFailed
from manor.cli.lookup import is_mac, same_mac
from manor.cli.model import command
from manor.cli.words import word
from manor.cli.xml import Element, parse
from manor.constants import DomainInterfaceAddressesSource, DomainXMLFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainInterface, DomainRef

SOURCES = ("bridge", "dev", "network", "name", "path")
"""The attributes of <source> that say what an interface is connected to."""

ADDRESS_SOURCES = {
    "lease": DomainInterfaceAddressesSource.LEASE,
    "agent": DomainInterfaceAddressesSource.AGENT,
    "arp": DomainInterfaceAddressesSource.ARP,
}
FAMILIES = ("ipv4", "ipv6")
"""By virIPAddrType."""


def interfaces_of(shell: Shell, dom: DomainRef, inactive: bool = False) -> list[Element]:
    """The <interface> elements of a domain."""
    flags = DomainXMLFlags.INACTIVE if inactive else DomainXMLFlags(0)
    return parse(shell.call("domain_get_xml_desc", dom, int(flags)), "(domain)").findall("devices/interface")


@command(
    "domiflist",
    "list the network interfaces of a domain",
    """
    @domain
    --inactive  as defined, rather than as they are now
    """,
)
def domiflist(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    records = []
    for interface in interfaces_of(shell, dom, args.flag("inactive")):
        source = interface.find("source")
        attributes = source.attributes if source is not None else {}
        records.append(
            {
                "interface": interface.value("target/@dev"),
                "type": interface.get("type"),
                "source": next((value for name, value in attributes.items() if name in SOURCES), None),
                "model": interface.value("model/@type"),
                "mac": interface.value("mac/@address"),
            }
        )
    rows = [[value or "-" for value in record.values()] for record in records]
    shell.out.table(("Interface", "Type", "Source", "Model", "MAC"), rows, records)


@command(
    "domifstat",
    "print the statistics of a domain's network interface",
    """
    @active
    <interface>{interface}  device name or MAC address
    """,
)
def domifstat(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    device = args.required("interface")
    with shell.failing(f"Failed to get interface stats {args.required('domain')} {device}"):
        stats = shell.call("domain_interface_stats", dom, device)
    # A negative number says that the hypervisor does not count this.
    known = {name: value for name, value in stats._asdict().items() if value >= 0}
    shell.out.data(known)
    for name, value in known.items():
        shell.out.line(f"{device} {name} {value}")


@command(
    "domif-getlink",
    "print whether a domain's network interface is plugged in",
    """
    @domain
    <interface>{interface}  device name or MAC address
    --config  as defined
    --persistent -> config
    """,
)
def domif_getlink(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    wanted = args.required("interface")
    by_mac = is_mac(wanted)
    found = [
        interface
        for interface in interfaces_of(shell, dom, args.flag("config"))
        if (same_mac(interface.value("mac/@address"), wanted) if by_mac else interface.value("target/@dev") == wanted)
    ]
    if not found:
        raise CommandFailed(f"Interface ({'mac' if by_mac else 'dev'}: {wanted}) not found.")
    if len(found) > 1:
        raise CommandFailed("multiple matching interfaces found")
    state = found[0].value("link/@state") or "up"
    shell.out.data({"interface": wanted, "state": state})
    shell.out.write(f"{wanted} {state}")


@command(
    "domifaddr",
    "print the addresses of a running domain's network interfaces",
    """
    @active
    --interface STRING{interface}  only of this interface
    --full  repeat name and MAC address in every line
    --source STRING{address-source}  whom to ask: lease, agent or arp
    """,
)
def domifaddr(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    only = args.text("interface")
    source = args.text("source") or "lease"
    if source not in ADDRESS_SOURCES:
        raise CommandFailed(f"Unknown data source '{source}'")
    with shell.failing("Failed to query for interfaces addresses"):
        found: list[DomainInterface] = shell.call("domain_interface_addresses", dom, int(ADDRESS_SOURCES[source]), 0)
    shown = [interface for interface in found if only in (None, interface.name)]
    shell.out.data([_record(interface) for interface in shown])
    shell.out.note(f" {'Name':<10} {'MAC address':<20} {'Protocol':<8}     Address\n{'-' * 79}")
    for interface in shown:
        _print_addresses(shell, interface, args.flag("full"))


def _record(interface: DomainInterface) -> dict[str, object]:
    addresses = [
        {"type": word(FAMILIES, address.type), "address": address.addr, "prefix": address.prefix}
        for address in interface.addrs
    ]
    return {"name": interface.name, "mac": interface.hwaddr, "addresses": addresses}


def _print_addresses(shell: Shell, interface: DomainInterface, full: bool) -> None:
    name, mac = interface.name, interface.hwaddr or "N/A"
    if not interface.addrs:
        shell.out.line(f" {name:<10} {mac:<17}    {'N/A':<12} N/A")
    for address in interface.addrs:
        family = word(FAMILIES, address.type)
        shell.out.line(f" {name:<10} {mac:<17}    {family:<12} {address.addr}/{address.prefix}")
        if not full:
            name, mac = "-", "-"
