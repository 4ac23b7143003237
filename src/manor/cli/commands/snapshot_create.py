# SPDX-License-Identifier: Apache-2.0
"""Taking snapshots of domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.commands.itself import split_list
from manor.cli.common import bits, read_text
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.revisions import SNAPSHOT, described, disk_spec
from manor.cli.xml import Tag
from manor.constants import DomainSnapshotCreateFlags as Flags
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef, DomainSnapshotRef

FLAGS = {
    "no-metadata": Flags.NO_METADATA,
    "halt": Flags.HALT,
    "disk-only": Flags.DISK_ONLY,
    "reuse-external": Flags.REUSE_EXT,
    "quiesce": Flags.QUIESCE,
    "atomic": Flags.ATOMIC,
    "live": Flags.LIVE,
    "validate": Flags.VALIDATE,
}


def _create(shell: Shell, dom: DomainRef, document: str, flags: int, path: str | None) -> None:
    try:
        made: DomainSnapshotRef = shell.call("domain_snapshot_create_xml", dom, document, flags)
    except ManorError:
        # Some drivers halt a transient domain by removing it, and then have nothing to hang the snapshot on.
        if flags & Flags.HALT and not shell.call("domain_is_persistent", dom):
            raise CommandFailed("cannot halt after snapshot of transient domain") from None
        raise
    origin = f" from '{path}'" if path is not None else ""
    shell.out.note(f"Domain snapshot {made.name} created{origin}", "", name=made.name)


@command(
    "snapshot-create",
    "take a snapshot described in a file",
    """
    @domain
    --xmlfile STRING{file}  XML description of the snapshot
    --redefine  tell of a snapshot that there is already
    --current  make that snapshot the current one
    --no-metadata  do not remember it
    --halt  stop the domain afterwards
    --disk-only  of the disks, without the memory
    --reuse-external  into files that are there already
    --quiesce  freeze the guest's file systems meanwhile
    --atomic  all or nothing
    --live  while the domain runs
    --validate  check the description against the schema
    """,
)
def snapshot_create(shell: Shell, args: Args) -> None:
    flags = bits(args, {**FLAGS, "redefine": Flags.REDEFINE, "current": Flags.CURRENT})
    dom = lookup.domain(shell, args)
    path = args.text("xmlfile")
    document = read_text(path) if path is not None else "<domainsnapshot/>"
    _create(shell, dom, document, flags, path)


@command(
    "snapshot-create-as",
    "take a snapshot described by options",
    """
    @domain
    --name STRING  its name
    --description STRING  its description
    --print-xml  print the XML, and do nothing
    --no-metadata  do not remember it
    --halt  stop the domain afterwards
    --disk-only  of the disks, without the memory
    --reuse-external  into files that are there already
    --quiesce  freeze the guest's file systems meanwhile
    --atomic  all or nothing
    --live  while the domain runs
    --validate  check the description against the schema
    --memspec=STRING  where the memory goes: [file=]name[,snapshot=type]
    [diskspec...]{disk}  a disk: disk[,snapshot=type][,driver=type][,stype=type][,file=name]
    """,
)
def snapshot_create_as(shell: Shell, args: Args) -> None:
    flags = bits(args, FLAGS)
    dom = lookup.domain(shell, args)
    memory = args.text("memspec")
    document = described(args, SNAPSHOT, disk_tag, [memory_tag(memory)] if memory is not None else ())
    if args.flag("print-xml"):
        shell.out.xml(document, "\n")
        return
    _create(shell, dom, document, flags, None)


def memory_tag(text: str) -> Tag:
    """The <memory> of `[file=]name[,snapshot=type]`. Raises CommandFailed."""
    parts = split_list(text)
    file, snapshot = None, None
    for place, part in enumerate(parts):
        if snapshot is None and part.startswith("snapshot="):
            snapshot = part.removeprefix("snapshot=")
        elif file is None and part.startswith("file="):
            file = part.removeprefix("file=")
        elif file is None and place == 0 and len(parts) <= 2:
            file = part
        else:
            raise CommandFailed(f"unable to parse memspec: {text}")
    return Tag("memory", snapshot=snapshot, file=file)


def disk_tag(text: str) -> Tag:
    """The <disk> of `disk[,snapshot=type][,driver=type][,stype=type][,file=name]`. Raises CommandFailed."""
    name, values = disk_spec(text, ("snapshot", "driver", "file", "stype"))
    kind = values.get("stype")
    if kind not in (None, "file", "block"):
        raise CommandFailed(f"Unknown storage type: '{kind}'", f"unable to parse diskspec: {text}")
    disk = Tag("disk", name=name, snapshot=values.get("snapshot"), type=kind)
    if "driver" in values:
        disk.add("driver", type=values["driver"])
    if "file" in values:
        disk.add("source", **{"dev" if kind == "block" else "file": values["file"]})
    return disk
