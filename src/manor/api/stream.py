# SPDX-License-Identifier: Apache-2.0
"""The caller's end of a data stream: consoles, screenshots, volumes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from manor.drivers.interface import Hole, Stream
from manor.drivers.interface.stream import Transfer

QUEUE_ITEMS = 16
"""Chunks held in either direction before the sender has to wait."""

Item = bytes | Hole | None


class _DriverEnd(Stream):
    """What the driver is given; joined to a DataStream by two bounded queues."""

    def __init__(self) -> None:
        self.to_driver: asyncio.Queue[Item] = asyncio.Queue(QUEUE_ITEMS)
        self.to_caller: asyncio.Queue[Item] = asyncio.Queue(QUEUE_ITEMS)
        self.transfer: Transfer | None = None

    def serve(self, transfer: Transfer) -> None:
        self.transfer = transfer

    async def read(self) -> Item:
        return await self.to_driver.get()

    async def write(self, data: bytes) -> None:
        await self.to_caller.put(data)

    async def write_hole(self, length: int) -> None:
        await self.to_caller.put(Hole(length))


class DataStream:
    """A stream that an operation has opened. Use it as an async context manager; leaving it early aborts the stream.

    Raises the operation's ManorError from whatever is awaited once the other side has failed.
    """

    def __init__(self) -> None:
        self.driver_end = _DriverEnd()
        self._task: asyncio.Task[None] | None = None
        self._ended = False

    def start(self) -> None:
        """Begin the transfer; the operation has returned well."""
        transfer = self.driver_end.transfer
        if transfer is not None:
            self._task = asyncio.get_running_loop().create_task(self._run(transfer))

    async def _run(self, transfer: Transfer) -> None:
        try:
            await transfer(self.driver_end)
        finally:
            # The end must reach a caller whatever happens to the queue.
            self._ended = True
            if not self.driver_end.to_caller.full():
                self.driver_end.to_caller.put_nowait(None)

    async def read(self) -> bytes | Hole | None:
        """The next chunk; None at the end."""
        queue = self.driver_end.to_caller
        if self._ended and queue.empty():
            await self._result()
            return None
        item = await queue.get()
        if item is None:
            await self._result()
        return item

    async def write(self, data: bytes) -> None:
        """Send a chunk, waiting while the other side is slow."""
        await self._send(data)

    async def write_hole(self, length: int) -> None:
        """Send `length` zeros without sending them; only on sparse streams."""
        await self._send(Hole(length))

    async def _send(self, item: Item) -> None:
        put = asyncio.ensure_future(self.driver_end.to_driver.put(item))
        task = self._task
        if task is None:
            await put
            return
        await asyncio.wait({put, task}, return_when=asyncio.FIRST_COMPLETED)
        if not put.done():
            put.cancel()
            await self._result()

    async def finish(self) -> None:
        """Say that everything is sent, and wait until the other side has taken it."""
        if self._task is not None and not self._task.done():
            await self.driver_end.to_driver.put(None)
        await self._result()

    async def abort(self) -> None:
        """End the stream at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _result(self) -> None:
        if self._task is not None:
            await self._task

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Everything that comes, holes as the zeros they stand for."""
        while (item := await self.read()) is not None:
            yield bytes(item.length) if isinstance(item, Hole) else item

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.abort()
