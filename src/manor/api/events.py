# SPDX-License-Identifier: Apache-2.0
"""Events as async iterators."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from manor.drivers.interface import EventBus, Subscription
from manor.records.events import EVENT_IDS, Event


class EventStream:
    """Events of some kinds, of one object or all, in the order they happened.

    Subscription begins when the stream is entered, so nothing is missed between entering and iterating::

        async with connection.events(DomainLifecycleEvent) as events:
            await domain.start()
            async for event in events: ...
    """

    def __init__(self, bus: EventBus, kinds: Iterable[type[Event]], reference: object | None) -> None:
        self._bus = bus
        self._kinds = tuple(kinds)
        self._reference = reference
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self._subscriptions: list[Subscription] = []

    def _deliver(self, event: Event) -> None:
        self._queue.put_nowait(event)

    async def __aenter__(self) -> Self:
        for kind in self._kinds:
            self._subscriptions.append(self._bus.subscribe(EVENT_IDS[kind], self._deliver, self._reference))
        # A daemon has to be asked; entering waits until it has agreed.
        settle = getattr(self._bus, "settle", None)
        if settle is not None:
            await settle()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for subscription in self._subscriptions:
            subscription.cancel()
        self._subscriptions.clear()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        return await self._queue.get()

    async def get(self) -> Event:
        """The next event; give it a deadline with `asyncio.timeout`."""
        return await self._queue.get()
