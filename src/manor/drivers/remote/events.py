# SPDX-License-Identifier: Apache-2.0
"""The event bus of the remote driver: what somebody here listens to is asked of the daemon, once per kind of event.

Subscribing is immediate, the daemon's consent comes later: `settle` waits for it. Until then no other call is sent, so
that nothing a program does after it subscribed can happen before the daemon knows.
"""

from __future__ import annotations

import asyncio
from typing import Any

from manor.client.aio import AsyncChannel
from manor.drivers.interface import EventBus, Subscription
from manor.drivers.interface.events import MONITOR_KEY, EventCallback, EventKey
from manor.errors import ManorError
from manor.records.events import Event


class RemoteEventBus(EventBus):
    """Publishes the events of a daemon."""

    def __init__(self) -> None:
        super().__init__()
        self._channel: AsyncChannel | None = None
        # Numbers of the conversation's subscriptions; one that is still asked for is None.
        self._numbers: dict[EventKey, int | None] = {}
        self._pending: asyncio.Task[None] | None = None
        self._failures: list[ManorError] = []
        # What a new connection sends before everybody knows that it is a new one.
        self._held: list[Event] | None = None

    def subscribe(
        self, key: EventKey | tuple[str, int], callback: EventCallback, reference: object | None = None
    ) -> Subscription:
        """Have `callback` called with each event of `key`; see `settle`."""
        subscription = super().subscribe(key, callback, reference)
        self._adjust()
        return subscription

    def discard(self, subscription: Subscription) -> None:
        """Remove a subscription; the last of its kind is ended at the daemon as well."""
        super().discard(subscription)
        self._adjust()

    def arrived(self, number: int, event: Event) -> None:
        """An event of the daemon."""
        if self._held is None:
            self.publish(event)
        else:
            self._held.append(event)

    async def attach(self, channel: AsyncChannel) -> None:
        """Ask a new connection for everything that is listened to; hold its events back until `release`.

        Raises ManorError where it refuses.
        """
        self._channel = channel
        self._held = []
        self._numbers.clear()
        self._adjust()
        await self.settle()

    def release(self) -> None:
        """Publish what was held back, and from now on everything at once."""
        held, self._held = self._held or [], None
        for event in held:
            self.publish(event)

    def detach(self) -> None:
        """The connection is gone, and the daemon's knowledge of our subscriptions with it."""
        self._channel = None
        self._held = None
        self._numbers.clear()

    async def settle(self) -> None:
        """Wait until the daemon knows of every change; raises the first ManorError it answered."""
        while self._pending is not None:
            await asyncio.shield(self._pending)
        if self._failures:
            failures, self._failures = self._failures, []
            raise failures[0]

    @property
    def settled(self) -> bool:
        """Whether the daemon knows of every change."""
        return self._pending is None

    def _adjust(self) -> None:
        """Start telling the daemon, unless that is going on already."""
        if self._channel is not None and self._pending is None and self._difference():
            self._pending = asyncio.get_running_loop().create_task(self._tell(self._channel))

    def _difference(self) -> tuple[EventKey, bool] | None:
        """One kind of event to ask for (True) or to end (False); None where the daemon knows all."""
        for key in self._subscriptions:
            if key not in self._numbers:
                return key, True
        for key in self._numbers:
            if key not in self._subscriptions:
                return key, False
        return None

    async def _tell(self, channel: AsyncChannel) -> None:
        try:
            while channel is self._channel and (difference := self._difference()):
                key, wanted = difference
                try:
                    await (self._begin if wanted else self._end)(channel, key)
                except ManorError as error:
                    if channel.closed_reason is not None:
                        # Nothing was refused: the next connection will be asked again.
                        return
                    if wanted:
                        # Those who listen in vain are told by settle, once.
                        self._subscriptions.pop(key, None)
                        self._failures.append(error)
                    self._numbers.pop(key, None)
        finally:
            self._pending = None
            if channel is not self._channel:
                self._adjust()

    async def _begin(self, channel: AsyncChannel, key: EventKey) -> None:
        self._numbers[key] = None
        conversation = channel.conversation
        steps: Any = conversation.subscribe_monitor(None, 0) if key == MONITOR_KEY else conversation.subscribe(key)
        number = await channel.run(steps)
        if channel is self._channel:
            self._numbers[key] = number

    async def _end(self, channel: AsyncChannel, key: EventKey) -> None:
        number = self._numbers.pop(key)
        if number is not None:
            await channel.run(channel.conversation.unsubscribe(number))
