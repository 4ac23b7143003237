# SPDX-License-Identifier: Apache-2.0
"""The QEMU driver in this process, below a folder of its own, and one running guest for a module's tests."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from manor.drivers.interface import DriverContext, Session
from manor.drivers.registry import load_provider
from manor.errors import ManorError
from manor.records import DomainRef
from manor.schema.domain import Domain
from manor.uri import ConnectURI

EVENT_S = 30.0
"""Seconds an event may take on a busy machine before the test is given up."""


@dataclass
class Embedded:
    """An open driver: `domain` is its family of domain operations, `folder` a place for images."""

    driver: Any
    folder: Path
    events: list[Any] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def domain(self) -> Any:
        return self.driver.domain

    def hear(self, event: Any) -> None:
        self.events.append(event)
        self._news.set()

    async def event(self, kind: type, **values: Any) -> Any:
        """The first event of a kind with these values, waited for."""
        async with asyncio.timeout(EVENT_S):
            while True:
                for event in self.events:
                    if isinstance(event, kind) and all(getattr(event, name) == v for name, v in values.items()):
                        return event
                self._news.clear()
                await self._news.wait()

    async def live(self, dom: DomainRef) -> Domain:
        """The document as it runs."""
        return Domain.parse(await self.domain.domain_get_xml_desc(dom, 0))

    async def defined(self, dom: DomainRef) -> Domain:
        """The definition."""
        return Domain.parse(await self.domain.domain_get_xml_desc(dom, 2))

    async def refused(self, operation: str, *arguments: Any) -> str:
        """The message with which an operation is refused."""
        try:
            await getattr(self.domain, operation)(*arguments)
        except ManorError as failure:
            return failure.message
        raise AssertionError(f"{operation} was not refused")

    async def qmp(self, dom: DomainRef, command: str, **arguments: Any) -> Any:
        """Ask the guest's QEMU itself."""
        guest = self.domain.guest(dom)
        return await guest.require_active().monitor.execute(command, arguments)

    def image(self, name: str, size: int = 1 << 20) -> Path:
        """A raw image."""
        path = self.folder / name
        with path.open("wb") as stream:
            stream.truncate(size)
        return path


@asynccontextmanager
async def embedded() -> AsyncIterator[Embedded]:
    """An open driver; everything below its folder is removed in the end."""
    root = Path(tempfile.mkdtemp(prefix="manor-"))
    provider = await load_provider("qemu", DriverContext.below(root / "s", privileged=True))
    uri = f"qemu:///embed?root={root / 's'}"
    driver = await provider.open(ConnectURI.parse(uri), Session(uri))
    room = Embedded(driver, root)
    for number in range(27):
        driver.events.subscribe(("domain", number), room.hear)
    try:
        yield room
    finally:
        for dom in await driver.domain.connect_list_all_domains(1):
            await driver.domain.domain_destroy_flags(dom, 0)
        await driver.close()
        await provider.aclose()
        shutil.rmtree(root, ignore_errors=True)
