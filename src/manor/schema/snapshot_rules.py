# SPDX-License-Identifier: Apache-2.0
"""What a snapshot document must fulfil, and what libvirt adds to one. Pure functions of document and domain.

The domain inside a snapshot is completed and checked by whoever runs domains.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.storage import FileSource
from manor.schema.core import Raw, read_tree
from manor.schema.disk_names import listed
from manor.schema.domain import Domain
from manor.schema.domain.disk import Disk
from manor.schema.snapshot import DomainSnapshot, Location, SnapshotDisk, SnapshotMemory

_error = reporter(ErrorDomain.DOMAIN_SNAPSHOT)
_internal = _error.internal
_xml = _error.xml_error
_unsupported = _error.unsupported

_OFFLINE = ("shutoff", "disk-snapshot")
"""States without memory to keep."""


def read(xml: str, *, redefine: bool = False, validate: bool = False) -> DomainSnapshot:
    """The snapshot a document describes, checked. `redefine`: it is known from elsewhere. Raises ManorError."""
    root = read_tree(xml, "(domain_snapshot)", ErrorDomain.DOMAIN_SNAPSHOT)
    if any(child.tag == "domain" and child.get("type") is None for child in root):
        # The domain was less of a document in older snapshots; nothing of it is read.
        raw = Raw.from_node(root)
        kept = (item for item in raw.content if not (isinstance(item, Raw) and item.tag == "domain"))
        xml = raw._replace(content=tuple(kept)).format()
    snapshot = DomainSnapshot.parse(xml, validate=validate, source="(domain_snapshot)")
    check(snapshot, redefine=redefine)
    return snapshot


def check_domain(snapshot: DomainSnapshot, uuid: str) -> None:
    """Refuse a snapshot made known again that holds no domain, or another one than that of `uuid`."""
    for domain in (snapshot.domain, snapshot.inactive_domain):
        if domain is not None and domain.uuid != uuid:
            raise _error(ErrorNumber.INVALID_ARG, f"definition for snapshot {snapshot.name} must use uuid {uuid}")
    if snapshot.domain is None:
        raise _internal("missing domain in snapshot")


def check(snapshot: DomainSnapshot, *, redefine: bool) -> None:
    """Refuse what is wrong in itself. Raises ManorError."""
    if redefine:
        if not snapshot.name:
            raise _xml("a redefined snapshot must have a name")
        if snapshot.creation_time is None:
            raise _internal("missing creationTime from existing snapshot")
        if snapshot.state is None:
            raise _xml("missing state from existing snapshot")
    for disk in snapshot.disks:
        if not disk.name:
            raise _internal("missing name from disk snapshot element")
        _check_disk(disk)
    if snapshot.memory is not None:
        _check_memory(snapshot.memory)


def _check_disk(disk: SnapshotDisk) -> None:
    if disk.snapshot is None and disk.source is not None:
        disk.snapshot = "external"


def _check_memory(memory: SnapshotMemory) -> None:
    if memory.snapshot is None and memory.file:
        memory.snapshot = "external"
    if memory.file and memory.snapshot != "external":
        raise _xml(f"memory filename '{memory.file}' requires external snapshot")
    if memory.snapshot == "external" and not memory.file:
        raise _xml("external memory snapshots require a filename")
    if memory.file and not memory.file.startswith("/"):
        raise _xml(f"memory snapshot file path ({memory.file}) must be absolute")


def complete(snapshot: DomainSnapshot, *, seconds: int, state: str) -> None:
    """Name and date a new snapshot of a domain in a state."""
    snapshot.creation_time = seconds
    snapshot.name = snapshot.name or str(seconds)
    snapshot.state = state  # type: ignore[assignment]  # one of libvirt's words for states
    snapshot.domain = snapshot.inactive_domain = None


def settle_memory(snapshot: DomainSnapshot) -> None:
    """Say where the memory is: nowhere for a domain that was off, else with the disks unless it is said."""
    if snapshot.state in _OFFLINE:
        snapshot.memory = SnapshotMemory(snapshot="no")
    elif snapshot.memory is None or snapshot.memory.snapshot is None:
        snapshot.memory = SnapshotMemory(snapshot="internal")


def align_disks(
    snapshot: DomainSnapshot,
    domain: Domain,
    default: Location,
    *,
    required: bool,
    is_file: Callable[[str], bool],
) -> None:
    """List every disk of `domain` once, in its order, by its target name.

    Disks that are not mentioned take part as `default` says, those without content not at all; with `required`
    none may take part in another way. `is_file` tells whether a path is a regular file of the host.
    """
    disks = domain.devices.disks if domain.devices is not None else []
    if len(snapshot.disks) > len(disks):
        raise _unsupported("too many disk snapshot requests for domain")
    mentioned: dict[int, SnapshotDisk] = {}
    for place, entry in listed(snapshot.disks, disks, _error):
        mentioned[place] = entry
        if entry.snapshot in (None, "default"):
            entry.snapshot = disks[place].snapshot or default
        elif required and entry.snapshot != default and not (entry.snapshot == "no" and disks[place].snapshot == "no"):
            raise _unsupported(f"disk '{entry.name}' must use snapshot mode '{default}'")
        entry.name = disks[place].target_name
    snapshot.disks = [mentioned.get(place) or _implied(disk, default) for place, disk in enumerate(disks)]
    for entry, disk in zip(snapshot.disks, disks, strict=True):
        if entry.snapshot == "external":
            _name_file(entry, disk, snapshot.name or "", is_file)


def _implied(disk: Disk, default: Location) -> SnapshotDisk:
    """How a disk takes part that the document does not mention."""
    empty = disk.source is None and disk.device in ("cdrom", "floppy")
    chosen: Location = "no" if empty or disk.readonly else disk.snapshot or default
    return SnapshotDisk(name=disk.target_name, snapshot=chosen)


def _name_file(entry: SnapshotDisk, disk: Disk, snapshot_name: str, is_file: Callable[[str], bool]) -> None:
    """Choose the file of an external snapshot that names none: the disk's own with the snapshot's name in it."""
    entry.type = entry.type or "file"
    if entry.source is not None:
        return
    origin = disk.source
    if not isinstance(origin, FileSource) or not origin.file or not is_file(origin.file):
        text = f"source for disk '{entry.name}' is not a regular file; refusing to generate external snapshot name"
        raise _unsupported(text)
    path = PurePosixPath(origin.file)
    if path.suffix.lstrip(".") == snapshot_name:
        text = f"suffix collision: file '{path}' for disk '{entry.name}' already ends with '{snapshot_name}'"
        raise _unsupported(text)
    entry.source = FileSource(
        file=str(path.with_suffix(f".{snapshot_name}") if path.suffix else f"{path}.{snapshot_name}")
    )
