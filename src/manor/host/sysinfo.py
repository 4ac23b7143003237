# SPDX-License-Identifier: Apache-2.0
"""The SMBIOS document of the host (virConnectGetSysinfo)."""

from __future__ import annotations

from collections.abc import Iterable

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.domain.os import (
    Sysinfo,
    SysinfoBaseBoard,
    SysinfoBios,
    SysinfoChassis,
    SysinfoEntry,
    SysinfoMemory,
    SysinfoOemStrings,
    SysinfoProcessor,
    SysinfoSystem,
)
from manor.system.sysinfo import Section

_error = reporter(ErrorDomain.QEMU)


def document(sections: Iterable[Section]) -> str:
    """The document of what the firmware says; raises CONFIG_UNSUPPORTED when it says nothing."""
    result = Sysinfo(type="smbios")
    empty = True
    for section in sections:
        empty = False
        _add(result, section)
    if empty:
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, "Host SMBIOS information is not available")
    return result.format()


def _add(result: Sysinfo, section: Section) -> None:
    entries = [SysinfoEntry(name=name or None, value=value) for name, value in section.entries]
    match section.tag:
        case "bios":
            result.bios = SysinfoBios(entries=entries)
        case "system":
            result.system = SysinfoSystem(entries=entries)
        case "baseBoard":
            result.base_boards.append(SysinfoBaseBoard(entries=entries))
        case "chassis":
            result.chassis = SysinfoChassis(entries=entries)
        case "processor":
            result.processors.append(SysinfoProcessor(entries=entries))
        case "memory_device":
            result.memory_devices.append(SysinfoMemory(entries=entries))
        case "oemStrings":
            result.oem_strings = SysinfoOemStrings(entries=entries)
