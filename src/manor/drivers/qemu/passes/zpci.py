# SPDX-License-Identifier: Apache-2.0
"""Identifiers of PCI devices of s390 guests: each has a number of its own and one of its function."""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.passes.context import Context, Purpose, unsupported, xml_error
from manor.schema.common.address import Device, PciAddress, Zpci
from manor.schema.domain.controller import Controller
from manor.schema.passes.order import iterate

_LAST_UID: Final = 0xFFFF


def assign(context: Context) -> None:
    """Give every PCI device identifiers. Raises VIR_ERR_XML_ERROR for those that are out of range or used twice."""
    without = {id(controller) for controller in context.added} if context.purpose is not Purpose.START else None
    addresses = [
        device.address
        for device in iterate(context.devices)
        if isinstance(device.address, PciAddress) and not _is_bus(device, without)
    ]
    if not context.board.is_s390:
        if any(address.zpci is not None for address in addresses):
            raise unsupported("This QEMU binary doesn't support zPCI")
        return
    given = [address.zpci for address in addresses if address.zpci is not None]
    uids: set[int] = set()
    fids: set[int] = set()
    for item in given:
        if item.uid is not None:
            if not 0 < item.uid <= _LAST_UID:
                raise xml_error(f"Invalid PCI address uid='0x{item.uid:04x}', must be > 0x0000 and <= 0xffff")
            _take(uids, item.uid, "uid", 4)
        if item.fid is not None:
            _take(fids, item.fid, "fid", 8)
    for item in given:
        _complete(item, uids, fids)
    for address in addresses:
        if address.zpci is None:
            address.zpci = Zpci()
            _complete(address.zpci, uids, fids)


def _is_bus(device: Device, without: set[int] | None) -> bool:
    """Whether a device is a bus that was added for others, which has no identifiers."""
    if not isinstance(device, Controller) or device.type != "pci":
        return False
    return id(device) in without if without is not None else device.address is not None


def _take(used: set[int], number: int, name: str, digits: int) -> None:
    if number in used:
        raise xml_error(f"zPCI {name} 0x{number:0{digits}x} is already reserved")
    used.add(number)


def _complete(item: Zpci, uids: set[int], fids: set[int]) -> None:
    if item.uid is None:
        item.uid = _next(uids, 1)
    if item.fid is None:
        item.fid = _next(fids, 0)


def _next(used: set[int], first: int) -> int:
    number = first
    while number in used:
        number += 1
    used.add(number)
    return number
