# SPDX-License-Identifier: Apache-2.0
"""Title, description and metadata of virtual networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.commands.description import edit_metadata
from manor.cli.common import affect
from manor.cli.editor import edit_text
from manor.cli.model import command
from manor.cli.xml import parse
from manor.constants import NetworkMetadataType
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import NetworkRef


@command(
    "net-desc",
    "show or change the description or the title of a network",
    """
    <network>{network}  network name or UUID
    --live  of the running network
    --config  of the definition
    --current  of the network as it is now
    --title  the title instead of the description
    --edit  in an editor
    [new-desc...]  the new text
    """,
)
def net_desc(shell: Shell, args: Args) -> None:
    flags = affect(args)
    net = lookup.network(shell, args)
    kind = NetworkMetadataType.TITLE if args.flag("title") else NetworkMetadataType.DESCRIPTION
    word = kind.name.lower()
    text: str | None = args.joined("new-desc") if args.flag("new-desc") else None
    if text is None and not args.flag("edit"):
        known = note_of(shell, net, kind, flags)
        if known:
            shell.out.data({word: known})
            shell.out.write(known)
        else:
            shell.out.note(f"No {word} for network: {net.name}", "", **{word: None})
        return
    if args.flag("edit"):
        before = note_of(shell, net, kind, flags) if text is None else text
        text = edit_text(before, ".txt").rstrip("\n")
        if text == before:
            shell.out.note(f"Network {word} not changed")
            return
    with shell.failing(f"Failed to set new network {word}"):
        shell.call("network_set_metadata", net, int(kind), text, None, None, flags)
    shell.out.note(f"Network {word} updated successfully", "")


def note_of(shell: Shell, net: NetworkRef, kind: NetworkMetadataType, flags: int) -> str:
    """The title or description of a network, empty if it has none."""
    try:
        return str(shell.call("network_get_metadata", net, int(kind), None, flags))
    except ManorError as failure:
        if failure.code == ErrorNumber.NO_NETWORK_METADATA:
            return ""
        # A daemon older than the question still has the document.
        shell.debug(1, failure.message)
    document = shell.call("network_get_xml_desc", net, 0)
    return parse(document, "(network)").value(kind.name.lower()) or ""


@command(
    "net-metadata",
    "show or change a network's metadata of an application",
    """
    <network>{network}  network name or UUID
    <uri>  namespace of the metadata
    --live  of the running network
    --config  of the definition
    --current  of the network as it is now
    --edit  in an editor
    --key STRING  prefix that stands for the namespace
    --set STRING  the new XML
    --remove  remove it
    """,
)
def net_metadata(shell: Shell, args: Args) -> None:
    args.exclusive("edit", "set")
    args.exclusive("remove", "set")
    args.exclusive("remove", "edit")
    flags = affect(args)
    net = lookup.network(shell, args)
    edit_metadata(shell, args, net, "network", int(NetworkMetadataType.ELEMENT), flags)
