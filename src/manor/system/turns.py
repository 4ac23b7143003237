# SPDX-License-Identifier: Apache-2.0
"""Heavy work that takes turns, so that what is light finds a processor, or the event loop, free.

Eight programs that start at the same time on two processors are not ready any sooner than two after two, but until
they are, everybody else waits for his share of a processor eight times as long. What counts as heavy, and which
works share their turns, is for whoever makes a `Turns` to say.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


class Slices:
    """Long computing in the event loop, cut into slices: whoever is ready in between gets the loop."""

    SECONDS = 0.0005

    def __init__(self) -> None:
        self._begun = time.monotonic()

    async def rest(self) -> None:
        """To be called between small pieces of the work; lets others go first once a slice is used up."""
        if time.monotonic() - self._begun > self.SECONDS:
            await asyncio.sleep(0)
            self._begun = time.monotonic()


class Turns:
    """So many works at once, first come, first served.

    A turn ends after `longest` seconds even if its work does not: what takes that long waits for something, and must
    not have others wait with it.
    """

    def __init__(self, places: int, longest: float) -> None:
        self._free = asyncio.Semaphore(places)
        self._longest = longest

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it in the block."""
        await self._free.acquire()
        held = True

        def leave() -> None:
            nonlocal held
            if held:
                held = False
                self._free.release()

        timer = asyncio.get_running_loop().call_later(self._longest, leave)
        try:
            yield
        finally:
            timer.cancel()
            leave()
