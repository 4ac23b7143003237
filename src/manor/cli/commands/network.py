# SPDX-License-Identifier: Apache-2.0
"""Virtual networks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import CONFIG, LIVE, act, affect, bits, read_text
from manor.cli.document import print_document
from manor.cli.editor import edit_document
from manor.cli.failure import CommandFailed
from manor.cli.lookup import NAME, UUID, uuid_text
from manor.cli.model import command
from manor.constants import (
    ConnectListAllNetworksFlags,
    IPAddrType,
    NetworkCreateFlags,
    NetworkDefineFlags,
    NetworkMetadataType,
    NetworkUpdateCommand,
    NetworkUpdateSection,
    NetworkXMLFlags,
)
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import NetworkDHCPLease, NetworkRef

FILTERS = {
    "persistent": ConnectListAllNetworksFlags.PERSISTENT,
    "transient": ConnectListAllNetworksFlags.TRANSIENT,
    "autostart": ConnectListAllNetworksFlags.AUTOSTART,
    "no-autostart": ConnectListAllNetworksFlags.NO_AUTOSTART,
}
UPDATE_COMMANDS = {
    "modify": NetworkUpdateCommand.MODIFY,
    "delete": NetworkUpdateCommand.DELETE,
    "add": NetworkUpdateCommand.ADD_LAST,
    "add-last": NetworkUpdateCommand.ADD_LAST,
    "add-first": NetworkUpdateCommand.ADD_FIRST,
}
UPDATE_SECTIONS = {
    section.name.lower().replace("_", "-"): section
    for section in NetworkUpdateSection
    if section is not NetworkUpdateSection.NONE
}


@command(
    "net-autostart",
    "have a network started with the host",
    """
    <network>{network}  network name or UUID
    --disable  no longer start it with the host
    """,
)
def net_autostart(shell: Shell, args: Args) -> None:
    net = lookup.network(shell, args)
    name, enable = args.required("network"), not args.flag("disable")
    mark = "mark" if enable else "unmark"
    with shell.failing(f"failed to {mark} network {name} as autostarted"):
        shell.call("network_set_autostart", net, int(enable))
    shell.out.note(f"Network {name} {mark}ed as autostarted")


@command(
    "net-create",
    "create and start a network described in a file",
    """
    <file>{file}  XML description of the network
    --validate  check the description against the schema
    """,
)
def net_create(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    with shell.failing(f"Failed to create network from {path}"):
        net: NetworkRef = (
            shell.call("network_create_xml_flags", document, int(NetworkCreateFlags.VALIDATE))
            if args.flag("validate")
            else shell.call("network_create_xml", document)
        )
    shell.out.note(f"Network {net.name} created from {path}", name=net.name, uuid=uuid_text(net.uuid))


@command(
    "net-define",
    "define a network described in a file, or change its definition",
    """
    <file>{file}  XML description of the network
    --validate  check the description against the schema
    """,
)
def net_define(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    with shell.failing(f"Failed to define network from {path}"):
        net: NetworkRef = (
            shell.call("network_define_xml_flags", document, int(NetworkDefineFlags.VALIDATE))
            if args.flag("validate")
            else shell.call("network_define_xml", document)
        )
    shell.out.note(f"Network {net.name} defined from {path}", name=net.name, uuid=uuid_text(net.uuid))


act(
    "net-destroy",
    "stop a network at once",
    "<network>{network.active}  network name or UUID",
    lookup.network,
    "network_destroy",
    label="network",
    failed="Failed to destroy network {}",
    done="Network {} destroyed",
)
act(
    "net-start",
    "start a defined network",
    "<network>{network.inactive}  network name or UUID",
    lookup.network,
    "network_create",
    label="network",
    failed="Failed to start network {}",
    done="Network {} started",
)
act(
    "net-undefine",
    "remove the definition of a network",
    "<network>{network}  network name or UUID",
    lookup.network,
    "network_undefine",
    label="network",
    failed="Failed to undefine network {}",
    done="Network {} has been undefined",
)


@command(
    "net-dumpxml",
    "print the XML of a network",
    """
    <network>{network}  network name or UUID
    --inactive  the definition for the next start
    @xpath
    """,
)
def net_dumpxml(shell: Shell, args: Args) -> None:
    net = lookup.network(shell, args)
    flags = bits(args, {"inactive": NetworkXMLFlags.INACTIVE})
    print_document(shell, args, shell.call("network_get_xml_desc", net, flags), "(network)")


@command("net-edit", "edit the definition of a network", "<network>{network}  network name or UUID")
def net_edit(shell: Shell, args: Args) -> None:
    net = lookup.network(shell, args)
    changed = edit_document(
        shell,
        lambda: _definition(shell, net),
        lambda document: shell.call("network_define_xml", document),
    )
    result = "edited" if changed else "not changed"
    shell.out.note(f"Network {net.name} XML configuration {result}.", changed=changed)


def _definition(shell: Shell, net: NetworkRef) -> str:
    try:
        return str(shell.call("network_get_xml_desc", net, int(NetworkXMLFlags.INACTIVE)))
    except ManorError as failure:
        # A driver that knows no difference refuses the flag.
        if failure.code != ErrorNumber.INVALID_ARG:
            raise
        return str(shell.call("network_get_xml_desc", net, 0))


@command("net-info", "print what is known of a network", "<network>{network}  network name or UUID")
def net_info(shell: Shell, args: Args) -> None:
    net = lookup.network(shell, args)
    out = shell.out
    out.field("Name:", net.name)
    out.field("UUID:", uuid_text(net.uuid))
    active = bool(shell.call("network_is_active", net))
    out.field("Active:", "yes" if active else "no", active=active)
    persistent = bool(shell.call("network_is_persistent", net))
    out.field("Persistent:", "yes" if persistent else "no", persistent=persistent)
    try:
        autostart = bool(shell.call("network_get_autostart", net))
    except ManorError:
        out.field("Autostart:", "no autostart", autostart=False)
    else:
        out.field("Autostart:", "yes" if autostart else "no", autostart=autostart)
    try:
        out.field("Bridge:", shell.call("network_get_bridge_name", net))
    except ManorError as failure:
        shell.debug(1, failure.message)


@command(
    "net-list",
    "list networks",
    """
    --inactive  those that are not running
    --all  those that are running and those that are not
    --persistent  those with a definition
    --transient  those without a definition
    --autostart  those started with the host
    --no-autostart  those not started with the host
    --uuid  print UUIDs
    --name  print names
    --table  print a table, as without this option
    --title  show their titles
    """,
)
def net_list(shell: Shell, args: Args) -> None:
    if sum(args.flag(name) for name in ("table", "name", "uuid")) > 1:
        raise CommandFailed("Only one argument from --table, --name and --uuid may be specified.")
    flags = bits(args, FILTERS)
    if args.any("inactive", "all"):
        flags |= ConnectListAllNetworksFlags.INACTIVE
    if args.flag("all") or not args.flag("inactive"):
        flags |= ConnectListAllNetworksFlags.ACTIVE
    with shell.failing("Failed to list networks"):
        networks: list[NetworkRef] = shell.call("connect_list_all_networks", int(flags))
    networks.sort(key=lambda net: net.name.lower())
    if args.any("name", "uuid"):
        words = [net.name if args.flag("name") else uuid_text(net.uuid) for net in networks]
        shell.out.data(words)
        shell.out.write("".join(f"{word}\n" for word in words))
    else:
        _print_table(shell, networks, args.flag("title"))


def _print_table(shell: Shell, networks: list[NetworkRef], titles: bool) -> None:
    rows, records = [], []
    for net in networks:
        active = bool(shell.call("network_is_active", net))
        persistent = bool(shell.call("network_is_persistent", net))
        autostart = _autostart(shell, net)
        record: dict[str, object] = {"name": net.name, "uuid": uuid_text(net.uuid), "active": active}
        record |= {"autostart": autostart, "persistent": persistent}
        row = [net.name, "active" if active else "inactive"]
        row += ["no autostart" if autostart is None else "yes" if autostart else "no", "yes" if persistent else "no"]
        if titles:
            record["title"] = _title(shell, net)
            row.append(str(record["title"]))
        rows.append(row)
        records.append(record)
    header = ("Name", "State", "Autostart", "Persistent", *(("Title",) if titles else ()))
    shell.out.table(header, rows, records)


def _autostart(shell: Shell, net: NetworkRef) -> bool | None:
    try:
        return bool(shell.call("network_get_autostart", net))
    except ManorError as failure:
        shell.debug(1, failure.message)
        return None


def _title(shell: Shell, net: NetworkRef) -> str:
    from manor.cli.commands.description import note_of

    return note_of(shell, net, NetworkMetadataType.TITLE, 0)


@command("net-name", "print the name of a network", "<network>{network}  network UUID")
def net_name(shell: Shell, args: Args) -> None:
    net = lookup.network(shell, args, kinds=(UUID,))
    shell.out.value(net.name, name=net.name)


@command("net-uuid", "print the UUID of a network", "<network>{network}  network name")
def net_uuid(shell: Shell, args: Args) -> None:
    net = lookup.network(shell, args, kinds=(NAME,))
    shell.out.value(uuid_text(net.uuid), uuid=uuid_text(net.uuid))


@command(
    "net-update",
    "change a part of a network",
    """
    <network>{network}  network name or UUID
    <command>{update-command}  add-first, add-last (or add), delete or modify
    <section>{update-section}  the part
    <xml>  the XML of the part, or a file that has it
    --parent-index NUMBER  in which element, counted from 0, where there are several
    @affect
    """,
)
def net_update(shell: Shell, args: Args) -> None:
    flags = affect(args)
    net = lookup.network(shell, args)
    verb, section = args.required("command"), args.required("section")
    if verb not in UPDATE_COMMANDS:
        raise CommandFailed(f"unrecognized command name '{verb}'")
    if section not in UPDATE_SECTIONS:
        raise CommandFailed(f"unrecognized section name '{section}'")
    index = args.number("parent-index")
    document = args.required("xml")
    if not document.startswith("<"):
        document = read_text(document)
    with shell.failing(f"Failed to update network {net.name}"):
        shell.call(
            "network_update",
            net,
            int(UPDATE_COMMANDS[verb]),
            int(UPDATE_SECTIONS[section]),
            -1 if index is None else index,
            document,
            flags,
        )
    if flags == CONFIG | LIVE:
        what = "persistent config and live state"
    elif flags == CONFIG or (not flags and not shell.call("network_is_active", net)):
        what = "persistent config"
    else:
        what = "live state"
    shell.out.data({"updated": what})
    shell.out.write(f"Updated network {net.name} {what}")


@command(
    "net-dhcp-leases",
    "list the addresses that a network has given out",
    """
    <network>{network.active}  network name or UUID
    --mac STRING  only to this MAC address
    """,
)
def net_dhcp_leases(shell: Shell, args: Args) -> None:
    mac = args.text("mac")
    net = lookup.network(shell, args)
    with shell.failing(f"Failed to get leases info for {args.required('network')}"):
        leases: list[NetworkDHCPLease] = shell.call("network_get_dhcp_leases", net, mac, 0)
    leases.sort(key=lambda lease: (lease.mac or "", lease.ipaddr))
    rows, records = [], []
    for lease in leases:
        expiry = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(lease.expirytime))
        family = {IPAddrType.IPV4: "ipv4", IPAddrType.IPV6: "ipv6"}.get(IPAddrType(lease.type), "")
        address = f"{lease.ipaddr}/{lease.prefix}"
        rows.append([expiry, lease.mac or "-", family, address, lease.hostname or "-", lease.clientid or "-"])
        records.append(lease._asdict() | {"type": family})
    shell.out.table(
        ("Expiry Time", "MAC address", "Protocol", "IP address", "Hostname", "Client ID or DUID"), rows, records
    )
