# SPDX-License-Identifier: Apache-2.0
"""The writer thread: durable commits that must not hold up the event loop.

Whatever has queued up while one commit waits for the disk goes into the next one together, so that many
clients defining at once share the syncs.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum, auto

import msgspec

from manor.store.model import Batch
from manor.store.transaction import Applied

#: Batches in one transaction at most: bounds how long the first of them waits.
_GROUP = 64


class _Request(msgspec.Struct):
    batch: Batch
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[list[int]]


class _Order(Enum):
    TIDY = auto()
    STOP = auto()


class Writer:
    """Runs `apply` in a thread of its own and hands each outcome back to the loop that asked.

    `apply` takes batches and returns their outcomes; `delivered` is called on the loop once outcomes are
    there; `tidy` is called in the thread when `request_tidy` asked for it.
    """

    def __init__(
        self,
        apply: Callable[[Sequence[Batch]], Sequence[Applied]],
        delivered: Callable[[], None],
        tidy: Callable[[], None],
    ) -> None:
        self._apply = apply
        self._delivered = delivered
        self._tidy = tidy
        self._queue: queue.SimpleQueue[_Request | _Order] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def submit(self, batch: Batch) -> asyncio.Future[list[int]]:
        """Queue a batch; the future, of the running loop, ends with its revisions or its error."""
        loop = asyncio.get_running_loop()
        request = _Request(batch, loop, loop.create_future())
        self._put(request)
        return request.future

    def request_tidy(self) -> None:
        """Have `tidy` run once what is queued now is done."""
        self._put(_Order.TIDY)

    def stop(self) -> None:
        """Finish what is queued and end the thread; nothing may be submitted any more."""
        self._stopped = True
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(_Order.STOP)
            thread.join()

    def _put(self, item: _Request | _Order) -> None:
        # What is finished at the end may ask to tidy up once more: there is no thread for that any more.
        if self._thread is None and not self._stopped:
            self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
            self._thread.start()
        self._queue.put(item)

    # -- in the thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            group, order = self._next()
            if group:
                self._serve(group)
            if order is _Order.TIDY:
                self._tidy()
            elif order is _Order.STOP:
                return

    def _next(self) -> tuple[list[_Request], _Order | None]:
        """Wait for something to do; returns the requests up to the next order, and that order."""
        group: list[_Request] = []
        item = self._queue.get()
        while isinstance(item, _Request):
            group.append(item)
            if len(group) == _GROUP or self._queue.empty():
                return group, None
            item = self._queue.get()  # never waits: this thread is the only one that takes
        return group, item

    def _serve(self, group: list[_Request]) -> None:
        outcomes = self._apply([request.batch for request in group])
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Request, Applied]]] = {}
        for request, outcome in zip(group, outcomes, strict=True):
            by_loop.setdefault(request.loop, []).append((request, outcome))
        for loop, answers in by_loop.items():
            # A loop that was closed meanwhile has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._answer, answers)

    # -- on the loop -----------------------------------------------------------------------------------

    def _answer(self, answers: list[tuple[_Request, Applied]]) -> None:
        self._delivered()
        for request, outcome in answers:
            if request.future.done():
                continue  # cancelled by whoever waited
            if outcome.error is not None:
                request.future.set_exception(outcome.error)
            else:
                request.future.set_result(outcome.revisions)
