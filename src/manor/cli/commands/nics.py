# SPDX-License-Identifier: Apache-2.0
"""Attaching, detaching and tuning a domain's network interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.commands.devices import change, check_impact, impact
from manor.cli.commands.disks import domain_document, pci_tag
from manor.cli.common import CONFIG, affect
from manor.cli.failure import CommandFailed
from manor.cli.lookup import is_mac, same_mac
from manor.cli.model import command
from manor.cli.params import print_params
from manor.cli.sizes import MAX_UINT, MAX_ULLONG, integer
from manor.cli.xml import Element, Tag
from manor.constants import DomainAnnounceInterfaceField, DomainBandwidthField
from manor.errors import ManorError
from manor.records import uint_param

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import TypedParam

SOURCE_ATTRIBUTES = {"network": "network", "bridge": "bridge", "direct": "dev"}
RATE_FIELDS = ("average", "peak", "burst", "floor")
SOCKET_MODES = ("server", "client")
LINK_STATES = ("up", "down")


class Rate(dict[str, int]):
    """The fields of a rate that were given and are not zero."""


def read_rate(text: str) -> Rate:
    """Read `average,peak,burst,floor`, where any may be empty. Raises CommandFailed."""
    parts = text.split(",")
    if len(parts) > len(RATE_FIELDS):
        raise CommandFailed(f"Rate string '{text}' has too many fields")
    rate = Rate()
    for field, part in zip(RATE_FIELDS, parts, strict=False):
        if not part:
            continue
        try:
            rate[field] = integer(part, 0, MAX_ULLONG)
        except ValueError:
            raise CommandFailed(f"field '{field}' is malformed") from None
    return rate


def check_rates(inbound: Rate | None, outbound: Rate | None) -> None:
    """Complain about rates that cannot be."""
    if inbound is not None and not (inbound.get("average") or inbound.get("floor")):
        raise CommandFailed("either inbound average or floor is mandatory")
    if outbound is not None:
        if not outbound.get("average"):
            raise CommandFailed("outbound average is mandatory")
        if outbound.get("floor"):
            raise CommandFailed("outbound floor is unsupported yet")


def _rate(args: Args, option: str) -> Rate | None:
    text = args.text(option)
    return None if text is None else read_rate(text)


@command(
    "attach-interface",
    "attach a network interface described by options",
    """
    @domain
    <type>{nic-type}  network, bridge, direct, hostdev or vhostuser
    <source>{nic-source}  what it is connected to
    --target STRING  device name it shall have on the host
    --mac STRING  its MAC address
    --script STRING{file}  program that sets it up
    --model STRING{nic-model}  its model
    --alias STRING  its alias
    --inbound STRING  rate towards the guest: average,peak,burst,floor
    --outbound STRING  rate from the guest: average,peak,burst
    @persistent-affect
    --print-xml  print the XML, and do nothing
    --managed  let libvirt take the device from the host and give it back
    --source-mode STRING{socket-mode}  server or client
    """,
)
def attach_interface(shell: Shell, args: Args) -> None:
    check_impact(args)
    document = interface_tag(args).format()
    if args.flag("print-xml"):
        shell.out.xml(document)
        return
    dom = lookup.domain(shell, args)
    flags = impact(shell, args, dom)
    with shell.failing("Failed to attach interface"):
        change(shell, args, dom, "attach", document, flags)
    shell.out.note("Interface attached successfully")


def interface_tag(args: Args) -> Tag:
    """The XML of an interface that options describe. Raises CommandFailed."""
    kind = args.required("type")
    mode = args.text("source-mode")
    if mode is not None and mode not in SOCKET_MODES:
        raise CommandFailed(f"Invalid source mode: {mode}")
    inbound, outbound = _rate(args, "inbound"), _rate(args, "outbound")
    check_rates(inbound, outbound)
    interface = Tag("interface", type=kind, managed="yes" if args.flag("managed") else None)
    interface.extend(_source(kind, args.required("source"), mode))
    for option, name, attribute in (
        ("target", "target", "dev"),
        ("mac", "mac", "address"),
        ("script", "script", "path"),
        ("model", "model", "type"),
        ("alias", "alias", "name"),
    ):
        text = args.text(option)
        if text is not None:
            interface.add(name, **{attribute: text})
    if inbound is not None or outbound is not None:
        bandwidth = interface.add("bandwidth")
        for name, rate in (("inbound", inbound), ("outbound", outbound)):
            if rate is not None:
                bandwidth.add(name, **{field: value for field, value in rate.items() if value})
    return interface


def _source(kind: str, source: str, mode: str | None) -> Tag:
    if kind in SOURCE_ATTRIBUTES:
        return Tag("source", **{SOURCE_ATTRIBUTES[kind]: source})
    if kind == "hostdev":
        return Tag("source").extend(pci_tag(_pci_numbers(source)))
    if kind == "vhostuser":
        if mode is None:
            raise CommandFailed("source-mode is mandatory")
        return Tag("source", type="unix", path=source, mode=mode)
    raise CommandFailed(f"No support for {kind} in command 'attach-interface'")


def _pci_numbers(text: str) -> list[int]:
    try:
        domain, bus, rest = text.split(":")
        slot, function = rest.split(".")
        return [int(part, 16) for part in (domain, bus, slot, function)]
    except ValueError:
        raise CommandFailed(f"cannot parse pci address '{text}' for network interface") from None


@command(
    "detach-interface",
    "detach a network interface",
    """
    @domain
    <type|mac>{nic-type}  type of the interface
    --mac STRING{mac}  its MAC address, needed if there are several
    @persistent-affect
    --print-xml  print the XML, and do nothing
    """,
)
def detach_interface(shell: Shell, args: Args) -> None:
    check_impact(args)
    dom = lookup.domain(shell, args)
    kind, mac = args.text("type"), args.text("mac")
    flags = impact(shell, args, dom)
    try:
        document = _interface_to_detach(domain_document(shell, dom, flags), kind, mac).format()
        if args.flag("print-xml"):
            shell.out.xml(document)
            return
        change(shell, args, dom, "detach", document, flags)
    except CommandFailed as failure:
        raise CommandFailed(*failure.messages, "Failed to detach interface") from None
    except ManorError:
        shell.error("Failed to detach interface")
        raise
    shell.out.note("Interface detached successfully")


def _interface_to_detach(document: Element, kind: str | None, mac: str | None) -> Element:
    found = [interface for interface in document.findall("devices/interface") if kind in (None, interface.get("type"))]
    if not found and kind is not None:
        raise CommandFailed(f"No interface found whose type is {kind}")
    if mac is None:
        if len(found) > 1:
            raise CommandFailed(f"Domain has {len(found)} interfaces. Please specify which one to detach using --mac")
        return found[0]
    found = [interface for interface in found if same_mac(interface.value("mac/@address"), mac)]
    if not found:
        raise CommandFailed(f"No interface with MAC address {mac} was found")
    if len(found) > 1:
        raise CommandFailed(
            f"Domain has multiple interfaces matching MAC address {mac}. "
            "You must use detach-device and specify the device pci address to remove it."
        )
    return found[0]


@command(
    "domif-setlink",
    "plug the cable of a domain's network interface in or out",
    """
    @domain
    <interface>{interface}  device name or MAC address
    <state>{link-state}  up or down
    --config  in the definition
    --persistent -> config
    --print-xml  print the XML, and do nothing
    """,
)
def domif_setlink(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    wanted, state = args.required("interface"), args.required("state")
    if state not in LINK_STATES:
        raise CommandFailed(f"invalid link state '{state}'")
    flags = CONFIG if args.flag("config") else 0
    # The definition is all there is of a domain that is not running.
    if not shell.call("domain_is_active", dom):
        flags = CONFIG
    interface = _named_interface(domain_document(shell, dom, flags), wanted)
    link = interface.find("link")
    if link is None:
        link = interface.append(Element("link", {}))
    link.set("state", state)
    document = interface.format()
    if args.flag("print-xml"):
        shell.out.xml(document)
        return
    with shell.failing("Failed to update interface link state"):
        shell.call("domain_update_device_flags", dom, document, flags)
    shell.out.note("Device updated successfully")


def _named_interface(document: Element, wanted: str) -> Element:
    for interface in document.findall("devices/interface"):
        if is_mac(wanted):
            if same_mac(interface.value("mac/@address"), wanted):
                return interface
        elif interface.value("target/@dev") == wanted:
            return interface
    raise CommandFailed(f"interface '{wanted}' not found")


@command(
    "domiftune",
    "show or change the rates of a domain's network interface",
    """
    @domain
    <interface>{interface}  device name or MAC address
    --inbound STRING  rate towards the guest: average,peak,burst,floor
    --outbound STRING  rate from the guest: average,peak,burst
    @affect
    """,
)
def domiftune(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    device = args.required("interface")
    params: list[TypedParam] = []
    for option, fields in (
        ("inbound", ("IN_AVERAGE", "IN_PEAK", "IN_BURST", "IN_FLOOR")),
        ("outbound", ("OUT_AVERAGE", "OUT_PEAK", "OUT_BURST")),
    ):
        rate = _rate(args, option)
        if rate is None:
            continue
        if any(value > MAX_UINT for value in rate.values()):
            raise CommandFailed(f"{option} rate larger than maximum {MAX_UINT}")
        # A zero average takes the limit away, and with it everything else.
        if option == "outbound" and rate.get("floor"):
            raise CommandFailed("outbound floor is unsupported yet")
        if not rate.get("average") and (rate.get("peak") or rate.get("burst")):
            raise CommandFailed(
                "either inbound average or floor is mandatory"
                if option == "inbound"
                else "outbound average is mandatory"
            )
        params += [
            uint_param(DomainBandwidthField[member], rate.get(field, 0))
            for member, field in zip(fields, RATE_FIELDS, strict=False)
            if field == "average" or rate.get(field)
        ]
    if params:
        with shell.failing("Unable to set interface parameters"):
            shell.call("domain_set_interface_parameters", dom, device, params, flags)
    else:
        with shell.failing("Unable to get interface parameters"):
            found = shell.call("domain_get_interface_parameters", dom, device, flags)
        print_params(shell, found)


@command(
    "domifannounce",
    "have a guest's network interfaces announce themselves",
    """
    @active
    --interface STRING{interface}  only this one
    --initial NUMBER  milliseconds before the first announcement
    --max NUMBER  milliseconds between announcements at most
    --rounds NUMBER  how many announcements
    --step NUMBER  milliseconds by which the time between them grows
    """,
)
def domifannounce(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    params = [
        uint_param(field, value)
        for field in DomainAnnounceInterfaceField
        if (value := args.unsigned(field.value)) is not None
    ]
    shell.call("domain_announce_interface", dom, args.text("interface"), params, 0)
    shell.out.note("Interface announcement requested")
