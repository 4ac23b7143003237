# SPDX-License-Identifier: Apache-2.0
"""The asyncio loop in a thread of its own that lets blocking programs use drivers in their process.

One loop serves all embedded connections of a process; it starts with the first and stops at the end of the program.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class BackgroundLoop:
    """An event loop running in a daemon thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._unwatched: set[asyncio.Task[None]] = set()
        started = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=(started,), name="manor-embedded", daemon=True)
        self.thread.start()
        started.wait()

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(started.set)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for its result in the calling thread.

        An interrupt of the waiting thread (Ctrl-C) cancels the coroutine.
        """
        future = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise
        except BaseException:
            future.cancel()
            raise
        finally:
            # A failure's traceback leads here and the future leads to the failure: without this the caller's objects
            # would live until the next collection.
            del future

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a plain function on the loop's thread and wait for its result."""

        async def step() -> T:
            return function(*args, **kwargs)

        return self.run(step())

    def finish(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine to its end; on the loop's own thread, where waiting would never end, start it only."""
        if threading.current_thread() is self.thread:
            task = self.loop.create_task(coroutine)
            self._unwatched.add(task)
            task.add_done_callback(self._unwatched.discard)
        else:
            self.run(coroutine)

    def post(self, function: Callable[..., object], *arguments: object) -> None:
        """Have a function called on the loop's thread, without waiting."""
        self.loop.call_soon_threadsafe(function, *arguments)

    def stop(self) -> None:
        """End the loop and its thread; whatever still runs is cancelled first."""
        if self.thread.is_alive():
            self.run(_cancel_the_rest())
            self.post(self.loop.stop)
            self.thread.join()


async def _cancel_the_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


_lock = threading.Lock()
_shared: BackgroundLoop | None = None
_at_exit: list[Callable[[], None]] = []


def shared_loop() -> BackgroundLoop:
    """The process's background loop, started on first use."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = BackgroundLoop()
        return _shared


def before_exit(function: Callable[[], None]) -> None:
    """Have `function` called at the end of the program, while the loop still runs."""
    _at_exit.append(function)


def _end() -> None:
    for function in _at_exit:
        function()
    if _shared is not None:
        _shared.stop()


def _forget_after_fork() -> None:
    """A forked child has no such thread: it starts its own loop if it opens a connection."""
    global _lock, _shared
    _lock = threading.Lock()
    _shared = None


atexit.register(_end)
os.register_at_fork(after_in_child=_forget_after_fork)
