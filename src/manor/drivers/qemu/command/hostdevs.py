# SPDX-License-Identifier: Apache-2.0
"""Devices of the host: PCI, USB, SCSI, vhost SCSI targets, mediated devices."""

from __future__ import annotations

from manor.constants import ErrorNumber
from manor.drivers.qemu.command import blockdev, secrets
from manor.drivers.qemu.command.line import (
    Build,
    Props,
    address_props,
    alias_of,
    boot_index,
    controller_of,
    on_off,
    virtio_driver,
)
from manor.drivers.qemu.passes.context import error
from manor.drivers.qemu.passes.pci_buses import Place
from manor.schema.common.address import DriveAddress
from manor.schema.domain.hostdev import (
    Hostdev,
    MdevHostdevSource,
    PciHostdevSource,
    ScsiHostdevSource,
    ScsiHostHostdevSource,
    UsbHostdevSource,
)


def hostdevs(build: Build) -> None:
    """All of them."""
    for item in build.machine.devices.hostdevs:
        if isinstance(item.source, ScsiHostdevSource):
            _scsi(build, item, item.source)
        else:
            build.device(hostdev_device(build, item), item)


def hostdev_device(build: Build, item: Hostdev) -> Props:
    """The `-device` of a host device that needs nothing but it."""
    source = item.source
    match source:
        case PciHostdevSource():
            props = _pci(item, source)
        case UsbHostdevSource():
            props = _usb(build, item, source)
        case MdevHostdevSource():
            props = _mediated(item, source)
        case ScsiHostHostdevSource():
            handles = build.plan.descriptors(alias_of(item), "vhost-scsi")
            props = {"driver": virtio_driver("vhost-scsi", item.model, item), "wwpn": source.wwpn}
            props |= {"vhostfd": str(handles[0]) if handles else "-1", "id": alias_of(item)}
        case _:
            raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"host devices of type '{item.type}' are not supported")
    props |= boot_index(build, item) | address_props(build, item)
    return {name: value for name, value in props.items() if value is not None}


def _pci(item: Hostdev, source: PciHostdevSource) -> Props:
    place = str(Place.of(source.address)) if source.address is not None else ""
    pair = item.teaming.persistent if item.teaming is not None else None
    return {"driver": "vfio-pci", "host": place, "id": alias_of(item), "failover_pair_id": pair}


def _usb(build: Build, item: Hostdev, source: UsbHostdevSource) -> Props:
    props: Props = {"driver": "usb-host"}
    address = source.address
    if source.missing:
        # QEMU has a device without a host's until there is one.
        pass
    elif address is not None and address.bus:
        props["hostdevice"] = f"/dev/bus/usb/{address.bus:03}/{address.device or 0:03}"
    elif build.plan.described:
        raise error(ErrorNumber.INTERNAL_ERROR, "USB host device is missing bus/device information")
    else:
        props |= {"vendorid": source.vendor, "productid": source.product}
    props["id"] = alias_of(item)
    if source.guest_reset is not None:
        props["guest-reset"] = source.guest_reset != "off"
        props["guest-resets-all"] = None if source.guest_reset == "off" else source.guest_reset == "on"
    return props


def _mediated(item: Hostdev, source: MdevHostdevSource) -> Props:
    uuid = source.address.uuid if source.address is not None else ""
    return {
        "driver": "vfio-pci-nohotplug" if item.ramfb else item.model,
        "id": alias_of(item),
        "sysfsdev": f"/sys/bus/mdev/devices/{uuid}",
        "display": on_off(item.display),
        "ramfb": True if item.ramfb else None,
    }


def _scsi(build: Build, item: Hostdev, source: ScsiHostdevSource) -> None:
    """A logical unit, passed through by a block node."""
    node = f"{blockdev.node_name(_node_index(build, item))}-backend"
    for need in secrets.hostdev_needs(item):
        secrets.secret_object(build, need.alias)
    if source.protocol == "iscsi":
        props = blockdev.iscsi(source, source.auth, secrets.hostdev_secret(item))
    else:
        props = {"driver": "host_device", "filename": _generic_device(build, item, source)}
    build.json("blockdev", props | {"node-name": node, "read-only": item.readonly})
    device: Props = {"driver": "scsi-generic", "drive": node, "id": alias_of(item)}
    if item.shareable:
        device["share-rw"] = True
    build.device(device | _scsi_place(build, item) | boot_index(build, item), item)


def _generic_device(build: Build, item: Hostdev, source: ScsiHostdevSource) -> str:
    path = build.plan.scsi_generic.get(alias_of(item))
    if path is None:
        raise error(
            ErrorNumber.CONFIG_UNSUPPORTED,
            f"SCSI device on adapter '{source.adapter}' has no generic device on the host",
        )
    return path


def _node_index(build: Build, item: Hostdev) -> int:
    """The number of a device's block node, above those of all images and of the devices before it."""
    numbers = build.plan.backend_indexes
    if alias_of(item) not in numbers:
        images = [int(i.name.rpartition("-")[2]) for disk in build.machine.devices.disks for i in blockdev.chain(disk)]
        numbers[alias_of(item)] = max([*images, *numbers.values()], default=0) + 1
    return numbers[alias_of(item)]


def _scsi_place(build: Build, item: Hostdev) -> Props:
    address = item.address
    if not isinstance(address, DriveAddress):
        return {}
    controller = controller_of(build, "scsi", address.controller)
    name = alias_of(controller) if controller is not None else f"scsi{address.controller or 0}"
    bus, target, unit = address.bus or 0, address.target or 0, address.unit or 0
    if controller is not None and controller.model == "lsilogic":
        return {"bus": f"{name}.{bus}", "scsi-id": unit}
    return {"bus": f"{name}.0", "channel": bus, "scsi-id": target, "lun": unit}
