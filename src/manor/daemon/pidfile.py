# SPDX-License-Identifier: Apache-2.0
"""The file that holds the daemon's process number, locked for as long as the daemon lives."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from pathlib import Path

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.NONE)


class PidFile:
    """A locked file; a second daemon on the same folders is refused by it."""

    def __init__(self, path: Path) -> None:
        """Take it. Raises VIR_ERR_OPERATION_FAILED naming the process that has it."""
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._fd, 0)
            os.write(self._fd, f"{os.getpid()}\n".encode())
        except OSError as error:
            other = os.pread(self._fd, 20, 0).decode(errors="replace").strip()
            os.close(self._fd)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            text = f"{path} is locked by process {other}: another daemon is running there"
            raise _error(ErrorNumber.OPERATION_FAILED, text) from error

    def release(self) -> None:
        """Remove it."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        os.close(self._fd)
