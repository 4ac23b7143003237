# SPDX-License-Identifier: Apache-2.0
"""The sending half of an asyncio connection, of a client's as of the daemon's: what waits to go out over a link.

Bytes leave in the order of `push`, descriptors each behind their message. Whatever fits is sent at once, without a
round through the event loop.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence

from manor.client.link import Link, send_queued

BACKLOG = 1 << 20
"""Bytes that may wait to be sent before whoever can wait has to."""

_GATHERED = 65536


class Outgoing:
    """The queue of one link. `lost(error)` is called, once at most per push, when the link turns out to be broken.

    `backlog` is the number of bytes that wait; `drained` is called whenever it has fallen below BACKLOG.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        link: Link,
        lost: Callable[[OSError], None],
        drained: Callable[[], None] | None = None,
    ) -> None:
        self.backlog = 0
        self._loop = loop
        self._link = link
        self._lost = lost
        self._drained = drained
        self._queue: deque[memoryview | int] = deque()
        # Small frames that leave as one, because more of them may follow or the link is full: each alone in the queue
        # would take several times its size.
        self._small: list[bytes] = []
        self._gathered = 0
        self._corked = False
        self._room: list[asyncio.Future[None]] = []
        self._watching = False
        self._closed = False

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._queue or self._small)

    def push(self, data: bytes, fds: Sequence[int] = ()) -> None:
        """Send a frame, or queue what of it does not fit now; `fds` stay the caller's."""
        if self._closed:
            return
        if (self._corked or self._queue) and not fds and len(data) < _GATHERED:
            self._small.append(data)
            self._gathered += len(data)
            if self._gathered >= _GATHERED:
                self._send(self._take_small())
            return
        if self._small:
            self._send(self._take_small())
        self._send(data, fds)

    def _send(self, data: bytes, fds: Sequence[int] = ()) -> None:
        if self._closed:
            return
        try:
            if self._queue:
                # The loop will say when there is room again.
                self._enqueue(data, fds)
                return
            sent = self._link.send(data)
            if sent < len(data) or fds:
                self._enqueue(memoryview(data)[sent:], fds)
                self._flush()
        except OSError as error:
            self._lost(error)

    def _enqueue(self, data: bytes | memoryview, fds: Sequence[int] = ()) -> None:
        # The caller's descriptors may be gone by the time they are sent.
        self._queue.extend((memoryview(data), *map(os.dup, fds)))
        self.backlog += len(data)

    def cork(self) -> None:
        """Gather what is pushed until `uncork`, or until it is worth sending; then send it as one."""
        self._corked = True

    def uncork(self) -> None:
        """Send what was gathered."""
        self._corked = False
        if self._small and not self._queue:
            self._send(self._take_small())

    def _take_small(self) -> bytes:
        data = b"".join(self._small)
        self._small.clear()
        self._gathered = 0
        return data

    def _flush(self) -> None:
        """Send as much of what is queued as fits. Raises OSError."""
        if self._small:
            self._enqueue(self._take_small())
        self.backlog -= send_queued(self._link, self._queue)
        self.watch()
        if self.backlog < BACKLOG:
            if self._room:
                wake(self._room)
            if self._drained is not None:
                self._drained()

    def watch(self) -> None:
        """Have the loop say when there is room; also where the link reads only after it could write."""
        wants = not self._closed and (bool(self._queue) or self._link.wants_write)
        if wants and not self._watching:
            self._loop.add_writer(self._link.fileno(), self._writable)
        elif self._watching and not wants:
            self._loop.remove_writer(self._link.fileno())
        self._watching = wants

    def _writable(self) -> None:
        try:
            self._flush()
        except OSError as error:
            self._lost(error)

    async def room(self) -> None:
        """Wait until less than BACKLOG waits to be sent, or nothing will be sent any more."""
        while self.backlog >= BACKLOG and not self._closed:
            future = self._loop.create_future()
            self._room.append(future)
            await future

    def close(self) -> None:
        """Send no more; what waits is dropped. To be called before the link is closed."""
        self._closed = True
        self._small.clear()
        if self._watching:
            self._loop.remove_writer(self._link.fileno())
            self._watching = False
        for item in self._queue:
            if isinstance(item, int):
                os.close(item)
        self._queue.clear()
        self.backlog = 0
        wake(self._room)


def wake(waiting: list[asyncio.Future[None]]) -> None:
    """End the waiting of all; the list is then empty."""
    futures, waiting[:] = waiting[:], []
    for future in futures:
        if not future.done():
            future.set_result(None)
