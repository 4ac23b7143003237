# SPDX-License-Identifier: Apache-2.0
"""One connected client as the protocol has it: bytes to calls, answers and events to bytes, streams, keepalive.

What the calls mean is its service's business (`HypervisorService`, `AdminService`). The socket is watched by the
event loop itself, which costs half of what an asyncio transport does and is the only way to receive descriptors.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from time import monotonic
from typing import Any, Protocol

from manor.client.link import Link
from manor.client.outgoing import BACKLOG, Outgoing
from manor.daemon import handlers
from manor.daemon.eager import begin
from manor.daemon.handlers import Handler
from manor.daemon.stream import ServerStream
from manor.daemon.workers import Workers
from manor.drivers.interface import Identity
from manor.drivers.interface.driver import in_the_name_of
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.wire.errors import FrameError
from manor.wire.frame import (
    CALL,
    CALL_WITH_FDS,
    ERROR,
    MESSAGE,
    OK,
    REPLY,
    REPLY_WITH_FDS,
    STREAM,
    STREAM_HOLE,
    Framer,
    Packet,
    frame,
)
from manor.wire.keepalive import PING, PONG, Keepalive, keepalive_frame
from manor.wire.programs import KEEPALIVE
from manor.wire.remote_error import encode_error

_error = reporter(ErrorDomain.RPC)
_log = logging.getLogger(__name__)

READ_AHEAD = 8 << 20
"""Bytes of streams that may wait for the drivers before the client has to wait."""

Operation = Callable[..., Coroutine[Any, Any, Any]]


class Service(Protocol):
    """What a client's calls are about. Made with the connection, ended with it."""

    programs: frozenset[int]
    """The numbers of the programs it serves."""

    @property
    def authenticated(self) -> bool:
        """Whether the client may call more than what serves to authenticate."""

    @property
    def identity(self) -> Identity:
        """Who the client is, as far as it has shown."""

    def operation(self, handler: Handler, args: tuple[Any, ...], wire_args: tuple[Any, ...]) -> Operation:
        """What runs for a call; `wire_args` are the arguments as they are on the wire.

        Raises ManorError where the client may not, or not yet.
        """

    def lost(self) -> None:
        """The connection has ended: nothing can be sent any more. Calls may still be under way."""

    async def end(self) -> None:
        """The last call is over too: give everything back."""


class Host(Protocol):
    """What a peer needs of its server."""

    workers: Workers
    max_requests: int
    max_message: int
    keepalive_interval: float
    keepalive_count: int

    def gone(self, peer: Peer) -> None:
        """The connection has ended."""

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something in a task that the server's end waits for."""


class Peer:
    """A connected client. `start` begins to read; `close` ends it at any time, and may be called again."""

    def __init__(self, host: Host, link: Link, number: int) -> None:
        self.host = host
        self.link = link
        self.number = number
        self.service: Service
        self.closed = False
        self.streams: dict[int, ServerStream] = {}
        self._loop = asyncio.get_running_loop()
        self._framer = Framer(host.max_message, views=True)
        self.outgoing = Outgoing(self._loop, link, self._broken, self._drained)
        self.tasks: set[asyncio.Task[Any]] = set()
        """Calls that wait for something, and streams."""
        self._held: deque[Packet] = deque()
        self._running = 0
        self._taking = False
        self._ended = False
        self._reading = False
        self._closing = False
        self._keepalive: Keepalive | None = None
        self._pulse: asyncio.TimerHandle | None = None

    def start(self, service: Service) -> None:
        """Serve the client."""
        self.service = service
        self._reading = True
        self._loop.add_reader(self.link.fileno(), self._readable)

    # What comes in

    def _readable(self) -> None:
        try:
            received = self.link.receive(self._framer.missing)
        except OSError as error:
            self._broken(error)
            return
        if received is None:
            self.outgoing.watch()
            return
        data, fds = received
        if not data:
            self.close("the client hung up")
            return
        if self._keepalive is not None:
            self._keepalive.heard(self._loop.time())
        try:
            packets = self._framer.receive(data, fds)
        except FrameError as error:
            self.close(str(error))
            return
        if len(packets) == 1:
            self._take(packets[0])
        elif packets:
            # Answers to what came together leave together.
            self.outgoing.cork()
            for packet in packets:
                self._take(packet)
            self.outgoing.uncork()
            self._close_if_due()

    def _take(self, packet: Packet) -> None:
        kind = packet.type
        if self.closed or self._closing:
            _close_fds(packet.fds)
        elif packet.program == KEEPALIVE.number and kind == MESSAGE:
            if packet.procedure == PING and packet.version == KEEPALIVE.version:
                self.outgoing.push(keepalive_frame(PONG))
        elif kind in (STREAM, STREAM_HOLE):
            stream = self.streams.get(packet.serial)
            # What comes for a stream that is over was sent before the client knew.
            if stream is not None:
                stream.receive(packet)
                self.watch_input()
        elif kind not in (CALL, CALL_WITH_FDS):
            # libvirtd takes no notice of them either.
            _close_fds(packet.fds)
        elif self._held or self._full:
            self._held.append(packet)
            self.watch_input()
        else:
            self._call(packet)

    @property
    def _full(self) -> bool:
        """Whether the client has to wait: too many of its calls are under way, or it does not read the answers."""
        return self._running >= self.host.max_requests or self.outgoing.backlog >= BACKLOG

    def watch_input(self) -> None:
        """Read on, or stop reading while the client has more under way than it may."""
        wants = not (
            self.closed
            or self._closing
            or self._held
            or self.outgoing.backlog >= BACKLOG
            or (self.streams and sum(stream.waiting for stream in self.streams.values()) >= READ_AHEAD)
        )
        if wants != self._reading:
            self._reading = wants
            if wants:
                self._loop.add_reader(self.link.fileno(), self._readable)
            else:
                self._loop.remove_reader(self.link.fileno())

    # Calls

    def _call(self, packet: Packet) -> None:
        try:
            handler = self._handler(packet)
            args, raw = handler.decode(packet.payload)
            operation = self.service.operation(handler, args, raw)
        except Exception as error:
            refusal = _explained(error, f"call {packet.procedure}")
            _log.debug("client %d: call refused: %s", self.number, refusal)
            _close_fds(packet.fds)
            self.fail(packet, refusal)
            return
        call = _Call(self, packet, handler, operation, args, raw)
        self._running += 1
        workers = self.host.workers
        if workers.admits(handler.high):
            call.start()
        else:
            workers.wait(call.start, handler.high)

    def _handler(self, packet: Packet) -> Handler:
        if packet.program not in self.service.programs:
            raise handlers.no_program(packet.program, packet.version)
        handler = handlers.find(packet.program, packet.version, packet.procedure)
        if packet.status != OK:
            raise _error(ErrorNumber.RPC, f"Unexpected message status {packet.status}")
        if not self.service.authenticated and not handler.is_open:
            raise _error(ErrorNumber.RPC, "authentication required")
        return handler

    def finished(self) -> None:
        """One call less is under way; to be called after its answer was sent."""
        self._running -= 1
        if self._closing:
            self._close_if_due()
        elif self._held and not self.closed:
            self._take_held()
        self._maybe_end()

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """A task that belongs to this client: it has to be over before the client is."""
        self.tasks.add(task)
        task.add_done_callback(self._task_over)

    def _task_over(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        self._maybe_end()

    def _take_held(self) -> None:
        # Calls that are answered at once get back here: one loop takes them all, not one in another.
        if self._taking:
            return
        self._taking = True
        while self._held and not (self._full or self.closed or self._closing):
            self._call(self._held.popleft())
        self._taking = False
        self.watch_input()

    # What goes out

    def answer(self, packet: Packet, payload: bytes, fds: Sequence[int] = ()) -> None:
        """Send the good answer to a call."""
        kind = REPLY_WITH_FDS if fds else REPLY
        self._push(packet, kind, OK, payload, fds)

    def fail(self, packet: Packet, error: ManorError) -> None:
        """Send the failure of a call."""
        self._push(packet, REPLY, ERROR, encode_error(error))

    def _push(self, packet: Packet, kind: int, status: int, payload: bytes, fds: Sequence[int] = ()) -> None:
        program, version, procedure, _, serial, *_ = packet
        try:
            data = frame(program, version, procedure, kind, serial, status, payload, len(fds))
        except FrameError as error:
            self._push(packet, REPLY, ERROR, encode_error(_error(ErrorNumber.RPC, str(error))))
            return
        self.outgoing.push(data, fds)
        if self.outgoing.backlog >= BACKLOG:
            self.watch_input()

    def _close_if_due(self) -> None:
        if self._closing and not self._running and not self.outgoing:
            self.close("the client has closed")

    def _drained(self) -> None:
        if self._closing:
            self._close_if_due()
        elif self._held:
            self._take_held()
        elif not self._reading:
            self.watch_input()

    # Keepalive

    def keep_alive(self) -> None:
        """The client answers pings: see to it that it is there."""
        interval, count = self.host.keepalive_interval, self.host.keepalive_count
        if self._keepalive is None and interval > 0:
            self._keepalive = Keepalive(interval, count, self._loop.time())
            self._pulse = self._loop.call_at(self._keepalive.due(), self._beat)

    def _beat(self) -> None:
        keepalive = self._keepalive
        if keepalive is None or self.closed:
            return
        # While its input is left unread, a client cannot show that it lives.
        if not self._reading:
            keepalive.heard(self._loop.time())
        ping = keepalive.tick(self._loop.time())
        if ping is None:
            self.close("the client does not answer")
            return
        if ping:
            self.outgoing.push(ping)
        self._pulse = self._loop.call_at(keepalive.due(), self._beat)

    # The end

    def close_soon(self) -> None:
        """End the connection once the calls under way are answered and everything was sent."""
        self._closing = True
        self.watch_input()
        self._loop.call_soon(self._close_if_due)

    def _broken(self, error: OSError) -> None:
        self.close(f"the connection is broken: {error}")

    def close(self, why: str) -> None:
        """End the connection: streams and events at once, the rest when the last call is over."""
        if self.closed:
            return
        _log.debug("client %d: %s", self.number, why)
        self.closed = True
        if self._pulse is not None:
            self._pulse.cancel()
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self.link.fileno())
        self.outgoing.close()
        self.link.shutdown()
        self.link.close()
        _close_fds(self._framer.take_fds())
        while self._held:
            _close_fds(self._held.popleft().fds)
        for stream in tuple(self.streams.values()):
            stream.abandon()
        self.streams.clear()
        self.service.lost()
        self.host.gone(self)
        self._maybe_end()

    def _maybe_end(self) -> None:
        if self.closed and not self._running and not self.tasks and not self._ended:
            self._ended = True
            self.host.spawn(self.service.end(), f"end of client {self.number}")


class _Call:
    """A call under way."""

    __slots__ = ("_args", "_came", "_handler", "_operation", "_packet", "_peer", "_raw", "_stream")

    def __init__(
        self, peer: Peer, packet: Packet, handler: Handler, operation: Operation, args: tuple[Any, ...], raw: Any
    ) -> None:
        # When it came, for the log; asking for the time is not free.
        self._came = monotonic() if _log.isEnabledFor(logging.DEBUG) else 0.0
        self._peer = peer
        self._packet = packet
        self._handler = handler
        self._raw = raw
        self._operation = operation
        self._stream: ServerStream | None = None
        if handler.stream is not None:
            self._stream = ServerStream(peer, handler.procedure, packet.serial)
        self._args = handler.join(args, self._stream, packet.fds)

    def start(self) -> None:
        """Run it; it may be over when this returns."""
        peer = self._peer
        if peer.closed:
            self._over()
            return
        try:
            task, result = begin(self._operation(*self._args), asyncio.get_running_loop(), self._handler.name)
        except Exception as error:
            self._failed(error)
        else:
            if task is None:
                self._succeeded(result)
            else:
                peer.host.workers.enter()
                task.add_done_callback(self._done)
                peer.adopt(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self._failed(_error(ErrorNumber.OPERATION_ABORTED, "the daemon is stopping"))
        elif (error := task.exception()) is not None:
            self._failed(error)
        else:
            self._succeeded(task.result())
        self._peer.host.workers.leave()

    def _succeeded(self, result: Any) -> None:
        peer = self._peer
        then = None
        if type(result) is handlers.Answer:
            result, then = result
        try:
            payload, fds = self._handler.encode(result, self._raw)
        except Exception as error:
            self._failed(error)
            return
        peer.answer(self._packet, payload, fds)
        _close_fds(fds)
        if self._stream is not None and not peer.closed:
            self._stream.begin()
        if then is not None:
            then()
        self._over()

    def _failed(self, failure: BaseException) -> None:
        error = _explained(failure, self._handler.name)
        if self._came:
            _log.debug("client %d: %s failed: %s", self._peer.number, self._handler.name, error)
        self._peer.fail(self._packet, in_the_name_of(self._handler.name, error))
        self._over()

    def _over(self) -> None:
        if self._came:
            took = (monotonic() - self._came) * 1e3
            _log.debug("client %d: %s took %.3f ms", self._peer.number, self._handler.name, took)
        _close_fds(self._packet.fds)
        self._peer.finished()


def _explained(error: BaseException, what: str) -> ManorError:
    """The error that the client is told; one that nobody expected is logged as well."""
    if isinstance(error, ManorError):
        return error
    _log.error("%s failed unexpectedly", what, exc_info=error)
    return _error(ErrorNumber.INTERNAL_ERROR, f"{what} failed unexpectedly: {error}")


def _close_fds(fds: Sequence[int]) -> None:
    for fd in fds:
        os.close(fd)
