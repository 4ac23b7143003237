# SPDX-License-Identifier: Apache-2.0
"""Snapshots of domains: listing, showing, reverting to and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits
from manor.cli.document import print_document
from manor.cli.editor import edit_document
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.revisions import (
    SNAPSHOT,
    created,
    created_text,
    document_of,
    find,
    show_list,
    show_parent,
    show_relations,
)
from manor.cli.xml import Element, parse
from manor.constants import (
    DomainSnapshotCreateFlags,
    DomainSnapshotDeleteFlags,
    DomainSnapshotListFlags,
    DomainSnapshotRevertFlags,
    DomainSnapshotXMLFlags,
)
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.revisions import Revision
    from manor.cli.shell import Shell
    from manor.records import DomainRef, DomainSnapshotRef

LIST_FLAGS = {
    "roots": DomainSnapshotListFlags.ROOTS,
    "leaves": DomainSnapshotListFlags.LEAVES,
    "no-leaves": DomainSnapshotListFlags.NO_LEAVES,
    "metadata": DomainSnapshotListFlags.METADATA,
    "no-metadata": DomainSnapshotListFlags.NO_METADATA,
    "inactive": DomainSnapshotListFlags.INACTIVE,
    "active": DomainSnapshotListFlags.ACTIVE,
    "disk-only": DomainSnapshotListFlags.DISK_ONLY,
    "internal": DomainSnapshotListFlags.INTERNAL,
    "external": DomainSnapshotListFlags.EXTERNAL,
    "topological": DomainSnapshotListFlags.TOPOLOGICAL,
    "descendants": DomainSnapshotListFlags.DESCENDANTS,
}
DELETE_FLAGS = {
    "children": DomainSnapshotDeleteFlags.CHILDREN,
    "children-only": DomainSnapshotDeleteFlags.CHILDREN_ONLY,
    "metadata": DomainSnapshotDeleteFlags.METADATA_ONLY,
}
REVERT_FLAGS = {
    "running": DomainSnapshotRevertFlags.RUNNING,
    "paused": DomainSnapshotRevertFlags.PAUSED,
    "force": DomainSnapshotRevertFlags.FORCE,
    "reset-nvram": DomainSnapshotRevertFlags.RESET_NVRAM,
}


def chosen(shell: Shell, args: Args, dom: DomainRef, *, exclusive: bool = True) -> DomainSnapshotRef:
    """The snapshot that --snapshotname or --current means."""
    name = args.text("snapshotname")
    current = args.flag("current")
    if name is not None and current and exclusive:
        raise CommandFailed("--snapshotname and --current are mutually exclusive")
    if name is not None:
        return find(shell, SNAPSHOT, dom, name)  # type: ignore[return-value]
    if not current:
        raise CommandFailed("--snapshotname or --current is required")
    found: DomainSnapshotRef = shell.call("domain_snapshot_current", dom, 0)
    return found


@command(
    "snapshot-current",
    "print the current snapshot, or make one current",
    """
    @domain
    --name  print its name, rather than its XML
    --security-info  passwords included
    --snapshotname STRING{snapshot}  make this one current
    """,
)
def snapshot_current(shell: Shell, args: Args) -> None:
    args.exclusive("name", "snapshotname")
    dom = lookup.domain(shell, args)
    name = args.text("snapshotname")
    if name is not None:
        _make_current(shell, dom, name)
        return
    if not shell.call("domain_has_current_snapshot", dom, 0):
        raise CommandFailed(f"domain '{args.required('domain')}' has no current snapshot")
    current: DomainSnapshotRef = shell.call("domain_snapshot_current", dom, 0)
    if args.flag("name"):
        shell.out.data({"name": current.name})
        shell.out.write(current.name)
        return
    flags = bits(args, {"security-info": DomainSnapshotXMLFlags.SECURE})
    document = shell.call("domain_snapshot_get_xml_desc", current, flags)
    shell.out.xml(document)


def _make_current(shell: Shell, dom: DomainRef, name: str) -> None:
    snapshot = find(shell, SNAPSHOT, dom, name)
    document = shell.call("domain_snapshot_get_xml_desc", snapshot, int(DomainSnapshotXMLFlags.SECURE))
    flags = DomainSnapshotCreateFlags.REDEFINE | DomainSnapshotCreateFlags.CURRENT
    # A snapshot without its own definition of the domain is one that only disks know of.
    if parse(document, SNAPSHOT.title).find("domain/name") is None:
        flags |= DomainSnapshotCreateFlags.DISK_ONLY
    shell.call("domain_snapshot_create_xml", dom, document, int(flags))
    shell.out.note(f"Snapshot {name} set as current", "")


@command(
    "snapshot-delete",
    "delete a snapshot",
    """
    @domain
    --snapshotname STRING{snapshot}  its name
    --current  the current one
    --children  and all that come from it
    --children-only  only those that come from it
    --metadata  only what is known of it, not its contents
    """,
)
def snapshot_delete(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    snapshot = chosen(shell, args, dom)
    flags = bits(args, DELETE_FLAGS)
    with shell.failing(f"Failed to delete snapshot {snapshot.name}"):
        shell.call("domain_snapshot_delete", snapshot, flags)
    what = " children" if args.flag("children-only") else ""
    shell.out.note(f"Domain snapshot {snapshot.name}{what} deleted")


@command(
    "snapshot-dumpxml",
    "print the XML of a snapshot",
    """
    @domain
    <snapshotname>{snapshot}  its name
    --security-info  passwords included
    @xpath
    """,
)
def snapshot_dumpxml(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    snapshot = find(shell, SNAPSHOT, dom, args.required("snapshotname"))
    flags = bits(args, {"security-info": DomainSnapshotXMLFlags.SECURE})
    document = shell.call("domain_snapshot_get_xml_desc", snapshot, flags)
    print_document(shell, args, document, "(domain-snapshot)")


@command(
    "snapshot-edit",
    "edit what is known of a snapshot",
    """
    @domain
    --snapshotname STRING{snapshot}  its name
    --current  make it current as well
    --rename  allow a new name
    --clone  make a second one if it gets a new name
    """,
)
def snapshot_edit(shell: Shell, args: Args) -> None:
    args.exclusive("rename", "clone")
    dom = lookup.domain(shell, args)
    snapshot = chosen(shell, args, dom, exclusive=False)
    flags = DomainSnapshotCreateFlags.REDEFINE
    if args.flag("current") and args.flag("snapshotname"):
        flags |= DomainSnapshotCreateFlags.CURRENT
    edited = [snapshot]

    def define(document: str) -> None:
        new_name = parse(document, SNAPSHOT.title).value("name")
        if new_name != snapshot.name and not args.any("rename", "clone"):
            raise CommandFailed(f"Must use --rename or --clone to change {snapshot.name} to {new_name}")
        edited[0] = shell.call("domain_snapshot_create_xml", dom, document, int(flags))

    def fetch() -> str:
        document: str = shell.call("domain_snapshot_get_xml_desc", snapshot, int(DomainSnapshotXMLFlags.SECURE))
        return document

    if not edit_document(shell, fetch, define):
        shell.out.note(f"Snapshot {snapshot.name} XML configuration not changed.", changed=False)
        return
    new_name = edited[0].name
    if new_name == snapshot.name:
        shell.out.note(f"Snapshot {snapshot.name} edited.", changed=True)
    elif args.flag("clone"):
        shell.out.note(f"Snapshot {snapshot.name} cloned to {new_name}.", changed=True)
    else:
        with shell.failing(f"Failed to clean up {snapshot.name}"):
            shell.call("domain_snapshot_delete", snapshot, int(DomainSnapshotDeleteFlags.METADATA_ONLY))
        shell.out.note(f"Snapshot {snapshot.name} edited.", changed=True)


@command(
    "snapshot-info",
    "print what is known of a snapshot",
    """
    @domain
    --snapshotname STRING{snapshot}  its name
    --current  the current one
    """,
)
def snapshot_info(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    snapshot = chosen(shell, args, dom)
    out = shell.out
    out.field("Name:", snapshot.name)
    out.field("Domain:", snapshot.dom.name)
    document = document_of(shell, SNAPSHOT, snapshot)
    current = bool(shell.call("domain_snapshot_is_current", snapshot, 0))
    out.field("Current:", "yes" if current else "no", current=current)
    state = document.value("state")
    if state is None:
        raise CommandFailed("unexpected problem reading snapshot xml")
    out.field("State:", state)
    out.field("Location:", "external" if _is_external(document, state) else "internal")
    show_relations(shell, SNAPSHOT, snapshot)
    metadata = bool(shell.call("domain_snapshot_has_metadata", snapshot, 0))
    out.field("Metadata:", "yes" if metadata else "no", metadata=metadata)


def _is_external(document: Element, state: str) -> bool:
    if document.find("memory") is None:
        return state == "disk-snapshot"
    parts = [*document.findall("memory"), *document.findall("disks/disk")]
    return any(part.get("snapshot") == "external" for part in parts)


@command(
    "snapshot-list",
    "list the snapshots of a domain",
    """
    @domain
    --parent  show their parents
    --roots  those that come from no other
    --leaves  those that no other comes from
    --no-leaves  those that others come from
    --metadata  those that libvirt knows of itself
    --no-metadata  those that libvirt does not know of itself
    --inactive  those taken while the domain was shut off
    --active  those with the memory of a running domain
    --disk-only  those of disks only
    --internal  those inside the disk images
    --external  those in files of their own
    --tree  as a tree
    --from STRING{snapshot}  those that come from this one
    --current  those that come from the current one
    --descendants  whatever the distance
    --name  print their names
    --topological  parents before children
    """,
)
def snapshot_list(shell: Shell, args: Args) -> None:
    for other in ("parent", "roots", "name"):
        if other == "roots":
            args.exclusive("roots", "tree") if not args.flag("from") else args.exclusive("roots", "from")
        elif other == "parent":
            args.exclusive("parent", "roots") if args.flag("roots") else args.exclusive("parent", "tree")
        else:
            args.exclusive("tree", "name")
    dom = lookup.domain(shell, args)
    start = _start(shell, args, dom)
    if args.flag("descendants") and start is None:
        raise CommandFailed("--descendants requires either --from or --current")
    flags = bits(args, {name: bit for name, bit in LIST_FLAGS.items() if name != "roots" or start is None})
    show_list(shell, args, SNAPSHOT, dom, start, flags, _print_table)


def _start(shell: Shell, args: Args, dom: DomainRef) -> DomainSnapshotRef | None:
    name = args.text("from")
    if name is not None and args.flag("current"):
        raise CommandFailed("--from and --current are mutually exclusive")
    if name is not None:
        return find(shell, SNAPSHOT, dom, name)  # type: ignore[return-value]
    if args.flag("current"):
        found: DomainSnapshotRef = shell.call("domain_snapshot_current", dom, 0)
        return found
    return None


def _print_table(shell: Shell, found: list[Revision], with_parents: bool) -> None:
    rows, records = [], []
    for snapshot in found:
        try:
            document = document_of(shell, SNAPSHOT, snapshot)
        except ManorError as failure:
            if failure.code == ErrorNumber.NO_DOMAIN_SNAPSHOT:
                continue  # it went away since the list was made
            raise
        state = document.value("state")
        if state is None:
            continue
        parent = document.value("parent/name")
        seconds = created(document)
        row = [snapshot.name, created_text(seconds), state]
        rows.append([*row, parent or ""] if with_parents else row)
        records.append({"name": snapshot.name, "created": seconds, "state": state, "parent": parent})
    header = ("Name", "Creation Time", "State", *(("Parent",) if with_parents else ()))
    shell.out.table(header, rows, records)


@command(
    "snapshot-parent",
    "print which snapshot another comes from",
    """
    @domain
    --snapshotname STRING{snapshot}  its name
    --current  the current one
    """,
)
def snapshot_parent(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    show_parent(shell, SNAPSHOT, chosen(shell, args, dom))


@command(
    "snapshot-revert",
    "put a domain back to a snapshot",
    """
    @domain
    --snapshotname STRING{snapshot}  its name
    --current  the current one
    --running  let the domain run afterwards
    --paused  leave the domain paused afterwards
    --force  even if that may be risky
    --reset-nvram  with fresh NVRAM
    """,
)
def snapshot_revert(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    snapshot = chosen(shell, args, dom)
    flags = bits(args, REVERT_FLAGS)
    force = int(DomainSnapshotRevertFlags.FORCE)
    try:
        # Force is used only where it turns out to be needed.
        shell.call("domain_revert_to_snapshot", snapshot, flags & ~force)
    except ManorError as failure:
        if not (flags & force and failure.code == ErrorNumber.SNAPSHOT_REVERT_RISKY):
            shell.error(f"Failed to revert snapshot {snapshot.name}")
            raise
        with shell.failing(f"Failed to revert snapshot {snapshot.name}"):
            shell.call("domain_revert_to_snapshot", snapshot, flags)
    shell.out.note(f"Domain snapshot {snapshot.name} reverted")
