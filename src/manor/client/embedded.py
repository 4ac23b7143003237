# SPDX-License-Identifier: Apache-2.0
"""The embedded shell: a blocking connection to a driver inside this process (`test:///…`, `qemu:///embed?root=…`).

Drivers are asyncio code. They run in the process's background loop (`manor.client.background`); every call from here
is handed to that loop and waited for. Connections of one driver and root share one provider, which stops with the
last of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import weakref
from collections import deque
from pathlib import Path
from typing import Any

from manor.client.arguments import check_arguments
from manor.client.backend import Authenticator, Wakeup
from manor.client.background import BackgroundLoop, before_exit, shared_loop
from manor.client.embedded_stream import EmbeddedStream
from manor.client.login import Login
from manor.client.readonly import check_readonly, refusal
from manor.constants import LIBVIR_VERSION_NUMBER, ConnectCloseReason
from manor.drivers.interface import Driver, DriverContext, DriverProvider, Identity, Session, Subscription
from manor.drivers.interface.domain import DomainFamily
from manor.drivers.interface.driver import FAMILIES, in_the_name_of
from manor.drivers.interface.events import MONITOR_KEY, EventFilter, monitor_filter
from manor.drivers.registry import load_provider
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records.events import Event
from manor.uri import ConnectURI

_error = reporter(ErrorDomain.NONE)
_log = logging.getLogger(__name__)

# Event kind: the family whose objects it is about, and the C function that registers for it.
_PUBLISHERS = {
    "domain": ("domain", "virConnectDomainEventRegisterAny"),
    "network": ("network", "virConnectNetworkEventRegisterAny"),
    "storage_pool": ("storage", "virConnectStoragePoolEventRegisterAny"),
    "node_device": ("node_device", "virConnectNodeDeviceEventRegisterAny"),
    "secret": ("secret", "virConnectSecretEventRegisterAny"),
}


class _Providers:
    """The providers in use, each with the number of its connections. Touched on the background loop only."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._known: dict[tuple[str, ...], DriverProvider] = {}
        self._users: dict[tuple[str, ...], int] = {}

    async def acquire(self, key: tuple[str, ...], context: DriverContext) -> DriverProvider:
        async with self._lock:
            provider = self._known.get(key)
            if provider is None:
                provider = self._known[key] = await _load(key[0], context)
            self._users[key] = self._users.get(key, 0) + 1
            return provider

    async def release(self, key: tuple[str, ...]) -> None:
        async with self._lock:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key]
                await self._known.pop(key).aclose()


async def _load(scheme: str, context: DriverContext) -> DriverProvider:
    try:
        return await load_provider(scheme, context)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("manor"):
            raise
        text = f"the {scheme} driver needs packages of manor[host] that are not installed: {error}"
        raise _error(ErrorNumber.OPERATION_UNSUPPORTED, text) from error


# One set of providers per background loop: a forked child starts with none.
_providers: weakref.WeakKeyDictionary[BackgroundLoop, _Providers] = weakref.WeakKeyDictionary()
_open: weakref.WeakSet[EmbeddedBackend] = weakref.WeakSet()


def connect(uri: ConnectURI, *, readonly: bool = False, auth: Authenticator | None = None) -> EmbeddedBackend:
    """Open a connection to a driver in this process; `auth` answers a driver that keeps users of its own.

    Raises VIR_ERR_NO_CONNECT where no driver serves the URI's scheme, and what the driver's own open raises.
    """
    loop = shared_loop()
    return loop.run(_connect(loop, uri, readonly, auth))


async def _connect(
    loop: BackgroundLoop, uri: ConnectURI, readonly: bool, auth: Authenticator | None
) -> EmbeddedBackend:
    providers = _providers.setdefault(loop, _Providers())
    root = Path(uri.embedded_root()) if uri.is_embedded else None
    # Without a root of its own a driver keeps everything in memory; the folder is never made.
    settings = uri.embedded_settings if uri.is_embedded else {}
    context = DriverContext.below(root or Path(os.devnull), privileged=os.geteuid() == 0, settings=settings)
    key = (uri.driver, str(root or ""), *map(str, settings.values()))
    provider = await providers.acquire(key, context)
    try:
        session = Session(str(uri), _own_identity(), readonly, login=Login(uri, uri.driver, auth))
        driver = await provider.open(uri, session)
    except BaseException:
        await providers.release(key)
        raise
    backend = EmbeddedBackend(loop, driver, str(uri), readonly)
    session.on_close.insert(0, lambda: providers.release(key))
    _open.add(backend)
    return backend


def _own_identity() -> Identity:
    return Identity(user_id=os.geteuid(), group_id=os.getegid(), process_id=os.getpid())


class EmbeddedBackend:
    """A `manor.client.backend.Backend` over a driver in this process."""

    def __init__(self, loop: BackgroundLoop, driver: Driver, uri: str, readonly: bool) -> None:
        self.uri = uri
        self.readonly = readonly
        self.closed_reason: ConnectCloseReason | None = None
        self._process = os.getpid()
        self._loop = loop
        self._driver = driver
        self._events: deque[tuple[int, Event]] = deque()
        self._subscriptions: dict[int, Subscription] = {}
        self._numbers = itertools.count()
        self._wakeup: Wakeup | None = None
        self._streams: weakref.WeakSet[EmbeddedStream] = weakref.WeakSet()

    def call(self, operation: str, *arguments: Any) -> Any:
        """Run an operation of the catalogue on the background loop."""
        self._check_open()
        if self.readonly:
            check_readonly(operation, arguments)
        check_arguments(operation, arguments)
        return self._loop.run(self._invoke(operation, arguments))

    async def _invoke(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        streams = [argument for argument in arguments if isinstance(argument, EmbeddedStream)]
        ends = [argument.driver_end if isinstance(argument, EmbeddedStream) else argument for argument in arguments]
        try:
            result = await self._driver.operation(operation)(*ends)
        except ManorError as error:
            raise in_the_name_of(operation, error) from None
        except Exception as error:
            # A program written for libvirt expects nothing but its errors; the log has the whole story.
            _log.exception("%s failed unexpectedly", operation)
            raise _error(ErrorNumber.INTERNAL_ERROR, f"{operation} failed unexpectedly: {error}") from error
        for stream in streams:
            stream.start()
        return result

    def new_stream(self) -> EmbeddedStream:
        """A stream for the next operation that takes one."""
        self._check_open()
        stream = EmbeddedStream(self._loop, self._notify)
        self._streams.add(stream)
        return stream

    def subscribe(self, key: tuple[str, int], reference: object | None = None) -> int:
        """Have events of a kind queued, in the order the driver publishes them."""
        self._check_open()
        self._check_publisher(key[0])
        return self._loop.call(self._subscribe, key, reference)

    def subscribe_monitor(self, event: str | None, flags: int, reference: object | None = None) -> int:
        """Have raw QMP events queued that match `event`."""
        self._check_open()
        if self.readonly:
            raise refusal("virConnectDomainQemuMonitorEventRegister")
        if type(self._driver.domain).domain_monitor_command is DomainFamily.domain_monitor_command:
            raise _error(ErrorNumber.NO_SUPPORT, "virConnectDomainQemuMonitorEventRegister")
        return self._loop.call(self._subscribe, MONITOR_KEY, reference, monitor_filter(event, flags))

    def _check_publisher(self, kind: str) -> None:
        """Refuse events of objects that the driver does not have."""
        attribute, function = _PUBLISHERS[kind]
        family = getattr(self._driver, attribute)
        if type(family) is FAMILIES[attribute]:
            raise family.unsupported(function)

    def _subscribe(self, key: tuple[str, int], reference: object | None, wanted: EventFilter | None = None) -> int:
        number = next(self._numbers)

        def deliver(event: Event) -> None:
            if wanted is None or wanted(event):
                self._events.append((number, event))
                self._notify()

        self._subscriptions[number] = self._driver.events.subscribe(key, deliver, reference)
        return number

    def unsubscribe(self, subscription: int) -> None:
        """Stop a subscription; `take_events` drops what it has queued."""
        self._check_open()
        self._loop.call(self._subscriptions.pop(subscription).cancel)

    def take_events(self) -> list[tuple[int, Event]]:
        """The queued events; appending and popping are atomic, so no lock is needed against the loop's thread."""
        taken = []
        with contextlib.suppress(IndexError):
            while True:
                taken.append(self._events.popleft())
        return [entry for entry in taken if entry[0] in self._subscriptions]

    def set_wakeup(self, wakeup: Wakeup | None) -> None:
        """Have `wakeup()` called from the background thread when something was queued."""
        self._wakeup = wakeup

    def _notify(self) -> None:
        if self._wakeup is not None:
            self._wakeup()

    def fileno(self) -> int:
        """Nothing needs watching: the background thread does the work."""
        return -1

    def pump(self) -> None:
        """Nothing to do: the background thread does the work."""

    def lib_version(self) -> int:
        """The version of libvirt's library whose behaviour we show."""
        self._check_open()
        return LIBVIR_VERSION_NUMBER

    def is_encrypted(self) -> bool:
        """Nothing travels, so nothing is encrypted; libvirt says the same of its in-process drivers."""
        self._check_open()
        return False

    def set_keepalive(self, interval: int, count: int) -> bool:
        """There is no peer to ping."""
        self._check_open()
        raise reporter(ErrorDomain.DOMAIN)(ErrorNumber.NO_SUPPORT, "virConnectSetKeepAlive")

    def close(self) -> None:
        """End the connection, its streams, and what the driver ends with it.

        From the background loop's own thread, where a forgotten connection may be collected, nothing is waited for.
        """
        if self.closed_reason is not None:
            return
        self.closed_reason = ConnectCloseReason.CLIENT
        if self._process != os.getpid():
            # A forked child has a copy of this object, not of the thread; the connection is its parent's.
            return
        for stream in list(self._streams):
            stream.abort()
        _open.discard(self)
        self._loop.finish(self._close())

    async def _close(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.cancel()
        self._subscriptions.clear()
        await self._driver.close()

    def _check_open(self) -> None:
        if self.closed_reason is not None:
            raise _error(ErrorNumber.INVALID_CONN, "a connection that is closed")
        if self._process != os.getpid():
            raise _error(ErrorNumber.OPERATION_INVALID, "the connection belongs to the process that opened it")


def _close_all() -> None:
    for backend in list(_open):
        try:
            backend.close()
        except Exception:
            _log.exception("closing %s at exit", backend.uri)


before_exit(_close_all)
