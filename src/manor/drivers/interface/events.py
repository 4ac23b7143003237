# SPDX-License-Identifier: Apache-2.0
"""The event bus of a driver: publish once, deliver in order to whoever asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from manor.constants import ConnectDomainQemuMonitorEventRegisterFlags as MonitorFlags
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records.events import EVENT_IDS, DomainMonitorEvent, Event

EventCallback = Callable[[Event], None]
EventFilter = Callable[[Event], bool]

_error = reporter(ErrorDomain.NONE)


class EventKey(NamedTuple):
    """What is subscribed to: the object kind of `manor.records.events.EVENTS`, and the event's id."""

    kind: str
    event_id: int


MONITOR_KEY = EventKey("qemu_monitor", 0)
"""Raw QMP events, which have no id of their own."""


@dataclass(slots=True, eq=False)
class Subscription:
    """One registered callback; `identity` limits it to one object (see `object_identity`), None means all."""

    key: EventKey
    identity: object | None
    callback: EventCallback
    bus: EventBus

    def cancel(self) -> None:
        """Stop delivery at once; safe to call twice and from within a callback."""
        self.bus.discard(self)


def object_identity(reference: object) -> object:
    """What tells whether two references mean the same object: its UUID, or its name where it has none."""
    return getattr(reference, "uuid", None) or getattr(reference, "name", reference)


class EventBus:
    """Delivers events to subscriptions synchronously, in the order of publication.

    Callbacks must be quick and must not raise: faces queue the event for their client and return.
    """

    def __init__(self) -> None:
        self._subscriptions: dict[EventKey, list[Subscription]] = {}

    def subscribe(
        self, key: EventKey | tuple[str, int], callback: EventCallback, reference: object | None = None
    ) -> Subscription:
        """Have `callback` called with each event of `key`, of the object of `reference` if given."""
        key = EventKey(*key)
        identity = None if reference is None else object_identity(reference)
        subscription = Subscription(key, identity, callback, self)
        self._subscriptions.setdefault(key, []).append(subscription)
        return subscription

    def discard(self, subscription: Subscription) -> None:
        """Remove a subscription; one that is gone already is no error."""
        remaining = [known for known in self._subscriptions.get(subscription.key, []) if known is not subscription]
        if remaining:
            self._subscriptions[subscription.key] = remaining
        else:
            self._subscriptions.pop(subscription.key, None)

    def wanted(self, key: EventKey | tuple[str, int]) -> bool:
        """Whether anyone listens, for events that are costly to make."""
        return key in self._subscriptions

    def publish(self, event: Event) -> None:
        """Deliver `event` to all that asked for it."""
        key = MONITOR_KEY if isinstance(event, DomainMonitorEvent) else EVENT_IDS[type(event)]
        # Lists are replaced, never changed, by discard: a callback may cancel while we iterate.
        for subscription in tuple(self._subscriptions.get(EventKey(*key), ())):
            if subscription.identity is None or subscription.identity == object_identity(event[0]):
                subscription.callback(event)


def monitor_filter(event: str | None, flags: int) -> EventFilter | None:
    """What virConnectDomainQemuMonitorEventRegister's event name and flags let through; None for everything.

    Raises VIR_ERR_INVALID_ARG for a regular expression that is none.
    """
    if event is None:
        return None
    choice = MonitorFlags(flags)
    pattern = event if MonitorFlags.REGEX in choice else re.escape(event) + r"\Z"
    try:
        wanted = re.compile(pattern, re.IGNORECASE if MonitorFlags.NOCASE in choice else 0)
    except re.error as error:
        raise _error(ErrorNumber.INVALID_ARG, f"failed to compile regex {event}: {error}") from error
    # A plain name has to match whole, a regular expression anywhere.
    match = wanted.search if MonitorFlags.REGEX in choice else wanted.match
    return lambda published: isinstance(published, DomainMonitorEvent) and match(published.event) is not None
