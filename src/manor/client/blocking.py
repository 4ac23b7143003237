# SPDX-License-Identifier: Apache-2.0
"""The blocking shell: one connection to a daemon, shared by any number of threads, without asyncio.

A thread that waits for a reply reads for all: it hands every reply to the thread it belongs to, and when its own has
come it leaves the reading to the next. One lock guards the conversation and the link; it is never held while somebody
waits. Events and stream data are queued, and replies never stand behind them. Streams have a module of their own.
"""

from __future__ import annotations

import errno
import os
import select
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from manor.client.backend import Authenticator, Wakeup
from manor.client.credentials import Credentials
from manor.client.dial import dial
from manor.client.link import Link, send_queued
from manor.client.sockets import wanted_name
from manor.constants import ConnectCloseReason
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.uri import ConnectURI
from manor.wire import opening
from manor.wire.calls import call as call_named
from manor.wire.conversation import Conversation, wire_failure
from manor.wire.errors import WireError
from manor.wire.exchanges import EXCHANGES, Request, ask
from manor.wire.frame import Packet
from manor.wire.programs import Procedure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from manor.client.blocking_stream import BlockingStream
    from manor.client.pulse import Pulse
    from manor.records.events import Event
    from manor.wire.sasl.client import Question

_error = reporter(ErrorDomain.RPC)
_remote_error = reporter(ErrorDomain.REMOTE)

BACKLOG = 1 << 20
"""Bytes of streams that may wait to be sent before a sender has to."""

_READABLE = select.POLLIN | select.POLLHUP | select.POLLERR


class _Waiter:
    """A thread that waits for a reply, or for `ready` to hold."""

    __slots__ = ("_sleep", "done", "error", "packet", "ready")

    def __init__(self, ready: Callable[[], bool] | None = None) -> None:
        self.done = False
        self.packet: Packet | None = None
        self.error: ManorError | None = None
        self.ready = ready
        self._sleep: threading.Lock | None = None

    def resolve(self, packet: Packet) -> None:
        self.packet = packet
        self.done = True
        self.wake()

    def fail(self, error: ManorError) -> None:
        self.error = error
        self.done = True
        self.wake()

    def fall_asleep(self) -> threading.Lock:
        """The lock to wait for, with the connection's lock held; `wake` releases it."""
        self._sleep = sleep = threading.Lock()
        sleep.acquire()
        return sleep

    def wake(self) -> None:
        """Let the thread look again, with the connection's lock held."""
        sleep, self._sleep = self._sleep, None
        if sleep is not None:
            sleep.release()


class BlockingBackend:
    """A `manor.client.backend.Backend` over a link to a daemon."""

    def __init__(self, link: Link, uri: str, readonly: bool) -> None:
        self.uri = uri
        self.readonly = readonly
        self._link = link
        self._conversation = Conversation()
        self._lock = threading.Lock()
        # Threads in poll(); those who sleep until a reply comes or the reading is left to them.
        self._polling = 0
        self._sleepers: deque[_Waiter] = deque()
        self._poll = select.poll()
        self._poll.register(link.fileno(), _READABLE)
        # Frames, or what is left of them, and descriptors, in the order in which they go out.
        self._outgoing: deque[memoryview | int] = deque()
        self._backlog = 0
        self._reason: ConnectCloseReason | None = None
        self._closed = False
        self._wakeup: Wakeup | None = None
        self._watch: select.epoll | None = None
        self._pulse: Pulse | None = None
        self._features: dict[int, bool] = {}
        self._told_of_end = False

    # Calls

    def call(self, operation: str, *arguments: Any) -> Any:
        """Run an operation of the catalogue at the daemon."""
        steps = EXCHANGES.get(operation)
        if steps is not None:
            return self.run(steps(*arguments))
        chosen = call_named(operation)
        args, stream, fds = chosen.split(arguments)
        if fds and not (self._link.can_pass_fds and self.supports(opening.FEATURE_FD_PASSING)):
            raise _remote_error(ErrorNumber.ARGUMENT_UNSUPPORTED, "fd passing is not supported by this connection")
        strings = chosen.asks_for_strings and self.supports(opening.FEATURE_TYPED_PARAM_STRING)
        try:
            packet = self._exchange(chosen.procedure, chosen.encode_args(args, strings=strings), fds, stream)
            result = chosen.decode_ret(packet.payload, packet.fds)
        except WireError as error:
            raise wire_failure(error) from error
        if operation == "connect_is_secure":
            return int(bool(result) and self._link.protected)
        return result

    def _exchange(
        self, procedure: Procedure, payload: bytes, fds: Sequence[int] = (), stream: BlockingStream | None = None
    ) -> Packet:
        """One call and its reply."""
        with self.held():
            return self._exchange_held(procedure, payload, fds, stream)

    def _exchange_held(
        self, procedure: Procedure, payload: bytes, fds: Sequence[int] = (), stream: BlockingStream | None = None
    ) -> Packet:
        self.check_open()
        waiter = _Waiter()
        serial, data = self._conversation.call(procedure, payload, waiter, len(fds))
        core = self._conversation.open_stream(procedure, serial) if stream is not None else None
        try:
            self.push(data, fds)
            self._wait(waiter)
        except BaseException:
            self._conversation.forget(serial)
            self._conversation.drop_stream(serial)
            raise
        if waiter.error is not None:
            raise waiter.error
        if stream is not None and core is not None:
            stream.attach(core)
        assert waiter.packet is not None  # noqa: S101 - a waiter that is done has one or the other
        return waiter.packet

    def run(self, steps: Generator[Any, Any, Any], ask_user: Callable[[Question], Any] | None = None) -> Any:
        """Drive an exchange of several calls; questions go to `ask_user`."""
        with self.held():
            try:
                step = next(steps)
                while True:
                    try:
                        if isinstance(step, Request):
                            answer = self._exchange_held(step.procedure, step.payload).payload
                        else:
                            assert ask_user is not None  # noqa: S101 - only authentication asks
                            answer = ask_user(step)
                    except ManorError as error:
                        step = steps.throw(error)
                    else:
                        step = steps.send(answer)
            except StopIteration as done:
                return done.value
            except WireError as error:
                raise wire_failure(error) from error

    def supports(self, feature: int) -> bool:
        """Whether the daemon has a feature; it is asked once."""
        known = self._features.get(feature)
        if known is None:
            known = self._features[feature] = self.run(opening.supports(feature))
        return known

    # Waiting, reading and sending; all of it with the lock held, which is given up only while waiting

    @contextmanager
    def held(self) -> Generator[None, None, None]:
        """Hold the lock; afterwards leave the reading to somebody else and tell the face what came."""
        noticed = False
        try:
            with self._lock:
                try:
                    yield
                finally:
                    if self._sleepers and not self._polling:
                        self._sleepers[0].wake()
                    if self._closed and not self._polling:
                        self._release()
                    noticed, self._conversation.noticed = self._conversation.noticed, False
        finally:
            if noticed and self._wakeup is not None:
                self._wakeup()

    def _wait(self, waiter: _Waiter) -> None:
        while not waiter.done:
            if waiter.ready is not None and waiter.ready():
                return
            if self._polling and not self._outgoing:
                self._sleep(waiter)
            else:
                self._pump()

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Read and send until `ready()`, which is called with the lock held."""
        self._wait(_Waiter(ready))

    def _sleep(self, waiter: _Waiter) -> None:
        sleep = waiter.fall_asleep()
        self._sleepers.append(waiter)
        try:
            # An interrupt may come at any point: the lock must be held again afterwards in any case.
            self._lock.release()
            sleep.acquire()
        finally:
            self._lock.acquire()
            self._sleepers.remove(waiter)

    def _pump(self) -> None:
        """Wait until the link has something for us, or takes something from us, and do that."""
        poll = self._poll
        wants = bool(self._outgoing) or self._link.wants_write
        if self._polling or wants:
            # Two threads cannot share a poll object, and the usual one only looks for input.
            poll = select.poll()
            poll.register(self._link.fileno(), _READABLE | (select.POLLOUT if wants else 0))
        wakeup = self._wakeup if self._conversation.noticed else None
        self._conversation.noticed = False
        self._polling += 1
        try:
            self._lock.release()
            if wakeup is not None:
                wakeup()
            poll.poll()
        finally:
            try:
                self._lock.acquire()
            finally:
                self._polling -= 1
        self._move()

    def _move(self) -> None:
        """Send and read what can be without waiting."""
        if self._reason is not None:
            return
        try:
            if self._outgoing:
                self._flush()
            received = self._link.receive(self._conversation.framer.missing)
            if received is not None:
                self._received(*received)
        except OSError as error:
            self._lose(self._system_error("Cannot recv data", error), ConnectCloseReason.ERROR)
        except BaseException:
            self._cut_short()
            raise

    def _received(self, data: bytes, fds: tuple[int, ...]) -> None:
        conversation = self._conversation
        if not data:
            failure = OSError(errno.EIO, os.strerror(errno.EIO))
            self._lose(self._system_error("End of file while reading data", failure), ConnectCloseReason.EOF)
            return
        if self._pulse is not None:
            self._pulse.heard()
        try:
            conversation.receive(data, fds)
        except ManorError as error:
            self._lose(error, ConnectCloseReason.ERROR)
            return
        if conversation.outgoing:
            answers, conversation.outgoing = conversation.outgoing, []
            self.push(b"".join(answers))
        if conversation.noticed:
            for sleeper in self._sleepers:
                if sleeper.ready is not None and sleeper.ready():
                    sleeper.wake()

    def _system_error(self, what: str, error: OSError) -> ManorError:
        complaint = self._link.complaint()
        return _error.system(error.errno or errno.EIO, f"{what}: {complaint}" if complaint else what)

    def push(self, data: bytes, fds: Sequence[int] = ()) -> None:
        """Send a frame, or queue what of it does not fit now; with the lock held."""
        try:
            sent = 0 if self._outgoing else self._link.send(data)
            if sent == len(data) and not fds:
                return
            # The caller's descriptors may be gone by the time they are sent.
            self._outgoing.extend((memoryview(data)[sent:], *map(os.dup, fds)))
            self._backlog += len(data) - sent
            self._flush()
        except OSError as error:
            self._lose(self._system_error("Cannot write data", error), ConnectCloseReason.ERROR)
        except BaseException:
            self._cut_short()
            raise

    def _cut_short(self) -> None:
        """An interrupt (KeyboardInterrupt) may have taken bytes with it: better no connection than one out of step."""
        self._lose(_error(ErrorNumber.INTERNAL_ERROR, "client socket is closed"), ConnectCloseReason.ERROR)

    def _flush(self) -> None:
        """Send as much of what is queued as fits. Raises OSError."""
        was_full = self.backlog_full
        self._backlog -= send_queued(self._link, self._outgoing)
        self._watch_output()
        if was_full and not self.backlog_full:
            self._conversation.noticed = True

    @property
    def backlog_full(self) -> bool:
        """Whether so much waits to be sent that streams have to wait."""
        return self._backlog >= BACKLOG

    def _lose(self, error: ManorError, reason: ConnectCloseReason) -> None:
        """The connection is over: everybody who waits gets `error`."""
        if self._reason is not None:
            return
        self._reason = reason
        for item in self._outgoing:
            if isinstance(item, int):
                os.close(item)
        self._outgoing.clear()
        self._backlog = 0
        if self._watch is not None:
            # Whoever watches must not be told of the end for ever.
            self._watch.unregister(self._link.fileno())
        self._link.shutdown()
        self._conversation.fail(error)
        for sleeper in self._sleepers:
            sleeper.wake()

    def check_open(self) -> None:
        """Raise what libvirt raises on a connection that is over."""
        if self._closed:
            raise _remote_error(ErrorNumber.INVALID_CONN, "a connection that is closed")
        if self._reason is not None:
            raise _error(ErrorNumber.INTERNAL_ERROR, "client socket is closed")

    # Streams

    def new_stream(self) -> BlockingStream:
        """A stream for the next operation that takes one."""
        from manor.client.blocking_stream import BlockingStream

        return BlockingStream(self)

    # Events and the face's event loop

    def subscribe(self, key: tuple[str, int], reference: object | None = None) -> int:
        """Have events of a kind queued."""
        number: int = self.run(self._conversation.subscribe(key, reference))
        return number

    def subscribe_monitor(self, event: str | None, flags: int, reference: object | None = None) -> int:
        """Have raw QMP events queued."""
        number: int = self.run(self._conversation.subscribe_monitor(event, flags, reference))
        return number

    def unsubscribe(self, subscription: int) -> None:
        """Stop a subscription."""
        self.run(self._conversation.unsubscribe(subscription))

    def take_events(self) -> list[tuple[int, Event]]:
        """The queued events."""
        with self._lock:
            events = list(self._conversation.events)
            self._conversation.events.clear()
        return events

    def set_wakeup(self, wakeup: Wakeup | None) -> None:
        """Have `wakeup()` called when something was queued; from now on the daemon tells of its own losses too."""
        self._wakeup = wakeup
        if wakeup is not None and not self._told_of_end:
            with self.held():
                if self._reason is None:
                    self._told_of_end = True
                    self.push(self._conversation.ask_for_end())

    def fileno(self) -> int:
        """A descriptor that is readable when `pump` has something to do.

        Where the system has epoll it is one of those, which also tells when waiting output can go on.
        """
        with self._lock:
            if self._closed:
                return -1
            if self._watch is None and hasattr(select, "epoll"):
                self._watch = select.epoll()
                if self._reason is None:
                    self._watch.register(self._link.fileno(), select.EPOLLIN)
                    self._watch_output()
            return self._link.fileno() if self._watch is None else self._watch.fileno()

    def _watch_output(self) -> None:
        if self._watch is not None and self._reason is None:
            wants = select.EPOLLOUT if self._outgoing or self._link.wants_write else 0
            self._watch.modify(self._link.fileno(), select.EPOLLIN | wants)

    def pump(self) -> None:
        """Process what has arrived, without waiting."""
        with self.held():
            if not self._polling:
                self._move()

    # The connection itself

    @property
    def closed_reason(self) -> ConnectCloseReason | None:
        """Why the connection ended, or the daemon's own connection behind it."""
        if self._reason is None and self._conversation.remote_close_reason is not None:
            return ConnectCloseReason(self._conversation.remote_close_reason)
        return self._reason

    def lib_version(self) -> int:
        """The version of the library at the other end."""
        return int(self.run(ask("connect_get_lib_version"))[0])

    def is_encrypted(self) -> bool:
        """Whether the link itself encrypts what it carries."""
        self.check_open()
        return self._link.encrypted

    def set_keepalive(self, interval: int, count: int) -> bool:
        """Have a thread ping the daemon in silence, and end the connection when it does not answer."""
        from manor.client.pulse import Pulse

        self.check_open()
        if interval > 0 and not self.supports(opening.FEATURE_KEEPALIVE):
            return False
        pulse, self._pulse = self._pulse, None
        if pulse is not None:
            pulse.stop()
        if interval > 0:
            self._pulse = Pulse(self, interval, count)
        return True

    def send_ping(self, ping: bytes) -> None:
        """Send a keepalive message."""
        with self.held():
            if self._reason is None:
                self.push(ping)

    def give_up(self) -> None:
        """The daemon has not answered in time."""
        with self.held():
            error = _error(ErrorNumber.INTERNAL_ERROR, "connection closed due to keepalive timeout")
            self._lose(error, ConnectCloseReason.KEEPALIVE)

    def open(self, name: str | None, auth: opening.AuthSettings, credentials: Credentials) -> None:
        """Authenticate and open the hypervisor connection `name` at the daemon."""
        steps = opening.open_connection(name, auth, readonly=self.readonly, keepalive=False)
        opened: opening.Opened = self.run(steps, credentials.answer)
        self.uri = opened.uri or self.uri

    def close(self) -> None:
        """End the connection; the daemon is told."""
        if self._closed:
            return
        if self._pulse is not None:
            self._pulse.stop()
        try:
            if self._reason is None:
                self.run(ask("connect_close"))
        except ManorError:
            pass  # It is over either way.
        self.abandon()

    def abandon(self) -> None:
        """End the connection without a word to the daemon."""
        with self.held():
            self._closed = True
            # Whoever is in poll() sees the end of the socket and leaves; the last one releases it.
            self._lose(_error(ErrorNumber.INTERNAL_ERROR, "client socket is closed"), ConnectCloseReason.CLIENT)

    def _release(self) -> None:
        """Close descriptors; harmless when repeated."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        self._link.close()
        for fd in self._conversation.framer.take_fds():
            os.close(fd)


def connect(uri: ConnectURI, *, readonly: bool = False, auth: Authenticator | None = None) -> BlockingBackend:
    """Connect to the daemon a URI means and open the hypervisor connection there.

    Raises ManorError: what `dial` raises, VIR_ERR_AUTH_FAILED and its like, and the daemon's own errors.
    """
    credentials = Credentials(uri, auth)
    link = dial(uri, credentials, readonly=readonly)
    backend = BlockingBackend(link, str(uri), readonly)
    settings = opening.AuthSettings(
        host=uri.host or "localhost",
        wanted=uri.parameters.get("auth"),
        answerable=credentials.answerable,
        protected=link.protected,
    )
    try:
        backend.open(wanted_name(uri), settings, credentials)
    except BaseException:
        backend.abandon()
        raise
    return backend
