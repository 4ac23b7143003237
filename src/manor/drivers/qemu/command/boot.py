# SPDX-License-Identifier: Apache-2.0
"""The boot order of devices, from either way a document can give it."""

from __future__ import annotations

from manor.schema.common.address import Device
from manor.schema.domain import Domain

_DISK_KINDS = {"disk": "hd", "lun": "hd", "cdrom": "cdrom", "floppy": "fd"}


def boot_order(document: Domain) -> dict[int, int]:
    """Place in the boot order by identity of the device object.

    Devices have their own `<boot order=…>`; or `<os><boot dev=…/>` names kinds, each meaning the first of its kind.
    """
    if document.devices is None:
        return {}
    own = {
        id(device): device.boot.order
        for device in document.devices.walk(Device)
        if device.boot is not None and device.boot.order
    }
    kinds: dict[str, int] = {
        kind: place for place, kind in enumerate(document.os.boots if document.os is not None else (), 1)
    }
    if own or not kinds:
        return own
    order: dict[int, int] = {}
    for disk in document.devices.disks:
        place = kinds.pop(_DISK_KINDS.get(disk.device or "disk", "hd"), None)
        if place is not None:
            order[id(disk)] = place
    first = next(iter(document.devices.interfaces), None)
    if first is not None and "network" in kinds:
        order[id(first)] = kinds["network"]
    return order
