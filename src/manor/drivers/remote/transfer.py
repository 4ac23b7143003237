# SPDX-License-Identifier: Apache-2.0
"""The stream of an operation, carried between its caller's end and the daemon's, both ways at once."""

from __future__ import annotations

import asyncio

from manor.client.aio_stream import AsyncStream
from manor.drivers.interface import Hole, Stream


async def _to_daemon(stream: Stream, wire: AsyncStream) -> None:
    """Pass on what the caller sends, until it has finished."""
    while (item := await stream.read()) is not None:
        if isinstance(item, Hole):
            await wire.send_hole(item.length)
        else:
            await wire.send(item)


async def _from_daemon(stream: Stream, wire: AsyncStream) -> None:
    """Pass on what the daemon sends, until it ends."""
    while (item := await wire.receive()) is not None:
        if isinstance(item, int):
            await stream.write_hole(item)
        else:
            await stream.write(item)


async def carry(stream: Stream, wire: AsyncStream) -> None:
    """Carry a stream until either side has finished; then agree on the end with the daemon.

    A caller that aborts cancels this, which aborts the stream at the daemon. Raises the daemon's ManorError.
    """
    ways = [asyncio.ensure_future(way(stream, wire)) for way in (_to_daemon, _from_daemon)]
    try:
        done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in done:
            way.result()
        await wire.finish()
    except BaseException:
        await wire.abort()
        raise
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
