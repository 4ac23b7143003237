# SPDX-License-Identifier: Apache-2.0
"""A server of the daemon inside the test's process, with a driver made of what a test needs.

It runs in a thread with a loop of its own, so that tests talk to it with blocking sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

from manor.client.background import BackgroundLoop
from manor.daemon.access import AccessPolicy
from manor.daemon.audit import Audit
from manor.daemon.auth import Authentication, AuthRules
from manor.daemon.hypervisor import HypervisorService
from manor.daemon.peer import Peer
from manor.daemon.server import UNIX, Client, Listener, Server
from manor.daemon.settings import AccessSettings, KeepaliveSettings, LimitSettings
from manor.daemon.sockets import listen_unix
from manor.drivers.interface import Driver, EventBus, Identity, Session
from manor.drivers.interface.driver import operations
from manor.users import UserFile
from tests.support.rawclient import RawClient

Operation = Callable[..., Coroutine[Any, Any, Any]]


async def _empty(flags: int) -> list[Any]:
    return []


# A driver of everything, as it were: events are only of objects that a driver has.
_NOTHING: dict[str, Operation] = {
    f"connect_list_all_{kind}s": _empty for kind in ("network", "storage_pool", "node_device", "secret")
}


class BedDriver(Driver):
    """A driver whose operations are functions of the test."""

    name: ClassVar[str] = "BED"

    def __init__(self, session: Session, events: EventBus, bodies: dict[str, Operation]) -> None:
        super().__init__(session, events)
        for name, body in (_NOTHING | bodies).items():
            setattr(getattr(self, operations()[name]), name, body)


class Bed:
    """The server and its surroundings. `bodies` are operations by name, for connections that are opened after."""

    def __init__(
        self,
        folder: Path,
        *,
        limits: LimitSettings | None = None,
        keepalive: KeepaliveSettings | None = None,
        access: AccessSettings | None = None,
        audit: str = "none",
        auth: str = "none",
        readonly: bool = False,
    ) -> None:
        self.path = folder / "sock"
        self.bodies: dict[str, Operation] = {}
        self.bus = EventBus()
        self.policy = AccessPolicy(access or AccessSettings())
        self.audit = Audit(audit, folder / "audit.log")
        self.sessions: list[Session] = []
        self.rules = AuthRules(
            auth, "org.libvirt.unix.manage", 5.0, ("SCRAM-SHA-256", "PLAIN"), UserFile(folder / "users"), (), True
        )
        self._clients: list[RawClient] = []
        self.loop = BackgroundLoop()
        self.server = self.loop.run(self._start(limits or LimitSettings(), keepalive or KeepaliveSettings(), readonly))

    async def _start(self, limits: LimitSettings, keepalive: KeepaliveSettings, readonly: bool) -> Server:
        server = Server("bed", self._service, limits, keepalive)
        server.listen(Listener(listen_unix(self.path, 0o600), UNIX, readonly=readonly, auth=self.rules))
        server.accept_clients()
        return server

    def _service(self, client: Client) -> HypervisorService:
        auth = Authentication(self.rules, client.identity, lambda *_: None)
        return HypervisorService(client.peer, self, auth, readonly=client.readonly)

    @property
    def drivers(self) -> Bed:
        return self

    def authenticated(self, peer: Peer) -> None:
        self.server.authenticated(self.server.clients[peer.number])

    async def open(self, name: str | None, identity: Identity, *, readonly: bool) -> Driver:
        session = Session(name or "", identity, readonly)
        self.sessions.append(session)
        return BedDriver(session, self.bus, self.bodies)

    # For tests

    def connect(self) -> RawClient:
        """A client on which nothing has been said yet."""
        client = RawClient(self.path)
        self._clients.append(client)
        return client

    def client(self) -> RawClient:
        """A client with an open connection."""
        return self.connect().open("bed:///")

    def publish(self, event: Any) -> None:
        """Have the driver publish an event."""
        self.loop.call(self.bus.publish, event)

    def settle(self) -> None:
        """Wait until the server has done what can be done now."""
        for _ in range(5):
            self.loop.run(asyncio.sleep(0))

    def close(self) -> None:
        """End it; nothing may be left in its loop."""
        for client in self._clients:
            client.close()
        self.loop.run(self.server.aclose(5.0))
        left = self.loop.run(_other_tasks())
        self.audit.close()
        self.loop.stop()
        assert not left, left


async def _other_tasks() -> list[str]:
    return [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
