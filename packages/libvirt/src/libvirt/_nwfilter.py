# SPDX-License-Identifier: Apache-2.0
"""virNWFilter and virNWFilterBinding."""

from __future__ import annotations

from libvirt._api import UInt32, api
from libvirt._handle import ConnectedObject, NamedObject
from manor.records import NwfilterBindingRef, NwfilterRef


class virNWFilter(NamedObject):
    """A network filter."""

    _reference = NwfilterRef
    _o: NwfilterRef

    @api("virNWFilterGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The filter as XML."""
        description: str = self._get("nwfilter_get_xml_desc", flags)
        return description

    @api("virNWFilterUndefine")
    def undefine(self) -> int:
        """Forget the filter."""
        return self._do("nwfilter_undefine")


class virNWFilterBinding(ConnectedObject):
    """A filter at work on one port device."""

    _reference = NwfilterBindingRef
    _o: NwfilterBindingRef

    def portDev(self) -> str:
        """The device that is filtered."""
        return self._o.portdev

    def filterName(self) -> str:
        """The filter."""
        return self._o.filtername

    @api("virNWFilterBindingGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The binding as XML."""
        description: str = self._get("nwfilter_binding_get_xml_desc", flags)
        return description

    @api("virNWFilterBindingDelete")
    def delete(self) -> int:
        """Stop filtering."""
        return self._do("nwfilter_binding_delete")
