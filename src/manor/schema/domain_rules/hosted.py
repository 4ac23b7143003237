# SPDX-License-Identifier: Apache-2.0
"""Devices with little of their own: host devices, file systems, inputs; and addresses given in part."""

from __future__ import annotations

from typing import Final

from manor.schema.common.address import (
    Address,
    CcidAddress,
    CcwAddress,
    Device,
    DriveAddress,
    PciAddress,
    UsbAddress,
    VirtioSerialAddress,
)
from manor.schema.domain import Domain
from manor.schema.domain.hostdev import ScsiHostdevSource
from manor.schema.domain_rules.basics import devices_of

_ZEROS: Final[dict[type[Address], tuple[str, ...]]] = {
    DriveAddress: ("controller", "bus", "target", "unit"),
    PciAddress: ("domain", "bus", "slot", "function"),
    VirtioSerialAddress: ("controller", "bus", "port"),
    CcidAddress: ("controller", "slot"),
    UsbAddress: ("bus",),
    CcwAddress: ("cssid", "ssid", "devno"),
}
"""The parts of an address that are 0 where they are not given."""


def complete_addresses(domain: Domain) -> None:
    """Write out the zeros of addresses given in part; an address of nothing but its type asks for any place."""
    for device in devices_of(domain).walk(Device):
        if isinstance(device.address, PciAddress) and device.address.zpci is not None:
            device.address.zpci.uid = device.address.zpci.uid or 0
            device.address.zpci.fid = device.address.zpci.fid or 0
        parts = _ZEROS.get(type(device.address)) if device.address is not None else None
        if parts is None:
            continue
        if all(getattr(device.address, part) is None for part in parts):
            continue
        for part in parts:
            if getattr(device.address, part) is None:
                setattr(device.address, part, 0)
        if isinstance(device.address, PciAddress) and not any(getattr(device.address, part) for part in parts):
            device.address = PciAddress(type="pci", zpci=device.address.zpci)


def complete_devices(domain: Domain) -> None:
    """Defaults of the smaller devices."""
    devices = devices_of(domain)
    if domain.features is not None and domain.features.hyperv is not None:
        domain.features.hyperv.mode = domain.features.hyperv.mode or "custom"
    for hostdev in devices.hostdevs:
        hostdev.mode = hostdev.mode or "subsystem"
        hostdev.managed = hostdev.managed or False
        source = hostdev.source
        if isinstance(source, ScsiHostdevSource) and source.protocol == "iscsi" and "/" not in (source.name or "/"):
            source.name = f"{source.name}/0"
    filters = devices.redirfilter.usbdevs if devices.redirfilter is not None else []
    for usb in filters:
        # 9.4 is 9.40, unlike 9.04.
        if usb.version is not None and len(usb.version.partition(".")[2]) == 1:
            usb.version += "0"
    for filesystem in devices.filesystems:
        filesystem.type = filesystem.type or "mount"
        driver = filesystem.driver.type if filesystem.driver is not None else None
        if driver != "virtiofs":
            filesystem.accessmode = filesystem.accessmode or "passthrough"
    for shmem in devices.shmems:
        shmem.model = shmem.model or "ivshmem"
    for rng in devices.rngs:
        if rng.backend is not None and rng.backend.model == "random" and not rng.backend.value:
            rng.backend.value = "/dev/random"
    if devices.watchdog is not None:
        devices.watchdog.action = devices.watchdog.action or "reset"
    for item in devices.inputs:
        if item.bus is None and item.type in ("mouse", "keyboard"):
            item.bus = "ps2"
