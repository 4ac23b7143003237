# SPDX-License-Identifier: Apache-2.0
"""Small things about files that several parts need said once."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path


def discard(path: Path) -> None:
    """Remove what a failed operation has left at `path`: a regular file. A device or pipe that a caller named stays."""
    with contextlib.suppress(OSError):
        if stat.S_ISREG(path.lstat().st_mode):
            path.unlink()
