# SPDX-License-Identifier: Apache-2.0
"""What snapshots and checkpoints of a domain have in common: descriptions, parents, children, lists and trees."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from manor.cli.commands.itself import split_list
from manor.cli.failure import CommandFailed
from manor.cli.tree import draw
from manor.cli.xml import Element, Tag, parse
from manor.constants import DomainCheckpointListFlags, DomainSnapshotListFlags
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainCheckpointRef, DomainRef, DomainSnapshotRef

    Revision = DomainSnapshotRef | DomainCheckpointRef


class Kind(NamedTuple):
    """Snapshots or checkpoints: the words and operations of each."""

    noun: str
    root: str
    lookup: str
    describe: str
    parent: str
    missing: int
    list_all: str
    list_children: str
    descendants: int
    title: str


SNAPSHOT = Kind(
    "snapshot",
    "domainsnapshot",
    "domain_snapshot_lookup_by_name",
    "domain_snapshot_get_xml_desc",
    "domain_snapshot_get_parent",
    int(ErrorNumber.NO_DOMAIN_SNAPSHOT),
    "domain_list_all_snapshots",
    "domain_snapshot_list_all_children",
    int(DomainSnapshotListFlags.DESCENDANTS),
    "(domain_snapshot)",
)
CHECKPOINT = Kind(
    "checkpoint",
    "domaincheckpoint",
    "domain_checkpoint_lookup_by_name",
    "domain_checkpoint_get_xml_desc",
    "domain_checkpoint_get_parent",
    int(ErrorNumber.NO_DOMAIN_CHECKPOINT),
    "domain_list_all_checkpoints",
    "domain_checkpoint_list_all_children",
    int(DomainCheckpointListFlags.DESCENDANTS),
    "(domain_checkpoint)",
)


def find(shell: Shell, kind: Kind, dom: DomainRef, name: str) -> Revision:
    """A snapshot or checkpoint by name."""
    found: Revision = shell.call(kind.lookup, dom, name, 0)
    return found


def parent_name(shell: Shell, kind: Kind, revision: Revision) -> str | None:
    """The name of the parent, None for a root."""
    try:
        parent: Revision = shell.call(kind.parent, revision, 0)
    except ManorError as failure:
        if failure.code == kind.missing:
            return None
        raise
    return parent.name


def children(shell: Shell, kind: Kind, revision: Revision, flags: int) -> list[Revision]:
    """What was made after a snapshot or checkpoint; `flags` may ask for all descendants."""
    found: list[Revision] = shell.call(kind.list_children, revision, flags)
    return found


def created(document: Element) -> int:
    """When a snapshot or checkpoint was made, in seconds since 1970."""
    text = document.value("creationTime")
    if text is None or not text.isdigit():
        raise CommandFailed("unable to read creationTime")
    return int(text)


def created_text(seconds: int) -> str:
    """That time in the zone of this host."""
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(seconds))


def document_of(shell: Shell, kind: Kind, revision: Revision) -> Element:
    """The XML of a snapshot or checkpoint."""
    return parse(shell.call(kind.describe, revision, 0), kind.title)


def described(args: Args, kind: Kind, disk_tag: Callable[[str], Tag], more: Iterable[Tag] = ()) -> str:
    """The XML of a snapshot or checkpoint that options describe; `more` stands before the disks."""
    revision = Tag(kind.root)
    for name in ("name", "description"):
        text = args.text(name)
        if text is not None:
            revision.add(name, text)
    revision.extend(*more)
    disks = args.many("diskspec")
    if disks:
        revision.add("disks").extend(*(disk_tag(text) for text in disks))
    return revision.format()


def disk_spec(text: str, keys: Collection[str]) -> tuple[str, dict[str, str]]:
    """The name and the values of `disk[,key=value]...`. Raises CommandFailed."""
    name, *parts = split_list(text)
    values: dict[str, str] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals or key not in keys or key in values:
            raise CommandFailed(f"unable to parse diskspec: {text}")
        values[key] = value
    if not name:
        raise CommandFailed(f"unable to parse diskspec: {text}")
    return name, values


def show_relations(shell: Shell, kind: Kind, revision: Revision) -> None:
    """Parent, children and descendants as fields."""
    parent = parent_name(shell, kind, revision)
    shell.out.field("Parent:", parent or "-", parent=parent)
    shell.out.field("Children:", len(children(shell, kind, revision, 0)))
    shell.out.field("Descendants:", len(children(shell, kind, revision, kind.descendants)))


def show_parent(shell: Shell, kind: Kind, revision: Revision) -> None:
    """The parent's name. Raises CommandFailed for a root."""
    parent = parent_name(shell, kind, revision)
    if parent is None:
        raise CommandFailed(f"{kind.noun} '{revision.name}' has no parent")
    shell.out.data({"parent": parent})
    shell.out.write(parent)


def show_list(
    shell: Shell,
    args: Args,
    kind: Kind,
    dom: DomainRef,
    start: Revision | None,
    flags: int,
    show_table: Callable[[Shell, list[Revision], bool], None],
) -> None:
    """Those of a domain, or those below `start`: as a tree, as names, or as a table."""
    # A tree below one needs everything below it.
    if args.flag("tree") and start is not None:
        flags |= kind.descendants
    found: list[Revision] = (
        shell.call(kind.list_all, dom, flags) if start is None else children(shell, kind, start, flags)
    )
    if not args.flag("topological"):
        found.sort(key=lambda revision: revision.name.lower())
    if args.flag("tree"):
        _show_tree(shell, kind, [*([start] if start is not None else ()), *found])
    elif args.flag("name"):
        shell.out.data([revision.name for revision in found])
        shell.out.write("".join(f"{revision.name}\n" for revision in found))
    else:
        show_table(shell, found, args.flag("parent"))


def _show_tree(shell: Shell, kind: Kind, shown: list[Revision]) -> None:
    parents = {revision.name: parent_name(shell, kind, revision) for revision in shown}
    shell.out.data([{"name": name, "parent": parent} for name, parent in parents.items()])
    for line in draw(list(parents), parents):
        shell.out.line(line)
