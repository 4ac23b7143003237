# SPDX-License-Identifier: Apache-2.0
"""Attaching, detaching and updating devices."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import DomainRef, TypedParam

AFFECT_LIVE = 1  # VIR_DOMAIN_AFFECT_LIVE and its siblings for memory and vCPUs


class DomainDevices(Family):
    """Attaching, detaching and updating devices."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN

    async def domain_attach_device(self, dom: DomainRef, xml: str) -> None:
        """virDomainAttachDevice."""
        await self.domain_attach_device_flags(dom, xml, AFFECT_LIVE)

    async def domain_detach_device(self, dom: DomainRef, xml: str) -> None:
        """virDomainDetachDevice."""
        await self.domain_detach_device_flags(dom, xml, AFFECT_LIVE)

    async def domain_attach_device_flags(self, dom: DomainRef, xml: str, flags: int) -> None:
        """virDomainAttachDeviceFlags."""
        raise self.unsupported("virDomainAttachDeviceFlags")

    async def domain_detach_device_flags(self, dom: DomainRef, xml: str, flags: int) -> None:
        """virDomainDetachDeviceFlags."""
        raise self.unsupported("virDomainDetachDeviceFlags")

    async def domain_update_device_flags(self, dom: DomainRef, xml: str, flags: int) -> None:
        """virDomainUpdateDeviceFlags."""
        raise self.unsupported("virDomainUpdateDeviceFlags")

    async def domain_detach_device_alias(self, dom: DomainRef, alias: str, flags: int) -> None:
        """virDomainDetachDeviceAlias."""
        raise self.unsupported("virDomainDetachDeviceAlias")

    async def domain_announce_interface(
        self, dom: DomainRef, device: str | None, params: list[TypedParam], flags: int
    ) -> None:
        """virDomainAnnounceInterface."""
        raise self.unsupported("virDomainAnnounceInterface")
