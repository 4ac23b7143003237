# SPDX-License-Identifier: Apache-2.0
"""What all connections to one QEMU driver share, and the one way definitions and states reach the store and clients."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from manor.constants import DomainEventID
from manor.drivers.interface import DriverContext, EventBus
from manor.drivers.qemu import status
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.caps_service import CapsDocuments
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.guests import Guests
from manor.drivers.qemu.paths import DriverPaths
from manor.drivers.qemu.ports import PortAllocator
from manor.drivers.qemu.prepare_secrets import SecretLookup, no_secrets
from manor.drivers.qemu.probe import CapsCache
from manor.drivers.qemu.security.driver import SecurityDriver
from manor.records.events import DomainLifecycleEvent, Event
from manor.schema.domain import Domain
from manor.storage.service import StorageService
from manor.store import Store
from manor.system.host import Host
from manor.system.turns import Turns, processors

START_TURN_S: Final = 0.25
"""Seconds after which a start lets others begin although it is not over: ten times what QEMU needs to come up."""


@dataclass(slots=True, eq=False)
class QemuCore:
    """The daemon-wide side of the driver.

    `tasks` end with the driver; `leaving` are the last clean-ups of runs, which it waits for.
    """

    context: DriverContext
    paths: DriverPaths
    store: Store
    host: Host
    caps: CapsCache
    events: EventBus = field(default_factory=EventBus)
    guests: Guests = field(default_factory=Guests)
    ports: PortAllocator = field(default_factory=lambda: PortAllocator("vnc", 5900, 65535))
    websocket_ports: PortAllocator = field(default_factory=lambda: PortAllocator("vnc websocket", 5700, 65535))
    defining: asyncio.Lock = field(default_factory=asyncio.Lock)
    starts: Turns = field(default_factory=lambda: Turns(processors(), START_TURN_S))
    documents: CapsDocuments = field(init=False)
    security: SecurityDriver = field(init=False)
    storage: StorageService = field(init=False)
    secret_lookup: SecretLookup = no_secrets
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    leaving: set[asyncio.Task[None]] = field(default_factory=set)
    overdue: status.Overdue = field(init=False)

    def __post_init__(self) -> None:
        self.security = SecurityDriver(self.context, self.store)
        self.caps.account = self.security.guests_account
        self.documents = CapsDocuments(self.caps, self.host, self.security.models)
        self.storage = StorageService(self.store, self.events)
        self.overdue = status.Overdue(self)

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something that no caller waits for; it is cancelled when the driver closes."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def capabilities(self, document: Domain) -> QemuCaps:
        """What the emulator of a document can do; VIR_ERR_CONFIG_UNSUPPORTED when none serves it."""
        return await self.caps.for_domain(document)

    async def cancel_tasks(self) -> None:
        """End what `spawn` began."""
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, *self.leaving, return_exceptions=True)

    def lifecycle(self, guest: Guest, event: int, detail: int, *, domain_id: int | None = None) -> None:
        """Publish VIR_DOMAIN_EVENT_ID_LIFECYCLE; `domain_id` where the guest has lost its id already."""
        ref = guest.ref if domain_id is None else guest.ref._replace(id=domain_id)
        self.events.publish(DomainLifecycleEvent(ref, event, detail))

    def save_status(self, guest: Guest) -> None:
        """Store what a later daemon needs to find this running guest as it is now; late, if the store is full."""
        self.overdue.save(guest)

    def drop_status(self, guest: Guest) -> None:
        """Forget a run that has ended; late, if the store is full."""
        self.overdue.drop(guest)

    def publish(self, event: Event) -> None:
        """Publish any other event."""
        self.events.publish(event)

    def wants(self, event_id: DomainEventID) -> bool:
        """Whether a client listens for a domain event."""
        return self.events.wanted(("domain", event_id))
