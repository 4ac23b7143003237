# SPDX-License-Identifier: Apache-2.0
"""Host devices of the test driver; virtual fibre channel ports can be made and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.constants import NodeDeviceEventLifecycleType as Lifecycle
from manor.drivers.interface.node_device import NodeDeviceFamily
from manor.drivers.interface.session import Session
from manor.drivers.test.errors import check_flags, test_error
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import NodeDeviceRef
from manor.records.events import NodeDeviceLifecycleEvent
from manor.schema import nodedev
from manor.schema.nodedev import NodeDevice, ScsiHostCapability

if TYPE_CHECKING:
    from manor.drivers.test.node import Node

_device_error = reporter(ErrorDomain.NODEDEV)

_VALIDATE = 1  # VIR_NODE_DEVICE_CREATE_XML_VALIDATE
_LISTING = 0x7FFFF | 1 << 19 | 1 << 20 | 1 << 21
_KINDS = (
    "system", "pci", "usb_device", "usb", "net", "scsi_host", "scsi_target", "scsi", "storage", "fc_host", "vports",
    "scsi_generic", "drm", "mdev_types", "mdev", "ccw", "css", "vdpa", "ap_card", "ap_queue", "ap_matrix", "vpd",
)  # fmt: skip
"""Capabilities by the bit of virConnectListAllNodeDeviceFlags that asks for them."""

_TEMPLATE = "scsi_host11"
_CREATED = "scsi_host12"
"""libvirt makes every virtual port a copy of the one and calls it the other."""


class HostDevice:
    """One device of the host."""

    def __init__(self, document: NodeDevice) -> None:
        self.document = document

    @property
    def name(self) -> str:
        """The device's name."""
        return self.document.name or ""

    @property
    def ref(self) -> NodeDeviceRef:
        """The device as operations and events name it."""
        return NodeDeviceRef(self.name)

    def capabilities(self) -> set[str]:
        """Everything the device can be asked for by, inner capabilities included."""
        found = {capability.type for capability in self.document.capabilities}
        if nodedev.fibre_channel_host(self.document) is not None:
            found.add("fc_host")
        if nodedev.has_virtual_ports(self.document):
            found.add("vports")
        return found


def create_adapter(node: Node, wwnn: str, wwpn: str) -> HostDevice:
    """A new virtual port with these names; it shows up as a device at once."""
    document = node.devices[_TEMPLATE].document.copy()
    document.name = _CREATED
    port = nodedev.fibre_channel_host(document)
    if port is not None:
        port.wwnn, port.wwpn = wwnn, wwpn
    made = node.devices[_CREATED] = HostDevice(document)
    node.events.publish(NodeDeviceLifecycleEvent(made.ref, int(Lifecycle.CREATED), 0))
    return made


def remove_device(node: Node, device: HostDevice) -> None:
    """Take a device away."""
    node.devices.pop(device.name, None)
    node.events.publish(NodeDeviceLifecycleEvent(device.ref, int(Lifecycle.DELETED), 0))


def adapter_parent(node: Node, document: NodeDevice) -> HostDevice:
    """The adapter a virtual port would be made on. Raises ManorError where that is impossible."""
    if not document.parent:
        return next(device for device in node.devices.values() if nodedev.has_virtual_ports(device.document))
    parent = node.devices.get(document.parent)
    if parent is None:
        text = f"Could not find parent device for '{document.name}'"
        raise _device_error(ErrorNumber.INTERNAL_ERROR, text)
    if not nodedev.has_virtual_ports(parent.document):
        text = f"Parent device {parent.name} is not capable of vport operations"
        raise _device_error(ErrorNumber.INTERNAL_ERROR, text)
    return parent


class TestNodeDevices(NodeDeviceFamily):
    """The node device family."""

    def __init__(self, session: Session, node: Node) -> None:
        super().__init__(session)
        self.node = node

    def _find(self, name: str) -> HostDevice:
        found = self.node.devices.get(name)
        if found is None:
            raise test_error(ErrorNumber.NO_NODE_DEVICE, f"no node device with matching name '{name}'")
        return found

    def _with(self, cap: str | None) -> list[HostDevice]:
        return [device for device in self.node.devices.values() if cap is None or cap in device.capabilities()]

    async def node_num_of_devices(self, cap: str | None, flags: int) -> int:
        """virNodeNumOfDevices."""
        check_flags(flags, 0, "testNodeNumOfDevices")
        return len(self._with(cap))

    async def node_list_devices(self, cap: str | None, flags: int) -> list[str]:
        """virNodeListDevices."""
        check_flags(flags, 0, "testNodeListDevices")
        return [device.name for device in self._with(cap)]

    async def connect_list_all_node_devices(self, flags: int) -> list[NodeDeviceRef]:
        """virConnectListAllNodeDevices."""
        check_flags(flags, _LISTING, "testConnectListAllNodeDevices")
        wanted = {kind for number, kind in enumerate(_KINDS) if flags >> number & 1}
        return [device.ref for device in self.node.devices.values() if not flags or wanted & device.capabilities()]

    async def node_device_lookup_by_name(self, name: str) -> NodeDeviceRef:
        """virNodeDeviceLookupByName."""
        return self._find(name).ref

    async def node_device_get_xml_desc(self, name: str, flags: int) -> str:
        """virNodeDeviceGetXMLDesc."""
        check_flags(flags, 0, "testNodeDeviceGetXMLDesc")
        return self._find(name).document.format()

    async def node_device_get_parent(self, name: str) -> str | None:
        """virNodeDeviceGetParent."""
        return self._find(name).document.parent

    async def node_device_num_of_caps(self, name: str) -> int:
        """virNodeDeviceNumOfCaps."""
        return len(self._find(name).document.capabilities)

    async def node_device_list_caps(self, name: str) -> list[str]:
        """virNodeDeviceListCaps."""
        return [capability.type for capability in self._find(name).document.capabilities]

    async def node_device_create_xml(self, xml_desc: str, flags: int) -> NodeDeviceRef:
        """virNodeDeviceCreateXML."""
        check_flags(flags, _VALIDATE, "testNodeDeviceCreateXML")
        document = nodedev.read(xml_desc, new=True)
        port = nodedev.fibre_channel_host(document)
        if port is None or not any(isinstance(known, ScsiHostCapability) for known in document.capabilities):
            raise _device_error(ErrorNumber.INTERNAL_ERROR, "Device is not a fibre channel HBA")
        adapter_parent(self.node, document)
        return create_adapter(self.node, port.wwnn or "", port.wwpn or "").ref

    async def node_device_dettach(self, name: str) -> None:
        """virNodeDeviceDettach is not supported, under its own name."""
        raise self.unsupported("virNodeDeviceDettach")

    async def node_device_destroy(self, name: str) -> None:
        """virNodeDeviceDestroy: only adapters with names on the fabric and a parent go away."""
        device = self._find(name)
        parent = device.document.parent
        if nodedev.fibre_channel_host(device.document) is None or parent not in self.node.devices:
            return
        remove_device(self.node, device)
