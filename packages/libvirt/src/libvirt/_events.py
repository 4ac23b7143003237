# SPDX-License-Identifier: Apache-2.0
"""Events of a connection: registrations, and their delivery in the thread that runs the event loop.

The backend queues what arrives and calls `_wake` from whatever thread noticed; that arms a timer of the registered
event loop, and the timer's callback takes the queue and calls the program back. So callbacks always run in the event
loop's thread, never inside another call.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from libvirt import _loop
from manor.constants import EventHandleType
from manor.drivers.interface.events import object_identity
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records.events import Event

if TYPE_CHECKING:
    from manor.client.backend import Backend

_error = reporter(ErrorDomain.NONE)

Deliver = Callable[[Event], object]
_WATCHED = EventHandleType.READABLE | EventHandleType.ERROR | EventHandleType.HANGUP


class Pollable(Protocol):
    """A stream with a callback: asked after every round whether it has something to tell."""

    def dispatch(self) -> None:
        """Call the program back for what does not wait now."""

    def wants_dispatch(self) -> bool:
        """Whether there is something to call back for right now."""


Key = tuple[str, int, object | None]
"""Object kind, event id, and which object or None for all."""


class _Registration(NamedTuple):
    """`key` is None for what may be registered any number of times."""

    key: Key | None
    subscription: int
    deliver: Deliver


class EventHub:
    """The registrations of one connection and their place in the event loop."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._registrations: dict[int, _Registration] = {}
        self._subscriptions: dict[Key, int] = {}
        self._next_id = 0
        self._streams: list[Pollable] = []
        self._on_close: Callable[[int], object] | None = None
        self._told_close = False
        self._timer = -1
        self._watch = -1

    @property
    def started(self) -> bool:
        """Whether the connection has its place in an event loop."""
        return self._timer >= 0

    def start(self) -> None:
        """Take a place in the registered event loop; VIR_ERR_INTERNAL_ERROR without one."""
        if self.started:
            return
        self._timer = _loop.add_timeout(-1, self._fire, None)
        if self._timer < 0:
            raise _error(ErrorNumber.INTERNAL_ERROR, "could not initialize domain event timer")
        if self._backend.fileno() >= 0:
            self._watch = _loop.add_handle(self._backend.fileno(), _WATCHED, self._readable, None)
        self._backend.set_wakeup(self._wake)

    def stop(self) -> None:
        """Leave the event loop; nothing is called back any more."""
        self._backend.set_wakeup(None)
        self._registrations.clear()
        self._subscriptions.clear()
        self._streams.clear()
        self._on_close = None
        if self.started:
            _loop.remove_timeout(self._timer)
            self._timer = -1
        self._unwatch()

    def _unwatch(self) -> None:
        if self._watch >= 0:
            _loop.remove_handle(self._watch)
            self._watch = -1

    # Registrations

    def register(self, kind: str, event_id: int, reference: object | None, deliver: Deliver) -> int:
        """Deliver events of one kind; returns the callback id the program gets.

        libvirt refuses a second registration for the same event of the same object.
        """
        self.start()
        key = (kind, event_id, None if reference is None else object_identity(reference))
        if any(known.key == key for known in self._registrations.values()):
            raise _error(ErrorNumber.INVALID_ARG, "event callback already tracked")
        return self._add(key, self._subscribe(key, reference), deliver)

    def register_legacy(self, deliver: Deliver) -> int:
        """Deliver the lifecycle of all domains, beside what `register` has."""
        self.start()
        return self._add(None, self._subscribe(("domain", 0, None), None), deliver)

    def register_monitor(self, event: str | None, flags: int, reference: object | None, deliver: Deliver) -> int:
        """Deliver raw QMP events."""
        self.start()
        return self._add(None, self._backend.subscribe_monitor(event, flags, reference), deliver)

    def _subscribe(self, key: Key, reference: object | None) -> int:
        """The backend's subscription for a key, shared by the registrations that need it."""
        if key not in self._subscriptions:
            self._subscriptions[key] = self._backend.subscribe(key[:2], reference)
        return self._subscriptions[key]

    def _add(self, key: Key | None, subscription: int, deliver: Deliver) -> int:
        number = self._next_id
        self._next_id += 1
        self._registrations[number] = _Registration(key, subscription, deliver)
        return number

    def deregister(self, number: int) -> None:
        """End a registration at once, VIR_ERR_INVALID_ARG where there is none."""
        registration = self._registrations.pop(number, None)
        if registration is None:
            raise _error(ErrorNumber.INVALID_ARG, f"could not find event callback {number} for deletion")
        if not self._of(registration.subscription):
            self._subscriptions = {k: n for k, n in self._subscriptions.items() if n != registration.subscription}
            self._backend.unsubscribe(registration.subscription)

    def _of(self, subscription: int) -> list[int]:
        """The registrations that live on a subscription."""
        return [number for number, known in self._registrations.items() if known.subscription == subscription]

    def set_close_callback(self, callback: Callable[[int], object] | None) -> None:
        """Have `callback(reason)` called once when the connection is lost."""
        self._on_close = callback
        if callback is not None:
            self.start()

    def add_stream(self, stream: Pollable) -> None:
        """Ask `stream` from now on."""
        self.start()
        self._streams.append(stream)
        self._wake()

    def remove_stream(self, stream: Pollable) -> None:
        """Ask `stream` no more."""
        if stream in self._streams:
            self._streams.remove(stream)

    def stream_changed(self) -> None:
        """A stream's interest changed."""
        self._wake()

    # In the event loop

    def _wake(self) -> None:
        if self.started:
            _loop.update_timeout(self._timer, 0)

    def _readable(self, watch: int, fd: int, events: int, opaque: object) -> None:
        self._backend.pump()
        if self._backend.closed_reason is not None:
            # A closed socket stays readable for ever.
            self._unwatch()
        self._wake()

    def _fire(self, timer: int, opaque: object) -> None:
        # Disarmed before the queue is taken: what comes later arms it again.
        _loop.update_timeout(timer, -1)
        for subscription, event in self._backend.take_events():
            for number in self._of(subscription):
                # An earlier callback may have ended this registration.
                registration = self._registrations.get(number)
                if registration is not None:
                    self._guarded(registration.deliver, event)
        for stream in tuple(self._streams):
            if stream in self._streams:
                self._guarded(stream.dispatch)
        self._tell_close()
        if any(stream.wants_dispatch() for stream in self._streams):
            self._wake()

    def _tell_close(self) -> None:
        reason = self._backend.closed_reason
        if reason is not None and self._on_close is not None and not self._told_close:
            self._told_close = True
            self._guarded(self._on_close, int(reason))

    @staticmethod
    def _guarded(function: Callable[..., object], *arguments: Any) -> None:
        # As in C: an exception in a callback is shown, and the others are still called.
        try:
            function(*arguments)
        except Exception:
            traceback.print_exc()
