# SPDX-License-Identifier: Apache-2.0
"""Connections of the test driver: which node each is about."""

from __future__ import annotations

from typing import Final

from manor.drivers.interface import Driver, Session
from manor.drivers.test.defaults import default_node
from manor.drivers.test.devices import TestNodeDevices
from manor.drivers.test.domain import TestDomains
from manor.drivers.test.errors import invalid_argument, test_error
from manor.drivers.test.host import TestHost
from manor.drivers.test.interfaces import TestInterfaces
from manor.drivers.test.networks import TestNetworks
from manor.drivers.test.node import Node
from manor.drivers.test.nodefile import load_node
from manor.drivers.test.volumes import TestStorage
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.uri import ConnectURI

_auth_error = reporter(ErrorDomain.AUTH)


FAMILIES: Final = {
    "host": TestHost,
    "domain": TestDomains,
    "network": TestNetworks,
    "storage": TestStorage,
    "node_device": TestNodeDevices,
    "interface": TestInterfaces,
}
"""What this driver serves."""


class TestDriver(Driver):
    """A connection to a made-up node."""

    name = "TEST"

    def __init__(self, session: Session, node: Node) -> None:
        super().__init__(session, node.events, **{name: family(session, node) for name, family in FAMILIES.items()})
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
            await _admit(node, session)
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


async def _admit(node: Node, session: Session) -> None:
    """Let in whoever is a user of the node. Raises VIR_ERR_AUTH_FAILED."""
    if session.login is None:
        raise _auth_error(ErrorNumber.INVALID_ARG, "Missing authentication credentials")
    name = await session.login.user_name()
    known = next((user for user in node.users if user.name == name), None)
    if known is not None and known.password is None:
        return
    # The password is asked for even where there is no such user.
    password = await session.login.password(name)
    if known is None or password != known.password:
        text = "authentication failed, see test XML for the correct username/password"
        raise test_error(ErrorNumber.AUTH_FAILED, text)
