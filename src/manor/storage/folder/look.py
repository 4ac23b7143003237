# SPDX-License-Identifier: Apache-2.0
"""What is in a folder: one volume per file, described by its status and header. Blocking; run in threads.

The format of a file that nobody has described is guessed from its content, as libvirt does it for lists of volumes; a
guest's disk never gets its format from here.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import stat
from pathlib import Path
from typing import Any, Final, cast

from manor.errors import ErrorNumber
from manor.schema.common.encryption import Encryption
from manor.schema.pool import Pool, Target
from manor.schema.storage import Permissions
from manor.schema.volume import (
    BackingStore,
    ImageFeatures,
    Timestamps,
    Volume,
    VolumeFormat,
    VolumeTarget,
)
from manor.storage.backend import Contents
from manor.storage.documents import path_of, pool_path
from manor.storage.errors import error, failed, host_error
from manor.system.images import HEADER_BYTES, ImageHeader, backing_path, luks_payload, parse_header, recognise

_log = logging.getLogger(__name__)

_BLOCK: Final = 512
"""Bytes of the unit that a file's allocation is counted in."""

_CONTROL: Final = frozenset(map(chr, range(32))) - frozenset("\t\n\r")


def contents(pool: Pool) -> Contents:
    """The pool's document with today's figures and permissions, and its volumes. Raises VIR_ERR_SYSTEM_ERROR."""
    target = pool.target or Target()
    path = pool_path(pool)
    try:
        names = sorted(entry.name for entry in Path(path).iterdir())
        status, room = Path(path).stat(), os.statvfs(path)
    except OSError as failure:
        raise host_error.system(failure.errno or errno.EIO, f"cannot open directory '{path}'") from failure
    volumes = [found for name in names if _usable(path, name) and (found := _find(path, name)) is not None]
    capacity, available = room.f_frsize * room.f_blocks, room.f_frsize * room.f_bfree
    document = pool.evolve(
        capacity=capacity,
        available=available,
        allocation=capacity - available,
        target=target.evolve(permissions=permissions(status)),
    )
    return Contents(document, volumes)


def _usable(folder: str, name: str) -> bool:
    """Whether a document can hold the name at all."""
    if not _CONTROL.intersection(name):
        with contextlib.suppress(UnicodeEncodeError):
            return bool(name.encode())
    _log.warning("ignoring file %r below '%s', whose name no document can hold", name, folder)
    return False


def _find(folder: str, name: str) -> Volume | None:
    """The volume that a name in the folder stands for; None where it is none."""
    path = f"{folder}/{name}"
    try:
        return probe(name, path)
    except OSError as failure:
        # A link that leads nowhere, a file that went away or that only others may read.
        _log.warning("ignoring '%s': %s", path, failure.strerror)
        return None


def permissions(status: os.stat_result) -> Permissions:
    """Whose a file is and who may use it."""
    return Permissions(mode=stat.S_IMODE(status.st_mode) & 0o777, owner=status.st_uid, group=status.st_gid)


def _open(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def probe(name: str, path: str) -> Volume | None:
    """A volume as its file looks; None for what is neither file, folder nor block device. Raises OSError."""
    # As a path object it would take as long to name the file as to look at it.
    if not _is_storage(os.stat(path).st_mode):  # noqa: PTH116
        return None
    handle = _open(path)
    try:
        status = os.fstat(handle)
        data = b"" if stat.S_ISDIR(status.st_mode) else os.pread(handle, HEADER_BYTES, 0)
        form = "dir" if stat.S_ISDIR(status.st_mode) else recognise(data)
        header = parse_header(form, data)
        target = VolumeTarget(
            path=path,
            format_=VolumeFormat(type=form),
            encryption=Encryption(format_=cast(Any, header.encryption)) if header.encryption is not None else None,
            compat=header.compat,
            cluster_size=header.cluster_size,
            features=_features(header),
        )
        described = Volume(type="dir" if form == "dir" else "file", name=name, key=path, target=target)
        described.backing_store = _backing(path, header)
        _measure(described, handle, status, data)
        return described
    finally:
        os.close(handle)


def _is_storage(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISBLK(mode)


def _features(header: ImageHeader) -> ImageFeatures | None:
    if header.compat is None:
        return None
    return ImageFeatures(
        lazy_refcounts="lazy_refcounts" in header.features, extended_l2="extended_l2" in header.features
    )


def _backing(path: str, header: ImageHeader) -> BackingStore | None:
    if header.backing_file is None:
        return None
    below = backing_path(path, header.backing_file)
    return BackingStore(path=below, format_=VolumeFormat(type=header.backing_format or _format_of(below)))


def _format_of(path: str) -> str:
    """What an image looks like that another one is based on without saying its format; raw if it is not at hand."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return "raw"
        handle = _open(path)
    except (OSError, ValueError):
        return "raw"
    try:
        return recognise(os.pread(handle, HEADER_BYTES, 0))
    except OSError:
        return "raw"
    finally:
        os.close(handle)


def measure(volume: Volume) -> Volume:
    """A volume with today's sizes, permissions and times; its format stays what its document says.

    Raises VIR_ERR_NO_STORAGE_VOL where its file is gone, VIR_ERR_SYSTEM_ERROR where it cannot be read.
    """
    path = path_of(volume)
    try:
        handle = _open(path)
    except FileNotFoundError:
        raise error(ErrorNumber.NO_STORAGE_VOL, f"no storage vol with matching path '{path}'") from None
    except OSError as failure:
        raise failed(f"cannot open volume '{path}'", failure) from failure
    try:
        status = os.fstat(handle)
        data = b"" if stat.S_ISDIR(status.st_mode) else os.pread(handle, HEADER_BYTES, 0)
        measured = volume.copy()
        _measure(measured, handle, status, data)
        return measured
    except OSError as failure:
        raise failed(f"cannot read header '{path}'", failure) from failure
    finally:
        os.close(handle)


def _measure(volume: Volume, handle: int, status: os.stat_result, data: bytes) -> None:
    """Put sizes, permissions and times into a document that nobody else has yet."""
    target = volume.target = volume.target or VolumeTarget()
    target.permissions, target.timestamps = permissions(status), _times(status)
    if stat.S_ISDIR(status.st_mode):
        volume.capacity = volume.allocation = 0
        volume.physical = None
        return
    if stat.S_ISBLK(status.st_mode):
        physical = volume.allocation = os.lseek(handle, 0, os.SEEK_END)
    else:
        physical, volume.allocation = status.st_size, status.st_blocks * _BLOCK
    volume.physical = physical or None
    volume.capacity = _capacity(target, data, physical)
    backing = volume.backing_store
    if backing is not None and backing.path:
        with contextlib.suppress(OSError, ValueError):
            below = Path(backing.path).stat()
            backing.permissions, backing.timestamps = permissions(below), _times(below)


def _capacity(target: VolumeTarget, data: bytes, physical: int) -> int:
    """What a guest sees of the volume, in bytes."""
    form = target.format_.type if target.format_ is not None else None
    if form in (None, "raw") and target.encryption is not None and target.encryption.format_ == "luks":
        payload = luks_payload(data)
        return physical - payload if payload is not None and payload <= physical else physical
    said = parse_header(form or "raw", data).capacity
    return physical if said is None else said


def _times(status: os.stat_result) -> Timestamps:
    """Seconds and nanoseconds; when a file was born is not asked, as in libvirt on Linux."""
    return Timestamps(
        atime=_time(status.st_atime_ns), mtime=_time(status.st_mtime_ns), ctime=_time(status.st_ctime_ns), btime="0"
    )


def _time(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 10**9)
    return f"{seconds}.{rest:09}" if rest else str(seconds)
