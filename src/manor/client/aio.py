# SPDX-License-Identifier: Apache-2.0
"""The asyncio shell: one connection to a daemon, shared by any number of tasks.

The link's descriptor is watched by the event loop itself, not through an asyncio transport: that costs half as much
per call and is the only way to receive file descriptors. Replies resolve the futures of their calls; events go to
`on_event` in the order of their arrival; everything else is the conversation's. Reconnecting is the remote driver's.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Generator, Sequence
from typing import Any

from manor.client.aio_stream import AsyncStream
from manor.client.backend import Authenticator
from manor.client.credentials import Credentials
from manor.client.dial import dial
from manor.client.link import Link
from manor.client.outgoing import Outgoing, wake
from manor.client.sockets import wanted_name
from manor.constants import ConnectCloseReason
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records.events import Event
from manor.uri import ConnectURI
from manor.wire import opening
from manor.wire.calls import call as call_named
from manor.wire.conversation import Conversation, wire_failure
from manor.wire.errors import WireError
from manor.wire.exchanges import EXCHANGES, Request, ask
from manor.wire.frame import Packet
from manor.wire.keepalive import Keepalive
from manor.wire.programs import Procedure

_error = reporter(ErrorDomain.RPC)
_remote_error = reporter(ErrorDomain.REMOTE)

READ_AHEAD = 8 << 20
"""Bytes of streams that may wait to be read before the daemon has to wait, while nothing else is expected of it."""


class _Waiter:
    """A task that waits for a reply."""

    __slots__ = ("future",)

    def __init__(self, future: asyncio.Future[Packet]) -> None:
        self.future = future

    def resolve(self, packet: Packet) -> None:
        if not self.future.done():
            self.future.set_result(packet)
        else:
            for fd in packet.fds:
                os.close(fd)

    def fail(self, error: ManorError) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class AsyncChannel:
    """An open connection. `on_event(subscription, event)` and `on_lost(error, reason)` are called from the loop."""

    def __init__(
        self,
        link: Link,
        on_event: Callable[[int, Event], None],
        on_lost: Callable[[ManorError, ConnectCloseReason], None],
    ) -> None:
        self.link = link
        self.conversation = Conversation()
        self.closed_reason: ConnectCloseReason | None = None
        self._on_event = on_event
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self.outgoing = Outgoing(self._loop, link, self._broken, self._drained)
        self._changed: list[asyncio.Future[None]] = []
        self._reading = False
        self._keepalive: Keepalive | None = None
        self._pulse: asyncio.TimerHandle | None = None
        self._features: dict[int, bool] = {}
        self._resume()

    # Calls

    async def operate(self, operation: str, arguments: Sequence[Any], stream: AsyncStream | None = None) -> Any:
        """Run an operation of the catalogue at the daemon; `arguments` without its stream."""
        steps = EXCHANGES.get(operation)
        if steps is not None:
            return await self.run(steps(*arguments))
        chosen = call_named(operation)
        args, _, fds = chosen.split((*arguments, None) if chosen.procedure.stream else arguments)
        if fds and not (self.link.can_pass_fds and await self.supports(opening.FEATURE_FD_PASSING)):
            raise _remote_error(ErrorNumber.ARGUMENT_UNSUPPORTED, "fd passing is not supported by this connection")
        strings = chosen.asks_for_strings and await self.supports(opening.FEATURE_TYPED_PARAM_STRING)
        try:
            packet = await self.exchange(chosen.procedure, chosen.encode_args(args, strings=strings), fds, stream)
            result = chosen.decode_ret(packet.payload, packet.fds)
        except WireError as error:
            raise wire_failure(error) from error
        if operation == "connect_is_secure":
            return int(bool(result) and self.link.protected)
        return result

    async def exchange(
        self, procedure: Procedure, payload: bytes, fds: Sequence[int] = (), stream: AsyncStream | None = None
    ) -> Packet:
        """One call and its reply. A task that is cancelled meanwhile leaves the reply to be dropped."""
        self.check_open()
        future: asyncio.Future[Packet] = self._loop.create_future()
        serial, data = self.conversation.call(procedure, payload, _Waiter(future), len(fds))
        core = self.conversation.open_stream(procedure, serial) if stream is not None else None
        self.outgoing.push(data, fds)
        if not self._reading:
            # A slow reader of a stream may have stopped the reading; a reply must not wait for it.
            self._resume()
        try:
            packet = await future
        except asyncio.CancelledError:
            self.conversation.forget(serial)
            self.conversation.drop_stream(serial)
            raise
        if stream is not None and core is not None:
            stream.attach(core)
        return packet

    async def run(self, steps: Generator[Any, Any, Any], credentials: Credentials | None = None) -> Any:
        """Drive an exchange of several calls; questions are answered by `credentials`, in a thread."""
        try:
            step = next(steps)
            while True:
                try:
                    if isinstance(step, Request):
                        answer: Any = (await self.exchange(step.procedure, step.payload)).payload
                    else:
                        assert credentials is not None  # noqa: S101 - only authentication asks
                        answer = await asyncio.to_thread(credentials.answer, step)
                except ManorError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as done:
            return done.value
        except WireError as error:
            raise wire_failure(error) from error

    async def supports(self, feature: int) -> bool:
        """Whether the daemon has a feature; it is asked once."""
        known = self._features.get(feature)
        if known is None:
            known = self._features[feature] = await self.run(opening.supports(feature))
        return known

    def check_open(self) -> None:
        """Raise what libvirt raises on a connection that is over."""
        if self.closed_reason is not None:
            raise _error(ErrorNumber.INTERNAL_ERROR, "client socket is closed")

    # What the link says

    def _broken(self, error: OSError) -> None:
        self._lose(self._system_error("Cannot write data", error), ConnectCloseReason.ERROR)

    def _drained(self) -> None:
        # TLS may have to write before it can go on reading.
        if self.link.wants_write:
            self._readable()

    def _readable(self) -> None:
        try:
            received = self.link.receive(self.conversation.framer.missing)
        except OSError as error:
            self._lose(self._system_error("Cannot recv data", error), ConnectCloseReason.ERROR)
            return
        if received is None:
            self.outgoing.watch()
            return
        data, fds = received
        if not data:
            failure = OSError(errno.EIO, os.strerror(errno.EIO))
            self._lose(self._system_error("End of file while reading data", failure), ConnectCloseReason.EOF)
            return
        conversation = self.conversation
        if self._keepalive is not None:
            self._keepalive.heard(self._loop.time())
        try:
            conversation.receive(data, fds)
        except ManorError as error:
            self._lose(error, ConnectCloseReason.ERROR)
            return
        if conversation.outgoing:
            answers, conversation.outgoing = conversation.outgoing, []
            self.outgoing.push(b"".join(answers))
        if conversation.noticed:
            self._dispatch()

    def _dispatch(self) -> None:
        """Hand out what came that is no reply."""
        conversation = self.conversation
        conversation.noticed = False
        while conversation.events:
            self._on_event(*conversation.events.popleft())
        wake(self._changed)
        if conversation.remote_close_reason is not None:
            reason = ConnectCloseReason(conversation.remote_close_reason)
            self._lose(_error(ErrorNumber.INTERNAL_ERROR, "client socket is closed"), reason)
        elif not conversation.waiting and not conversation.subscriptions and self._ahead >= READ_AHEAD:
            # Only streams are under way, and nobody reads what has come: let the daemon wait.
            self._loop.remove_reader(self.link.fileno())
            self._reading = False

    @property
    def _ahead(self) -> int:
        return sum(stream.size for stream in self.conversation.streams.values())

    def _resume(self) -> None:
        if not self._reading and self.closed_reason is None:
            self._reading = True
            self._loop.add_reader(self.link.fileno(), self._readable)

    async def stream_change(self) -> None:
        """Wait until something came that is no reply."""
        if not self._reading and self._ahead < READ_AHEAD:
            self._resume()
        future = self._loop.create_future()
        self._changed.append(future)
        await future

    # Keepalive

    async def keep_alive(self, interval: float, count: int) -> bool:
        """Ping the daemon after `interval` seconds of silence and give it up after `count` pings; 0 ends that.

        False where the daemon does not know pings.
        """
        if self._pulse is not None:
            self._pulse.cancel()
        self._pulse = self._keepalive = None
        if interval > 0:
            if not await self.supports(opening.FEATURE_KEEPALIVE):
                return False
            self._keepalive = Keepalive(interval, count, self._loop.time())
            self._pulse = self._loop.call_at(self._keepalive.due(), self._beat)
        return True

    def _beat(self) -> None:
        keepalive = self._keepalive
        if keepalive is None or self.closed_reason is not None:
            return
        # What has arrived while the loop was busy counts as a sign of life.
        self._readable()
        ping = keepalive.tick(self._loop.time())
        if ping is None:
            error = _error(ErrorNumber.INTERNAL_ERROR, "connection closed due to keepalive timeout")
            self._lose(error, ConnectCloseReason.KEEPALIVE)
            return
        if ping:
            self.outgoing.push(ping)
        self._pulse = self._loop.call_at(keepalive.due(), self._beat)

    # The end

    def _system_error(self, what: str, error: OSError) -> ManorError:
        complaint = self.link.complaint()
        return _error.system(error.errno or errno.EIO, f"{what}: {complaint}" if complaint else what)

    def _lose(self, error: ManorError, reason: ConnectCloseReason) -> None:
        if self.closed_reason is not None:
            return
        self.closed_reason = reason
        if self._pulse is not None:
            self._pulse.cancel()
        if self._reading:
            self._loop.remove_reader(self.link.fileno())
        self.outgoing.close()
        self.link.shutdown()
        self.conversation.fail(error)
        for fd in self.conversation.framer.take_fds():
            os.close(fd)
        wake(self._changed)
        if self.link.close_waits:
            self._loop.run_in_executor(None, self.link.close)
        else:
            self.link.close()
        self._on_lost(error, reason)

    async def close(self) -> None:
        """End the connection; the daemon is told."""
        if self.closed_reason is None:
            try:
                await self.run(ask("connect_close"))
            except ManorError:
                pass  # It is over either way.
            finally:
                self.abandon()

    def abandon(self) -> None:
        """End the connection without a word to the daemon."""
        self._lose(_error(ErrorNumber.INTERNAL_ERROR, "client socket is closed"), ConnectCloseReason.CLIENT)


async def connect(
    uri: ConnectURI,
    on_event: Callable[[int, Event], None],
    on_lost: Callable[[ManorError, ConnectCloseReason], None],
    *,
    readonly: bool = False,
    auth: Authenticator | None = None,
) -> AsyncChannel:
    """Connect to the daemon a URI means and open the hypervisor connection there.

    `on_lost` is not called for a connection that cannot be opened. Raises ManorError as the blocking `connect` does.
    """
    credentials = Credentials(uri, auth)
    link = await asyncio.to_thread(dial, uri, credentials, readonly=readonly)
    opened = False

    def lost(error: ManorError, reason: ConnectCloseReason) -> None:
        if opened:
            on_lost(error, reason)

    channel = AsyncChannel(link, on_event, lost)
    settings = opening.AuthSettings(
        host=uri.host or "localhost",
        wanted=uri.parameters.get("auth"),
        answerable=credentials.answerable,
        protected=link.protected,
    )
    steps = opening.open_connection(wanted_name(uri), settings, readonly=readonly, keepalive=True)
    try:
        await channel.run(steps, credentials)
    except BaseException:
        channel.abandon()
        raise
    opened = True
    channel.outgoing.push(channel.conversation.ask_for_end())
    return channel
