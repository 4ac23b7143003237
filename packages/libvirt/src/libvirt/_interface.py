# SPDX-License-Identifier: Apache-2.0
"""virInterface."""

from __future__ import annotations

from libvirt._api import UInt32, api
from libvirt._handle import ConnectedObject
from manor.records import InterfaceRef


class virInterface(ConnectedObject):
    """A network interface of the host."""

    _reference = InterfaceRef
    _o: InterfaceRef

    def name(self) -> str:
        """The interface's name."""
        return self._o.name

    def MACString(self) -> str:
        """The interface's MAC address."""
        return self._o.mac

    @api("virInterfaceGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The interface as XML; VIR_INTERFACE_XML_INACTIVE gives its definition."""
        description: str = self._get("interface_get_xml_desc", flags)
        return description

    @api("virInterfaceCreate")
    def create(self, flags: UInt32 = 0) -> int:
        """Bring the interface up."""
        return self._do("interface_create", flags)

    @api("virInterfaceDestroy")
    def destroy(self, flags: UInt32 = 0) -> int:
        """Bring the interface down."""
        return self._do("interface_destroy", flags)

    @api("virInterfaceUndefine")
    def undefine(self) -> int:
        """Forget the definition."""
        return self._do("interface_undefine")

    @api("virInterfaceIsActive")
    def isActive(self) -> int:
        """1 while the interface is up."""
        return int(self._get("interface_is_active"))
