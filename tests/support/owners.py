# SPDX-License-Identifier: Apache-2.0
"""Images that belong to nobody the machine knows, and whose a file is."""

from __future__ import annotations

import os
from pathlib import Path

STRANGER = (1234, 1235)
"""Whose the images are."""


def image(folder: Path, name: str, mode: int = 0o600) -> Path:
    """A raw image of a stranger's."""
    path = folder / name
    with path.open("wb") as stream:
        stream.truncate(1 << 20)
    os.chown(path, *STRANGER)
    path.chmod(mode)
    return path


def owner(path: Path) -> tuple[int, int]:
    """User and group of a file."""
    found = path.stat()
    return found.st_uid, found.st_gid
