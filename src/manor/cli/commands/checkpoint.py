# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of domains: the points from which incremental backups count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits, read_text
from manor.cli.document import print_document
from manor.cli.editor import edit_document
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.revisions import (
    CHECKPOINT,
    created,
    created_text,
    described,
    disk_spec,
    document_of,
    find,
    show_list,
    show_parent,
    show_relations,
)
from manor.cli.xml import Tag, parse
from manor.constants import (
    DomainCheckpointCreateFlags,
    DomainCheckpointDeleteFlags,
    DomainCheckpointListFlags,
    DomainCheckpointXMLFlags,
)

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.revisions import Revision
    from manor.cli.shell import Shell
    from manor.records import DomainCheckpointRef, DomainRef

LIST_FLAGS = {
    "roots": DomainCheckpointListFlags.ROOTS,
    "leaves": DomainCheckpointListFlags.LEAVES,
    "no-leaves": DomainCheckpointListFlags.NO_LEAVES,
    "topological": DomainCheckpointListFlags.TOPOLOGICAL,
    "descendants": DomainCheckpointListFlags.DESCENDANTS,
}
DELETE_FLAGS = {
    "children": DomainCheckpointDeleteFlags.CHILDREN,
    "children-only": DomainCheckpointDeleteFlags.CHILDREN_ONLY,
    "metadata": DomainCheckpointDeleteFlags.METADATA_ONLY,
}


def chosen(shell: Shell, args: Args, dom: DomainRef) -> DomainCheckpointRef:
    """The checkpoint that --checkpointname means."""
    name = args.text("checkpointname")
    if name is None:
        raise CommandFailed("--checkpointname is required")
    return find(shell, CHECKPOINT, dom, name)  # type: ignore[return-value]


@command(
    "checkpoint-create",
    "make a checkpoint described in a file",
    """
    @active
    --xmlfile STRING{file}  XML description of the checkpoint
    --redefine  tell of a checkpoint that there is already
    --redefine-validate  and check that it is there
    --quiesce  freeze the guest's file systems meanwhile
    """,
)
def checkpoint_create(shell: Shell, args: Args) -> None:
    args.requires("redefine-validate", "redefine")
    flags = bits(
        args,
        {
            "redefine": DomainCheckpointCreateFlags.REDEFINE,
            "redefine-validate": DomainCheckpointCreateFlags.REDEFINE_VALIDATE,
            "quiesce": DomainCheckpointCreateFlags.QUIESCE,
        },
    )
    dom = lookup.domain(shell, args)
    path = args.text("xmlfile")
    document = read_text(path) if path is not None else "<domaincheckpoint/>"
    _create(shell, dom, document, flags, path)


def _create(shell: Shell, dom: DomainRef, document: str, flags: int, path: str | None) -> None:
    made: DomainCheckpointRef = shell.call("domain_checkpoint_create_xml", dom, document, flags)
    origin = f" from '{path}'" if path is not None else ""
    shell.out.note(f"Domain checkpoint {made.name} created{origin}", "", name=made.name)


@command(
    "checkpoint-create-as",
    "make a checkpoint described by options",
    """
    @active
    --name STRING  its name
    --description STRING  its description
    --print-xml  print the XML, and do nothing
    --quiesce  freeze the guest's file systems meanwhile
    [diskspec...]{disk}  a disk: disk[,checkpoint=type][,bitmap=name]
    """,
)
def checkpoint_create_as(shell: Shell, args: Args) -> None:
    flags = bits(args, {"quiesce": DomainCheckpointCreateFlags.QUIESCE})
    dom = lookup.domain(shell, args)
    document = described(args, CHECKPOINT, disk_tag)
    if args.flag("print-xml"):
        shell.out.xml(document, "\n")
        return
    _create(shell, dom, document, flags, None)


def disk_tag(text: str) -> Tag:
    """The <disk> of `disk[,checkpoint=type][,bitmap=name]`. Raises CommandFailed."""
    name, values = disk_spec(text, ("checkpoint", "bitmap"))
    return Tag("disk", name=name, checkpoint=values.get("checkpoint"), bitmap=values.get("bitmap"))


@command(
    "checkpoint-delete",
    "delete a checkpoint",
    """
    @domain
    --checkpointname STRING{checkpoint}  its name
    --children  and all that come after it
    --children-only  only those that come after it
    --metadata  only what is known of it, not its contents
    """,
)
def checkpoint_delete(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    checkpoint = chosen(shell, args, dom)
    with shell.failing(f"Failed to delete checkpoint {checkpoint.name}"):
        shell.call("domain_checkpoint_delete", checkpoint, bits(args, DELETE_FLAGS))
    what = " children" if args.flag("children-only") else ""
    shell.out.note(f"Domain checkpoint {checkpoint.name}{what} deleted")


@command(
    "checkpoint-dumpxml",
    "print the XML of a checkpoint",
    """
    @domain
    --checkpointname STRING{checkpoint}  its name
    --security-info  passwords included
    --no-domain  without the domain's own XML
    --size  with an estimate of a backup's size
    @xpath
    """,
)
def checkpoint_dumpxml(shell: Shell, args: Args) -> None:
    flags = bits(
        args,
        {
            "security-info": DomainCheckpointXMLFlags.SECURE,
            "no-domain": DomainCheckpointXMLFlags.NO_DOMAIN,
            "size": DomainCheckpointXMLFlags.SIZE,
        },
    )
    dom = lookup.domain(shell, args)
    checkpoint = chosen(shell, args, dom)
    document = shell.call("domain_checkpoint_get_xml_desc", checkpoint, flags)
    print_document(shell, args, document, "(domain-checkpoint)")


@command(
    "checkpoint-edit",
    "edit what is known of a checkpoint",
    """
    @domain
    --checkpointname STRING{checkpoint}  its name
    """,
)
def checkpoint_edit(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    checkpoint = chosen(shell, args, dom)

    def define(document: str) -> None:
        new_name = parse(document, CHECKPOINT.title).value("name")
        if new_name != checkpoint.name:
            raise CommandFailed(f"Cannot rename checkpoint {checkpoint.name} to {new_name}")
        shell.call("domain_checkpoint_create_xml", dom, document, int(DomainCheckpointCreateFlags.REDEFINE))

    def fetch() -> str:
        document: str = shell.call("domain_checkpoint_get_xml_desc", checkpoint, int(DomainCheckpointXMLFlags.SECURE))
        return document

    if edit_document(shell, fetch, define):
        shell.out.note(f"Checkpoint {checkpoint.name} edited.", changed=True)
    else:
        shell.out.note(f"Checkpoint {checkpoint.name} XML configuration not changed.", changed=False)


@command(
    "checkpoint-info",
    "print what is known of a checkpoint",
    """
    @domain
    --checkpointname STRING{checkpoint}  its name
    """,
)
def checkpoint_info(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    checkpoint = chosen(shell, args, dom)
    out = shell.out
    out.field("Name:", checkpoint.name)
    out.field("Domain:", checkpoint.dom.name)
    show_relations(shell, CHECKPOINT, checkpoint)


@command(
    "checkpoint-list",
    "list the checkpoints of a domain",
    """
    @domain
    --parent  show their parents
    --roots  those that come after no other
    --leaves  those that no other comes after
    --no-leaves  those that others come after
    --tree  as a tree
    --from STRING{checkpoint}  those that come after this one
    --descendants  whatever the distance
    --name  print their names
    --topological  parents before children
    """,
)
def checkpoint_list(shell: Shell, args: Args) -> None:
    for pair in (("tree", "name"), ("parent", "roots"), ("parent", "tree"), ("roots", "tree"), ("roots", "from")):
        args.exclusive(*pair)
    if args.flag("descendants") and not args.flag("from"):
        raise CommandFailed("--descendants requires --from")
    dom = lookup.domain(shell, args)
    name = args.text("from")
    start = None if name is None else find(shell, CHECKPOINT, dom, name)
    show_list(shell, args, CHECKPOINT, dom, start, bits(args, LIST_FLAGS), _print_table)


def _print_table(shell: Shell, found: list[Revision], with_parents: bool) -> None:
    rows, records = [], []
    for checkpoint in found:
        document = document_of(shell, CHECKPOINT, checkpoint)
        parent, seconds = document.value("parent/name"), created(document)
        row = [checkpoint.name, created_text(seconds)]
        rows.append([*row, parent or ""] if with_parents else row)
        records.append({"name": checkpoint.name, "created": seconds, "parent": parent})
    header = ("Name", "Creation Time", *(("Parent",) if with_parents else ()))
    shell.out.table(header, rows, records)


@command(
    "checkpoint-parent",
    "print which checkpoint another comes after",
    """
    @domain
    --checkpointname STRING{checkpoint}  its name
    """,
)
def checkpoint_parent(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    show_parent(shell, CHECKPOINT, chosen(shell, args, dom))
