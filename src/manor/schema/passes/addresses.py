# SPDX-License-Identifier: Apache-2.0
"""Addresses as they are read: the zeros of those given in part, what lies out of bounds, aliases, option ROMs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import (
    Address,
    CcidAddress,
    CcwAddress,
    Device,
    DriveAddress,
    PciAddress,
    PciFields,
    UsbAddress,
    VirtioSerialAddress,
)
from manor.schema.domain.devices import Devices
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.passes.order import iterate
from manor.schema.passes.report import internal, unsupported

_plain_error = reporter(ErrorDomain.NONE)
_device_error = reporter(ErrorDomain.DEVICE)

_USER_ALIAS: Final = re.compile(r"ua-[a-zA-Z0-9_-]*")
_LAST_BUS, _LAST_SLOT, _LAST_FUNCTION = 0xFF, 0x1F, 7
_CSSID, _LAST_SSID = 0xFE, 3
_LOADPARM: Final = re.compile(r"[A-Z0-9. ]*")
_LONGEST_LOADPARM: Final = 8


def device_information(devices: Devices) -> None:
    """Complete and check what every device may carry."""
    aliases: set[str] = set()
    for device in iterate(devices):
        address = device.address
        if address is not None:
            rule = _RULES.get(address.__class__)
            if rule is not None:
                device.address = rule(address)
        alias = device.alias
        if alias is not None:
            if alias.name is None or _USER_ALIAS.fullmatch(alias.name) is None:
                device.alias = None
            elif alias.name in aliases:
                raise unsupported(f"non unique alias detected: {alias.name}")
            else:
                aliases.add(alias.name)
        if device.boot is not None and device.boot.loadparm is not None:
            device.boot.loadparm = loadparm(device.boot.loadparm)
        if device.rom is not None:
            _rom(device)


def _rom(device: Device) -> None:
    rom = device.rom
    if rom is None:
        return
    if not isinstance(device, Interface | Hostdev):
        device.rom = None
    elif rom.enabled is False and (rom.bar is not None or rom.file is not None):
        raise unsupported("ROM tuning is not supported when ROM is disabled")


def loadparm(value: str) -> str:
    """The boot parameter of an s390 guest, in capitals."""
    value = value.upper()
    if not 1 <= len(value) <= _LONGEST_LOADPARM:
        raise internal(f"loadparm value '{value}' must be between 1 and 8 characters")
    if _LOADPARM.fullmatch(value) is None:
        text = f"invalid loadparm value '{value}', expecting chars in set of [a-zA-Z0-9.] and blank spaces"
        raise internal(text)
    return value


def _fill(address: Address, *parts: str) -> None:
    """A part that is not given is 0."""
    for part in parts:
        if getattr(address, part) is None:
            setattr(address, part, 0)


def check_pci(address: PciFields) -> None:
    """The numbers of a PCI address are within bounds."""
    if (address.bus or 0) > _LAST_BUS:
        raise _plain_error(ErrorNumber.XML_ERROR, f"Invalid PCI address bus='0x{address.bus:X}', must be <= 0xFF")
    if (address.slot or 0) > _LAST_SLOT:
        raise _plain_error(ErrorNumber.XML_ERROR, f"Invalid PCI address slot='0x{address.slot:X}', must be <= 0x1F")
    if (address.function or 0) > _LAST_FUNCTION:
        text = f"Invalid PCI address function=0x{address.function:x}, must be <= 7"
        raise _plain_error(ErrorNumber.XML_ERROR, text)


def _pci(address: Any) -> Address:
    check_pci(address)
    if address.domain or address.bus or address.slot or address.function:
        _fill(address, "domain", "bus", "slot", "function")
    else:
        # All zero is no place but a wish for any.
        address.domain = address.bus = address.slot = address.function = None
    return address  # type: ignore[no-any-return]


def _drive(address: Any) -> Address:
    _fill(address, "controller", "bus", "target", "unit")
    return address  # type: ignore[no-any-return]


def _serial(address: Any) -> Address:
    _fill(address, "controller", "bus", "port")
    return address  # type: ignore[no-any-return]


def _ccid(address: Any) -> Address:
    _fill(address, "controller", "slot")
    return address  # type: ignore[no-any-return]


def _usb(address: Any) -> Address:
    _fill(address, "bus")
    return address  # type: ignore[no-any-return]


def _ccw(address: Any) -> Address:
    parts = (address.cssid, address.ssid, address.devno)
    given = sum(part is not None for part in parts)
    if given not in (0, len(parts)):
        raise _device_error(ErrorNumber.INTERNAL_ERROR, "Invalid partial specification for virtio ccw address")
    if given and (address.cssid > _CSSID or address.ssid > _LAST_SSID):
        place = f"cssid='0x{address.cssid:x}' ssid='0x{address.ssid:x}' devno='0x{address.devno:04x}'"
        raise _device_error(ErrorNumber.INTERNAL_ERROR, f"Invalid specification for virtio ccw address: {place}")
    return address  # type: ignore[no-any-return]


_RULES: Final[dict[type[Address], Callable[[Any], Address]]] = {
    PciAddress: _pci,
    DriveAddress: _drive,
    VirtioSerialAddress: _serial,
    CcidAddress: _ccid,
    UsbAddress: _usb,
    CcwAddress: _ccw,
}
