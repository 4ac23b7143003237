# SPDX-License-Identifier: Apache-2.0
"""The storage service in this process, over a store of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from manor.drivers.interface import EventBus, Session
from manor.errors import ManorError
from manor.records import StoragePoolRef
from manor.records.events import StoragePoolLifecycleEvent
from manor.storage import life
from manor.storage.family import StorageOperations
from manor.storage.service import StorageService, no_secrets
from manor.store import Store
from manor.store.sqlite import SqliteStore

MIB = 1 << 20


@dataclass
class StorageHost:
    """A storage service with one connection, and the lifecycle events of its pools."""

    folder: Path
    store: Store
    service: StorageService
    operations: StorageOperations
    events: list[tuple[str, int]] = field(default_factory=list)

    @classmethod
    async def open(cls, folder: Path, secrets: Any = no_secrets) -> StorageHost:
        """Start the service with what an earlier one has left in the folder's store."""
        store = SqliteStore(folder / "manor.db")
        service = StorageService(store, EventBus(), secrets)
        host = cls(folder, store, service, StorageOperations(Session("qemu:///system"), service))
        service.events.subscribe(("storage_pool", 0), lambda event: host._hear(event))
        await life.recover(service)
        return host

    def _hear(self, event: Any) -> None:
        assert isinstance(event, StoragePoolLifecycleEvent)
        self.events.append((event.pool.name, event.event))

    async def leave(self) -> None:
        """What a daemon does that stops."""
        await self.service.aclose()
        self.store.close()

    def pool_xml(self, name: str = "p", more: str = "") -> str:
        return f"<pool type='dir'><name>{name}</name>{more}<target><path>{self.folder / name}</path></target></pool>"

    async def pool(self, name: str = "p") -> StoragePoolRef:
        """An active pool without a definition, in a new folder."""
        return await self.operations.storage_pool_create_xml(self.pool_xml(name), 1)

    async def refused(self, operation: Awaitable[Any]) -> str:
        """The message with which an operation is refused."""
        try:
            await operation
        except ManorError as failure:
            return failure.message
        raise AssertionError("it was not refused")


def volume_xml(name: str, capacity: int = MIB, form: str = "raw", more: str = "", target: str = "") -> str:
    """A volume's document."""
    return (
        f"<volume><name>{name}</name><capacity>{capacity}</capacity>{more}"
        f"<target><format type='{form}'/>{target}</target></volume>"
    )


@asynccontextmanager
async def storage_host(folder: Path, secrets: Any = no_secrets) -> AsyncIterator[StorageHost]:
    """A storage service for one test."""
    host = await StorageHost.open(folder, secrets)
    try:
        yield host
    finally:
        await host.leave()
