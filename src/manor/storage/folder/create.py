# SPDX-License-Identifier: Apache-2.0
"""New files: plain ones, folders, and copies of plain ones. Blocking; run in threads. What fails leaves no file."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from manor.schema.storage import Permissions
from manor.schema.volume import Volume
from manor.storage.backend import Clone
from manor.storage.documents import path_of, permissions_of
from manor.storage.errors import failed, lacking
from manor.storage.folder.folders import control_cow, make_folder, set_permissions
from manor.storage.work import Stop

FILE_MODE: Final = 0o600
"""Permissions of a new volume whose document says none."""

_CHUNK: Final = 1 << 20
_ZEROS: Final = bytes(_CHUNK)
_BLOCK: Final = 4096
"""What is looked for zeros as a whole where a copy shall be sparse."""

_FICLONE: Final = 0x40049409


def folder(volume: Volume) -> None:
    """Make a volume that is a folder."""
    if volume.backing_store is not None:
        raise lacking("backing storage not supported for directories volumes")
    make_folder(Path(path_of(volume)), permissions_of(volume), FILE_MODE, fresh=True)


def settle(path: str, given: Permissions) -> None:
    """Give a file that a tool has made the permissions of its document."""
    set_permissions(path, given.evolve(mode=FILE_MODE if given.mode is None else given.mode))


def plain(volume: Volume, clone: Clone | None, stop: Stop) -> None:
    """Make a file of the volume's size, with another one's content if so wished."""
    if volume.backing_store is not None:
        raise lacking("backing storage not supported for raw volumes")
    path = path_of(volume)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    except OSError as failure:
        raise failed(f"Failed to create file '{path}'", failure) from failure
    try:
        settle(path, permissions_of(volume))
        if volume.target is not None and volume.target.nocow:
            control_cow(path, "no")
        _fill(volume, clone, handle, stop)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(path).unlink()
        raise
    finally:
        os.close(handle)


def _fill(volume: Volume, clone: Clone | None, handle: int, stop: Stop) -> None:
    """Give a new file its size, its room and its content."""
    path, allocation = path_of(volume), volume.allocation or 0
    try:
        os.ftruncate(handle, volume.capacity or 0)
    except OSError as failure:
        raise failed(f"cannot extend file '{path}'", failure) from failure
    whole = clone is None or allocation >= (clone.source.capacity or 0)
    if allocation and whole and not (clone is not None and clone.reflink):
        try:
            os.posix_fallocate(handle, 0, allocation)
        except OSError as failure:
            raise failed(f"cannot allocate {allocation} bytes in file '{path}'", failure) from failure
    if clone is not None:
        _copy(clone, path, handle, sparse=not (allocation and whole), stop=stop)
    try:
        os.fsync(handle)
    except OSError as failure:
        raise failed(f"cannot sync data to file '{path}'", failure) from failure


def _copy(clone: Clone, path: str, handle: int, *, sparse: bool, stop: Stop) -> None:
    source = path_of(clone.source)
    try:
        given = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as failure:
        raise failed(f"could not open input path '{source}'", failure) from failure
    try:
        if clone.reflink:
            try:
                fcntl.ioctl(handle, _FICLONE, given)
            except OSError as failure:
                raise failed(f"failed to clone files from '{source}'", failure) from failure
            return
        end = min(os.fstat(given).st_size, clone.source.capacity or 0)
        _copy_content(given, handle, end, (source, path), sparse=sparse, stop=stop)
    finally:
        os.close(given)


def _copy_content(given: int, handle: int, end: int, paths: tuple[str, str], *, sparse: bool, stop: Stop) -> None:
    """Copy data up to `end`; holes of the source stay holes, and with `sparse` zeros become some."""
    (source, path), position = paths, 0
    os.ftruncate(handle, max(end, os.fstat(handle).st_size))
    while position < end:
        stop.check()
        start, size = _next_data(given, position, end)
        if size == 0:
            break
        try:
            data = os.pread(given, min(size, _CHUNK), start)
        except OSError as failure:
            raise failed(f"failed reading from file '{source}'", failure) from failure
        if not data:
            break
        for begin, end_of_run in _runs(data) if sparse else ((0, len(data)),):
            _write(handle, memoryview(data)[begin:end_of_run], start + begin, path)
        position = start + len(data)


def _runs(data: bytes) -> Iterator[tuple[int, int]]:
    """Where in `data` there is more than zeros: runs of whole blocks."""
    if data == _ZEROS[: len(data)]:
        return
    begin = None
    for at in range(0, len(data), _BLOCK):
        empty = data.startswith(_ZEROS[: min(_BLOCK, len(data) - at)], at)
        if empty and begin is not None:
            yield begin, at
            begin = None
        elif not empty and begin is None:
            begin = at
    if begin is not None:
        yield begin, len(data)


def _next_data(given: int, position: int, end: int) -> tuple[int, int]:
    """Where data goes on from a position, and how much of it; what cannot tell holes is all data."""
    try:
        start = os.lseek(given, position, os.SEEK_DATA)
        return start, os.lseek(given, start, os.SEEK_HOLE) - start
    except OSError as failure:
        if failure.errno == errno.ENXIO:
            return end, 0
        return position, end - position


def _write(handle: int, view: memoryview, position: int, path: str) -> None:
    while view:
        try:
            written = os.pwrite(handle, view, position)
        except OSError as failure:
            raise failed(f"failed writing to file '{path}'", failure) from failure
        view, position = view[written:], position + written
