# SPDX-License-Identifier: Apache-2.0
"""The QEMU driver in this process, below a folder of the test's own, with real guests under TCG."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from manor.drivers.interface import DriverContext, Session
from manor.drivers.qemu.driver import QemuDriver, QemuProvider
from manor.drivers.qemu.driver import provide as provide_qemu
from manor.drivers.qemu.guest import Guest
from manor.records.events import EVENTS, DomainLifecycleEvent, Event
from manor.system.cgroup import Cgroups, group_name
from manor.system.sysfs import Tree
from manor.uri import ConnectURI

SMALL = """
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>{devices}<memballoon model='virtio'/></devices>
</domain>
"""
"""A guest without anything to boot: its firmware runs, which is enough for whoever manages it."""


GROUPS = Cgroups(Tree())
"""The machine's control groups."""


def missing() -> str | None:
    """Why no guest can run here; None when one can."""
    return None if shutil.which("qemu-system-x86_64") else "qemu-system-x86_64 is not installed"


def small(name: str, devices: str = "") -> str:
    """The document of a small guest."""
    return SMALL.format(name=name, devices=devices)


@dataclass
class QemuHost:
    """One driver instance with one connection, and every event it has published."""

    root: Path
    provider: QemuProvider
    driver: QemuDriver
    events: list[Event] = field(default_factory=list)

    @classmethod
    async def open(cls, root: Path, settings: dict[str, object] | None = None) -> QemuHost:
        """Start the driver in `root`, which may hold what an earlier one left."""
        provider = await provide_qemu(DriverContext.below(root, privileged=True, settings=settings))
        uri = f"qemu:///embed?root={root}"
        driver = await provider.open(ConnectURI.parse(uri), Session(uri))
        host = cls(root, provider, driver)
        for key in EVENTS:
            driver.events.subscribe(key, host.events.append)
        return host

    def guest(self, name: str) -> Guest:
        """The driver's own view of a guest."""
        return self.provider.core.guests.by_name(name)

    def lifecycle(self) -> list[tuple[int, int]]:
        """The lifecycle events so far, as (event, detail)."""
        return [(event.event, event.detail) for event in self.events if isinstance(event, DomainLifecycleEvent)]

    async def leave(self) -> None:
        """Stop the driver; guests run on."""
        await self.driver.close()
        await self.provider.aclose()

    async def close(self) -> None:
        """End every guest and stop the driver."""
        for guest in self.provider.core.guests:
            if guest.active:
                await self.driver.domain.domain_destroy(guest.ref)
        await self.leave()


def groups_below(root: Path) -> list[Path]:
    """The control groups that guests of the driver in `root` have, or have left."""
    names = group_name("qemu", 0, "", str(root)).removesuffix("-0.libvirt-qemu")
    places = {*GROUPS.mounts.v1.values(), *filter(None, [GROUPS.mounts.v2])}
    return [group for place in places for group in place.glob(f"machine/{names}-*")]


@asynccontextmanager
async def qemu_host(root: Path, settings: dict[str, object] | None = None) -> AsyncIterator[QemuHost]:
    """A driver for one test, which leaves no control group behind; skips where QEMU is missing."""
    if (reason := missing()) is not None:
        pytest.skip(reason)
    host = await QemuHost.open(root, settings)
    try:
        yield host
    finally:
        await host.close()
    assert not groups_below(root)
