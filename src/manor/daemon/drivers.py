# SPDX-License-Identifier: Apache-2.0
"""The drivers of the daemon: each started once, opened for every client that asks for it by URI."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from manor.daemon.part_driver import PARTS, part_of
from manor.daemon.paths import DaemonPaths
from manor.drivers.interface import Driver, DriverProvider, Identity, Session
from manor.drivers.registry import PROVIDERS, load_provider
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.uri import ConnectURI

_error = reporter(ErrorDomain.NONE)
_log = logging.getLogger(__name__)

HYPERVISOR = "qemu"
"""The driver that is meant where a client names none."""

AT_START = (HYPERVISOR,)
"""Drivers that have work to do whether or not a client comes: guests to find again, and to start."""


class Drivers:
    """The drivers' shared sides. `settings` has a section for each."""

    def __init__(self, paths: DaemonPaths, settings: dict[str, Any]) -> None:
        self._paths = paths
        self._settings = settings
        self._lock = asyncio.Lock()
        self._known: dict[str, DriverProvider] = {}

    async def start(self) -> None:
        """Start those that are not to wait for a client."""
        for scheme in AT_START:
            await self._provider(scheme)

    async def _provider(self, scheme: str) -> DriverProvider:
        known = self._known.get(scheme)
        if known is not None:
            return known
        async with self._lock:
            if scheme not in self._known:
                context = self._paths.context(self._settings.get(scheme, {}))
                self._known[scheme] = await load_provider(scheme, context)
            return self._known[scheme]

    async def open(self, name: str | None, identity: Identity, *, readonly: bool) -> Driver:
        """A driver's connection for a client; no name stands for the daemon's own hypervisor.

        Raises VIR_ERR_NO_CONNECT for what no driver here serves, and what the driver's own open raises.
        """
        if not name:
            name = f"{HYPERVISOR}://{self._path}"
        uri = ConnectURI.parse(name)
        # The daemon is where a connection ends: it passes nothing on to others.
        known = uri.driver in PROVIDERS or uri.driver in PARTS
        if not known or uri.transport is not None or uri.host is not None:
            raise _error(ErrorNumber.NO_CONNECT, name)
        session = Session(name, identity, readonly)
        if uri.driver in PARTS:
            return await self._open_part(uri, session)
        if uri.is_embedded:
            raise self._unexpected(uri)
        provider = await self._provider(uri.driver)
        return await provider.open(uri, session)

    async def _open_part(self, uri: ConnectURI, session: Session) -> Driver:
        """A connection to one service of the daemon's own hypervisor driver."""
        if uri.path != self._path:
            raise self._unexpected(uri)
        whole = await (await self._provider(HYPERVISOR)).open(uri._replace(driver=HYPERVISOR), session)
        part = part_of(whole, uri.driver)
        if part is None:
            await whole.close()
            raise _error(ErrorNumber.NO_CONNECT, session.uri)
        return part

    @property
    def _path(self) -> str:
        return "/system" if self._paths.privileged else "/session"

    def _unexpected(self, uri: ConnectURI) -> ManorError:
        text = f"unexpected {uri.driver} URI path '{uri.path}', try {uri.driver}://{self._path}"
        return _error(ErrorNumber.INTERNAL_ERROR, text)

    async def busy(self) -> bool:
        """Whether guests are running that a daemon should watch."""
        for scheme in AT_START:
            driver = await self.open(f"{scheme}://{self._path}", Identity(), readonly=True)
            try:
                if await driver.domain.connect_num_of_domains():
                    return True
            finally:
                await driver.close()
        return False

    async def aclose(self) -> None:
        """Stop all drivers; guests that outlive their manager keep running."""
        while self._known:
            scheme, provider = self._known.popitem()
            try:
                await provider.aclose()
            except Exception:
                _log.exception("stopping the driver %s failed", scheme)
