# SPDX-License-Identifier: Apache-2.0
"""libvirt's default event loop: poll(2) over watched descriptors and timers, one round at a time.

Any thread may add, change and remove; a round that is waiting is woken for it. Callbacks run in the thread of the
round, without the lock.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable
from typing import Any

from manor.constants import EventHandleType as Handle

HandleInvoker = Callable[[int, int, int, Any], None]
TimeoutInvoker = Callable[[int, Any], None]

_TO_POLL = (
    (Handle.READABLE, select.POLLIN),
    (Handle.WRITABLE, select.POLLOUT),
    (Handle.ERROR, select.POLLERR),
    (Handle.HANGUP, select.POLLHUP),
)


def _to_poll(events: int) -> int:
    return sum(bit for ours, bit in _TO_POLL if events & ours)


def _from_poll(bits: int) -> int:
    events = sum(int(ours) for ours, bit in _TO_POLL if bits & bit)
    # A descriptor that somebody closed is an error of the handle, not of the loop.
    return events | Handle.ERROR if bits & select.POLLNVAL else events


class _Watch:
    def __init__(self, fd: int, events: int, callback: HandleInvoker, opaque: Any) -> None:
        self.fd = fd
        self.events = events
        self.callback = callback
        self.opaque = opaque


class _Timer:
    def __init__(self, callback: TimeoutInvoker, opaque: Any) -> None:
        self.interval = -1
        self.due = 0.0
        self.callback = callback
        self.opaque = opaque

    def set(self, milliseconds: int) -> None:
        self.interval = milliseconds
        self.due = time.monotonic() + milliseconds / 1000


class DefaultLoop:
    """The six functions of an event implementation, and `run_once`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: dict[int, _Watch] = {}
        self._timers: dict[int, _Timer] = {}
        self._next_watch = 1
        self._next_timer = 1
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._waiting = 0

    def add_handle(self, fd: int, events: int, callback: HandleInvoker, opaque: Any) -> int:
        """Watch a descriptor; returns the watch's number."""
        with self._lock:
            number = self._next_watch
            self._next_watch += 1
            self._watches[number] = _Watch(fd, events, callback, opaque)
        self._interrupt()
        return number

    def update_handle(self, watch: int, events: int) -> None:
        """Change what a watch waits for; 0 pauses it."""
        with self._lock:
            known = self._watches.get(watch)
            if known is not None:
                known.events = events
        self._interrupt()

    def remove_handle(self, watch: int) -> int:
        """Forget a watch; -1 where it is not known."""
        with self._lock:
            known = self._watches.pop(watch, None)
        self._interrupt()
        return -1 if known is None else 0

    def add_timeout(self, milliseconds: int, callback: TimeoutInvoker, opaque: Any) -> int:
        """Call back every so many milliseconds; 0 means in every round, -1 not for now."""
        timer = _Timer(callback, opaque)
        timer.set(milliseconds)
        with self._lock:
            number = self._next_timer
            self._next_timer += 1
            self._timers[number] = timer
        self._interrupt()
        return number

    def update_timeout(self, timer: int, milliseconds: int) -> None:
        """Change a timer's interval, counted from now."""
        with self._lock:
            known = self._timers.get(timer)
            if known is not None:
                known.set(milliseconds)
        self._interrupt()

    def remove_timeout(self, timer: int) -> int:
        """Forget a timer; -1 where it is not known."""
        with self._lock:
            known = self._timers.pop(timer, None)
        self._interrupt()
        return -1 if known is None else 0

    def run_once(self) -> None:
        """Wait for something to happen, and call back for it."""
        with self._lock:
            self._waiting += 1
            watched = {number: watch for number, watch in self._watches.items() if watch.events}
            wait = self._until_next_timer()
        poll = select.poll()
        # Two watches may share a descriptor, for poll there is one entry with the events of both.
        wanted: dict[int, int] = {self._wake_fd: select.POLLIN}
        for watch in watched.values():
            wanted[watch.fd] = wanted.get(watch.fd, 0) | _to_poll(watch.events)
        for fd, bits in wanted.items():
            poll.register(fd, bits)
        try:
            ready = dict(poll.poll(wait))
        finally:
            with self._lock:
                self._waiting -= 1
        if ready.pop(self._wake_fd, 0):
            with contextlib.suppress(BlockingIOError):  # Another thread's round may have taken it.
                os.eventfd_read(self._wake_fd)
        self._run_timers()
        self._run_watches(watched, ready)

    def _until_next_timer(self) -> int | None:
        """Milliseconds to wait, rounded up so that a timer is due when the wait is over."""
        due = [timer.due for timer in self._timers.values() if timer.interval >= 0]
        if not due:
            return None
        return max(0, int((min(due) - time.monotonic()) * 1000) + 1) if min(due) > time.monotonic() else 0

    def _run_timers(self) -> None:
        now = time.monotonic()
        with self._lock:
            due = [(n, timer) for n, timer in self._timers.items() if timer.interval >= 0 and timer.due <= now]
            for _, timer in due:
                timer.due = now + timer.interval / 1000
        for number, timer in due:
            if number in self._timers:
                timer.callback(number, timer.opaque)

    def _run_watches(self, watched: dict[int, _Watch], ready: dict[int, int]) -> None:
        for number, watch in watched.items():
            # An earlier callback may have removed or paused this one.
            wanted = watch.events | Handle.ERROR | Handle.HANGUP
            happened = _from_poll(ready.get(watch.fd, 0)) & wanted
            if happened and watch.events and number in self._watches:
                watch.callback(number, watch.fd, happened, watch.opaque)

    def _interrupt(self) -> None:
        """Let a round that is waiting begin anew; one that is calling back looks again by itself."""
        with self._lock:
            waiting = self._waiting
        if waiting:
            os.eventfd_write(self._wake_fd, 1)
