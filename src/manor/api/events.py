# SPDX-License-Identifier: Apache-2.0
"""Events as async iterators that never fall silent: what ends or interrupts them is told where the events are."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar, cast

from manor.drivers.interface import EventBus, Subscription
from manor.drivers.remote import Gap
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records.events import EVENT_IDS

_error = reporter(ErrorDomain.NONE)
_log = logging.getLogger(__name__)

T = TypeVar("T")

WAITING_EVENTS = 1 << 16
"""Events that may wait in one stream; who is slower than that misses some, and is told."""


class Source(Protocol):
    """The connection that events come from."""

    event_streams: set[EventStream[Any]]
    """The streams that are to hear of its gaps and its end."""

    @property
    def ended(self) -> ManorError | None:
        """Why it is over, if it is."""


class EventStream(Generic[T]):
    """Events of some kinds, of one object or all, in the order they happened.

    Subscription begins when the stream is entered, so nothing is missed between entering and iterating::

        async with connection.events(DomainLifecycleEvent) as events:
            await domain.start()
            async for event in events:
                print(event)

    When the connection is lost for good, what waits is still given, then ManorError is raised; when the program itself
    closes it, iteration ends. Where a connection heals, a `Gap` stands among the events at the place where some may be
    missing, if `Gap` is one of the kinds; else it is logged as a warning.
    """

    def __init__(self, source: Source, bus: EventBus, kinds: Iterable[type[T]], reference: object | None) -> None:
        self._source = source
        self._bus = bus
        self._kinds: tuple[type[Any], ...] = tuple(kinds)
        self._reference = reference
        self._waiting: deque[object] = deque()
        self._arrival = asyncio.Event()
        self._missed = False
        self._end: ManorError | None = None
        self._subscriptions: list[Subscription] = []

    # What comes

    def _deliver(self, event: object) -> None:
        # Nothing after what is missing, until the reader knows.
        if self._missed or len(self._waiting) >= WAITING_EVENTS:
            self._missed = True
        else:
            self._waiting.append(event)
        self._arrival.set()

    def interrupted(self, gap: Gap) -> None:
        """The connection was lost for a while, or is given up."""
        if Gap in self._kinds:
            self._deliver(gap)
        else:
            _log.warning("events may be missing: the connection was lost for %.1f seconds", gap.ended - gap.began)

    def over(self, error: ManorError) -> None:
        """No event will come any more."""
        self._end = error
        self._arrival.set()

    # Entering and leaving

    async def __aenter__(self) -> Self:
        if self._source.ended is not None:
            raise self._source.ended
        for kind in self._kinds:
            if kind is not Gap:
                self._subscriptions.append(self._bus.subscribe(EVENT_IDS[kind], self._deliver, self._reference))
        self._source.event_streams.add(self)
        # A daemon has to be asked; entering waits until it has agreed.
        settle = getattr(self._bus, "settle", None)
        if settle is not None:
            try:
                await settle()
            except BaseException:
                self._leave()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self._source.event_streams.discard(self)
        for subscription in self._subscriptions:
            subscription.cancel()
        self._subscriptions.clear()

    # Reading

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        try:
            return await self.get()
        except ManorError as error:
            if error.code == ErrorNumber.INVALID_CONN:
                raise StopAsyncIteration from None
            raise

    async def get(self) -> T:
        """The next event; give it a deadline with `asyncio.timeout`.

        Raises VIR_ERR_OPERATION_FAILED once where events were lost because nobody read them, VIR_ERR_INVALID_CONN when
        the connection was closed, and what it was lost with when it was lost.
        """
        while not self._waiting:
            if self._missed:
                self._missed = False
                raise _error(ErrorNumber.OPERATION_FAILED, f"events were lost while {WAITING_EVENTS} waited to be read")
            if self._end is not None:
                raise self._end
            self._arrival.clear()
            await self._arrival.wait()
        return cast("T", self._waiting.popleft())
