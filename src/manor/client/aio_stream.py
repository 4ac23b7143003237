# SPDX-License-Identifier: Apache-2.0
"""A data stream of the asyncio shell: its channel does the sending and receiving."""

from __future__ import annotations

from manor.client.stream_end import StreamEnd
from manor.wire.frame import STREAM_CHUNK
from manor.wire.stream import ClientStreamCore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from manor.client.aio import AsyncChannel


class AsyncStream(StreamEnd):
    """The client's end of a stream; it carries something once the call that it was given to has succeeded."""

    def __init__(self, channel: AsyncChannel) -> None:
        super().__init__()
        self._channel = channel

    async def send(self, data: bytes) -> None:
        """Send all of `data`, waiting while too much is under way."""
        for start in range(0, len(data), STREAM_CHUNK):
            await self._channel.outgoing.room()
            self._channel.outgoing.push(self._open_core().data(data[start : start + STREAM_CHUNK]))

    async def send_hole(self, length: int) -> None:
        """Send a hole of `length` bytes."""
        await self._channel.outgoing.room()
        self._channel.outgoing.push(self._open_core().send_hole(length))

    async def receive(self, size: int = STREAM_CHUNK) -> bytes | int | None:
        """The next data, or the length of the next hole; None at the end. Raises the daemon's error."""
        core = self._open_core()
        while not core.incoming:
            if core.error is not None:
                raise core.error
            if core.ended:
                return None
            await self._channel.stream_change()
        return core.take_hole() or core.take(size)

    async def finish(self) -> None:
        """End the stream well and wait for the daemon's agreement. Raises the daemon's error."""
        core = self._open_core()
        self._closed = True
        if not core.over:
            self._channel.outgoing.push(core.finish())
            await self._confirmed(core)
        if core.error is not None:
            raise core.error

    async def abort(self) -> None:
        """End the stream badly; harmless for one that is over."""
        core = self._core
        if core is None or self._closed:
            return
        self._closed = True
        if not core.over:
            self._channel.outgoing.push(core.abort())
            await self._confirmed(core)

    async def _confirmed(self, core: ClientStreamCore) -> None:
        while not core.over:
            await self._channel.stream_change()
