# SPDX-License-Identifier: Apache-2.0
"""Virtual networks and their ports."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import NetworkDHCPLease, NetworkPortRef, NetworkRef, TypedParam


class NetworkFamily(Family):
    """Virtual networks and their ports."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.NETWORK

    async def connect_list_defined_networks(self) -> list[str]:
        """virConnectListDefinedNetworks."""
        raise self.unsupported("virConnectListDefinedNetworks")

    async def connect_list_networks(self) -> list[str]:
        """virConnectListNetworks."""
        raise self.unsupported("virConnectListNetworks")

    async def network_create(self, net: NetworkRef) -> None:
        """virNetworkCreate."""
        raise self.unsupported("virNetworkCreate")

    async def network_create_xml(self, xml: str) -> NetworkRef:
        """virNetworkCreateXML."""
        return await self.network_create_xml_flags(xml, 0)

    async def network_define_xml(self, xml: str) -> NetworkRef:
        """virNetworkDefineXML."""
        return await self.network_define_xml_flags(xml, 0)

    async def network_destroy(self, net: NetworkRef) -> None:
        """virNetworkDestroy."""
        raise self.unsupported("virNetworkDestroy")

    async def network_get_xml_desc(self, net: NetworkRef, flags: int) -> str:
        """virNetworkGetXMLDesc."""
        raise self.unsupported("virNetworkGetXMLDesc")

    async def network_get_autostart(self, net: NetworkRef) -> int:
        """virNetworkGetAutostart."""
        raise self.unsupported("virNetworkGetAutostart")

    async def network_get_bridge_name(self, net: NetworkRef) -> str:
        """virNetworkGetBridgeName."""
        raise self.unsupported("virNetworkGetBridgeName")

    async def network_lookup_by_name(self, name: str) -> NetworkRef:
        """virNetworkLookupByName."""
        raise self.unsupported("virNetworkLookupByName")

    async def network_lookup_by_uuid(self, uuid: bytes) -> NetworkRef:
        """virNetworkLookupByUUID."""
        raise self.unsupported("virNetworkLookupByUUID")

    async def network_set_autostart(self, net: NetworkRef, autostart: int) -> None:
        """virNetworkSetAutostart."""
        raise self.unsupported("virNetworkSetAutostart")

    async def network_undefine(self, net: NetworkRef) -> None:
        """virNetworkUndefine."""
        raise self.unsupported("virNetworkUndefine")

    async def connect_num_of_defined_networks(self) -> int:
        """virConnectNumOfDefinedNetworks."""
        raise self.unsupported("virConnectNumOfDefinedNetworks")

    async def connect_num_of_networks(self) -> int:
        """virConnectNumOfNetworks."""
        raise self.unsupported("virConnectNumOfNetworks")

    async def network_is_active(self, net: NetworkRef) -> int:
        """virNetworkIsActive."""
        raise self.unsupported("virNetworkIsActive")

    async def network_is_persistent(self, net: NetworkRef) -> int:
        """virNetworkIsPersistent."""
        raise self.unsupported("virNetworkIsPersistent")

    async def connect_list_all_networks(self, flags: int) -> list[NetworkRef]:
        """virConnectListAllNetworks."""
        raise self.unsupported("virConnectListAllNetworks")

    async def network_update(
        self, net: NetworkRef, command: int, section: int, parent_index: int, xml: str, flags: int
    ) -> None:
        """virNetworkUpdate."""
        raise self.unsupported("virNetworkUpdate")

    async def network_get_dhcp_leases(self, net: NetworkRef, mac: str | None, flags: int) -> list[NetworkDHCPLease]:
        """virNetworkGetDHCPLeases."""
        raise self.unsupported("virNetworkGetDHCPLeases")

    async def network_list_all_ports(self, network: NetworkRef, flags: int) -> list[NetworkPortRef]:
        """virNetworkListAllPorts."""
        raise self.unsupported("virNetworkListAllPorts")

    async def network_port_lookup_by_uuid(self, network: NetworkRef, uuid: bytes) -> NetworkPortRef:
        """virNetworkPortLookupByUUID."""
        raise self.unsupported("virNetworkPortLookupByUUID")

    async def network_port_create_xml(self, network: NetworkRef, xml: str, flags: int) -> NetworkPortRef:
        """virNetworkPortCreateXML."""
        raise self.unsupported("virNetworkPortCreateXML")

    async def network_port_get_parameters(self, port: NetworkPortRef, flags: int) -> list[TypedParam]:
        """virNetworkPortGetParameters."""
        raise self.unsupported("virNetworkPortGetParameters")

    async def network_port_set_parameters(self, port: NetworkPortRef, params: list[TypedParam], flags: int) -> None:
        """virNetworkPortSetParameters."""
        raise self.unsupported("virNetworkPortSetParameters")

    async def network_port_get_xml_desc(self, port: NetworkPortRef, flags: int) -> str:
        """virNetworkPortGetXMLDesc."""
        raise self.unsupported("virNetworkPortGetXMLDesc")

    async def network_port_delete(self, port: NetworkPortRef, flags: int) -> None:
        """virNetworkPortDelete."""
        raise self.unsupported("virNetworkPortDelete")

    async def network_define_xml_flags(self, xml: str, flags: int) -> NetworkRef:
        """virNetworkDefineXMLFlags."""
        raise self.unsupported("virNetworkDefineXMLFlags")

    async def network_create_xml_flags(self, xml: str, flags: int) -> NetworkRef:
        """virNetworkCreateXMLFlags."""
        raise self.unsupported("virNetworkCreateXMLFlags")

    async def network_set_metadata(
        self,
        network: NetworkRef,
        type: int,
        metadata: str | None,
        key: str | None,
        uri: str | None,
        flags: int,
    ) -> None:
        """virNetworkSetMetadata."""
        raise self.unsupported("virNetworkSetMetadata")

    async def network_get_metadata(self, network: NetworkRef, type: int, uri: str | None, flags: int) -> str:
        """virNetworkGetMetadata."""
        raise self.unsupported("virNetworkGetMetadata")
