# SPDX-License-Identifier: Apache-2.0
"""The log file of `manor --log FILE`: everything that was printed as an error, and debug output, with the time."""

from __future__ import annotations

import os
from pathlib import Path
from time import localtime, strftime

from manor.cli.failure import CommandFailed

ERROR, DEBUG = "ERROR", "DEBUG"


class LogFile:
    """An open log file, appended to; only its owner may read a new one."""

    def __init__(self, path: str) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            reason = os.strerror(problem.errno or 0)
            raise CommandFailed(f"failed to open the log file {Path(path)}: {reason}") from None
        self._descriptor = descriptor

    def write(self, level: str, text: str) -> None:
        """Append one entry."""
        stamp = strftime("%Y.%m.%d %H:%M:%S", localtime())
        entry = f"[{stamp} manor {os.getpid()}] {level} {text.rstrip()}\n"
        os.write(self._descriptor, entry.encode("utf-8", "surrogateescape"))

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
