# SPDX-License-Identifier: Apache-2.0
"""Files are resized, wiped and removed. Blocking; run in threads."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

from manor.schema.volume import Volume
from manor.storage.documents import path_of
from manor.storage.errors import failed, host_error
from manor.storage.work import Stop

_CHUNK: Final = 1 << 20
_BLOCK: Final = 512


def resize(volume: Volume, capacity: int, *, allocate: bool) -> None:
    """Give a plain file another size in bytes, and the room for it if so wished."""
    path = path_of(volume)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as failure:
        raise host_error.system(failure.errno or errno.EIO, f"Unable to open '{path}'") from failure
    try:
        if allocate:
            what = f"Failed to pre-allocate space for file '{path}'"
            os.posix_fallocate(handle, 0, capacity)
        what = f"Failed to truncate file '{path}'"
        os.ftruncate(handle, capacity)
    except OSError as failure:
        raise host_error.system(failure.errno or errno.EIO, what) from failure
    finally:
        os.close(handle)


def open_to_wipe(volume: Volume) -> int:
    """The volume's file, for writing; whoever asked closes it."""
    path = path_of(volume)
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as failure:
        raise failed(f"Failed to open storage volume with path '{path}'", failure) from failure


def overwrite_with_zeros(volume: Volume, stop: Stop) -> None:
    """Write zeros over all that is allocated; a file with holes loses its content and keeps its size."""
    path = path_of(volume)
    handle = open_to_wipe(volume)
    try:
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode) and status.st_blocks < status.st_size // _BLOCK:
            os.ftruncate(handle, 0)
            os.ftruncate(handle, status.st_size)
        else:
            _write_zeros(handle, volume.allocation or 0, stop)
        os.fsync(handle)
    except OSError as failure:
        raise failed(f"Failed to wipe storage volume with path '{path}'", failure) from failure
    finally:
        os.close(handle)


def _write_zeros(handle: int, size: int, stop: Stop) -> None:
    zeros, position = memoryview(bytes(_CHUNK)), 0
    while position < size:
        stop.check()
        position += os.pwrite(handle, zeros[: size - position], position)


def remove(volume: Volume) -> None:
    """Remove the volume's file or folder; one that is gone is no error."""
    path = path_of(volume)
    folder = volume.type == "dir"
    try:
        if folder:
            Path(path).rmdir()
        else:
            Path(path).unlink()
    except FileNotFoundError:
        return
    except OSError as failure:
        text = f"cannot remove directory '{path}'" if folder else f"cannot unlink file '{path}'"
        raise failed(text, failure) from failure
