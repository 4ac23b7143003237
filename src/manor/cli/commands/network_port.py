# SPDX-License-Identifier: Apache-2.0
"""Ports of virtual networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits, read_text
from manor.cli.document import print_document
from manor.cli.failure import CommandFailed
from manor.cli.lookup import uuid_text
from manor.cli.model import command
from manor.constants import NetworkPortCreateFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import NetworkPortRef


@command(
    "net-port-list",
    "list the ports of a network",
    """
    <network>{network}  network name or UUID
    --uuid  print UUIDs
    --table  print a table, as without this option
    """,
)
def net_port_list(shell: Shell, args: Args) -> None:
    if args.flag("uuid") and args.flag("table"):
        raise CommandFailed("Only one argument from --table and --uuid may be specified.")
    net = lookup.network(shell, args)
    ports: list[NetworkPortRef] = shell.call("network_list_all_ports", net, 0)
    words = sorted(uuid_text(port.uuid) for port in ports)
    if args.flag("uuid"):
        shell.out.data(words)
        shell.out.write("".join(f"{word}\n" for word in words))
    else:
        shell.out.table(("UUID",), [[word] for word in words])


@command(
    "net-port-create",
    "create a port described in a file",
    """
    <network>{network}  network name or UUID
    <file>{file}  XML description of the port
    --validate  check the description against the schema
    """,
)
def net_port_create(shell: Shell, args: Args) -> None:
    path = args.required("file")
    net = lookup.network(shell, args)
    document = read_text(path)
    flags = bits(args, {"validate": NetworkPortCreateFlags.VALIDATE})
    with shell.failing(f"Failed to create network from {path}"):
        port: NetworkPortRef = shell.call("network_port_create_xml", net, document, flags)
    text = uuid_text(port.uuid)
    shell.out.note(f"Network port {text} created from {path}", uuid=text)


@command(
    "net-port-dumpxml",
    "print the XML of a port",
    """
    <network>{network}  network name or UUID
    <port>{network-port}  UUID of the port
    @xpath
    """,
)
def net_port_dumpxml(shell: Shell, args: Args) -> None:
    port = lookup.network_port(shell, args, lookup.network(shell, args))
    print_document(shell, args, shell.call("network_port_get_xml_desc", port, 0), "(network-port)")


@command(
    "net-port-delete",
    "delete a port",
    """
    <network>{network}  network name or UUID
    <port>{network-port}  UUID of the port
    """,
)
def net_port_delete(shell: Shell, args: Args) -> None:
    port = lookup.network_port(shell, args, lookup.network(shell, args))
    text = uuid_text(port.uuid)
    with shell.failing(f"Failed to delete network port {text}"):
        shell.call("network_port_delete", port, 0)
    shell.out.note(f"Network port {text} deleted")
