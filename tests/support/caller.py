# SPDX-License-Identifier: Apache-2.0
"""The caller's end of a stream, as the faces have it, for tests without a face."""

from __future__ import annotations

import asyncio

from manor.drivers.interface import Hole, Stream
from manor.drivers.interface.stream import Transfer


class CallerEnd(Stream):
    """Sends what it is given (None ends it) and keeps what it gets; `reading` can be cleared to make it slow."""

    def __init__(self, *sends: bytes | Hole | None) -> None:
        self.sends: asyncio.Queue[bytes | Hole | None] = asyncio.Queue()
        for item in sends:
            self.sends.put_nowait(item)
        self.got: list[bytes | Hole] = []
        self.reading = asyncio.Event()
        self.reading.set()
        self.transfer: Transfer | None = None

    @property
    def data(self) -> bytes:
        """All data that came, without holes."""
        return b"".join(item for item in self.got if isinstance(item, bytes))

    def serve(self, transfer: Transfer) -> None:
        self.transfer = transfer

    async def read(self) -> bytes | Hole | None:
        return await self.sends.get()

    async def write(self, data: bytes) -> None:
        await self.reading.wait()
        self.got.append(data)

    async def write_hole(self, length: int) -> None:
        self.got.append(Hole(length))

    async def run(self) -> None:
        """Run the transfer that the operation asked for."""
        assert self.transfer is not None
        await self.transfer(self)
