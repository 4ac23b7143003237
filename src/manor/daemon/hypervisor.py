# SPDX-License-Identifier: Apache-2.0
"""What a client of the daemon's main sockets is served: authentication, opening, events, and a driver's operations.

The methods named like procedures are those of the connection itself; they take and return the values of the wire.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from manor.client.readonly import check_readonly, refusal
from manor.constants import LIBVIR_VERSION_NUMBER
from manor.daemon.access import AccessPolicy
from manor.daemon.audit import Audit
from manor.daemon.auth import ATTEMPTS, Authentication
from manor.daemon.guard import Guard, denied
from manor.daemon.handlers import Answer, Handler
from manor.daemon.identity import identity_of
from manor.daemon.peer import Operation, Peer
from manor.daemon.permissions import READABLE, needs
from manor.daemon.registrations import Registrations, check_event
from manor.drivers.interface import Driver, Family, Identity
from manor.drivers.interface.driver import FAMILIES, operations
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records import TypedParam
from manor.wire.opening import FEATURE_FD_PASSING, FEATURE_KEEPALIVE
from manor.wire.programs import HYPERVISOR

_error = reporter(ErrorDomain.RPC)
_log = logging.getLogger(__name__)

FEATURE_EVENT_CALLBACK = 14
FEATURE_CLOSE_CALLBACK = 15
_OWN_FEATURES = frozenset({FEATURE_EVENT_CALLBACK, FEATURE_CLOSE_CALLBACK})
"""Features that the daemon has whatever the driver, apart from those that depend on the connection."""

# Procedures of the connection that work without an open driver, and operations that are answered here.
_BEFORE_OPENING = frozenset({"connect_open", "connect_close"})
_OWN_OPERATIONS = frozenset({"connect_supports_feature", "connect_set_identity"})

_READONLY = 1  # VIR_CONNECT_RO

Values = tuple[Any, ...]

EVENT_BACKLOG = 64 << 20
"""Bytes that may wait for a client that does not read its events; then it is given up."""


class Opener(Protocol):
    """Who finds the driver that a client asks for."""

    async def open(self, name: str | None, identity: Identity, *, readonly: bool) -> Driver:
        """A driver's connection. Raises ManorError."""


class Environment(Protocol):
    """What the daemon has for all its clients."""

    policy: AccessPolicy
    audit: Audit

    @property
    def drivers(self) -> Opener:
        """Where drivers come from."""

    def authenticated(self, peer: Peer) -> None:
        """A client has shown who it is."""


class HypervisorService:
    """One client's connection to a hypervisor."""

    programs = frozenset(program.number for program in HYPERVISOR)

    def __init__(self, peer: Peer, environment: Environment, auth: Authentication, *, readonly: bool) -> None:
        self.peer = peer
        self.readonly = readonly
        self._auth = auth
        self._environment = environment
        self._driver: Driver | None = None
        self._opening = False
        self._registrations: Registrations | None = None
        self._guard: Guard | None = None
        self._bound: dict[str, Operation] = {}

    # What the peer needs

    @property
    def number(self) -> int:
        """The client's number."""
        return self.peer.number

    @property
    def authenticated(self) -> bool:
        """Whether the client has shown who it is."""
        return self._auth.done

    @property
    def identity(self) -> Identity:
        """Who the client is, or for whom it acts, as far as it has shown."""
        return self._auth.identity if self._driver is None else self._driver.session.identity

    def operation(self, handler: Handler, args: Values, wire_args: Values) -> Operation:
        """The coroutine function that serves a call, once it is known that the client may call it."""
        bound = self._bound.get(handler.name)
        if bound is None:
            bound = self._bind(handler, args)
        if self.readonly or self._guard is not None or self._environment.audit.active:
            bound = self._restricted(handler, bound, args, wire_args)
        handler.check(wire_args)
        return bound

    def _bind(self, handler: Handler, args: Values) -> Operation:
        """The coroutine function of a procedure: the daemon's own, or the driver's."""
        name = handler.name
        if handler.is_open:
            return partial(self._authenticate, name)
        own: bool = handler.is_layer or name in _OWN_OPERATIONS
        asks_for_keepalive = name == "connect_supports_feature" and args[0] == FEATURE_KEEPALIVE
        driver = self._driver
        if driver is None and name not in _BEFORE_OPENING and not asks_for_keepalive:
            raise _error(ErrorNumber.INTERNAL_ERROR, "hypervisor connection not open")
        if driver is None:
            # Not kept: with a driver it may be another.
            early: Operation = getattr(self, name)
            return early
        bound: Operation = getattr(self, name) if own else _bind(driver, handler)
        self._bound[name] = bound
        return bound

    def _restricted(self, handler: Handler, bound: Operation, args: Values, wire_args: Values) -> Operation:
        """The same for a client that may not do everything, or that is watched. Raises ManorError."""
        audit = self._environment.audit
        if self.readonly:
            try:
                _check_readonly(handler, args, wire_args)
            except ManorError as error:
                audit.refusal(self, handler, args, error)
                raise
        if self._guard is not None:
            bound = self._guard.guarded(handler, bound, wire_args)
        return audit.watched(self, handler, bound, wire_args) if audit.active else bound

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
                _log.exception("client %d: ending its connection failed", self.number)

    # Opening and closing

    async def _authenticate(self, name: str, *args: Any) -> Values:
        try:
            values: Values = await getattr(self._auth, name)(*args)
        finally:
            if self._auth.failures >= ATTEMPTS:
                self.peer.close_soon()
        if self._auth.done:
            self._environment.authenticated(self.peer)
        return values

    async def connect_open(self, name: str | None, flags: int) -> None:
        if self._driver is not None or self._opening:
            raise _error(ErrorNumber.INTERNAL_ERROR, "connection already open")
        self._opening = True
        try:
            readonly = self.readonly or bool(flags & _READONLY)
            driver = await self._environment.drivers.open(name, self._auth.identity, readonly=readonly)
        finally:
            self._opening = False
        self._driver, self.readonly = driver, readonly
        # Once it has a driver, `end` closes it; that may have been called meanwhile.
        if self.peer.closed:
            await self.end()
            return
        try:
            self._guard = self._guard_for(driver, driver.session.identity)
        except ManorError:
            await self.end()
            raise
        self._registrations = Registrations(driver.events, self._send_event, self._sees)

    def _guard_for(self, driver: Driver, who: Identity) -> Guard | None:
        """What holds somebody to the rules; None where nothing is kept from them.

        Raises VIR_ERR_ACCESS_DENIED where everything is.
        """
        rights = self._environment.policy.rights(who)
        if rights is None:
            return None
        if not rights.implied("connect:getattr"):
            raise denied(driver)
        return Guard(driver, rights)

    async def connect_close(self) -> Answer:
        return Answer((), self.peer.close_soon)

    async def connect_get_lib_version(self) -> Values:
        return (LIBVIR_VERSION_NUMBER,)

    async def connect_supports_feature(self, feature: int) -> int:
        if feature == FEATURE_KEEPALIVE:
            # Whoever asks answers pings, so it may be pinged.
            self.peer.keep_alive()
            return 1
        if feature == FEATURE_FD_PASSING:
            return int(self.peer.link.can_pass_fds)
        return 1 if feature in _OWN_FEATURES else await self._open_driver.host.connect_supports_feature(feature)

    async def connect_set_identity(self, params: list[TypedParam], flags: int) -> None:
        """Let a client that acts for others, such as another daemon, say for whom."""
        driver = self._open_driver
        who = identity_of(params)
        # Anybody else could say that it acts for somebody who may do more.
        if self._auth.identity.user_id not in (0, os.geteuid()):
            raise denied(driver)
        if params:
            self._guard = self._guard_for(driver, who)
            driver.session.identity = who

    @property
    def _open_driver(self) -> Driver:
        assert self._driver is not None  # noqa: S101 - only calls on an open connection get here
        return self._driver

    # Events

    def _send_event(self, data: bytes) -> None:
        outgoing = self.peer.outgoing
        if outgoing.backlog > EVENT_BACKLOG:
            self.peer.close("the client does not read its events")
        else:
            outgoing.push(data)

    def _sees(self, event: Any) -> bool:
        return self._guard is None or self._guard.sees(event)

    @property
    def _events(self) -> Registrations:
        assert self._registrations is not None  # noqa: S101 - as above
        return self._registrations

    async def connect_domain_event_register(self) -> Values:
        self._events.register(("domain", 0), None, legacy=True)
        return (0,)

    async def connect_domain_event_deregister(self) -> Values:
        self._events.deregister_legacy(0)
        return (0,)

    async def connect_domain_event_register_any(self, event_id: int) -> None:
        self._events.register(("domain", event_id), None, legacy=True)

    async def connect_domain_event_deregister_any(self, event_id: int) -> None:
        self._events.deregister_legacy(event_id)

    async def connect_domain_event_callback_register_any(self, event_id: int, dom: object) -> Values:
        return (self._events.register(("domain", event_id), dom),)

    async def connect_domain_event_callback_deregister_any(self, callback_id: int) -> None:
        self._events.deregister("domain", callback_id)

    async def connect_domain_monitor_event_register(self, dom: object, event: str | None, flags: int) -> Values:
        if not implements(self._open_driver, "domain_monitor_command"):
            raise reporter(ErrorDomain.NONE)(ErrorNumber.NO_SUPPORT, "virConnectDomainQemuMonitorEventRegister")
        return (self._events.register_monitor(event, flags, dom),)

    async def connect_domain_monitor_event_deregister(self, callback_id: int) -> None:
        self._events.deregister("qemu_monitor", callback_id)

    async def connect_register_close_callback(self) -> None:
        """The drivers here lose their hypervisor only when the daemon ends, of which the client learns by itself."""

    async def connect_unregister_close_callback(self) -> None:
        """See `connect_register_close_callback`."""


def _object_events(kind: str, listing: str, function: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The procedures that register and deregister the events of one kind of object, which differ in nothing else.

    A driver that cannot list such objects has no events of them.
    """

    async def register(self: HypervisorService, event_id: int, reference: object) -> Values:
        driver = self._open_driver
        check_event((kind, event_id))
        if not implements(driver, listing):
            family: Family = getattr(driver, operations()[listing])
            raise family.unsupported(function)
        return (self._events.register((kind, event_id), reference),)

    async def deregister(self: HypervisorService, callback_id: int) -> None:
        self._events.deregister(kind, callback_id)

    return register, deregister


for _kind, _word in (
    *(("network", "Network"), ("storage_pool", "StoragePool")),
    *(("node_device", "NodeDevice"), ("secret", "Secret")),
):
    _both = _object_events(_kind, f"connect_list_all_{_kind}s", f"virConnect{_word}EventRegisterAny")
    for _verb, _method in zip(("register", "deregister"), _both, strict=True):
        setattr(HypervisorService, f"connect_{_kind}_event_{_verb}_any", _method)


def implements(driver: Driver, operation: str) -> bool:
    """Whether a driver does more with an operation than to say that it does not support it."""
    bound = driver.operation(operation)
    return getattr(bound, "__func__", None) is not getattr(FAMILIES[operations()[operation]], operation)


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


def _check_readonly(handler: Handler, args: Values, wire_args: Values) -> None:
    """Raise VIR_ERR_OPERATION_DENIED for what a read-only client may not do."""
    if handler.name == "connect_domain_monitor_event_register":
        raise refusal("virConnectDomainQemuMonitorEventRegister")
    check_readonly(handler.name, args)
    # What libvirt's library has no words for.
    if not READABLE.issuperset(needs(handler.procedure).of(wire_args)):
        raise reporter(ErrorDomain.NONE)(ErrorNumber.OPERATION_DENIED, f"read only access prevents {handler.name}")
