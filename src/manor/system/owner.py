# SPDX-License-Identifier: Apache-2.0
"""Who owns a file, and who may do what with it.

Owners are changed through a descriptor that holds the very file that was looked at: whoever may rename files in the
folder cannot have another one changed instead. Who shall own what is decided elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

READ: Final = 0o4
WRITE: Final = 0o2
EXECUTE: Final = 0o1
"""Rights of one class in a file's mode; of a folder, to list it and to go through it."""

_ACL: Final = "system.posix_acl_access"


@contextlib.contextmanager
def pinned(path: str) -> Iterator[int]:
    """A descriptor of the file itself, following links, without opening what it stands for. Raises OSError."""
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def true_path(handle: int) -> str:
    """The path of a pinned file, without links."""
    return os.readlink(_path(handle))  # noqa: PTH115


def change(handle: int, uid: int, gid: int) -> None:
    """Give a pinned file to a user and a group. Raises OSError."""
    os.chown(_path(handle), uid, gid)


def has_acl(handle: int) -> bool:
    """Whether more than the mode decides about a pinned file."""
    try:
        return bool(os.getxattr(_path(handle), _ACL))
    except OSError:
        return False


def allows(found: os.stat_result, uid: int, gids: Collection[int], right: int) -> bool:
    """Whether a file's mode gives a user with these groups a right; root has all but to execute what nobody may."""
    if uid == 0:
        return True
    shift = 6 if found.st_uid == uid else 3 if found.st_gid in gids else 0
    return (stat.S_IMODE(found.st_mode) >> shift) & right == right


def closed_folder(path: Path, uid: int, gids: Collection[int]) -> Path | None:
    """The first folder on the way to a path that a user cannot go through; None where nothing is in the way."""
    for folder in reversed(path.parents):
        try:
            if not allows(folder.stat(), uid, gids, EXECUTE):
                return folder
        except OSError:
            return None
    return None


def _path(handle: int) -> str:
    return f"/proc/self/fd/{handle}"
