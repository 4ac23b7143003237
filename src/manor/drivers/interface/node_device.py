# SPDX-License-Identifier: Apache-2.0
"""Host devices."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import NodeDeviceRef


class NodeDeviceFamily(Family):
    """Host devices."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.NODEDEV

    async def node_num_of_devices(self, cap: str | None, flags: int) -> int:
        """virNodeNumOfDevices."""
        raise self.unsupported("virNodeNumOfDevices")

    async def node_list_devices(self, cap: str | None, flags: int) -> list[str]:
        """virNodeListDevices."""
        raise self.unsupported("virNodeListDevices")

    async def node_device_lookup_by_name(self, name: str) -> NodeDeviceRef:
        """virNodeDeviceLookupByName."""
        raise self.unsupported("virNodeDeviceLookupByName")

    async def node_device_get_xml_desc(self, name: str, flags: int) -> str:
        """virNodeDeviceGetXMLDesc."""
        raise self.unsupported("virNodeDeviceGetXMLDesc")

    async def node_device_get_parent(self, name: str) -> str | None:
        """virNodeDeviceGetParent."""
        raise self.unsupported("virNodeDeviceGetParent")

    async def node_device_num_of_caps(self, name: str) -> int:
        """virNodeDeviceNumOfCaps."""
        raise self.unsupported("virNodeDeviceNumOfCaps")

    async def node_device_list_caps(self, name: str) -> list[str]:
        """virNodeDeviceListCaps."""
        raise self.unsupported("virNodeDeviceListCaps")

    async def node_device_dettach(self, name: str) -> None:
        """virNodeDeviceDettach."""
        await self.node_device_detach_flags(name, None, 0)

    async def node_device_re_attach(self, name: str) -> None:
        """virNodeDeviceReAttach."""
        raise self.unsupported("virNodeDeviceReAttach")

    async def node_device_reset(self, name: str) -> None:
        """virNodeDeviceReset."""
        raise self.unsupported("virNodeDeviceReset")

    async def node_device_create_xml(self, xml_desc: str, flags: int) -> NodeDeviceRef:
        """virNodeDeviceCreateXML."""
        raise self.unsupported("virNodeDeviceCreateXML")

    async def node_device_destroy(self, name: str) -> None:
        """virNodeDeviceDestroy."""
        raise self.unsupported("virNodeDeviceDestroy")

    async def connect_list_all_node_devices(self, flags: int) -> list[NodeDeviceRef]:
        """virConnectListAllNodeDevices."""
        raise self.unsupported("virConnectListAllNodeDevices")

    async def node_device_lookup_scsi_host_by_wwn(self, wwnn: str, wwpn: str, flags: int) -> NodeDeviceRef:
        """virNodeDeviceLookupSCSIHostByWWN."""
        raise self.unsupported("virNodeDeviceLookupSCSIHostByWWN")

    async def node_device_detach_flags(self, name: str, driver_name: str | None, flags: int) -> None:
        """virNodeDeviceDetachFlags."""
        raise self.unsupported("virNodeDeviceDetachFlags")

    async def node_device_define_xml(self, xml_desc: str, flags: int) -> NodeDeviceRef:
        """virNodeDeviceDefineXML."""
        raise self.unsupported("virNodeDeviceDefineXML")

    async def node_device_undefine(self, name: str, flags: int) -> None:
        """virNodeDeviceUndefine."""
        raise self.unsupported("virNodeDeviceUndefine")

    async def node_device_create(self, name: str, flags: int) -> None:
        """virNodeDeviceCreate."""
        raise self.unsupported("virNodeDeviceCreate")

    async def node_device_get_autostart(self, name: str) -> int:
        """virNodeDeviceGetAutostart."""
        raise self.unsupported("virNodeDeviceGetAutostart")

    async def node_device_set_autostart(self, name: str, autostart: int) -> None:
        """virNodeDeviceSetAutostart."""
        raise self.unsupported("virNodeDeviceSetAutostart")

    async def node_device_is_persistent(self, name: str) -> int:
        """virNodeDeviceIsPersistent."""
        raise self.unsupported("virNodeDeviceIsPersistent")

    async def node_device_is_active(self, name: str) -> int:
        """virNodeDeviceIsActive."""
        raise self.unsupported("virNodeDeviceIsActive")

    async def node_device_update(self, name: str, xml_desc: str, flags: int) -> None:
        """virNodeDeviceUpdate."""
        raise self.unsupported("virNodeDeviceUpdate")
