# SPDX-License-Identifier: Apache-2.0
"""Waiting for events: one or many, of one kind or several, until a timeout or an interrupt."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed
from manor.cli.sizes import MAX_INT
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.client.backend import Backend
    from manor.records.events import Event

_error = reporter(ErrorDomain.RPC)

Describe = Callable[[str, "Event"], str]
"""Makes text of an event's name and the event, without the time."""


class EventQueue:
    """The events of a connection, as they come. Use as a context manager.

    Inside, an interrupt is raised by the waiting only, not in the middle of a call or of what came.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._interrupted = False
        self._deferring = False

    def __enter__(self) -> EventQueue:
        self._backend.set_wakeup(self._wake)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler and current_thread() is main_thread():
            signal.signal(signal.SIGINT, self._interrupt)
            self._deferring = True
        return self

    def __exit__(self, *exception: object) -> None:
        if self._deferring:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self._backend.set_wakeup(None)
        os.close(self._reader)
        os.close(self._writer)

    def _interrupt(self, _number: int, _frame: object) -> None:
        self._interrupted = True
        self._wake()

    def _check_interrupt(self) -> None:
        if self._interrupted:
            self._interrupted = False
            raise KeyboardInterrupt

    def _wake(self) -> None:
        # A full pipe says already what there is to say.
        with suppress(BlockingIOError):
            os.write(self._writer, b"\0")

    def wait(self, seconds: float | None) -> list[tuple[int, Event]]:
        """The events that came, none if the time is over first. Raises ManorError when the connection is lost."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            self._check_interrupt()
            self._backend.pump()
            events = self._backend.take_events()
            if events:
                return events
            if self._backend.closed_reason is not None:
                raise _error(ErrorNumber.INTERNAL_ERROR, "client socket is closed")
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return []
            self.wait_for_input([], left)

    def wait_for_input(self, others: list[int], seconds: float | None = None) -> list[int]:
        """Wait until the connection has something, or one of the other descriptors; returns which of those."""
        watched = [self._reader, *others]
        if self._backend.fileno() >= 0:
            watched.append(self._backend.fileno())
        readable = select.select(watched, [], [], seconds)[0]
        with suppress(BlockingIOError):
            os.read(self._reader, 4096)
        self._check_interrupt()
        self._backend.pump()
        return [descriptor for descriptor in others if descriptor in readable]


def timestamp() -> str:
    """Now, as libvirt writes it in front of events."""
    now = time.time()
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}+0000"


def read_timeout(args: Args) -> int | None:
    """The seconds of --timeout. Raises CommandFailed for less than one."""
    return args.number("timeout", 1, MAX_INT // 1000)


class Waiter:
    """Waits for events of subscriptions and prints them; says at the end how it came to its end."""

    def __init__(self, shell: Shell, args: Args) -> None:
        self._shell = shell
        self._timeout = read_timeout(args)
        self._loop = args.flag("loop")
        self._stamps = args.flag("timestamp")
        self._names: dict[int, str] = {}
        self._records: list[dict[str, object]] = []

    def subscribe(self, name: str, key: tuple[str, int], reference: object | None, *, optional: bool = False) -> None:
        """Wait for this event too. An optional one may be of a kind that the other end does not know."""
        try:
            number = self._shell.backend.subscribe(key, reference)
        except ManorError as failure:
            if optional and not self._shell.lost:
                self._shell.debug(1, failure.message)
                return
            raise
        self._names[number] = name

    def adopt(self, name: str, number: int) -> None:
        """Wait for the events of a subscription that was made elsewhere."""
        self._names[number] = name

    def run(self, describe: Describe) -> None:
        """Wait until there is no more to wait for. Raises CommandFailed when nothing came in time."""
        count = 0
        end = ""
        lost: ManorError | None = None
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        try:
            with EventQueue(self._shell.backend) as queue:
                while not end and not (count and not self._loop):
                    left = None if deadline is None else deadline - time.monotonic()
                    events = queue.wait(left)
                    if not events:
                        end = "event loop timed out"
                    for number, event in events:
                        if number in self._names and (self._loop or not count):
                            count += 1
                            self._print(describe(self._names[number], event), event)
        except KeyboardInterrupt:
            end = "event loop interrupted"
        except ManorError as failure:
            lost = failure
        finally:
            # A lost connection has no subscriptions, and would be opened again for them.
            for number in () if self._shell.lost else self._names:
                with suppress(ManorError):
                    self._shell.backend.unsubscribe(number)
        self._finish(end, count, lost)

    def _finish(self, end: str, count: int, lost: ManorError | None) -> None:
        out = self._shell.out
        if not out.json:
            if end:
                out.line(end)
            out.line(f"events received: {count}")
        if lost is not None:
            raise lost
        if not count:
            raise CommandFailed()

    def _print(self, text: str, event: Event) -> None:
        out = self._shell.out
        if out.json:
            # Whoever reads JSON reads events as they come, so each has a line of its own.
            import json

            from manor.cli.event_record import event_record

            out.stream.write(f"{json.dumps({'time': timestamp(), **event_record(event)}, default=str)}\n")
        else:
            out.line(f"{timestamp()}: {text}" if self._stamps else text)
        out.stream.flush()


def print_names(shell: Shell, names: Iterable[str]) -> None:
    """Print the names of events."""
    names = list(names)
    shell.out.data(names)
    shell.out.write("".join(f"{name}\n" for name in names))


def choose(args: Args, known: Iterable[str], complaint: str) -> str:
    """The name that --event gives. Raises CommandFailed."""
    name = args.text("event")
    if name is None:
        raise CommandFailed(complaint)
    if name not in known:
        raise CommandFailed(f"unknown event type {name}")
    return name
