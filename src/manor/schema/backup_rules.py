# SPDX-License-Identifier: Apache-2.0
"""What a backup document must fulfil, and what libvirt adds to one. Pure functions of document and domain."""

from __future__ import annotations

import re
from typing import Final

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.backup import BackupDisk, BackupDriver, BackupScratch, BackupTarget, DomainBackup
from manor.schema.common.storage import BlockSource, FileSource
from manor.schema.core import read_tree
from manor.schema.core.node import Node, is_element
from manor.schema.disk_names import listed
from manor.schema.domain import Domain
from manor.schema.domain.disk import Disk

_error = reporter(ErrorDomain.DOMAIN)
_unsupported = _error.unsupported
_schema_error = reporter(ErrorDomain.XML)

_SHAPE: Final = "Unable to validate doc against /usr/share/libvirt/schemas/domainbackup.rng"
_DISK_NAME: Final = re.compile(r"(ioemu:)?(fd|hd|sd|vd|xvd|ubd)[a-zA-Z0-9_]+\Z")
_FORMATS: Final = (
    "raw", "bochs", "cloop", "cow", "dmg", "iso", "qcow", "qcow2", "qed", "vmdk", "vpc", "fat", "vhd", "ploop", "vdi",
    "luks",
)  # fmt: skip
_YES_NO: Final = ("yes", "no")
_TYPES: Final = {"file": "file", "block": "dev"}
"""Types of backup disks, and the attribute that says where theirs are."""


def read(xml: str) -> DomainBackup:
    """The backup a document describes. Raises ManorError.

    libvirt always validates these documents; the words are those of its validator.
    """
    root = read_tree(xml, "(domain_backup)", ErrorDomain.DOMAIN)
    if root.tag != "domainbackup":
        raise _schema_error(ErrorNumber.XML_ERROR, f"expecting root element of 'domainbackup', not '{root.tag}'")
    _check_shape(root)
    backup = DomainBackup.from_node(root)
    backup.mode = backup.mode or "push"
    backup.incremental = backup.incremental or None
    return backup


def _shape_error(problem: str) -> ManorError:
    return _schema_error(ErrorNumber.XML_INVALID_SCHEMA, f"{_SHAPE}\n{problem}\n")


def _check_shape(root: Node) -> None:
    mode = root.get("mode")
    pull = mode == "pull"
    children = {child.tag: child for child in root if is_element(child)}
    extra = [name for name, _ in root.items() if name != "mode"]
    if extra or mode not in (None, "push", "pull") or (pull and "server" not in children):
        raise _shape_error(f"Invalid attribute {extra[0] if extra else 'mode'} for element domainbackup")
    wrong = _wrong_part(children, pull=pull)
    if wrong is not None:
        raise _shape_error(f"Extra element {wrong} in interleave\nElement domainbackup failed to validate content")


def _wrong_part(children: dict[str, Node], *, pull: bool) -> str | None:
    """The element that the validator stumbles over."""
    server, disks = children.get("server"), children.get("disks")
    if server is not None and not (pull and _server_fits(server)):
        return "server"
    listed = [disk for disk in disks if is_element(disk)] if disks is not None else []
    if disks is not None and not (listed and all(_disk_fits(disk, pull=pull) for disk in listed)):
        return "server" if pull else "disks"
    return next((name for name in children if name not in ("server", "disks", "incremental")), None)


def _server_fits(server: Node) -> bool:
    given = set(server.keys())
    if "tls" in given and server.get("tls") not in _YES_NO:
        return False
    match server.get("transport"):
        case "tcp":
            return "name" in given and given <= {"transport", "tls", "name", "port"}
        case "unix":
            return (server.get("socket") or "").startswith("/") and given <= {"transport", "tls", "socket"}
    return False


def _disk_fits(disk: Node, *, pull: bool) -> bool:
    given = set(disk.keys())
    if disk.tag != "disk" or not _DISK_NAME.match(disk.get("name") or ""):
        return False
    if disk.get("backup") == "no":
        return given == {"name", "backup"} and not len(disk)
    allowed = {"name", "backup", "type", "backupmode", "incremental"} | (
        {"exportname", "exportbitmap"} if pull else set()
    )
    if not given <= allowed or disk.get("backup") not in (None, "yes"):
        return False
    if disk.get("backupmode") not in (None, "full", "incremental"):
        return False
    kind = disk.get("type")
    if (kind is None and not pull) or kind not in (None, *_TYPES):
        return False
    return all(_file_fits(part, kind or "file", "scratch" if pull else "target") for part in disk if is_element(part))


def _file_fits(part: Node, kind: str, tag: str) -> bool:
    if part.tag == "driver":
        return part.get("type") in _FORMATS
    return part.tag == tag and bool(part.get(_TYPES[kind]))


def align_disks(backup: DomainBackup, domain: Domain, *, suffix: str) -> None:
    """List every disk of `domain` once, in its order, with where and how it is backed up.

    Without a list all disks that can take part do; with one, only those in it. Files that are not named are the
    disk's own with `suffix`. Raises ManorError.
    """
    disks = domain.devices.disks if domain.devices is not None else []
    everything = not backup.disks
    mentioned: dict[int, BackupDisk] = {}
    for place, entry in listed(backup.disks, disks, _error, paths=False):
        mentioned[place] = entry
        if entry.backup is not False:
            _complete(backup, entry)
    backup.disks = [mentioned.get(at) or _implied(disk, everything) for at, disk in enumerate(disks)]
    for entry, disk in zip(backup.disks, disks, strict=True):
        if entry.backup is False:
            continue
        if everything:
            _complete(backup, entry)
            _name_file(backup, entry, disk, suffix)
        if backup.mode == "pull" and entry.exportname is None:
            entry.exportname = entry.name


def _implied(disk: Disk, everything: bool) -> BackupDisk:
    takes_part = everything and disk.source is not None and not disk.readonly
    return BackupDisk(name=disk.target_name, backup=takes_part)


def _complete(backup: DomainBackup, entry: BackupDisk) -> None:
    entry.backup = True
    entry.type = entry.type or "file"
    entry.driver = entry.driver or BackupDriver(type="qcow2")
    if entry.incremental is None and entry.backupmode != "full":
        entry.incremental = backup.incremental
    if entry.backupmode is None:
        entry.backupmode = "incremental" if entry.incremental is not None else "full"
    if entry.backupmode == "incremental" and entry.incremental is None:
        raise _unsupported(
            f"'incremental' backup mode of disk '{entry.name}' requires setting 'incremental' field for disk or backup"
        )


def _name_file(backup: DomainBackup, entry: BackupDisk, disk: Disk, suffix: str) -> None:
    match disk.source:
        case FileSource():
            path = disk.source.file
        case BlockSource():
            path = disk.source.dev
        case _:
            path = None
    if not path:
        raise _unsupported(f"refusing to generate file name for disk '{entry.name}'")
    if backup.mode == "pull":
        entry.scratch = BackupScratch(file=f"{path}.{suffix}")
    else:
        entry.target = BackupTarget(file=f"{path}.{suffix}")
