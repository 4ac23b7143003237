# SPDX-License-Identifier: Apache-2.0
"""A data stream between a blocking program and a driver in the background loop.

Two bounded queues, one per direction, under one lock. The program's end waits on a condition, the driver's end on
asyncio events, so neither side can fill the memory while the other is slow.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable

from manor.client.backend import StreamHole
from manor.client.background import BackgroundLoop
from manor.constants import StreamEventType
from manor.drivers.interface import Hole, Stream
from manor.drivers.interface.stream import Transfer
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.wire.frame import STREAM_CHUNK

_error = reporter(ErrorDomain.STREAMS)

LIMIT = 1 << 20
"""Bytes that wait in one direction before the sender has to."""


class _Queue:
    """Chunks and holes under way in one direction."""

    def __init__(self) -> None:
        self.items: deque[bytes | Hole] = deque()
        self.size = 0
        self.ended = False

    @property
    def full(self) -> bool:
        return self.size >= LIMIT

    @property
    def readable(self) -> bool:
        return bool(self.items) or self.ended

    def put(self, item: bytes | Hole) -> None:
        self.items.append(item)
        # A hole weighs a little, or an endless row of holes would never fill the queue.
        self.size += len(item) if isinstance(item, bytes) else 64

    def pop(self) -> bytes | Hole:
        item = self.items.popleft()
        self.size -= len(item) if isinstance(item, bytes) else 64
        return item

    def push_back(self, item: bytes | Hole) -> None:
        self.items.appendleft(item)
        self.size += len(item) if isinstance(item, bytes) else 64


class _DriverEnd(Stream):
    """What the driver's operation gets; its methods run on the background loop."""

    def __init__(self, stream: EmbeddedStream) -> None:
        self._stream = stream

    def serve(self, transfer: Transfer) -> None:
        self._stream.transfer = transfer

    async def read(self) -> bytes | Hole | None:
        return await self._stream.driver_read()

    async def write(self, data: bytes) -> None:
        for start in range(0, len(data), STREAM_CHUNK):
            await self._stream.driver_write(bytes(data[start : start + STREAM_CHUNK]))

    async def write_hole(self, length: int) -> None:
        await self._stream.driver_write(Hole(length))


class EmbeddedStream:
    """The program's end, a `manor.client.backend.ClientStream`."""

    def __init__(self, loop: BackgroundLoop, notify: Callable[[], None]) -> None:
        self.driver_end = _DriverEnd(self)
        self.transfer: Transfer | None = None
        self._loop = loop
        self._notify = notify
        self._changed = threading.Condition()
        self._to_client = _Queue()
        self._to_driver = _Queue()
        self._driver_changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure: ManorError | None = None
        self._done = False
        self._closed = False

    # The loop's side

    def start(self) -> None:
        """Run the transfer that the operation asked for; called on the loop once the operation has succeeded."""
        if self.transfer is not None:
            self._task = asyncio.create_task(self._run(self.transfer))

    async def _run(self, transfer: Transfer) -> None:
        failure: ManorError | None = None
        try:
            await transfer(self.driver_end)
        except asyncio.CancelledError:
            pass  # Aborted, or finished before everything was read: the program said so, it needs no error.
        except ManorError as error:
            failure = error
        except Exception as error:
            failure = _error(ErrorNumber.INTERNAL_ERROR, f"stream failed unexpectedly: {error}")
        with self._changed:
            self._failure = failure
            self._done = True
            self._to_client.ended = True
            self._changed.notify_all()
        self._notify()

    async def driver_read(self) -> bytes | Hole | None:
        while True:
            with self._changed:
                if self._to_driver.items:
                    item = self._to_driver.pop()
                    self._changed.notify_all()
                    break
                if self._to_driver.ended:
                    return None
                self._driver_changed.clear()
            await self._driver_changed.wait()
        self._notify()
        return item

    async def driver_write(self, item: bytes | Hole) -> None:
        while True:
            with self._changed:
                if self._closed:
                    raise asyncio.CancelledError
                if not self._to_client.full:
                    self._to_client.put(item)
                    self._changed.notify_all()
                    break
                self._driver_changed.clear()
            await self._driver_changed.wait()
        self._notify()

    # The program's side

    def send(self, data: bytes, *, wait: bool) -> int | None:
        """Queue up to one packet of `data` for the driver."""
        with self._changed:
            self._check()
            while self._to_driver.full and not self._done:
                if not wait:
                    return None
                self._changed.wait()
            self._check()
            taken = bytes(data[:STREAM_CHUNK])
            self._to_driver.put(taken)
        self._wake_driver()
        return len(taken)

    def send_hole(self, length: int) -> None:
        """Queue a hole for the driver."""
        with self._changed:
            self._check()
            self._to_driver.put(Hole(length))
        self._wake_driver()

    def recv(self, size: int, *, wait: bool, stop_at_hole: bool = False) -> bytes | StreamHole | None:
        """Take up to `size` bytes of what the driver wrote."""
        with self._changed:
            self._check()
            while not self._to_client.readable:
                if not wait:
                    return None
                self._changed.wait()
            self._check()
            if not self._to_client.items:
                return b""
            item = self._to_client.pop()
            if isinstance(item, Hole):
                if stop_at_hole:
                    self._to_client.push_back(item)
                    return StreamHole(item.length)
                if item.length > size:
                    self._to_client.push_back(Hole(item.length - size))
                data = bytes(min(size, item.length))
            else:
                data = item[:size]
                if len(item) > size:
                    self._to_client.push_back(item[size:])
        self._wake_driver()
        return data

    def recv_hole(self) -> int:
        """Take the hole in front."""
        with self._changed:
            self._check()
            if not self._to_client.items or not isinstance(self._to_client.items[0], Hole):
                return 0
            hole = self._to_client.pop()
        self._wake_driver()
        assert isinstance(hole, Hole)  # noqa: S101
        return hole.length

    def finish(self) -> None:
        """Tell the driver that nothing more comes and nothing more is read; wait until it is through."""
        with self._changed:
            self._check()
            self._to_driver.ended = True
            self._closed = True
        self._wake_driver()
        with self._changed:
            while self._task is not None and not self._done:
                self._changed.wait()
            if self._failure is not None:
                raise self._failure

    def abort(self) -> None:
        """Cancel the transfer; one that has ended already needs nothing."""
        with self._changed:
            ended = self._closed or self._done
            self._to_driver.ended = True
            self._closed = True
        if self._task is not None and not ended:
            self._loop.post(self._task.cancel)

    def ready(self) -> StreamEventType:
        """What would not wait now."""
        with self._changed:
            events = StreamEventType(0)
            if self._to_client.readable:
                events |= StreamEventType.READABLE
            if self._task is not None and not self._done and not self._to_driver.full:
                events |= StreamEventType.WRITABLE
            if self._failure is not None:
                events |= StreamEventType.ERROR
            if self._done:
                events |= StreamEventType.HANGUP
            return events

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._task is None or self._closed:
            raise _error(ErrorNumber.OPERATION_INVALID, "stream is not open")

    def _wake_driver(self) -> None:
        self._loop.post(self._driver_changed.set)
