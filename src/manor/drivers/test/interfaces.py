# SPDX-License-Identifier: Apache-2.0
"""Host interfaces of the test driver, and changes to them that can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.constants import ConnectListAllInterfacesFlags as Listing
from manor.drivers.interface.interface import InterfaceFamily
from manor.drivers.interface.session import Session
from manor.drivers.test.errors import check_flags, not_valid, test_error
from manor.errors import ErrorNumber
from manor.records import InterfaceRef
from manor.schema import interface as documents
from manor.schema.interface import Interface

if TYPE_CHECKING:
    from manor.drivers.test.node import Node

_VALIDATE = 1  # VIR_INTERFACE_DEFINE_VALIDATE


class HostInterface:
    """One interface: its document, and whether it is up."""

    def __init__(self, document: Interface, *, active: bool = False) -> None:
        self.document = document
        self.active = active

    @property
    def name(self) -> str:
        """The interface's name."""
        return self.document.name or ""

    @property
    def mac(self) -> str:
        """The interface's hardware address, empty if the document has none."""
        return (self.document.mac.address if self.document.mac is not None else None) or ""

    @property
    def ref(self) -> InterfaceRef:
        """The interface as operations name it."""
        return InterfaceRef(self.name, self.mac)


class TestInterfaces(InterfaceFamily):
    """The interface family."""

    def __init__(self, session: Session, node: Node) -> None:
        super().__init__(session)
        self.node = node

    def _find(self, name: str) -> HostInterface:
        found = self.node.interfaces.get(name)
        if found is None:
            raise test_error(ErrorNumber.NO_INTERFACE, f"no interface with matching name '{name}'")
        return found

    def _listed(self, *, active: bool) -> list[str]:
        return [known.name for known in self.node.interfaces.values() if known.active is active]

    async def connect_num_of_interfaces(self) -> int:
        """virConnectNumOfInterfaces."""
        return len(self._listed(active=True))

    async def connect_list_interfaces(self) -> list[str]:
        """virConnectListInterfaces."""
        return self._listed(active=True)

    async def connect_num_of_defined_interfaces(self) -> int:
        """virConnectNumOfDefinedInterfaces."""
        return len(self._listed(active=False))

    async def connect_list_defined_interfaces(self) -> list[str]:
        """virConnectListDefinedInterfaces."""
        return self._listed(active=False)

    async def connect_list_all_interfaces(self, flags: int) -> list[InterfaceRef]:
        """virConnectListAllInterfaces."""
        wanted = Listing.ACTIVE | Listing.INACTIVE
        check_flags(flags, wanted, "testConnectListAllInterfaces")
        return [
            known.ref
            for known in self.node.interfaces.values()
            if not flags & wanted or flags & (Listing.ACTIVE if known.active else Listing.INACTIVE)
        ]

    async def interface_lookup_by_name(self, name: str) -> InterfaceRef:
        """virInterfaceLookupByName."""
        return self._find(name).ref

    async def interface_lookup_by_mac_string(self, mac: str) -> InterfaceRef:
        """virInterfaceLookupByMACString."""
        found = [known for known in self.node.interfaces.values() if known.mac.lower() == mac.lower()]
        if not found:
            raise test_error(ErrorNumber.NO_INTERFACE, f"no interface with matching mac '{mac}'")
        if len(found) > 1:
            raise test_error(ErrorNumber.MULTIPLE_INTERFACES)
        # libvirt answers with the address as it was asked for.
        return InterfaceRef(found[0].name, mac)

    async def interface_is_active(self, iface: InterfaceRef) -> int:
        """virInterfaceIsActive."""
        return int(self._find(iface.name).active)

    async def interface_get_xml_desc(self, iface: InterfaceRef, flags: int) -> str:
        """virInterfaceGetXMLDesc."""
        check_flags(flags, 0, "testInterfaceGetXMLDesc")
        return self._find(iface.name).document.format()

    async def interface_define_xml(self, xml: str, flags: int) -> InterfaceRef:
        """virInterfaceDefineXML."""
        check_flags(flags, _VALIDATE, "testInterfaceDefineXML")
        document = documents.read(xml, validate=bool(flags & _VALIDATE))
        known = self.node.interfaces.get(document.name or "")
        if known is None:
            known = self.node.interfaces[document.name or ""] = HostInterface(document)
        known.document = document
        return known.ref

    async def interface_undefine(self, iface: InterfaceRef) -> None:
        """virInterfaceUndefine."""
        del self.node.interfaces[self._find(iface.name).name]

    async def interface_create(self, iface: InterfaceRef, flags: int) -> None:
        """virInterfaceCreate."""
        check_flags(flags, 0, "testInterfaceCreate")
        self._switch(iface, active=True)

    async def interface_destroy(self, iface: InterfaceRef, flags: int) -> None:
        """virInterfaceDestroy."""
        check_flags(flags, 0, "testInterfaceDestroy")
        self._switch(iface, active=False)

    def _switch(self, iface: InterfaceRef, *, active: bool) -> None:
        found = self._find(iface.name)
        if found.active is active:
            raise test_error(ErrorNumber.OPERATION_INVALID)
        found.active = active

    async def interface_change_begin(self, flags: int) -> None:
        """virInterfaceChangeBegin."""
        check_flags(flags, 0, "testInterfaceChangeBegin")
        if self.node.saved_interfaces is not None:
            raise not_valid("there is another transaction running.")
        # All interfaces are down after changes were taken back, as with libvirt.
        self.node.saved_interfaces = {
            name: HostInterface(known.document) for name, known in self.node.interfaces.items()
        }

    async def interface_change_commit(self, flags: int) -> None:
        """virInterfaceChangeCommit."""
        check_flags(flags, 0, "testInterfaceChangeCommit")
        if self.node.saved_interfaces is None:
            raise not_valid("no transaction running, nothing to be committed.")
        self.node.saved_interfaces = None

    async def interface_change_rollback(self, flags: int) -> None:
        """virInterfaceChangeRollback."""
        check_flags(flags, 0, "testInterfaceChangeRollback")
        if self.node.saved_interfaces is None:
            raise not_valid("no transaction running, nothing to rollback.")
        self.node.interfaces = self.node.saved_interfaces
        self.node.saved_interfaces = None
