# SPDX-License-Identifier: Apache-2.0
"""What snapshots and checkpoints of a domain have in common: parents, children, lists and trees."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from manor.cli.failure import CommandFailed
from manor.cli.xml import Element, parse
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
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
