# SPDX-License-Identifier: Apache-2.0
"""virNodeDevice."""

from __future__ import annotations

from typing import Any

from libvirt._api import Int32, UInt32, api
from libvirt._handle import ConnectedObject
from manor.records import NodeDeviceRef


class virNodeDevice(ConnectedObject):
    """A device of the host."""

    _reference = NodeDeviceRef
    _o: NodeDeviceRef

    def _do(self, operation: str, *arguments: Any) -> int:
        # The protocol names a device by its name alone.
        self._call(operation, self._o.name, *arguments)
        return 0

    def _get(self, operation: str, *arguments: Any) -> Any:
        return self._call(operation, self._o.name, *arguments)

    def name(self) -> str:
        """The device's name."""
        return self._o.name

    @api("virNodeDeviceGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The device as XML."""
        description: str = self._get("node_device_get_xml_desc", flags)
        return description

    @api("virNodeDeviceGetParent", on_failure=None)
    def parent(self) -> str | None:
        """The name of the device this one is on, None where there is none."""
        name: str | None = self._get("node_device_get_parent")
        return name

    @api("virNodeDeviceNumOfCaps")
    def numOfCaps(self) -> int:
        """How many capabilities the device has."""
        return int(self._get("node_device_num_of_caps"))

    @api("virNodeDeviceListCaps")
    def listCaps(self) -> list[str]:
        """The names of the device's capabilities."""
        return list(self._get("node_device_list_caps"))

    @api("virNodeDeviceDettach")
    def dettach(self) -> int:
        """Take the device from its host driver, so that a guest can have it."""
        return self._do("node_device_dettach")

    @api("virNodeDeviceDetachFlags")
    def detachFlags(self, driverName: str | None, flags: UInt32 = 0) -> int:
        """The same, naming the driver that shall hold it meanwhile."""
        return self._do("node_device_detach_flags", driverName, flags)

    @api("virNodeDeviceReAttach")
    def reAttach(self) -> int:
        """Give the device back to its host driver."""
        return self._do("node_device_re_attach")

    @api("virNodeDeviceReset")
    def reset(self) -> int:
        """Reset the device."""
        return self._do("node_device_reset")

    @api("virNodeDeviceCreate")
    def create(self, flags: UInt32 = 0) -> int:
        """Start a defined device."""
        return self._do("node_device_create", flags)

    @api("virNodeDeviceDestroy")
    def destroy(self) -> int:
        """Remove a virtual device from the host."""
        return self._do("node_device_destroy")

    @api("virNodeDeviceUndefine")
    def undefine(self, flags: UInt32 = 0) -> int:
        """Forget the definition."""
        return self._do("node_device_undefine", flags)

    @api("virNodeDeviceUpdate")
    def update(self, xmlDesc: str, flags: UInt32 = 0) -> int:
        """Change a mediated device or its definition."""
        return self._do("node_device_update", xmlDesc, flags)

    @api("virNodeDeviceIsActive")
    def isActive(self) -> int:
        """1 while the device exists."""
        return int(self._get("node_device_is_active"))

    @api("virNodeDeviceIsPersistent")
    def isPersistent(self) -> int:
        """1 where the device has a definition."""
        return int(self._get("node_device_is_persistent"))

    @api("virNodeDeviceGetAutostart")
    def autostart(self) -> int:
        """1 where the device starts with the host or its parent."""
        return int(self._get("node_device_get_autostart"))

    @api("virNodeDeviceSetAutostart")
    def setAutostart(self, autostart: Int32) -> int:
        """Say whether the device starts with the host or its parent."""
        return self._do("node_device_set_autostart", autostart)
