# SPDX-License-Identifier: Apache-2.0
"""Objects of the host: devices, interfaces, network filters, secrets."""

from __future__ import annotations

from uuid import UUID

from manor.api.base import ApiObject, NamedObject
from manor.records import InterfaceRef, NodeDeviceRef, NwfilterRef, SecretRef


class NodeDevice(ApiObject[NodeDeviceRef]):
    """A device of the host."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.reference.name

    async def xml(self, flags: int = 0) -> str:
        """Its document."""
        return await self._driver.node_device.node_device_get_xml_desc(self.name, flags)

    async def parent(self) -> str | None:
        """The name of the device it belongs to."""
        return await self._driver.node_device.node_device_get_parent(self.name)

    async def capabilities(self) -> list[str]:
        """What it can do."""
        return await self._driver.node_device.node_device_list_caps(self.name)


class HostInterface(ApiObject[InterfaceRef]):
    """A network interface of the host."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.reference.name

    @property
    def mac(self) -> str:
        """Its hardware address."""
        return self.reference.mac

    async def xml(self, flags: int = 0) -> str:
        """Its document."""
        return await self._driver.interface.interface_get_xml_desc(self.reference, flags)

    async def is_active(self) -> bool:
        """Whether it is up."""
        return bool(await self._driver.interface.interface_is_active(self.reference))


class NetworkFilter(NamedObject[NwfilterRef]):
    """Rules for the traffic of guests' cards."""

    async def xml(self, flags: int = 0) -> str:
        """Its document."""
        return await self._driver.nwfilter.nwfilter_get_xml_desc(self.reference, flags)

    async def undefine(self) -> None:
        """Forget it."""
        await self._driver.nwfilter.nwfilter_undefine(self.reference)


class Secret(ApiObject[SecretRef]):
    """A secret: a password or key that guests' storage needs."""

    @property
    def uuid(self) -> UUID:
        """Its UUID."""
        return UUID(bytes=self.reference.uuid)

    async def xml(self, flags: int = 0) -> str:
        """Its document, without the value."""
        return await self._driver.secret.secret_get_xml_desc(self.reference, flags)

    async def value(self) -> bytes:
        """Its value."""
        return await self._driver.secret.secret_get_value(self.reference, 0)

    async def set_value(self, value: bytes) -> None:
        """Set its value."""
        await self._driver.secret.secret_set_value(self.reference, value, 0)

    async def undefine(self) -> None:
        """Forget it, value and all."""
        await self._driver.secret.secret_undefine(self.reference)
