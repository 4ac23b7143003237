# SPDX-License-Identifier: Apache-2.0
"""Disks before a start: the images exist and can be opened, and what they are based on is known.

QEMU is told every image of a chain, so that it opens nothing that a guest could have written into a header.
"""

from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING, Any, cast

from manor.drivers.qemu import prepare_volumes
from manor.drivers.qemu.passes.sources import number_sources
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.common.storage import BlockSource, FileSource, place_of
from manor.schema.domain.disk import BackingStore, Disk, DiskFormat
from manor.system.images import backing_path, read_header

if TYPE_CHECKING:
    from manor.drivers.qemu.core import QemuCore
    from manor.drivers.qemu.prepare import Preparation

_error = reporter(ErrorDomain.STORAGE)
_config_error = reporter(ErrorDomain.QEMU)

_NO_VOLUME = frozenset({ErrorNumber.NO_STORAGE_POOL, ErrorNumber.NO_STORAGE_VOL})

MAX_CHAIN = 200
"""Images in a chain before it is taken for a loop."""


async def prepare(p: Preparation) -> None:
    """Check every disk and learn its chain."""
    for disk in p.document.devices.disks if p.document.devices is not None else ():
        await prepare_disk(p.core, disk)
        if disk.source is None and disk.driver is not None:
            # Nothing is in the drive; the next medium has its own format.
            disk.driver.type = None
    number_sources(p.document)


async def prepare_disk(core: QemuCore, disk: Disk) -> None:
    """Check one disk and learn its chain; its images get their numbers from the caller."""
    try:
        prepare_volumes.locate(core, disk)
    except ManorError as failure:
        if failure.code not in _NO_VOLUME or not _may_be_missing(disk):
            raise
        _empty(disk)
    await asyncio.to_thread(_prepare_one, disk)


def _prepare_one(disk: Disk) -> None:
    if disk.transient is not None:
        # The guest would write into the image that is to stay as it is.
        target = disk.target.dev if disk.target is not None else None
        raise _config_error(
            ErrorNumber.CONFIG_UNSUPPORTED, f"disk '{target}': <transient/> is not supported, changes would be kept"
        )
    if isinstance(disk.source, FileSource) and disk.source.fdgroup is not None:
        text = f"file descriptor group '{disk.source.fdgroup}' was not associated with the domain"
        raise _config_error(ErrorNumber.INVALID_ARG, text)
    path = _path(disk)
    if path is None:
        return
    try:
        _check_access(path, write=not (disk.readonly or disk.device == "cdrom"))
    except OSError as failure:
        if _may_be_missing(disk) and failure.errno == errno.ENOENT:
            _empty(disk)
            return
        raise _error.system(failure.errno or errno.EIO, f"Cannot access storage file '{path}'") from failure
    if disk.backing_store is None:
        form = disk.driver.type if disk.driver is not None else None
        try:
            disk.backing_store = _backing(path, form or "raw", 0)
        except OSError as failure:
            raise _error.system(failure.errno or errno.EIO, f"Failed to read storage file '{path}'") from failure


def _may_be_missing(disk: Disk) -> bool:
    policy = disk.source.startup_policy if disk.source is not None else None
    return policy == "optional" or (policy == "requisite" and disk.device in ("cdrom", "floppy"))


def _empty(disk: Disk) -> None:
    """Start without the medium, as the document's startupPolicy allows."""
    disk.type, disk.source = "file", None


def _path(disk: Disk) -> str | None:
    match place_of(disk.source):
        case FileSource(file=path) | BlockSource(dev=path):
            return path
    return None


def _check_access(path: str, *, write: bool) -> None:
    handle = os.open(path, (os.O_RDWR if write else os.O_RDONLY) | os.O_NONBLOCK | os.O_CLOEXEC)
    os.close(handle)


def _backing(path: str, form: str, depth: int) -> BackingStore:
    """What an image is based on, by its own header; an element without content where it stands alone."""
    if depth > MAX_CHAIN:
        raise _error(ErrorNumber.OPERATION_FAILED, f"backing store for {path} is self-referential")
    header = read_header(path, form)
    if header.backing_file is None:
        return BackingStore()
    below = backing_path(path, header.backing_file)
    form = header.backing_format or "raw"
    try:
        _check_access(below, write=False)
    except OSError as failure:
        raise _error.system(
            failure.errno or errno.EIO, f"Cannot access backing file '{below}' of storage file '{path}'"
        ) from failure
    return BackingStore(
        type="file",
        format_=DiskFormat(type=cast(Any, form)),
        source=FileSource(file=below),
        backing_store=_backing(below, form, depth + 1),
    )
