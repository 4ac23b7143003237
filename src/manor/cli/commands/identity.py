# SPDX-License-Identifier: Apache-2.0
"""From one way of naming a domain to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.model import command

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell


@command("domid", "print the id of a domain", "@domain")
def domid(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args, kinds=(lookup.UUID, lookup.NAME))
    shell.out.value("-" if dom.id == -1 else str(dom.id), id=None if dom.id == -1 else dom.id)


@command("domname", "print the name of a domain", "@domain")
def domname(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args, kinds=(lookup.ID, lookup.UUID))
    shell.out.value(dom.name, name=dom.name)


@command("domuuid", "print the UUID of a domain", "@domain")
def domuuid(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args, kinds=(lookup.ID, lookup.NAME))
    text = lookup.uuid_text(dom.uuid)
    shell.out.value(text, uuid=text)
