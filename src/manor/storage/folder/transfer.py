# SPDX-License-Identifier: Apache-2.0
"""Content of volumes through streams: a thread does the file's side, the event loop the stream's, a queue lies between.

Both run at the same time, so a transfer is as fast as the slower of the two; the queue is bounded, so a slow side makes
the other one wait, and the event loop is woken only when it waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import Final, cast

from manor.drivers.interface import Hole, Stream
from manor.errors import ErrorDomain, ManorError, reporter
from manor.storage.backend import Transfer
from manor.storage.work import start

_error = reporter(ErrorDomain.STREAMS)

Item = bytes | Hole

CHUNK: Final = 262120
"""Bytes read at once: what one packet of a stream carries."""

LIMIT: Final = 16
"""Chunks that may wait in the queue."""


class _Queue:
    """Items between a thread and the event loop. `closed` by either side: nobody waits any more."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._waiter: asyncio.Future[None] | None = None
        self.closed = False

    def close(self) -> None:
        """No more items; those that wait are lost to whoever puts, not to whoever takes."""
        with self._changed:
            self.closed = True
            self._wake()

    def _wake(self) -> None:
        """Under the lock: tell both sides that something is different."""
        self._changed.notify_all()
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            # A loop that was closed meanwhile has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_settle, waiter)

    # The thread's side

    def put_blocking(self, item: Item) -> bool:
        """Add an item, waiting for room; False once the queue is closed."""
        with self._changed:
            while len(self._items) >= LIMIT and not self.closed:
                self._changed.wait()
            if self.closed:
                return False
            self._items.append(item)
            if self._waiter is not None:
                self._wake()
            return True

    def take_all_blocking(self) -> list[Item]:
        """All items there are, waiting for one; none once the queue is closed and empty."""
        with self._changed:
            while not self._items and not self.closed:
                self._changed.wait()
            items = list(self._items)
            self._items.clear()
            if self._waiter is not None:
                self._wake()
            return items

    # The event loop's side

    async def put(self, item: Item) -> bool:
        """Add an item, waiting for room; False once the queue is closed."""
        while True:
            with self._changed:
                if self.closed:
                    return False
                if len(self._items) < LIMIT:
                    self._items.append(item)
                    self._changed.notify()
                    return True
                waiter = self._wait()
            await waiter

    async def take(self) -> Item | None:
        """The next item, waiting for one; None once the queue is closed and empty."""
        while True:
            with self._changed:
                if self._items:
                    item = self._items.popleft()
                    if len(self._items) <= LIMIT // 2:
                        self._changed.notify()
                    return item
                if self.closed:
                    return None
                waiter = self._wait()
            await waiter

    def _wait(self) -> asyncio.Future[None]:
        self._waiter = self._loop.create_future()
        return self._waiter


def _settle(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class _FileTransfer(Transfer):
    """A file opened for a stream; `length` in bytes, 0 for as much as there is."""

    def __init__(self, path: str, flags: int, offset: int, length: int) -> None:
        text = f"Unable to open stream for '{path}'"
        self._handle = -1
        try:
            self._handle = os.open(path, flags | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as failure:
            raise _failed(text, failure) from failure
        try:
            if stat.S_ISDIR(os.fstat(self._handle).st_mode):
                raise _failed(text, OSError(errno.EISDIR, ""))
            if offset:
                os.lseek(self._handle, offset, os.SEEK_SET)
        except BaseException as failure:
            self.close()
            if isinstance(failure, OSError):
                raise _failed(f"Unable to seek {path} to {offset}", failure) from failure
            raise
        self._position = offset
        self._length = length

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        # A stream whose client went away before it began has nobody who closes.
        self.close()

    async def _beside(self, work: Callable[[], None], queue: _Queue, ours: Awaitable[None]) -> None:
        """Run the thread's part and the loop's part, each to its end; the file is closed when both are over."""
        thread = start(work)
        try:
            await ours
        finally:
            queue.close()
            # The file must not be closed under a thread that uses it, whatever happens to us.
            await _ended(thread)
            self.close()
        thread.result()


async def _ended(thread: asyncio.Future[None]) -> None:
    cancelled: asyncio.CancelledError | None = None
    while not thread.done():
        try:
            await asyncio.wait([thread])
        except asyncio.CancelledError as failure:
            cancelled = failure
    if cancelled is not None:
        raise cancelled


class Upload(_FileTransfer):
    """From the client into the file."""

    def __init__(self, path: str, offset: int, length: int) -> None:
        super().__init__(path, os.O_WRONLY, offset, length)
        self._end = offset + length if length else None

    async def run(self, stream: Stream) -> None:
        queue: _Queue = _Queue()

        async def receive() -> None:
            while (item := await stream.read()) is not None:
                if not await queue.put(item):
                    return

        await self._beside(lambda: self._write_all(queue), queue, receive())

    def _write_all(self, queue: _Queue) -> None:
        """In the thread: write until the queue ends."""
        try:
            while items := queue.take_all_blocking():
                for holes, run in groupby(items, lambda item: isinstance(item, Hole)):
                    if holes:
                        for item in run:
                            self._skip(cast(Hole, item).length)
                    else:
                        self._write(cast(list[bytes], list(run)))
        finally:
            queue.close()

    def _write(self, chunks: list[bytes]) -> None:
        """Write chunks with as few calls as it takes; what is too much for the length that was agreed on fails."""
        wanted = sum(map(len, chunks))
        excess = 0 if self._end is None else max(0, self._position + wanted - self._end)
        views = _without(chunks, excess) if excess else [memoryview(chunk) for chunk in chunks]
        try:
            while views:
                written = os.writev(self._handle, views)
                self._position += written
                while views and written >= len(views[0]):
                    written -= len(views.pop(0))
                if written:
                    views[0] = views[0][written:]
        except OSError as failure:
            raise _failed("cannot write to stream", failure) from failure
        if excess:
            raise _failed("cannot write to stream", OSError(errno.ENOSPC, ""))

    def _skip(self, length: int) -> None:
        """A hole: zeros that take no room. What was there before is gone, and so is what came after, as in libvirt."""
        if self._end is not None and self._position + length > self._end:
            raise _failed("cannot write to stream", OSError(errno.ENOSPC, ""))
        try:
            os.ftruncate(self._handle, self._position)
            self._position += length
            os.ftruncate(self._handle, self._position)
            os.lseek(self._handle, self._position, os.SEEK_SET)
        except OSError as failure:
            raise _failed("unable to truncate stream", failure) from failure


def _without(chunks: list[bytes], excess: int) -> list[memoryview]:
    """The chunks but for so many bytes at their end."""
    views = [memoryview(chunk) for chunk in chunks]
    while excess:
        last = views.pop()
        if len(last) > excess:
            views.append(last[: len(last) - excess])
        excess -= min(excess, len(last))
    return views


class Download(_FileTransfer):
    """From the file to the client; with `sparse`, holes are sent as such."""

    def __init__(self, path: str, offset: int, length: int, *, sparse: bool) -> None:
        super().__init__(path, os.O_RDONLY, offset, length)
        size = os.lseek(self._handle, 0, os.SEEK_END)
        os.lseek(self._handle, offset, os.SEEK_SET)
        self._end = min(size, offset + length) if length else size
        self._sparse = sparse

    async def run(self, stream: Stream) -> None:
        queue: _Queue = _Queue()

        async def send() -> None:
            while (item := await queue.take()) is not None:
                if isinstance(item, Hole):
                    await stream.write_hole(item.length)
                else:
                    await stream.write(item)

        await self._beside(lambda: self._read_all(queue), queue, send())

    def _read_all(self, queue: _Queue) -> None:
        """In the thread: read until the end, or until nobody takes any more."""
        try:
            while self._position < self._end:
                item = self._next()
                if item is None or not queue.put_blocking(item):
                    return
        except OSError as failure:
            raise _failed("unable to read from stream", failure) from failure
        finally:
            queue.close()

    def _next(self) -> bytes | Hole | None:
        limit = self._end
        if self._sparse:
            data = self._data_from(self._position)
            if data > self._position:
                hole = Hole(min(data, self._end) - self._position)
                self._position += hole.length
                return hole
            limit = min(limit, os.lseek(self._handle, self._position, os.SEEK_HOLE))
        chunk = os.pread(self._handle, min(CHUNK, limit - self._position), self._position)
        self._position += len(chunk)
        return chunk or None

    def _data_from(self, position: int) -> int:
        """Where the next data is; the end where only holes follow."""
        try:
            return os.lseek(self._handle, position, os.SEEK_DATA)
        except OSError as failure:
            if failure.errno == errno.ENXIO:
                return self._end
            raise


def _failed(what: str, failure: OSError) -> ManorError:
    return _error.system(failure.errno or errno.EIO, what)
