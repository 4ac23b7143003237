# SPDX-License-Identifier: Apache-2.0
"""What a checkpoint document must fulfil, and what libvirt adds to one. Pure functions of document and domain."""

from __future__ import annotations

import re

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.checkpoint import CheckpointDisk, DomainCheckpoint
from manor.schema.core import read_tree
from manor.schema.core.node import Node, is_element
from manor.schema.disk_names import listed
from manor.schema.domain import Domain
from manor.schema.domain.disk import Disk

_error = reporter(ErrorDomain.DOMAIN_CHECKPOINT)
_unsupported = _error.unsupported
_schema_error = reporter(ErrorDomain.XML)


def read(xml: str, *, redefine: bool = False) -> DomainCheckpoint:
    """The checkpoint a document describes, checked. `redefine`: it is known from elsewhere. Raises ManorError."""
    root = read_tree(xml, "(domain_checkpoint)", ErrorDomain.DOMAIN_CHECKPOINT)
    if root.tag != "domaincheckpoint":
        detail = f"expecting root element of 'domaincheckpoint', not '{root.tag}'"
        raise _schema_error(ErrorNumber.XML_ERROR, detail)
    _check_shape(root)
    checkpoint = DomainCheckpoint.from_node(root)
    check(checkpoint, redefine=redefine)
    for disk in checkpoint.disks:
        disk.checkpoint = disk.checkpoint or "bitmap"
        if disk.checkpoint == "bitmap" and redefine:
            disk.bitmap = checkpoint.name if disk.bitmap is None else disk.bitmap
    return checkpoint


_SHAPE = "Unable to validate doc against /usr/share/libvirt/schemas/domaincheckpoint.rng"
_NAME = re.compile(r"[^/.\n][^/\n]*\Z")
_DISK_NAME = re.compile(r"(/.+|(ioemu:)?(fd|hd|sd|vd|xvd|ubd)[a-zA-Z0-9_]+)\Z")
_KNOWN = ("name", "description", "creationTime", "disks", "parent", "domain")


def _check_shape(root: Node) -> None:
    """libvirt always validates these documents; the words are those of its validator."""
    for entry in filter(is_element, root):
        if entry.tag not in _KNOWN:
            raise _shape_error(f"Element domaincheckpoint has extra content: {entry.tag}\n")
        if not _well_formed(entry):
            problem = f"Extra element {entry.tag} in interleave\nElement domaincheckpoint failed to validate content\n"
            raise _shape_error(problem)


def _shape_error(problem: str) -> ManorError:
    return _schema_error(ErrorNumber.XML_INVALID_SCHEMA, f"{_SHAPE}\n{problem}")


def _well_formed(entry: Node) -> bool:
    """Whether one part of the document is what the schema says."""
    text = entry.text or ""
    match entry.tag:
        case "name":
            return bool(_NAME.match(text))
        case "creationTime":
            return text.strip().isdigit()
        case "disks":
            disks = [disk for disk in entry if is_element(disk)]
            return bool(disks) and all(_disk_well_formed(disk) for disk in disks)
        case "domain":
            try:
                Domain.from_node(entry)
            except ManorError:
                return False
    return True


def _disk_well_formed(disk: Node) -> bool:
    if disk.tag != "disk" or not _DISK_NAME.match(disk.get("name") or ""):
        return False
    kind = disk.get("checkpoint")
    return kind in (None, "bitmap") or (kind == "no" and disk.get("bitmap") is None)


def check(checkpoint: DomainCheckpoint, *, redefine: bool) -> None:
    """Refuse what is wrong in itself. Raises ManorError."""
    if redefine:
        if not checkpoint.name:
            raise _error(ErrorNumber.XML_ERROR, "a redefined checkpoint must have a name")
        if checkpoint.creation_time is None:
            raise _error(ErrorNumber.INTERNAL_ERROR, "missing creationTime from existing checkpoint")
    for disk in checkpoint.disks:
        if not disk.name:
            raise _error(ErrorNumber.INTERNAL_ERROR, "missing name from disk checkpoint element")
        if disk.checkpoint == "no" and disk.bitmap:
            text = f"disk checkpoint bitmap '{disk.bitmap}' requires type='bitmap'"
            raise _error(ErrorNumber.XML_ERROR, text)


def complete(checkpoint: DomainCheckpoint, *, seconds: int) -> None:
    """Name and date a new checkpoint."""
    checkpoint.creation_time = seconds
    checkpoint.name = checkpoint.name or str(seconds)
    checkpoint.domain = None
    for disk in checkpoint.disks:
        disk.size = None


def align_disks(checkpoint: DomainCheckpoint, domain: Domain) -> None:
    """List every disk of `domain` once, in its order, by its target name.

    Without a list all disks that can take part do; with one, only those in it. Bitmaps are named like the
    checkpoint unless it is said.
    """
    disks = domain.devices.disks if domain.devices is not None else []
    if not disks:
        raise _unsupported("domain must have at least one disk to perform checkpoints")
    if len(checkpoint.disks) > len(disks):
        raise _unsupported("too many disk checkpoint requests for domain")
    default: CheckpointDisk = CheckpointDisk(checkpoint="no" if checkpoint.disks else "bitmap")
    mentioned: dict[int, CheckpointDisk] = {}
    for place, entry in listed(checkpoint.disks, disks, _error):
        mentioned[place] = entry
        entry.name = disks[place].target_name
        entry.checkpoint = entry.checkpoint or "bitmap"
    checkpoint.disks = [mentioned.get(place) or _implied(disk, default) for place, disk in enumerate(disks)]
    for entry in checkpoint.disks:
        if entry.checkpoint == "bitmap":
            entry.bitmap = entry.bitmap or checkpoint.name


def _implied(disk: Disk, default: CheckpointDisk) -> CheckpointDisk:
    takes_part = default.checkpoint == "bitmap" and disk.source is not None and not disk.readonly
    return CheckpointDisk(name=disk.target_name, checkpoint="bitmap" if takes_part else "no")
