# SPDX-License-Identifier: Apache-2.0
"""SMBIOS: what the host's firmware says about the machine, under libvirt's names.

The source is dmidecode where it is installed and may read the tables, else what the kernel shows of them.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

import msgspec

from manor.system.sysfs import Tree

#: The SMBIOS structures asked for: BIOS, system, board, chassis, processor, OEM strings, memory device.
DMIDECODE: Final = ("dmidecode", "-q", "-t", "0,1,2,3,4,11,17")

#: Seconds until dmidecode is given up; reading the tables takes milliseconds.
_DEADLINE: Final = 10


class Section(msgspec.Struct, frozen=True):
    """One SMBIOS structure: libvirt's element name, and its entries in libvirt's order.

    The entries of ``oemStrings`` have empty names.
    """

    tag: str
    entries: tuple[tuple[str, str], ...]


#: dmidecode's section titles: libvirt's element, and its entries by dmidecode's field names.
_SECTIONS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "BIOS Information": (
        "bios",
        {
            "vendor": "Vendor",
            "version": "Version",
            "date": "Release Date",
            "release": "BIOS Revision",
        },
    ),
    "System Information": (
        "system",
        {
            "manufacturer": "Manufacturer",
            "product": "Product Name",
            "version": "Version",
            "serial": "Serial Number",
            "uuid": "UUID",
            "sku": "SKU Number",
            "family": "Family",
        },
    ),
    "Base Board Information": (
        "baseBoard",
        {
            "manufacturer": "Manufacturer",
            "product": "Product Name",
            "version": "Version",
            "serial": "Serial Number",
            "asset": "Asset Tag",
            "location": "Location In Chassis",
        },
    ),
    "Chassis Information": (
        "chassis",
        {
            "manufacturer": "Manufacturer",
            "version": "Version",
            "serial": "Serial Number",
            "asset": "Asset Tag",
            "sku": "SKU Number",
        },
    ),
    "Processor Information": (
        "processor",
        {
            "socket_destination": "Socket Designation",
            "type": "Type",
            "family": "Family",
            "manufacturer": "Manufacturer",
            "signature": "Signature",
            "version": "Version",
            "external_clock": "External Clock",
            "max_speed": "Max Speed",
            "status": "Status",
            "serial_number": "Serial Number",
            "part_number": "Part Number",
        },
    ),
    "Memory Device": (
        "memory_device",
        {
            "size": "Size",
            "form_factor": "Form Factor",
            "locator": "Locator",
            "bank_locator": "Bank Locator",
            "type": "Type",
            "type_detail": "Type Detail",
            "speed": "Speed",
            "manufacturer": "Manufacturer",
            "serial_number": "Serial Number",
            "part_number": "Part Number",
        },
    ),
}

_ORDER: Final = ("bios", "system", "baseBoard", "chassis", "processor", "memory_device", "oemStrings")

#: The kernel's files below /sys/class/dmi/id, for machines without dmidecode.
_SYSFS: Final[dict[str, dict[str, str]]] = {
    "bios": {
        "vendor": "bios_vendor",
        "version": "bios_version",
        "date": "bios_date",
        "release": "bios_release",
    },
    "system": {
        "manufacturer": "sys_vendor",
        "product": "product_name",
        "version": "product_version",
        "serial": "product_serial",
        "uuid": "product_uuid",
        "sku": "product_sku",
        "family": "product_family",
    },
    "baseBoard": {
        "manufacturer": "board_vendor",
        "product": "board_name",
        "version": "board_version",
        "serial": "board_serial",
        "asset": "board_asset_tag",
    },
    "chassis": {
        "manufacturer": "chassis_vendor",
        "version": "chassis_version",
        "serial": "chassis_serial",
        "asset": "chassis_asset_tag",
    },
}


def read(tree: Tree) -> list[Section]:
    """The host's SMBIOS structures; empty where it has none.  Runs dmidecode, so may take milliseconds."""
    return parse_dmidecode(_run_dmidecode()) or from_sysfs(tree)


def _run_dmidecode() -> str:
    program = shutil.which(DMIDECODE[0], path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        return ""
    try:
        result = subprocess.run(
            [program, *DMIDECODE[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_DEADLINE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout


def parse_dmidecode(text: str) -> list[Section]:
    """The structures in what ``dmidecode -q`` prints."""
    found = [section for block in text.split("\n\n") for section in _parse_block(block.splitlines())]
    return sorted(found, key=lambda section: _ORDER.index(section.tag))


def _parse_block(lines: list[str]) -> Iterator[Section]:
    lines = [line for line in lines if line.strip()]
    if not lines:
        return
    title, fields = lines[0], dict(_fields(lines[1:]))
    if title == "OEM Strings":
        strings = tuple(("", value) for name, value in fields.items() if name.startswith("String "))
        entries = strings
        tag = "oemStrings"
    elif title in _SECTIONS:
        tag, names = _SECTIONS[title]
        entries = tuple((entry, fields[name]) for entry, name in names.items() if fields.get(name))
    else:
        return
    empty_slot = fields.get("Size") == "No Module Installed"
    if entries and not empty_slot:
        yield Section(tag, entries)


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The ``Name: value`` lines of a block; deeper ones belong to lists nobody asks for."""
    for line in lines:
        name, colon, value = line.partition(": ")
        if colon and line.startswith("\t") and not line.startswith("\t\t"):
            yield name.strip(), value.rstrip()


def from_sysfs(tree: Tree) -> list[Section]:
    """The structures as far as the kernel shows them (serial numbers only to root)."""
    found = []
    for tag, names in _SYSFS.items():
        values = ((entry, (tree.text(f"sys/class/dmi/id/{file}") or "").strip()) for entry, file in names.items())
        if entries := tuple((entry, value) for entry, value in values if value):
            found.append(Section(tag, entries))
    return found
