# SPDX-License-Identifier: Apache-2.0
"""Connections of the test driver: which node each is about."""

from __future__ import annotations

from manor.drivers.interface import Driver, Session
from manor.drivers.test.defaults import default_node
from manor.drivers.test.devices import TestNodeDevices
from manor.drivers.test.domain import TestDomains
from manor.drivers.test.errors import invalid_argument
from manor.drivers.test.host import TestHost
from manor.drivers.test.interfaces import TestInterfaces
from manor.drivers.test.networks import TestNetworks
from manor.drivers.test.node import Node
from manor.drivers.test.nodefile import load_node
from manor.drivers.test.volumes import TestStorage
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.uri import ConnectURI

_auth_error = reporter(ErrorDomain.AUTH)


class TestDriver(Driver):
    """A connection to a made-up node."""

    name = "TEST"

    def __init__(self, session: Session, node: Node) -> None:
        super().__init__(
            session,
            node.events,
            host=TestHost(session, node),
            domain=TestDomains(session, node),
            network=TestNetworks(session, node),
            storage=TestStorage(session, node),
            node_device=TestNodeDevices(session, node),
            interface=TestInterfaces(session, node),
        )
        self.node = node


class TestProvider:
    """Opens connections; those to test:///default share one node for as long as one of them is open."""

    def __init__(self) -> None:
        self._default: Node | None = None
        self._users = 0

    async def open(self, uri: ConnectURI, session: Session) -> TestDriver:
        """Serve a new connection. Raises ManorError where the path names nothing to serve."""
        if uri.path in ("", "/"):
            raise invalid_argument("testOpen: supply a path or use test:///default")
        if uri.path == "/default":
            return TestDriver(session, self._share_default(session))
        node = load_node(uri.path)
        if node.users:
            # Nobody can be asked who they are here.
            raise _auth_error(ErrorNumber.INVALID_ARG, "Missing authentication credentials")
        return TestDriver(session, node)

    def _share_default(self, session: Session) -> Node:
        if self._default is None:
            self._default = default_node()
        self._users += 1
        session.on_close.append(self._leave_default)
        return self._default

    def _leave_default(self) -> None:
        self._users -= 1
        if not self._users:
            self._default = None

    async def aclose(self) -> None:
        """Nothing outlives a connection."""
