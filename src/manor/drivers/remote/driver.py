# SPDX-License-Identifier: Apache-2.0
"""The remote driver's object: a `Driver` whose operations run at a daemon, over a connection that may heal.

One exists per connection; `connect` makes it. How one connection works is manor.client.aio's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, ClassVar

from manor.client import aio
from manor.client.aio import AsyncChannel
from manor.client.aio_stream import AsyncStream
from manor.client.backend import Authenticator
from manor.constants import ConnectCloseReason
from manor.drivers.interface import Driver, Session, Stream
from manor.drivers.remote.events import RemoteEventBus
from manor.drivers.remote.families import remote_families
from manor.drivers.remote.healing import Gap, Healing
from manor.drivers.remote.transfer import carry
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.uri import ConnectURI
from manor.wire.exchanges import ask

_error = reporter(ErrorDomain.RPC)

CloseCallback = Callable[[ConnectCloseReason], None]


class RemoteDriver(Driver):
    """A connection to a daemon.

    `closed_reason` is None while it lives or heals; `on_close` is called once when it is over for good, `on_gap`
    whenever it is healed or given up, before any event of the healed connection.
    """

    name: ClassVar[str] = "remote"
    events: RemoteEventBus

    def __init__(self, uri: ConnectURI, session: Session, auth: Authenticator | None, healing: Healing | None) -> None:
        super().__init__(session, RemoteEventBus(), **remote_families(session, self._call))
        self.uri = uri
        self.closed_reason: ConnectCloseReason | None = None
        self.on_close: list[CloseCallback] = []
        self.on_gap: list[Callable[[Gap], None]] = []
        if healing is not None and healing.on_gap is not None:
            self.on_gap.append(healing.on_gap)
        self._auth = auth
        self._healing = healing
        self._channel: AsyncChannel | None = None
        self._healer: asyncio.Task[None] | None = None
        self._keepalive: tuple[float, int] | None = None

    # Calls

    async def _call(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        """Run an operation at the daemon; its stream, if it has one, is served from here on."""
        channel = await self._connected()
        if not self.events.settled:
            await self.events.settle()
        if not arguments or not isinstance(arguments[-1], Stream):
            return await channel.operate(operation, arguments)
        *rest, stream = arguments
        wire = AsyncStream(channel)
        result = await channel.operate(operation, rest, wire)
        stream.serve(lambda ours: carry(ours, wire))
        return result

    async def _connected(self) -> AsyncChannel:
        """The connection, after healing if need be. Raises ManorError where there is none."""
        healer = self._healer
        if healer is not None and self._healing is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(healer), self._healing.patience)
        if self._channel is None:
            if self.closed_reason is ConnectCloseReason.CLIENT:
                raise _error(ErrorNumber.INVALID_CONN, "a connection that is closed")
            raise _error(ErrorNumber.INTERNAL_ERROR, "client socket is closed")
        return self._channel

    async def settle(self) -> None:
        """Wait until the daemon knows all subscriptions; raises the ManorError it refused one with."""
        await self.events.settle()

    async def lib_version(self) -> int:
        """The version of the library at the other end (virConnectGetLibVersion)."""
        channel = await self._connected()
        return int((await channel.run(ask("connect_get_lib_version")))[0])

    async def keep_alive(self, interval: float, count: int) -> bool:
        """Ping the daemon after `interval` seconds of silence, give it up after `count` pings without an answer.

        0 ends that. False where the daemon does not know pings (virConnectSetKeepAlive).
        """
        self._keepalive = (interval, count)
        return await (await self._connected()).keep_alive(interval, count)

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection itself encrypts what it carries (virConnectIsEncrypted)."""
        return self._channel is not None and self._channel.link.encrypted

    # Opening, losing, healing

    async def open(self) -> None:
        """Connect, and have the daemon know what is listened to. Raises ManorError.

        Events are held back until `events.release` is called.
        """
        channel = await aio.connect(
            self.uri, self.events.arrived, self._lost, readonly=self.session.readonly, auth=self._auth
        )
        try:
            if self._keepalive is not None:
                await channel.keep_alive(*self._keepalive)
            await self.events.attach(channel)
        except BaseException:
            self.events.detach()
            channel.abandon()
            raise
        if channel.closed_reason is not None:
            # Lost again between its last answer and now.
            channel.check_open()
        self._channel = channel

    def _lost(self, error: ManorError, reason: ConnectCloseReason) -> None:
        if self._channel is None:
            # The attempt to open it sees that for itself.
            return
        self._channel = None
        self.events.detach()
        if self._healing is None or self.closed_reason is not None:
            self._over(reason)
        else:
            self._healer = asyncio.get_running_loop().create_task(self._heal(self._healing, reason))

    def _over(self, reason: ConnectCloseReason) -> None:
        if self.closed_reason is None:
            self.closed_reason = reason
            for callback in tuple(self.on_close):
                callback(reason)

    async def _heal(self, healing: Healing, reason: ConnectCloseReason) -> None:
        began, attempts = time.time(), 0
        failure: ManorError | None = None
        for wait in healing.waits():
            if healing.give_up is not None and time.time() - began + wait > healing.give_up and failure is not None:
                break
            await asyncio.sleep(wait)
            attempts += 1
            try:
                await self.open()
            except ManorError as error:
                failure = error
            except Exception as error:
                # The program must hear of it by the gap, not find a connection that is neither there nor over.
                failure = _error(ErrorNumber.INTERNAL_ERROR, f"reconnecting failed unexpectedly: {error!r}")
            else:
                failure = None
                break
        self._healer = None
        gap = Gap(reason, began, time.time(), attempts, failure)
        for callback in tuple(self.on_gap):
            callback(gap)
        if failure is not None:
            self._over(reason)
        else:
            self.events.release()

    async def close(self) -> None:
        """End the connection; a second call does nothing."""
        healer, self._healer = self._healer, None
        if healer is not None:
            healer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await healer
        channel, self._channel = self._channel, None
        self.events.detach()
        if channel is not None:
            await channel.close()
        self._over(ConnectCloseReason.CLIENT)
        await super().close()


async def connect(
    uri: ConnectURI | str,
    *,
    readonly: bool = False,
    auth: Authenticator | None = None,
    healing: Healing | None = None,
) -> RemoteDriver:
    """Connect to the daemon a URI means.

    With `healing` a connection that is lost later is opened again by itself; the first one must succeed. Raises
    ManorError: VIR_ERR_SYSTEM_ERROR where nobody answers, VIR_ERR_AUTH_FAILED and its like, the daemon's own errors.
    """
    parsed = ConnectURI.parse(uri) if isinstance(uri, str) else uri
    driver = RemoteDriver(parsed, Session(str(parsed), readonly=readonly), auth, healing)
    await driver.open()
    driver.events.release()
    return driver
