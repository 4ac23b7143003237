# SPDX-License-Identifier: Apache-2.0
"""virConnect: devices of the host."""

from __future__ import annotations

from libvirt._api import UInt32, api
from libvirt._connect.base import ConnectBase
from libvirt._nodedev import virNodeDevice


class NodeDeviceConnect(ConnectBase):
    """Devices of the host."""

    @api("virNodeNumOfDevices")
    def numOfDevices(self, cap: str | None, flags: UInt32 = 0) -> int:
        """How many devices there are, of all or with one capability."""
        return int(self._call("node_num_of_devices", cap, flags))

    @api("virNodeListDevices")
    def listDevices(self, cap: str | None, flags: UInt32 = 0) -> list[str]:
        """The names of the devices, of all or with one capability."""
        return self._list("node_num_of_devices", "node_list_devices", cap, flags)

    @api("virConnectListAllNodeDevices")
    def listAllDevices(self, flags: UInt32 = 0) -> list[virNodeDevice]:
        """The devices that VIR_CONNECT_LIST_NODE_DEVICES_* name."""
        return [virNodeDevice(self, reference) for reference in self._call("connect_list_all_node_devices", flags)]

    @api("virNodeDeviceLookupByName")
    def nodeDeviceLookupByName(self, name: str) -> virNodeDevice:
        """The device of a name."""
        return virNodeDevice(self, self._call("node_device_lookup_by_name", name))

    @api("virNodeDeviceLookupSCSIHostByWWN")
    def nodeDeviceLookupSCSIHostByWWN(self, wwnn: str, wwpn: str, flags: UInt32 = 0) -> virNodeDevice:
        """The Fibre Channel host adapter of a node name and a port name."""
        return virNodeDevice(self, self._call("node_device_lookup_scsi_host_by_wwn", wwnn, wwpn, flags))

    @api("virNodeDeviceCreateXML")
    def nodeDeviceCreateXML(self, xmlDesc: str, flags: UInt32 = 0) -> virNodeDevice:
        """Make a virtual device that is not defined."""
        return virNodeDevice(self, self._call("node_device_create_xml", xmlDesc, flags))

    @api("virNodeDeviceDefineXML")
    def nodeDeviceDefineXML(self, xmlDesc: str, flags: UInt32 = 0) -> virNodeDevice:
        """Define a virtual device, or define it anew."""
        return virNodeDevice(self, self._call("node_device_define_xml", xmlDesc, flags))
