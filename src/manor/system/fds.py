# SPDX-License-Identifier: Apache-2.0
"""Descriptors made ready before a program starts: unix sockets of any path length, logs.

A program that inherits a listening socket can be connected to before it runs, so nobody waits for a path
to appear. What is spoken over a socket belongs to its user.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, overload

SUN_PATH: Final = 107
"""Bytes that fit into a unix socket's address on Linux, without the final NUL."""


def listen_unix(path: Path, backlog: int = 1, mode: int = 0o600) -> socket.socket:
    """A non-blocking socket that listens on ``path``, replacing a socket left over there.

    Raises OSError; FileExistsError when something other than a socket is at ``path``.
    """
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        # The mode is set before bind creates the file, so that at no time anybody else can connect.
        os.fchmod(listener.fileno(), mode)
        with _short_address(path) as address:
            listener.bind(address)
        path.chmod(mode)
        listener.listen(backlog)
    except BaseException:
        listener.close()
        raise
    return listener


def connect_unix(path: Path) -> socket.socket:
    """A non-blocking socket connected to ``path``; a unix connect never waits when the backlog has room.

    Raises OSError: FileNotFoundError, ConnectionRefusedError, BlockingIOError when the backlog is full.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        with _short_address(path) as address:
            sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def open_log(path: Path, mode: int = 0o600) -> int:
    """A descriptor that appends to ``path``, for the output of a program; the caller closes it."""
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, mode)


class DupFds(Sequence[int]):
    """Duplicates of descriptors, closed with the last reference.

    For descriptors that wait in a queue to be sent: the owner may close his own at any time, and a number
    that means something else by then can never be sent.
    """

    __slots__ = ("_fds",)

    def __init__(self, fds: Iterable[int]) -> None:
        self._fds: list[int] = []
        for fd in fds:
            self._fds.append(os.dup(fd))

    def __del__(self) -> None:
        for fd in self._fds:
            os.close(fd)

    def __len__(self) -> int:
        return len(self._fds)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        return self._fds[index]


@contextlib.contextmanager
def _short_address(path: Path) -> Iterator[str]:
    """The path itself, or for one that is too long the same file through its directory's descriptor."""
    if len(os.fsencode(path)) <= SUN_PATH:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
