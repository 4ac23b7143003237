# SPDX-License-Identifier: Apache-2.0
"""A server of the daemon: its listening sockets, its clients and their limits."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from manor.client.link import Link, UnixLink
from manor.daemon.identity import unix_identity
from manor.daemon.peer import Peer, Service
from manor.daemon.workers import Workers
from manor.drivers.interface import Identity
from manor.wire.frame import MAX_LENGTH

_log = logging.getLogger(__name__)

_ACCEPTED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket: what comes in through it may only look, or more."""

    sock: socket.socket
    readonly: bool = False


@dataclass(slots=True, eq=False)
class Client:
    """A connected client, as administrators see it. `since` is seconds since the epoch."""

    number: int
    peer: Peer
    service: Service
    identity: Identity
    readonly: bool
    since: int = field(default_factory=lambda: int(time.time()))


ServiceFactory = Callable[[Peer, Identity, bool], Service]


class Server:
    """Accepts clients and serves each by what `make_service` gives."""

    def __init__(self, name: str, make_service: ServiceFactory) -> None:
        self.name = name
        self.max_clients = 5000
        self.max_anonymous = 20
        self.max_requests = 5
        self.max_message = MAX_LENGTH
        self.keepalive_interval = 5.0
        self.keepalive_count = 5
        self.workers = Workers(5, 1000, 5)
        self.clients: dict[Peer, Client] = {}
        self._make_service = make_service
        self._listeners: list[Listener] = []
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_number = 0

    def listen(self, listener: Listener) -> None:
        """Accept clients from a listening socket."""
        listener.sock.setblocking(False)
        self._listeners.append(listener)
        self._loop.add_reader(listener.sock.fileno(), self._accept, listener)

    def _accept(self, listener: Listener) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                sock, _address = listener.sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                _log.warning("cannot accept a client: %s", error)
                return
            self._admit(UnixLink(sock, protected=True), unix_identity(sock), listener)

    def _admit(self, link: Link, identity: Identity, listener: Listener) -> None:
        self._last_number += 1
        peer = Peer(self, link, self._last_number)
        service = self._make_service(peer, identity, listener.readonly)
        self.clients[peer] = Client(peer.number, peer, service, identity, listener.readonly)
        peer.start(service)

    def gone(self, peer: Peer) -> None:
        """A client's connection has ended."""
        self.clients.pop(peer, None)

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something that `aclose` waits for."""
        task = self._loop.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def stop_listening(self) -> None:
        """Accept nobody any more."""
        for listener in self._listeners:
            self._loop.remove_reader(listener.sock.fileno())
            listener.sock.close()
        self._listeners.clear()

    async def aclose(self) -> None:
        """End all connections and wait until the drivers have given back what belonged to them."""
        self.stop_listening()
        for client in tuple(self.clients.values()):
            client.peer.close("the daemon is stopping")
        if self._tasks:
            await asyncio.wait(self._tasks)
