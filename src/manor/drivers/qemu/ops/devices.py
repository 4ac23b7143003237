# SPDX-License-Identifier: Apache-2.0
"""Attaching, detaching and updating devices, running and defined."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from manor.constants import DomainDeviceModifyFlags
from manor.drivers.qemu import definitions
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug import config, matching, media, plug, rules, unplug, update
from manor.drivers.qemu.impact import AFFECT_MASK, resolve
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.ops.base import QemuDomainOps
from manor.records import DomainRef
from manor.schema.core import Element
from manor.schema.domain import Domain
from manor.schema.domain.devices import parse_device
from manor.schema.domain.disk import Disk

_FORCE: Final = DomainDeviceModifyFlags.FORCE


class DeviceOps(QemuDomainOps):
    """virDomainAttachDeviceFlags and its relatives.

    Where a change is for both, the definition's part is worked out first and stored last, only when the running guest
    has accepted its part.
    """

    async def domain_attach_device_flags(self, dom: DomainRef, xml: str, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainAttachDeviceLiveAndConfig")
        guest = self.guest(dom)
        device = _parse(xml)
        caps = await self.core.capabilities(guest.document)

        async def live(running: Running) -> None:
            drive = media.drive_of(running.document, device) if isinstance(device, Disk) else None
            if drive is not None and isinstance(device, Disk):
                # A medium for a drive that is there already.
                await media.change(self.core, guest, running, drive, device.copy(), force=False)
            else:
                await plug.attach(self.core, guest, running, device.copy())

        await self._change_device(
            guest, flags, "domain_attach_device_flags", live, lambda known: config.attached(known, caps, device)
        )

    async def domain_detach_device_flags(self, dom: DomainRef, xml: str, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainDetachDeviceLiveAndConfig")
        guest = self.guest(dom)
        wanted = _parse(xml)

        async def live(running: Running) -> None:
            rules.check_detachable(wanted)
            device = matching.find(running.document, wanted, live=True)
            await unplug.detach(self.core, guest, running, device)

        await self._change_device(
            guest, flags, "domain_detach_device_flags", live, lambda known: config.detached(known, wanted)
        )

    async def domain_detach_device_alias(self, dom: DomainRef, alias: str, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainDetachDeviceAliasLiveAndConfig")
        guest = self.guest(dom)

        async def live(running: Running) -> None:
            await unplug.detach(self.core, guest, running, matching.by_alias(running.document, alias))

        await self._change_device(
            guest, flags, "domain_detach_device_alias", live, lambda known: config.detached_alias(known, alias)
        )

    async def domain_update_device_flags(self, dom: DomainRef, xml: str, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK | _FORCE, "qemuDomainUpdateDeviceFlags")
        guest = self.guest(dom)
        device = _parse(xml)
        caps = await self.core.capabilities(guest.document)

        async def live(running: Running) -> None:
            await update.update(self.core, guest, running, device.copy(), force=bool(flags & _FORCE))

        await self._change_device(
            guest, flags, "domain_update_device_flags", live, lambda known: config.updated(known, caps, device)
        )

    async def _change_device(
        self,
        guest: Guest,
        flags: int,
        operation: str,
        live: Callable[[Running], Awaitable[None]],
        defined: Callable[[Domain], Domain],
    ) -> None:
        async with guest.jobs.change(Job.MODIFY, operation):
            impact = resolve(guest, flags)
            changed = defined(impact.config) if impact.config is not None else None
            if impact.live is not None:
                await live(impact.live)
            if changed is not None:
                await definitions.replace(self.core, guest, changed, self.origin(operation))


def _parse(xml: str) -> Any:
    """A client's device without what only a running one has."""
    device: Element = parse_device(xml)
    device.drop_runtime()
    return device
