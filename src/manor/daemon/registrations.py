# SPDX-License-Identifier: Apache-2.0
"""The event registrations of one client: which events it gets, in which form, and the deregistrations.

Two forms exist on the wire. The older one knows only domain events up to a certain id, registered per connection and
sent without an id; the other has a callback id for each registration, of one object or of all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from manor.constants import ConnectDomainQemuMonitorEventRegisterFlags as MonitorFlags
from manor.drivers.interface import EventBus, Subscription
from manor.drivers.interface.events import MONITOR_KEY, monitor_filter
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records.events import EVENTS, Event
from manor.wire.events import LAST_LEGACY_ID, EventKey, codec_for
from manor.wire.frame import MESSAGE, OK, procedure_frame

_error = reporter(ErrorDomain.RPC)

EventFilter = Callable[[Event], bool]

# What libvirtd calls a registration in the error for one that does not exist (its words for secrets are these).
_TITLES = {
    "domain": "domain event",
    "network": "network event",
    "storage_pool": "storage pool event",
    "node_device": "node device event",
    "secret": "node device event",
    "qemu_monitor": "qemu monitor event",
}


class _Registered(NamedTuple):
    subscription: Subscription
    legacy: bool

    @property
    def key(self) -> EventKey:
        return self.subscription.key


class Registrations:
    """What one client listens to. `send(frame)` sends a message, `visible(event)` says whether it may see an event."""

    def __init__(self, bus: EventBus, send: Callable[[bytes], None], visible: EventFilter | None = None) -> None:
        self._bus = bus
        self._send = send
        self._visible = visible
        self._known: dict[int, _Registered] = {}
        self._next = 0

    def register(self, key: EventKey, reference: object | None, *, legacy: bool = False) -> int:
        """Send events of a kind from now on; gives the callback id.

        Raises VIR_ERR_INTERNAL_ERROR for an event that does not exist, or not in this form, VIR_ERR_INVALID_ARG for a
        second registration of the same.
        """
        check_event(key, legacy=legacy)
        subscription = self._add(key, reference, None, legacy=legacy)
        if any(_same(subscription, legacy, other) for other in self._known.values()):
            subscription.cancel()
            raise reporter(ErrorDomain.NONE)(ErrorNumber.INVALID_ARG, "event callback already tracked")
        return self._enter(subscription, legacy=legacy)

    def register_monitor(self, event: str | None, flags: int, reference: object | None) -> int:
        """Send raw QMP events whose name matches `event`."""
        unknown = flags & ~int(MonitorFlags.REGEX | MonitorFlags.NOCASE)
        if unknown:
            raise reporter(ErrorDomain.NONE).unsupported_flags(unknown, "virDomainQemuMonitorEventStateRegisterID")
        subscription = self._add(MONITOR_KEY, reference, monitor_filter(event, flags), legacy=False)
        return self._enter(subscription, legacy=False)

    def _add(
        self, key: EventKey, reference: object | None, wanted: EventFilter | None, *, legacy: bool
    ) -> Subscription:
        number = None if legacy else self._next

        def deliver(event: Event) -> None:
            if (wanted is None or wanted(event)) and (self._visible is None or self._visible(event)):
                self._send(event_frame(event, number))

        return self._bus.subscribe(key, deliver, reference)

    def _enter(self, subscription: Subscription, *, legacy: bool) -> int:
        number = self._next
        self._next += 1
        self._known[number] = _Registered(subscription, legacy)
        return number

    def deregister(self, kind: str, number: int) -> None:
        """End a registration. Raises VIR_ERR_INTERNAL_ERROR for one that is not there."""
        found = self._known.get(number)
        if found is None or found.legacy or found.key[0] != kind:
            raise _error(ErrorNumber.INTERNAL_ERROR, f"{_TITLES[kind]} callback {number} not registered")
        self._known.pop(number).subscription.cancel()

    def deregister_legacy(self, event_id: int) -> None:
        """End the registration of a domain event in the older form. Raises as `deregister` and `register`."""
        key = ("domain", event_id)
        check_event(key, legacy=True)
        found = next((number for number, one in self._known.items() if one.legacy and one.key == key), None)
        if found is None:
            raise _error(ErrorNumber.INTERNAL_ERROR, f"domain event {event_id} not registered")
        self._known.pop(found).subscription.cancel()

    def clear(self) -> None:
        """End them all."""
        while self._known:
            self._known.popitem()[1].subscription.cancel()


def check_event(key: EventKey, *, legacy: bool = False) -> None:
    """Raise VIR_ERR_INTERNAL_ERROR for an event that does not exist, or not in the older form."""
    kind, event_id = key
    if key not in EVENTS or (legacy and event_id > LAST_LEGACY_ID):
        title = "" if kind == "domain" else f"{kind.replace('_', ' ')} "
        raise _error(ErrorNumber.INTERNAL_ERROR, f"unsupported {title}event ID {event_id}")


def _same(subscription: Subscription, legacy: bool, other: _Registered) -> bool:
    """Whether a registration would only repeat another."""
    return (subscription.key, subscription.identity, legacy) == (other.key, other.subscription.identity, other.legacy)


def event_frame(event: Any, callback_id: int | None) -> bytes:
    """The message that carries an event."""
    codec = codec_for(type(event), callback_id=callback_id is not None)
    return procedure_frame(codec.procedure, MESSAGE, 0, OK, codec.encode(event, callback_id))
