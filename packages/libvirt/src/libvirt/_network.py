# SPDX-License-Identifier: Apache-2.0
"""virNetwork and virNetworkPort."""

from __future__ import annotations

from typing import Any

from libvirt._api import Int32, RawUUID, UInt32, api
from libvirt._handle import NamedObject, UniqueObject
from libvirt._values import GivenParams, Params, params_dict, parse_uuid, plain_dict, retyped_params
from manor.records import NetworkPortRef, NetworkRef


class virNetwork(NamedObject):
    """A virtual network."""

    _reference = NetworkRef
    _o: NetworkRef

    @api("virNetworkGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The network as XML; VIR_NETWORK_XML_INACTIVE gives the definition of a running one."""
        description: str = self._get("network_get_xml_desc", flags)
        return description

    @api("virNetworkCreate")
    def create(self) -> int:
        """Start a defined network."""
        return self._do("network_create")

    @api("virNetworkDestroy")
    def destroy(self) -> int:
        """Stop the network."""
        return self._do("network_destroy")

    @api("virNetworkUndefine")
    def undefine(self) -> int:
        """Forget the definition; a running network goes on without one."""
        return self._do("network_undefine")

    @api("virNetworkUpdate")
    def update(self, command: UInt32, section: UInt32, parentIndex: Int32, xml: str, flags: UInt32 = 0) -> int:
        """Change one part of the network: VIR_NETWORK_UPDATE_COMMAND_*, VIR_NETWORK_SECTION_*."""
        return self._do("network_update", command, section, parentIndex, xml, flags)

    @api("virNetworkIsActive")
    def isActive(self) -> int:
        """1 while the network runs."""
        return int(self._get("network_is_active"))

    @api("virNetworkIsPersistent")
    def isPersistent(self) -> int:
        """1 where a definition stays after the network stops."""
        return int(self._get("network_is_persistent"))

    @api("virNetworkGetAutostart")
    def autostart(self) -> int:
        """1 where the network starts with the daemon."""
        return int(self._get("network_get_autostart"))

    @api("virNetworkSetAutostart")
    def setAutostart(self, autostart: Int32) -> int:
        """Say whether the network starts with the daemon."""
        return self._do("network_set_autostart", autostart)

    @api("virNetworkGetBridgeName")
    def bridgeName(self) -> str:
        """The host's bridge device for this network."""
        name: str = self._get("network_get_bridge_name")
        return name

    @api("virNetworkGetDHCPLeases")
    def DHCPLeases(self, mac: str | None = None, flags: UInt32 = 0) -> list[dict[str, Any]]:
        """The addresses given out, to all or to one MAC address; expirytime is seconds since the epoch."""
        return [plain_dict(lease) for lease in self._get("network_get_dhcp_leases", mac, flags)]

    @api("virNetworkGetMetadata")
    def metadata(self, type: Int32, uri: str | None, flags: UInt32 = 0) -> str:
        """The title, the description, or the metadata element of a namespace."""
        text: str = self._get("network_get_metadata", type, uri, flags)
        return text

    @api("virNetworkSetMetadata")
    def setMetadata(
        self, type: Int32, metadata: str | None, key: str | None, uri: str | None, flags: UInt32 = 0
    ) -> int:
        """Set the title, the description, or the metadata element of a namespace; None removes it."""
        return self._do("network_set_metadata", type, metadata, key, uri, flags)

    @api("virNetworkListAllPorts")
    def listAllPorts(self, flags: UInt32 = 0) -> list[virNetworkPort]:
        """The ports that use the network."""
        return [virNetworkPort(self, port) for port in self._get("network_list_all_ports", flags)]

    @api("virNetworkPortCreateXML")
    def portCreateXML(self, xmldesc: str, flags: UInt32 = 0) -> virNetworkPort:
        """Add a port."""
        return virNetworkPort(self, self._get("network_port_create_xml", xmldesc, flags))

    @api("virNetworkPortLookupByUUID")
    def portLookupByUUID(self, uuid: RawUUID) -> virNetworkPort:
        """The port of a UUID given as 16 bytes."""
        return virNetworkPort(self, self._get("network_port_lookup_by_uuid", uuid))

    @api("virNetworkPortLookupByUUIDString")
    def portLookupByUUIDString(self, uuidstr: str) -> virNetworkPort:
        """The port of a UUID given as text."""
        uuid = parse_uuid(uuidstr, "virNetworkPortLookupByUUIDString")
        return virNetworkPort(self, self._get("network_port_lookup_by_uuid", uuid))


class virNetworkPort(UniqueObject):
    """Something connected to a virtual network."""

    _reference = NetworkPortRef
    _o: NetworkPortRef

    def __init__(self, net: virNetwork, _obj: object | None = None) -> None:
        self._net = net
        super().__init__(net._conn, _obj)

    def network(self) -> virNetwork:
        """The network the port is on."""
        return self._net

    @api("virNetworkPortGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The port as XML."""
        description: str = self._get("network_port_get_xml_desc", flags)
        return description

    @api("virNetworkPortGetParameters")
    def parameters(self, flags: UInt32 = 0) -> Params:
        """The port's bandwidth limits, in KiB/s and KiB."""
        return params_dict(self._get("network_port_get_parameters", flags))

    @api("virNetworkPortSetParameters")
    def setParameters(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """Change the port's bandwidth limits."""
        changed = retyped_params(params, lambda: self._get("network_port_get_parameters", flags))
        return self._do("network_port_set_parameters", changed, flags)

    @api("virNetworkPortDelete")
    def delete(self, flags: UInt32 = 0) -> int:
        """Remove the port from its network."""
        return self._do("network_port_delete", flags)
