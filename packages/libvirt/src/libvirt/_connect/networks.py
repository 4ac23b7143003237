# SPDX-License-Identifier: Apache-2.0
"""virConnect: virtual networks, network filters, and the host's network interfaces."""

from __future__ import annotations

from libvirt._api import RawUUID, UInt32, api
from libvirt._connect.base import ConnectBase
from libvirt._interface import virInterface
from libvirt._network import virNetwork
from libvirt._nwfilter import virNWFilter, virNWFilterBinding
from libvirt._values import parse_uuid


class NetworkConnect(ConnectBase):
    """Virtual networks of this connection."""

    @api("virConnectNumOfNetworks")
    def numOfNetworks(self) -> int:
        """How many networks run."""
        return int(self._call("connect_num_of_networks"))

    @api("virConnectNumOfDefinedNetworks")
    def numOfDefinedNetworks(self) -> int:
        """How many defined networks do not run."""
        return int(self._call("connect_num_of_defined_networks"))

    @api("virConnectListNetworks")
    def listNetworks(self) -> list[str]:
        """The names of the networks that run."""
        return self._list("connect_num_of_networks", "connect_list_networks")

    @api("virConnectListDefinedNetworks")
    def listDefinedNetworks(self) -> list[str]:
        """The names of the defined networks that do not run."""
        return self._list("connect_num_of_defined_networks", "connect_list_defined_networks")

    @api("virConnectListAllNetworks")
    def listAllNetworks(self, flags: UInt32 = 0) -> list[virNetwork]:
        """The networks that VIR_CONNECT_LIST_NETWORKS_* name."""
        return [virNetwork(self, reference) for reference in self._call("connect_list_all_networks", flags)]

    @api("virNetworkLookupByName")
    def networkLookupByName(self, name: str) -> virNetwork:
        """The network of a name."""
        return virNetwork(self, self._call("network_lookup_by_name", name))

    @api("virNetworkLookupByUUID")
    def networkLookupByUUID(self, uuid: RawUUID) -> virNetwork:
        """The network of a UUID given as 16 bytes."""
        return virNetwork(self, self._call("network_lookup_by_uuid", uuid))

    @api("virNetworkLookupByUUIDString")
    def networkLookupByUUIDString(self, uuidstr: str) -> virNetwork:
        """The network of a UUID given as text."""
        uuid = parse_uuid(uuidstr, "virNetworkLookupByUUIDString")
        return virNetwork(self, self._call("network_lookup_by_uuid", uuid))

    @api("virNetworkCreateXML")
    def networkCreateXML(self, xmlDesc: str) -> virNetwork:
        """Start a network that is not defined."""
        return virNetwork(self, self._call("network_create_xml", xmlDesc))

    @api("virNetworkCreateXMLFlags")
    def networkCreateXMLFlags(self, xmlDesc: str, flags: UInt32 = 0) -> virNetwork:
        """The same; VIR_NETWORK_CREATE_VALIDATE refuses what the schema does not know."""
        return virNetwork(self, self._call("network_create_xml_flags", xmlDesc, flags))

    @api("virNetworkDefineXML")
    def networkDefineXML(self, xml: str) -> virNetwork:
        """Define a network, or define it anew."""
        return virNetwork(self, self._call("network_define_xml", xml))

    @api("virNetworkDefineXMLFlags")
    def networkDefineXMLFlags(self, xml: str, flags: UInt32 = 0) -> virNetwork:
        """The same; VIR_NETWORK_DEFINE_VALIDATE refuses what the schema does not know."""
        return virNetwork(self, self._call("network_define_xml_flags", xml, flags))


class NWFilterConnect(ConnectBase):
    """Network filters of this connection."""

    @api("virConnectNumOfNWFilters")
    def numOfNWFilters(self) -> int:
        """How many filters there are."""
        return int(self._call("connect_num_of_nwfilters"))

    @api("virConnectListNWFilters")
    def listNWFilters(self) -> list[str]:
        """The names of the filters."""
        return self._list("connect_num_of_nwfilters", "connect_list_nwfilters")

    @api("virConnectListAllNWFilters")
    def listAllNWFilters(self, flags: UInt32 = 0) -> list[virNWFilter]:
        """The filters."""
        return [virNWFilter(self, reference) for reference in self._call("connect_list_all_nwfilters", flags)]

    @api("virNWFilterLookupByName")
    def nwfilterLookupByName(self, name: str) -> virNWFilter:
        """The filter of a name."""
        return virNWFilter(self, self._call("nwfilter_lookup_by_name", name))

    @api("virNWFilterLookupByUUID")
    def nwfilterLookupByUUID(self, uuid: RawUUID) -> virNWFilter:
        """The filter of a UUID given as 16 bytes."""
        return virNWFilter(self, self._call("nwfilter_lookup_by_uuid", uuid))

    @api("virNWFilterLookupByUUIDString")
    def nwfilterLookupByUUIDString(self, uuidstr: str) -> virNWFilter:
        """The filter of a UUID given as text."""
        uuid = parse_uuid(uuidstr, "virNWFilterLookupByUUIDString")
        return virNWFilter(self, self._call("nwfilter_lookup_by_uuid", uuid))

    @api("virNWFilterDefineXML")
    def nwfilterDefineXML(self, xmlDesc: str) -> virNWFilter:
        """Define a filter, or define it anew."""
        return virNWFilter(self, self._call("nwfilter_define_xml", xmlDesc))

    @api("virNWFilterDefineXMLFlags")
    def nwfilterDefineXMLFlags(self, xmlDesc: str, flags: UInt32 = 0) -> virNWFilter:
        """The same; VIR_NWFILTER_DEFINE_VALIDATE refuses what the schema does not know."""
        return virNWFilter(self, self._call("nwfilter_define_xml_flags", xmlDesc, flags))

    @api("virConnectListAllNWFilterBindings")
    def listAllNWFilterBindings(self, flags: UInt32 = 0) -> list[virNWFilterBinding]:
        """The filters at work."""
        found = self._call("connect_list_all_nwfilter_bindings", flags)
        return [virNWFilterBinding(self, reference) for reference in found]

    @api("virNWFilterBindingLookupByPortDev")
    def nwfilterBindingLookupByPortDev(self, portdev: str) -> virNWFilterBinding:
        """The filter at work on a port device."""
        return virNWFilterBinding(self, self._call("nwfilter_binding_lookup_by_port_dev", portdev))

    @api("virNWFilterBindingCreateXML")
    def nwfilterBindingCreateXML(self, xml: str, flags: UInt32 = 0) -> virNWFilterBinding:
        """Start filtering a port device."""
        return virNWFilterBinding(self, self._call("nwfilter_binding_create_xml", xml, flags))


class InterfaceConnect(ConnectBase):
    """Network interfaces of the host."""

    @api("virConnectNumOfInterfaces")
    def numOfInterfaces(self) -> int:
        """How many interfaces are up."""
        return int(self._call("connect_num_of_interfaces"))

    @api("virConnectNumOfDefinedInterfaces")
    def numOfDefinedInterfaces(self) -> int:
        """How many defined interfaces are down."""
        return int(self._call("connect_num_of_defined_interfaces"))

    @api("virConnectListInterfaces")
    def listInterfaces(self) -> list[str]:
        """The names of the interfaces that are up."""
        return self._list("connect_num_of_interfaces", "connect_list_interfaces")

    @api("virConnectListDefinedInterfaces")
    def listDefinedInterfaces(self) -> list[str]:
        """The names of the defined interfaces that are down."""
        return self._list("connect_num_of_defined_interfaces", "connect_list_defined_interfaces")

    @api("virConnectListAllInterfaces")
    def listAllInterfaces(self, flags: UInt32 = 0) -> list[virInterface]:
        """The interfaces that VIR_CONNECT_LIST_INTERFACES_* name."""
        return [virInterface(self, reference) for reference in self._call("connect_list_all_interfaces", flags)]

    @api("virInterfaceLookupByName")
    def interfaceLookupByName(self, name: str) -> virInterface:
        """The interface of a name."""
        return virInterface(self, self._call("interface_lookup_by_name", name))

    @api("virInterfaceLookupByMACString")
    def interfaceLookupByMACString(self, macstr: str) -> virInterface:
        """The interface of a MAC address."""
        return virInterface(self, self._call("interface_lookup_by_mac_string", macstr))

    @api("virInterfaceDefineXML")
    def interfaceDefineXML(self, xml: str, flags: UInt32 = 0) -> virInterface:
        """Define an interface, or define it anew."""
        return virInterface(self, self._call("interface_define_xml", xml, flags))

    @api("virInterfaceChangeBegin")
    def changeBegin(self, flags: UInt32 = 0) -> int:
        """Begin changes that can be rolled back."""
        return self._do("interface_change_begin", flags)

    @api("virInterfaceChangeCommit")
    def changeCommit(self, flags: UInt32 = 0) -> int:
        """Keep the changes since changeBegin."""
        return self._do("interface_change_commit", flags)

    @api("virInterfaceChangeRollback")
    def changeRollback(self, flags: UInt32 = 0) -> int:
        """Undo the changes since changeBegin."""
        return self._do("interface_change_rollback", flags)
