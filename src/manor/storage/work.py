# SPDX-License-Identifier: Apache-2.0
"""Work that blocks, away from the event loop: every piece in a thread of its own.

Not in a shared set of threads: storage that hangs (a server that is gone) would use them up, and pools that are well
would wait for those that are not.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Stop:
    """Tells work in a thread that nobody wants it any more; long work looks at it between its steps."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def ask(self) -> None:
        """Have the work end soon."""
        self._asked.set()

    def check(self) -> None:
        """Raises CancelledError once the work shall end."""
        if self._asked.is_set():
            raise asyncio.CancelledError


def start(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> asyncio.Future[_T]:
    """Begin `work` in a thread; the future ends with its result or its exception."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, failure: BaseException | None) -> None:
        if future.done():
            return
        if isinstance(failure, asyncio.CancelledError):
            future.cancel()
        elif failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only where _T has it

    def run() -> None:
        result, failure = None, None
        try:
            result = work(*args, **kwargs)
        except BaseException as raised:  # it belongs to whoever waits
            failure = raised
        # A loop that was closed meanwhile has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name=f"storage: {getattr(work, '__name__', 'work')}", daemon=True).start()
    return future


async def in_thread(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """The result of short work; a cancelled wait leaves it to end by itself."""
    return await start(work, *args, **kwargs)


async def stoppable(work: Callable[[Stop], _T]) -> _T:
    """The result of long work; a cancelled wait makes it stop, and ends when it has stopped."""
    stop = Stop()
    running = start(work, stop)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.ask()
        with contextlib.suppress(BaseException):
            await asyncio.wait([running])
        raise
