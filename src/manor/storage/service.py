# SPDX-License-Identifier: Apache-2.0
"""The shared side of the storage service: what all connections of one driver have in common."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from manor.constants import StoragePoolEventLifecycleType
from manor.drivers.interface import EventBus
from manor.errors import ErrorNumber
from manor.records.events import StoragePoolLifecycleEvent, StoragePoolRefreshEvent
from manor.schema.common.encryption import SecretReference
from manor.schema.pool_rules import TRAITS
from manor.storage.backend import Backend
from manor.storage.errors import error, host_error
from manor.storage.folder import BACKENDS
from manor.storage.pool import StoragePool
from manor.storage.pools import Pools
from manor.store import Store

SecretLookup = Callable[[SecretReference, str], Awaitable[bytes]]
"""The value of a secret by reference and usage type; raises VIR_ERR_NO_SECRET."""


async def no_secrets(reference: SecretReference, usage: str) -> bytes:
    """The lookup of a host that keeps no secrets."""
    wanted = f"uuid '{reference.uuid}'" if reference.uuid else f"usage '{reference.usage}'"
    raise host_error(ErrorNumber.NO_SECRET, f"no secret with matching {wanted}")


class StorageService:
    """Pools, and what they need: the store, the bus of events, secrets, a backend per type."""

    def __init__(self, store: Store, events: EventBus, secrets: SecretLookup = no_secrets) -> None:
        self.store = store
        self.events = events
        self.pools = Pools()
        self.defining = asyncio.Lock()
        self.tasks: set[asyncio.Future[Any]] = set()
        self.backends: dict[str, Backend] = {backend.type: backend(secrets) for backend in BACKENDS}

    def backend(self, kind: str) -> Backend:
        """The backend of a type of pools; VIR_ERR_INTERNAL_ERROR where there is none."""
        found = self.backends.get(kind)
        if found is None:
            text = f"missing backend for pool type {list(TRAITS).index(kind)} ({kind})"
            raise error(ErrorNumber.INTERNAL_ERROR, text)
        return found

    @contextlib.asynccontextmanager
    async def holding(self, pool: StoragePool) -> AsyncIterator[None]:
        """Change a pool while nobody else does. Raises VIR_ERR_NO_STORAGE_POOL for one that went away meanwhile."""
        async with pool.lock:
            self.pools.check_known(pool)
            yield

    def publish(self, pool: StoragePool, event: StoragePoolEventLifecycleType) -> None:
        """Tell whoever listens what has become of a pool."""
        self.events.publish(StoragePoolLifecycleEvent(pool.ref, int(event), 0))

    def refreshed(self, pool: StoragePool) -> None:
        """Tell that a pool's volumes were looked at again."""
        self.events.publish(StoragePoolRefreshEvent(pool.ref))

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run something that no caller waits for; it is cancelled when the service closes."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def aclose(self) -> None:
        """End what runs in the background; pools stay as they are, for the next daemon."""
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
