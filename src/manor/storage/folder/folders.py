# SPDX-License-Identifier: Apache-2.0
"""The folder of a pool is made and removed, and its copy on write controlled. Blocking; run in threads."""

from __future__ import annotations

import array
import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import Final

from manor import constants
from manor.drivers.interface.flags import check_flags
from manor.errors import ErrorDomain, ManorError
from manor.schema.pool import Pool, Target
from manor.schema.storage import Permissions
from manor.storage.documents import pool_path
from manor.storage.errors import error, failed, host_error, not_valid

FOLDER_MODE: Final = 0o711
"""Permissions of a new folder whose document says none."""

_GET_FLAGS: Final = 0x80086601  # FS_IOC_GETFLAGS
_SET_FLAGS: Final = 0x40086602  # FS_IOC_SETFLAGS
_NO_COW: Final = 0x00800000  # FS_NOCOW_FL


def build(pool: Pool, flags: int) -> None:
    """Make the folder of a pool that is nothing else."""
    check_build_flags(flags)
    make(pool)
    if flags:
        # There is no device to make a file system on; libvirt says so after it has made the folder.
        raise not_valid(f"No source device specified when formatting pool '{pool.name}'")


def check_build_flags(flags: int) -> None:
    """Refuse flags of virStoragePoolBuild that these pools do not know, or that exclude each other."""
    function, known = "virStorageBackendFileSystemBuild", constants.StoragePoolBuildFlags
    check_flags(flags, known.OVERWRITE | known.NO_OVERWRITE, function, ErrorDomain.STORAGE)
    if flags & known.OVERWRITE and flags & known.NO_OVERWRITE:
        names = "Flags 'VIR_STORAGE_POOL_BUILD_OVERWRITE' and 'VIR_STORAGE_POOL_BUILD_NO_OVERWRITE'"
        raise error.argument(f"{names} are mutually exclusive", function, "ctl")


def make(pool: Pool) -> None:
    """Make the folder, with those above it; one that is there gets what the document says of permissions."""
    target = pool.target or Target()
    path = Path(pool_path(pool))
    make_folder(path, target.permissions or Permissions(), FOLDER_MODE)
    control_cow(str(path), pool.features.cow.state if pool.features is not None and pool.features.cow else None)


def make_folder(path: Path, given: Permissions, mode: int, *, fresh: bool = False) -> None:
    """A folder with permissions; `fresh` refuses one that is there. Raises VIR_ERR_SYSTEM_ERROR."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise failed(f"cannot create path '{path.parent}'", failure) from failure
    try:
        path.mkdir(mode)
    except FileExistsError as failure:
        if fresh:
            raise _host_failed(f"failed to create directory '{path}'", failure) from failure
        set_permissions(str(path), given)
        return
    except OSError as failure:
        raise _host_failed(f"failed to create directory '{path}'", failure) from failure
    try:
        set_permissions(str(path), given.evolve(mode=mode if given.mode is None else given.mode))
    except ManorError:
        with contextlib.suppress(OSError):
            path.rmdir()
        raise


def set_permissions(path: str, given: Permissions) -> None:
    """Give a file the owner, group and mode of its document, each if there is one."""
    owner, group = (-1 if number is None else number for number in (given.owner, given.group))
    if (owner, group) != (-1, -1):
        try:
            os.chown(path, owner, group)
        except OSError as failure:
            text = f"cannot chown '{path}' to ({owner & 0xFFFFFFFF}, {group & 0xFFFFFFFF})"
            raise _host_failed(text, failure) from failure
    if given.mode is not None:
        try:
            Path(path).chmod(given.mode)
        except OSError as failure:
            raise _host_failed(f"cannot set mode of '{path}' to {given.mode:04o}", failure) from failure


def delete(pool: Pool, flags: int) -> None:
    """Remove the folder, which must be empty."""
    check_flags(flags, 0, "virStorageBackendDeleteLocal", ErrorDomain.STORAGE)
    path = pool_path(pool)
    try:
        Path(path).rmdir()
    except OSError as failure:
        raise failed(f"failed to remove pool '{path}'", failure) from failure


def control_cow(path: str, state: str | None) -> None:
    """Switch copy on write of a file or folder "yes" or "no"; None leaves it to us: off, where there is such a thing.

    Images and copy on write make each other slow. Raises VIR_ERR_SYSTEM_ERROR where the file system has no such
    switch and the document wants it.
    """
    if _file_system(path) != "btrfs":
        if state is not None:
            text = f"unable to control COW flag on '{path}', not btrfs"
            raise host_error.system(errno.ENOSYS, text)
        return
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        flags = array.array("l", [0])
        fcntl.ioctl(handle, _GET_FLAGS, flags)
        flags[0] = flags[0] & ~_NO_COW if state == "yes" else flags[0] | _NO_COW
        fcntl.ioctl(handle, _SET_FLAGS, flags)
    except OSError as failure:
        if state is not None:
            raise _host_failed(f"cannot set COW flag on '{path}'", failure) from failure
    finally:
        os.close(handle)


def _file_system(path: str) -> str:
    """The kind of file system a path is on, by the mount that is nearest."""
    real = os.path.realpath(path)
    best, kind = "", ""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place, _, described = line.partition(" - ")
        point = place.split()[4].encode().decode("unicode_escape")
        if (real == point or real.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, described.split()[0]
    return kind


def _host_failed(what: str, failure: OSError) -> ManorError:
    return host_error.system(failure.errno or errno.EIO, what)
