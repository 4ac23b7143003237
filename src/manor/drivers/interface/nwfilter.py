# SPDX-License-Identifier: Apache-2.0
"""Network filters and their bindings."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import NwfilterBindingRef, NwfilterRef


class NwfilterFamily(Family):
    """Network filters and their bindings."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.NWFILTER

    async def nwfilter_lookup_by_name(self, name: str) -> NwfilterRef:
        """virNWFilterLookupByName."""
        raise self.unsupported("virNWFilterLookupByName")

    async def nwfilter_lookup_by_uuid(self, uuid: bytes) -> NwfilterRef:
        """virNWFilterLookupByUUID."""
        raise self.unsupported("virNWFilterLookupByUUID")

    async def nwfilter_get_xml_desc(self, nwfilter: NwfilterRef, flags: int) -> str:
        """virNWFilterGetXMLDesc."""
        raise self.unsupported("virNWFilterGetXMLDesc")

    async def connect_num_of_nwfilters(self) -> int:
        """virConnectNumOfNWFilters."""
        raise self.unsupported("virConnectNumOfNWFilters")

    async def connect_list_nwfilters(self) -> list[str]:
        """virConnectListNWFilters."""
        raise self.unsupported("virConnectListNWFilters")

    async def nwfilter_define_xml(self, xml: str) -> NwfilterRef:
        """virNWFilterDefineXML."""
        return await self.nwfilter_define_xml_flags(xml, 0)

    async def nwfilter_undefine(self, nwfilter: NwfilterRef) -> None:
        """virNWFilterUndefine."""
        raise self.unsupported("virNWFilterUndefine")

    async def connect_list_all_nwfilters(self, flags: int) -> list[NwfilterRef]:
        """virConnectListAllNWFilters."""
        raise self.unsupported("virConnectListAllNWFilters")

    async def nwfilter_binding_lookup_by_port_dev(self, name: str) -> NwfilterBindingRef:
        """virNWFilterBindingLookupByPortDev."""
        raise self.unsupported("virNWFilterBindingLookupByPortDev")

    async def nwfilter_binding_get_xml_desc(self, nwfilter: NwfilterBindingRef, flags: int) -> str:
        """virNWFilterBindingGetXMLDesc."""
        raise self.unsupported("virNWFilterBindingGetXMLDesc")

    async def nwfilter_binding_create_xml(self, xml: str, flags: int) -> NwfilterBindingRef:
        """virNWFilterBindingCreateXML."""
        raise self.unsupported("virNWFilterBindingCreateXML")

    async def nwfilter_binding_delete(self, nwfilter: NwfilterBindingRef) -> None:
        """virNWFilterBindingDelete."""
        raise self.unsupported("virNWFilterBindingDelete")

    async def connect_list_all_nwfilter_bindings(self, flags: int) -> list[NwfilterBindingRef]:
        """virConnectListAllNWFilterBindings."""
        raise self.unsupported("virConnectListAllNWFilterBindings")

    async def nwfilter_define_xml_flags(self, xml: str, flags: int) -> NwfilterRef:
        """virNWFilterDefineXMLFlags."""
        raise self.unsupported("virNWFilterDefineXMLFlags")
