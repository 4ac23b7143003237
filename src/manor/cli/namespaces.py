# SPDX-License-Identifier: Apache-2.0
"""Running a program inside the namespaces of a container, given as descriptors."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

from manor.cli.failure import CommandFailed


def run_inside(namespaces: Sequence[int], command: Sequence[str]) -> None:
    """Run a program in namespaces; the descriptors are closed. Raises CommandFailed if it fails."""
    library = ctypes.CDLL(None, use_errno=True)
    child = os.fork()
    if child == 0:
        os._exit(_enter(library, namespaces, command))
    for descriptor in namespaces:
        os.close(descriptor)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code:
        raise CommandFailed(f"internal error: Child process ({' '.join(command)}) unexpected exit status {code}")


def _enter(library: ctypes.CDLL, namespaces: Sequence[int], command: Sequence[str]) -> int:
    for descriptor in namespaces:
        if library.setns(descriptor, 0):
            return 126
    # A new process namespace holds only those who are born in it.
    inside = os.fork()
    if inside == 0:
        try:
            os.execvp(command[0], list(command))  # noqa: S606 - the program the user named, without a shell
        except OSError:
            os._exit(127)
    _, status = os.waitpid(inside, 0)
    return os.waitstatus_to_exitcode(status)
