# SPDX-License-Identifier: Apache-2.0
"""Devices of the host given to a guest, shares, and leases, as far as all hypervisors have them the same."""

from __future__ import annotations

import re
from typing import Final

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import HostPciAddress
from manor.schema.domain.devices import Devices
from manor.schema.domain.filesystem import Filesystem
from manor.schema.domain.hostdev import (
    Hostdev,
    MdevHostdevSource,
    PciHostdevSource,
    ScsiHostdevSource,
    ScsiHostHostdevSource,
    UsbHostdevSource,
)
from manor.schema.passes.addresses import check_pci
from manor.schema.passes.report import (
    error,
    internal,
    missing_attribute,
    unsupported,
    xml_error,
    zero_attribute,
)
from manor.schema.passes.storage import check_secret

_storage_error = reporter(ErrorDomain.STORAGE)

_WWPN: Final = re.compile(r"naa\.[0-9a-fA-F]{16}")
_ISCSI_PORT: Final = 3260


def host_devices(devices: Devices) -> None:
    """Complete every host device."""
    for device in devices.hostdevs:
        host_device(device)


def host_device(device: Hostdev) -> None:
    """What is given, and how it is found on the host."""
    device.mode = device.mode or "subsystem"
    device.managed = bool(device.managed) if device.mode == "subsystem" else None
    if device.type is None:
        raise xml_error("missing source address type")
    if device.source is None:
        raise xml_error("Missing <source> element in hostdev device")
    if device.mode != "subsystem":
        return
    if device.type != "scsi":
        device.readonly = device.shareable = False
    if device.sgio is not None and device.type != "scsi":
        raise xml_error("sgio is only supported for scsi host device")
    if device.rawio is not None and device.type != "scsi":
        raise xml_error("rawio is only supported for scsi host device")
    match device.source:
        case PciHostdevSource() as source:
            _pci(source)
        case UsbHostdevSource() as source:
            _usb(source)
        case ScsiHostdevSource() as source:
            _scsi(source)
        case ScsiHostHostdevSource() as source:
            _scsi_host(source)
        case MdevHostdevSource() as source:
            _mdev(device, source)


def _pci(source: PciHostdevSource) -> None:
    address = source.address = source.address or HostPciAddress()
    check_pci(address)
    address.multifunction = None
    for part in ("domain", "bus", "slot", "function"):
        if getattr(address, part) is None:
            setattr(address, part, 0)


def _usb(source: UsbHostdevSource) -> None:
    for name in ("vendor", "product"):
        if getattr(source, name) == 0:
            raise zero_attribute(name, "id")
    if (source.vendor is None) != (source.product is None):
        raise internal(f"missing {'vendor' if source.vendor is None else 'product'}")
    address = source.address
    if address is None:
        return
    for name in ("bus", "device"):
        if getattr(address, name) is None:
            raise missing_attribute("address", name)
    if not address.bus and not address.device:
        source.address = None


def _scsi(source: ScsiHostdevSource) -> None:
    if source.protocol == "iscsi":
        _iscsi(source)
        return
    if not source.adapter:
        raise xml_error("'adapter' name must be specified for scsi hostdev source")
    address = source.address
    if address is None:
        raise xml_error("'address' must be specified for scsi hostdev source")
    for name in ("bus", "target", "unit"):
        if getattr(address, name) is None:
            raise missing_attribute("address", name)


def _iscsi(source: ScsiHostdevSource) -> None:
    if not source.name:
        raise xml_error("missing iSCSI hostdev source path name")
    if "/" not in source.name:
        source.name = f"{source.name}/0"
    if not source.hosts:
        raise xml_error("missing the host address for the iSCSI hostdev")
    for host in source.hosts:
        if host.port is None:
            host.port = _ISCSI_PORT
    if source.auth is not None:
        if source.auth.secret is None:
            raise _storage_error(ErrorNumber.XML_ERROR, "Missing <secret> element in auth")
        check_secret(source.auth.secret)
        if source.auth.secret.type not in (None, "iscsi"):
            raise internal(f"hostdev invalid secret type '{source.auth.secret.type}'")


def _scsi_host(source: ScsiHostHostdevSource) -> None:
    if source.protocol is None:
        raise xml_error("Missing scsi_host subsystem protocol")
    if source.protocol == "none":
        raise unsupported("Unknown scsi_host subsystem protocol 'none'")
    if source.wwpn is None:
        raise xml_error("missing vhost-scsi hostdev source wwpn")
    if _WWPN.fullmatch(source.wwpn) is None:
        raise xml_error("malformed 'wwpn' value")


def _mdev(device: Hostdev, source: MdevHostdevSource) -> None:
    if device.model is None:
        raise missing_attribute("hostdev", "model")
    if source.address is None:
        raise unsupported("Missing <address> element")
    if source.address.uuid is None:
        raise unsupported("Missing 'uuid' attribute for element <address>")
    if device.address is not None:
        _mdev_address(device, device.address.type)


_MDEV_ADDRESSES: Final = {"vfio-pci": ("pci", "unassigned"), "vfio-ccw": ("ccw",)}


def _mdev_address(item: Hostdev, kind: str) -> None:
    wanted = _MDEV_ADDRESSES.get(item.model or "")
    if wanted is not None and kind not in wanted:
        raise xml_error(f"Unsupported address type '{kind}' with mediated device model '{item.model}'")


def filesystems(devices: Devices) -> None:
    """Shares have a source and a name in the guest."""
    for share in devices.filesystems:
        filesystem(share)


def filesystem(share: Filesystem) -> None:
    """Complete one share."""
    share.type = share.type or "mount"
    if share.source is None or share.source.socket is None:
        share.accessmode = share.accessmode or "passthrough"
    share.space_hard_limit = share.space_hard_limit or None
    share.space_soft_limit = share.space_soft_limit or None
    if share.multidevs == "default":
        share.multidevs = None
    source = share.source
    place = None
    if source is not None:
        place = source.dir or source.file or source.dev or source.name or source.socket or source.volume
        place = place or (str(source.usage) if source.usage is not None else None)
    if place is None and share.type not in ("ram", "volume"):
        raise error(ErrorNumber.NO_SOURCE, share.target)
    if not share.target and (share.driver is None or share.driver.type != "virtiofs" or not place):
        raise error(ErrorNumber.NO_TARGET, place)
    driver = share.driver
    if driver is not None and driver.type in (None, "path", "handle"):
        driver.format_ = None


def leases(devices: Devices) -> None:
    """Leases name what they are about, and where."""
    for lease in devices.leases:
        if not lease.key:
            raise xml_error("Missing 'key' element for lease")
        if lease.target is None:
            raise xml_error("Missing 'target' element for lease")
        if not lease.target.path:
            raise missing_attribute("target", "path")
        lease.target.offset = lease.target.offset or None
