# SPDX-License-Identifier: Apache-2.0
"""Listening sockets: made, given their modes and groups, and removed again."""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import socket
from pathlib import Path

from manor.errors import ErrorDomain, reporter

_error = reporter(ErrorDomain.RPC)

_BACKLOG = 1024


def listen_unix(path: Path, mode: int, group: str | None = None) -> socket.socket:
    """A listening socket at `path`. One that nobody answers at any more is replaced.

    Raises VIR_ERR_SYSTEM_ERROR where that fails, or where somebody answers there.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        # Nobody gets in before the mode and the group are right.
        before = os.umask(0o177)
        try:
            sock.bind(str(path))
        finally:
            os.umask(before)
        if group is not None:
            os.chown(path, -1, grp.getgrnam(group).gr_gid)
        path.chmod(mode)
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise _error.system(error.errno or errno.EIO, f"Failed to bind socket to '{path}'") from error
    return sock


def _remove_stale(path: Path) -> None:
    """Remove a socket that a daemon left behind. Raises OSError where one still answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, contextlib.suppress(FileNotFoundError):
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
