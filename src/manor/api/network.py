# SPDX-License-Identifier: Apache-2.0
"""Virtual networks."""

from __future__ import annotations

from manor.api.base import NamedObject
from manor.records import NetworkDHCPLease, NetworkRef


class Network(NamedObject[NetworkRef]):
    """A virtual network."""

    async def xml(self, flags: int = 0) -> str:
        """Its document."""
        return await self._driver.network.network_get_xml_desc(self.reference, flags)

    async def is_active(self) -> bool:
        """Whether it is started."""
        return bool(await self._driver.network.network_is_active(self.reference))

    async def start(self) -> None:
        """Start it."""
        await self._driver.network.network_create(self.reference)

    async def destroy(self) -> None:
        """Stop it."""
        await self._driver.network.network_destroy(self.reference)

    async def undefine(self) -> None:
        """Forget its definition."""
        await self._driver.network.network_undefine(self.reference)

    async def bridge_name(self) -> str:
        """The host's bridge behind it."""
        return await self._driver.network.network_get_bridge_name(self.reference)

    async def autostart(self) -> bool:
        """Whether it is started with its daemon."""
        return bool(await self._driver.network.network_get_autostart(self.reference))

    async def set_autostart(self, enabled: bool) -> None:
        """Have it started with its daemon."""
        await self._driver.network.network_set_autostart(self.reference, int(enabled))

    async def dhcp_leases(self, mac: str | None = None) -> list[NetworkDHCPLease]:
        """Addresses given out, of all guests or one card."""
        return await self._driver.network.network_get_dhcp_leases(self.reference, mac, 0)
