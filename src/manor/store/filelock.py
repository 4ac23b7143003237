# SPDX-License-Identifier: Apache-2.0
"""One process per store: an exclusive lock on a file that names its holder."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import reporter

_error = reporter(ErrorDomain.CONF)

ORPHAN_SECONDS = 5.0
"""How long a lock whose holder is dead may last: a program it was just starting has it until it runs its own code."""


class FileLock:
    """Holds a lock from construction to `release`; the kernel drops it when the process dies.

    flock, not fcntl locks: it also keeps out a second opening in the same process, and is not lost
    when something else in the process closes the file.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock, or raise OPERATION_FAILED naming the process that has it."""
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            self._take(path)
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)
        except BaseException:
            os.close(self._fd)
            raise

    def _take(self, path: Path) -> None:
        deadline = time.monotonic() + ORPHAN_SECONDS
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(self._fd, 32, 0).decode(errors="replace").strip()
                if time.monotonic() > deadline or _is_alive(holder):
                    raise _error(
                        ErrorNumber.OPERATION_FAILED,
                        f"'{path.parent}' is in use by process {holder or 'unknown'}: "
                        "stop that one first, or give this one a root directory of its own",
                    ) from None
                time.sleep(0.01)
            else:
                return

    def release(self) -> None:
        """Let go; the file stays, because removing it would race with the next holder."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _is_alive(holder: str) -> bool:
    """Whether the process that wrote its number is there; a killed one may wait for whoever reaps it."""
    try:
        return Path(f"/proc/{int(holder)}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (OSError, ValueError):
        return False
