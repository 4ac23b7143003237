# SPDX-License-Identifier: Apache-2.0
"""Throttle groups: limits that several disks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.commands.blocktune import LENGTHS, LIMITS, limits
from manor.cli.common import affect
from manor.cli.model import command
from manor.cli.xml import Element, parse
from manor.constants import DomainXMLFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell


def _named(text: str) -> str:
    """The options of `text` that can only be given by name, as newer commands have them."""
    return text.replace(" NUMBER", "=NUMBER")


@command(
    "domthrottlegroupset",
    "add a throttle group, or change it",
    f"""
    @domain
    <group-name>{{throttle-group}}  name of the group
    {_named(LIMITS)}
    {_named(LENGTHS)}
    @affect
    """,
)
def domthrottlegroupset(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    with shell.failing("Unable to set throttle group"):
        shell.call("domain_set_throttle_group", dom, args.required("group-name"), limits(args), flags)


@command(
    "domthrottlegroupdel",
    "remove a throttle group",
    """
    @domain
    <group-name>{throttle-group}  name of the group
    @affect
    """,
)
def domthrottlegroupdel(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    shell.call("domain_del_throttle_group", dom, args.required("group-name"), flags)


def _groups(shell: Shell, args: Args) -> list[Element]:
    dom = lookup.domain(shell, args)
    flags = DomainXMLFlags.INACTIVE if args.flag("inactive") else DomainXMLFlags(0)
    document = parse(shell.call("domain_get_xml_desc", dom, int(flags)), "(domain)")
    return document.findall("throttlegroups/throttlegroup")


@command(
    "domthrottlegroupinfo",
    "print the limits of a throttle group",
    """
    @domain
    <group-name>{throttle-group}  name of the group
    --inactive  as defined, rather than as it is now
    """,
)
def domthrottlegroupinfo(shell: Shell, args: Args) -> None:
    name = args.required("group-name")
    for group in _groups(shell, args):
        if group.value("group_name") == name:
            values = {element.name: element.text for element in group.elements()}
            shell.out.data(values)
            for field, value in values.items():
                shell.out.line(f"{field:<15}: {value}")
            return


@command(
    "domthrottlegrouplist",
    "list the throttle groups of a domain",
    """
    @domain
    --inactive  as defined, rather than as they are now
    """,
)
def domthrottlegrouplist(shell: Shell, args: Args) -> None:
    shell.out.table(("Name",), [[group.value("group_name") or ""] for group in _groups(shell, args)])
