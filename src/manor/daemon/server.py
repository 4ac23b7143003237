# SPDX-License-Identifier: Apache-2.0
"""A server of the daemon: its listening sockets, its clients and their limits."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from manor.client.link import Link, UnixLink
from manor.daemon.auth import AuthRules
from manor.daemon.identity import unix_identity
from manor.daemon.peer import Peer, Service
from manor.daemon.settings import KeepaliveSettings, LimitSettings
from manor.daemon.workers import Workers
from manor.drivers.interface import Identity
from manor.wire.frame import HEADER_SIZE, MAX_LENGTH

if TYPE_CHECKING:
    from manor.daemon.tls import TlsFront

_log = logging.getLogger(__name__)

_ACCEPTED_AT_ONCE = 64
_PAUSE = 1.0
_LENGTH_WORD = 4

UNIX, TCP, TLS = range(3)
"""Transports, as virClientTransport counts them."""


@dataclass(slots=True, eq=False)
class Listener:
    """A listening socket, and what counts for those who come in through it.

    `auth` may be replaced, for those who come later; `tls` shakes hands with those who come in by TLS.
    """

    sock: socket.socket
    transport: int
    readonly: bool = False
    auth: AuthRules | None = None
    tls: TlsFront | None = None
    admin: bool = False


@dataclass(slots=True, eq=False)
class Client:
    """A connected client. `since` is seconds since the epoch; `address` its socket's, "" for local ones."""

    number: int
    peer: Peer
    listener: Listener
    identity: Identity
    address: str = ""
    since: int = field(default_factory=lambda: int(time.time()))
    service: Service = field(init=False)
    anonymous: bool = True

    @property
    def readonly(self) -> bool:
        """Whether it may only look."""
        return self.listener.readonly


class Server:
    """Accepts clients and serves each by what `make_service` gives. `idle` is called when the last one has gone."""

    def __init__(
        self,
        name: str,
        make_service: Callable[[Client], Service],
        limits: LimitSettings,
        keepalive: KeepaliveSettings,
        idle: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.workers = Workers(limits.min_workers, limits.workers, limits.priority_workers)
        self.clients: dict[int, Client] = {}
        self.anonymous = 0
        self.configure(limits, keepalive)
        self._make_service = make_service
        self._idle = idle
        self._listeners: list[Listener] = []
        self._accepting = False
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_number = 0
        self._handshakes: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def configure(self, limits: LimitSettings, keepalive: KeepaliveSettings) -> None:
        """Take other limits; those of connections count for new ones."""
        self.max_clients = limits.clients
        self.max_anonymous = limits.anonymous_clients
        self.anonymous_seconds = limits.anonymous_seconds
        self.max_requests = limits.requests
        # The setting is libvirt's limit, which leaves the length word out.
        self.max_message = min(limits.message_size + _LENGTH_WORD, MAX_LENGTH)
        self.keepalive_interval = keepalive.interval
        self.keepalive_count = keepalive.count
        self.workers.minimum = limits.min_workers
        self.workers.maximum = limits.workers
        self.workers.reserved = limits.priority_workers
        assert self.max_message > HEADER_SIZE  # noqa: S101 - the setting has a lower bound

    # Accepting

    def listen(self, listener: Listener) -> None:
        """Accept clients from a listening socket, once `accept_clients` was called."""
        listener.sock.setblocking(False)
        self._listeners.append(listener)
        if self._accepting:
            self._loop.add_reader(listener.sock.fileno(), self._accept, listener)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Where it listens."""
        return tuple(self._listeners)

    def accept_clients(self) -> None:
        """Accept clients now, or again, while limits admit them."""
        wants = len(self.clients) + len(self._handshakes) < self.max_clients and self.anonymous < self.max_anonymous
        if wants == self._accepting:
            return
        self._accepting = wants
        for listener in self._listeners:
            if wants:
                self._loop.add_reader(listener.sock.fileno(), self._accept, listener)
            else:
                self._loop.remove_reader(listener.sock.fileno())

    def _accept(self, listener: Listener) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            if not self._accepting:
                return
            try:
                sock, address = listener.sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                # Out of descriptors or memory: the socket stays readable, so look away for a while.
                _log.error("cannot accept a client: %s", error)
                self._loop.remove_reader(listener.sock.fileno())
                self._loop.call_later(_PAUSE, self._look_again, listener)
                return
            self._arrive(sock, address, listener)

    def _look_again(self, listener: Listener) -> None:
        if self._accepting and listener in self._listeners:
            self._loop.add_reader(listener.sock.fileno(), self._accept, listener)

    def _arrive(self, sock: socket.socket, address: Any, listener: Listener) -> None:
        self._count_anonymous(1)
        if listener.transport == UNIX:
            # polkit has to know which process it was, whoever has its number when it is asked.
            asks_polkit = listener.auth is not None and listener.auth.method == "polkit"
            self._admit(UnixLink(sock, protected=True), unix_identity(sock, with_start=asks_polkit), listener)
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        where = f"{address[0]}:{address[1]}"
        if listener.tls is None:
            self._admit(Link(sock, protected=False), Identity(), listener, where)
        else:
            task = self._loop.create_task(self._shake_hands(sock, where, listener), name=f"handshake with {where}")
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)

    async def _shake_hands(self, sock: socket.socket, where: str, listener: Listener) -> None:
        from manor.daemon.tls import HandshakeError

        assert listener.tls is not None  # noqa: S101 - only listeners with one get here
        try:
            async with asyncio.timeout(self.anonymous_seconds or None):
                link, name = await listener.tls.shake_hands(sock)
        except (HandshakeError, TimeoutError) as error:
            _log.warning("no TLS with %s: %s", where, error or "timeout")
            self._count_anonymous(-1)
        except asyncio.CancelledError:
            self._count_anonymous(-1)
            raise
        else:
            self._admit(link, Identity(x509_distinguished_name=name), listener, where)

    def _admit(self, link: Link, identity: Identity, listener: Listener, address: str = "") -> None:
        self._last_number += 1
        peer = Peer(self, link, self._last_number)
        client = Client(peer.number, peer, listener, identity, address)
        client.service = service = self._make_service(client)
        self.clients[client.number] = client
        peer.start(service)
        if service.authenticated:
            self.authenticated(client)

    # Clients

    def authenticated(self, client: Client) -> None:
        """A client has shown who it is."""
        if client.anonymous:
            client.anonymous = False
            self._count_anonymous(-1)

    def gone(self, peer: Peer) -> None:
        """A client's connection has ended."""
        client = self.clients.pop(peer.number, None)
        if client is not None and client.anonymous:
            client.anonymous = False
            self._count_anonymous(-1)
        if not self._accepting:
            self.accept_clients()
        if not self.clients and self._idle is not None:
            self._idle()

    def _count_anonymous(self, change: int) -> None:
        self.anonymous += change
        if self.anonymous and self._sweep is None and self.anonymous_seconds:
            self._sweep = self._loop.call_later(self.anonymous_seconds / 2, self._sweep_anonymous)
        if self._listeners:
            self.accept_clients()

    def _sweep_anonymous(self) -> None:
        """Give up those who take too long to show who they are."""
        self._sweep = None
        latest = time.time() - self.anonymous_seconds
        for client in [one for one in self.clients.values() if one.anonymous and one.since <= latest]:
            client.peer.close("it did not authenticate in time")
        self._count_anonymous(0)

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something short that `aclose` waits for."""
        task = self._loop.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # The end

    def stop_listening(self) -> None:
        """Accept nobody any more."""
        for listener in self._listeners:
            if self._accepting:
                self._loop.remove_reader(listener.sock.fileno())
            listener.sock.close()
        self._listeners.clear()
        self._accepting = False

    async def aclose(self, patience: float) -> None:
        """End all connections and wait until the drivers have given back what belonged to them.

        Calls that are still under way after `patience` seconds are cancelled.
        """
        self.stop_listening()
        if self._sweep is not None:
            self._sweep.cancel()
        for task in self._handshakes:
            task.cancel()
        peers = [client.peer for client in self.clients.values()]
        for peer in peers:
            peer.close("the daemon is stopping")
        calls = [task for peer in peers for task in peer.tasks]
        if calls:
            _, late = await asyncio.wait(calls, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        # What the end of the calls has brought about: the ends of their clients.
        while self._tasks or self._handshakes:
            await asyncio.wait(self._tasks | self._handshakes)
