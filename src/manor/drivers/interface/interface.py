# SPDX-License-Identifier: Apache-2.0
"""Host network interfaces."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import InterfaceRef


class InterfaceFamily(Family):
    """Host network interfaces."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.INTERFACE

    async def connect_num_of_interfaces(self) -> int:
        """virConnectNumOfInterfaces."""
        raise self.unsupported("virConnectNumOfInterfaces")

    async def connect_list_interfaces(self) -> list[str]:
        """virConnectListInterfaces."""
        raise self.unsupported("virConnectListInterfaces")

    async def interface_lookup_by_name(self, name: str) -> InterfaceRef:
        """virInterfaceLookupByName."""
        raise self.unsupported("virInterfaceLookupByName")

    async def interface_lookup_by_mac_string(self, mac: str) -> InterfaceRef:
        """virInterfaceLookupByMACString."""
        raise self.unsupported("virInterfaceLookupByMACString")

    async def interface_get_xml_desc(self, iface: InterfaceRef, flags: int) -> str:
        """virInterfaceGetXMLDesc."""
        raise self.unsupported("virInterfaceGetXMLDesc")

    async def interface_define_xml(self, xml: str, flags: int) -> InterfaceRef:
        """virInterfaceDefineXML."""
        raise self.unsupported("virInterfaceDefineXML")

    async def interface_undefine(self, iface: InterfaceRef) -> None:
        """virInterfaceUndefine."""
        raise self.unsupported("virInterfaceUndefine")

    async def interface_create(self, iface: InterfaceRef, flags: int) -> None:
        """virInterfaceCreate."""
        raise self.unsupported("virInterfaceCreate")

    async def interface_destroy(self, iface: InterfaceRef, flags: int) -> None:
        """virInterfaceDestroy."""
        raise self.unsupported("virInterfaceDestroy")

    async def connect_num_of_defined_interfaces(self) -> int:
        """virConnectNumOfDefinedInterfaces."""
        raise self.unsupported("virConnectNumOfDefinedInterfaces")

    async def connect_list_defined_interfaces(self) -> list[str]:
        """virConnectListDefinedInterfaces."""
        raise self.unsupported("virConnectListDefinedInterfaces")

    async def interface_is_active(self, iface: InterfaceRef) -> int:
        """virInterfaceIsActive."""
        raise self.unsupported("virInterfaceIsActive")

    async def interface_change_begin(self, flags: int) -> None:
        """virInterfaceChangeBegin."""
        raise self.unsupported("virInterfaceChangeBegin")

    async def interface_change_commit(self, flags: int) -> None:
        """virInterfaceChangeCommit."""
        raise self.unsupported("virInterfaceChangeCommit")

    async def interface_change_rollback(self, flags: int) -> None:
        """virInterfaceChangeRollback."""
        raise self.unsupported("virInterfaceChangeRollback")

    async def connect_list_all_interfaces(self, flags: int) -> list[InterfaceRef]:
        """virConnectListAllInterfaces."""
        raise self.unsupported("virConnectListAllInterfaces")
