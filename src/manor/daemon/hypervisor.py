# SPDX-License-Identifier: Apache-2.0
"""What a client of the daemon's main sockets is served: authentication, opening, events, and a driver's operations.

The methods named like procedures are those of the connection itself; they take and return the values of the wire.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from manor.client.readonly import check_readonly
from manor.constants import LIBVIR_VERSION_NUMBER
from manor.daemon.auth import Authentication
from manor.daemon.handlers import Answer, Handler
from manor.daemon.peer import Operation, Peer
from manor.daemon.registrations import Registrations
from manor.drivers.interface import Driver, Identity
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.wire.opening import FEATURE_FD_PASSING, FEATURE_KEEPALIVE
from manor.wire.programs import HYPERVISOR

_error = reporter(ErrorDomain.RPC)
_log = logging.getLogger(__name__)

FEATURE_EVENT_CALLBACK = 14
FEATURE_CLOSE_CALLBACK = 15
_OWN_FEATURES = frozenset({FEATURE_FD_PASSING, FEATURE_EVENT_CALLBACK, FEATURE_CLOSE_CALLBACK})
"""Features that the daemon has whatever the driver."""

_READONLY = 1  # VIR_CONNECT_RO

Values = tuple[Any, ...]

EVENT_BACKLOG = 64 << 20
"""Bytes that may wait for a client that does not read its events; then it is given up."""


class Opener(Protocol):
    """Who finds the driver that a client asks for."""

    async def open(self, name: str | None, identity: Identity, *, readonly: bool) -> Driver:
        """A driver's connection. Raises ManorError."""


class HypervisorService:
    """One client's connection to a hypervisor."""

    programs = frozenset(program.number for program in HYPERVISOR)

    def __init__(
        self, peer: Peer, opener: Opener, auth: Authentication, *, readonly: bool, entered: Callable[[], None]
    ) -> None:
        self.peer = peer
        self.readonly = readonly
        self.auth = auth
        self._opener = opener
        self._entered = entered
        self._driver: Driver | None = None
        self._opening = False
        self._registrations: Registrations | None = None
        self._bound: dict[str, Operation] = {}

    # What the peer needs

    def operation(self, handler: Handler, args: Values) -> Operation:
        """The coroutine function that serves a call, once it is known that the client may call it."""
        name = handler.name
        if handler.is_open:
            return partial(self._authenticate, name)
        if handler.is_layer:
            bound: Operation = getattr(self, name)
            return bound
        if name == "connect_supports_feature" and args[0] == FEATURE_KEEPALIVE:
            return self._supports_keepalive
        driver = self._driver
        if driver is None:
            raise _error(ErrorNumber.INTERNAL_ERROR, "hypervisor connection not open")
        if self.readonly:
            check_readonly(name, args)
        if name == "connect_supports_feature" and args[0] in _OWN_FEATURES:
            return self._supports_own_feature
        found = self._bound.get(name)
        if found is None:
            found = self._bound[name] = _bind(driver, handler)
        return found

    def lost(self) -> None:
        """Stop the events at once."""
        if self._registrations is not None:
            self._registrations.clear()

    async def end(self) -> None:
        """Let the driver end what belongs to this client."""
        driver, self._driver = self._driver, None
        self._bound.clear()
        if driver is not None:
            try:
                await driver.close()
            except Exception:
                _log.exception("client %d: ending its connection failed", self.peer.number)

    @property
    def authenticated(self) -> bool:
        """Whether the client has shown who it is."""
        return self.auth.done

    @property
    def identity(self) -> Identity:
        """Who the client is, as far as it has shown."""
        return self.auth.identity if self._driver is None else self._driver.session.identity

    async def _authenticate(self, name: str, *args: Any) -> Values:
        values: Values = await getattr(self.auth, name)(*args)
        if self.auth.done:
            self._entered()
        return values

    # Opening and closing

    async def connect_open(self, name: str | None, flags: int) -> None:
        if self._driver is not None or self._opening:
            raise _error(ErrorNumber.INTERNAL_ERROR, "connection already open")
        self._opening = True
        try:
            self.readonly = self.readonly or bool(flags & _READONLY)
            driver = await self._opener.open(name, self.auth.identity, readonly=self.readonly)
        finally:
            self._opening = False
        if self.peer.closed:
            await driver.close()
            return
        self._driver = driver
        self._registrations = Registrations(driver.events, self._send_event)

    async def connect_close(self) -> Answer:
        return Answer((), self.peer.close_soon)

    async def connect_get_lib_version(self) -> Values:
        self._opened()
        return (LIBVIR_VERSION_NUMBER,)

    async def _supports_keepalive(self, feature: int) -> int:
        # Whoever asks answers pings, so it may be pinged.
        self.peer.keep_alive()
        return 1

    async def _supports_own_feature(self, feature: int) -> int:
        return int(feature != FEATURE_FD_PASSING or self.peer.link.can_pass_fds)

    # Events

    def _send_event(self, data: bytes) -> None:
        outgoing = self.peer.outgoing
        if outgoing.backlog > EVENT_BACKLOG:
            self.peer.close("the client does not read its events")
        else:
            outgoing.push(data)

    def _opened(self) -> Registrations:
        if self._registrations is None:
            raise _error(ErrorNumber.INTERNAL_ERROR, "hypervisor connection not open")
        return self._registrations

    async def connect_domain_event_register(self) -> Values:
        self._opened().register(("domain", 0), None, legacy=True)
        return (0,)

    async def connect_domain_event_deregister(self) -> Values:
        self._opened().deregister_legacy(0)
        return (0,)

    async def connect_domain_event_register_any(self, event_id: int) -> None:
        self._opened().register(("domain", event_id), None, legacy=True)

    async def connect_domain_event_deregister_any(self, event_id: int) -> None:
        self._opened().deregister_legacy(event_id)

    async def connect_domain_event_callback_register_any(self, event_id: int, dom: object) -> Values:
        return (self._opened().register(("domain", event_id), dom),)

    async def connect_domain_event_callback_deregister_any(self, callback_id: int) -> None:
        self._opened().deregister("domain", callback_id)

    async def connect_domain_monitor_event_register(self, dom: object, event: str | None, flags: int) -> Values:
        return (self._opened().register_monitor(event, flags, dom),)

    async def connect_domain_monitor_event_deregister(self, callback_id: int) -> None:
        self._opened().deregister("qemu_monitor", callback_id)

    async def connect_register_close_callback(self) -> None:
        self._opened()

    async def connect_unregister_close_callback(self) -> None:
        self._opened()


def _object_events(kind: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The procedures that register and deregister the events of one kind of object, which differ in nothing else."""

    async def register(self: HypervisorService, event_id: int, reference: object) -> Values:
        return (self._opened().register((kind, event_id), reference),)

    async def deregister(self: HypervisorService, callback_id: int) -> None:
        self._opened().deregister(kind, callback_id)

    return register, deregister


for _kind in ("network", "storage_pool", "node_device", "secret"):
    for _verb, _method in zip(("register", "deregister"), _object_events(_kind), strict=True):
        setattr(HypervisorService, f"connect_{_kind}_event_{_verb}_any", _method)


def _bind(driver: Driver, handler: Handler) -> Operation:
    """The driver's coroutine function for a call, with the count that some answers carry beside the result."""
    operation = driver.operation(handler.name)
    if handler.count_operation is None:
        return operation
    counted = driver.operation(handler.count_operation)

    async def both(*args: Any) -> tuple[Any, int]:
        result = await operation(*args)
        try:
            return result, len(await counted(*args))
        except ManorError as error:
            if error.code != ErrorNumber.NO_SUPPORT:
                raise
            return result, 0

    return both
