# SPDX-License-Identifier: Apache-2.0
"""Title, description and metadata of virtual networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.commands.description import edit_metadata, edit_note
from manor.cli.common import affect
from manor.cli.model import command
from manor.constants import NetworkMetadataType

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell


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
    edit_note(shell, args, net, kind, flags)


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
    edit_metadata(shell, args, net, NetworkMetadataType.ELEMENT, flags)
