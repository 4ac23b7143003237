# SPDX-License-Identifier: Apache-2.0
"""Which driver a URI means, and the drivers in process that connections share."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from weakref import WeakKeyDictionary

from manor.api.guard import make_readonly
from manor.client.backend import Authenticator
from manor.client.defaults import resolve
from manor.drivers.interface import Driver, DriverContext, DriverProvider, Identity, Session
from manor.drivers.registry import load_provider
from manor.drivers.remote import Healing, connect
from manor.uri import ConnectURI


class _Shared:
    """The drivers of one event loop, each with the number of its connections."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._providers: dict[tuple[str, ...], tuple[DriverProvider, int]] = {}

    async def acquire(self, key: tuple[str, ...], context: DriverContext) -> DriverProvider:
        async with self._lock:
            provider, users = self._providers.get(key, (None, 0))
            if provider is None:
                provider = await load_provider(key[0], context)
            self._providers[key] = (provider, users + 1)
            return provider

    async def release(self, key: tuple[str, ...]) -> None:
        async with self._lock:
            provider, users = self._providers.pop(key)
            if users > 1:
                self._providers[key] = (provider, users - 1)
            else:
                await provider.aclose()


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, _Shared] = WeakKeyDictionary()


async def open_driver(uri: str | None, readonly: bool, auth: Authenticator | None, heal: bool | Healing) -> Driver:
    """The driver of a new connection, in this process or behind a daemon."""
    parsed = ConnectURI.parse(resolve(uri))
    if parsed.is_in_process:
        return await _open_here(parsed, readonly)
    healing = Healing() if heal is True else heal or None
    return await connect(parsed, readonly=readonly, auth=auth, healing=healing)


async def _open_here(uri: ConnectURI, readonly: bool) -> Driver:
    shared = _shared.setdefault(asyncio.get_running_loop(), _Shared())
    root = Path(uri.embedded_root()) if uri.is_embedded else None
    settings = uri.embedded_settings if uri.is_embedded else {}
    context = DriverContext.below(root or Path(os.devnull), privileged=os.geteuid() == 0, settings=settings)
    key = (uri.driver, str(root or ""), *map(str, settings.values()))
    provider = await shared.acquire(key, context)
    session = Session(str(uri), Identity(os.geteuid(), process_id=os.getpid()), readonly)
    try:
        driver = await provider.open(uri, session)
    except BaseException:
        await shared.release(key)
        raise
    if readonly:
        make_readonly(driver)
    # First registered, last run: the driver goes when nothing of this connection is left.
    session.on_close.insert(0, lambda: shared.release(key))
    return driver
