# SPDX-License-Identifier: Apache-2.0
"""A descriptor that is read and written by coroutines: terminals, sockets, pipes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Final

CHUNK: Final = 64 * 1024


class Duplex:
    """A descriptor in non-blocking mode, which this object owns. One reader and one writer at a time."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._loop = asyncio.get_running_loop()

    async def read(self, size: int = CHUNK) -> bytes:
        """Up to `size` bytes, waiting for the first; empty at the end, which for a terminal is its other side gone."""
        while True:
            try:
                return os.read(self._fd, size)
            except BlockingIOError:
                await self._ready(self._loop.add_reader, self._loop.remove_reader)
            except OSError:
                # EIO: nobody has the other side of the terminal open any more.
                return b""

    async def write(self, data: bytes) -> None:
        """Write everything, waiting while the other side does not take it. Raises OSError."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._fd, view) :]
            except BlockingIOError:
                await self._ready(self._loop.add_writer, self._loop.remove_writer)

    async def _ready(self, watch: Callable[..., None], forget: Callable[[int], bool]) -> None:
        future: asyncio.Future[None] = self._loop.create_future()
        watch(self._fd, _wake, future)
        try:
            await future
        finally:
            forget(self._fd)

    def close(self) -> None:
        """Close the descriptor; may be called again."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            os.close(self._fd)
            self._fd = -1


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
