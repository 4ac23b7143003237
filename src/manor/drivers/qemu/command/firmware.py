# SPDX-License-Identifier: Apache-2.0
"""What the firmware finds: SMBIOS strings, fw_cfg blobs, the generation id, the place of crash notes."""

from __future__ import annotations

from manor.drivers.qemu.command.line import Build, escape
from manor.schema.domain.os import Sysinfo, SysinfoEntry


def smbios(build: Build) -> None:
    """SMBIOS strings of the document."""
    os = build.document.os
    if os is None or os.smbios != "sysinfo":
        return
    for info in build.document.sysinfos:
        if info.type == "smbios":
            _smbios(build, info)


def _smbios(build: Build, info: Sysinfo) -> None:
    tables = [(0, info.bios), (1, info.system), *((2, board) for board in info.base_boards), (3, info.chassis)]
    for kind, table in tables:
        if table is not None:
            build.comma("smbios", [f"type={kind}", *(f"{entry.name}={_value(entry)}" for entry in table.entries)])
    if info.oem_strings is not None:
        build.comma("smbios", ["type=11", *(f"value={_value(entry)}" for entry in info.oem_strings.entries)])


def _value(entry: SysinfoEntry) -> str:
    return escape(entry.value or "")


def fw_cfg(build: Build) -> None:
    """Blobs for the firmware."""
    for info in build.document.sysinfos:
        for entry in info.entries if info.type == "fwcfg" else ():
            value = f"file={escape(entry.file)}" if entry.file else f"string={escape(entry.value or '')}"
            build.option("fw_cfg", f"name={escape(entry.name or '')},{value}")


def generation_id(build: Build) -> None:
    """The id that changes when the guest is a copy or goes back in time."""
    if build.document.genid is not None:
        build.device({"driver": "vmgenid", "guid": build.document.genid.value, "id": "vmgenid0"})


def crash_notes(build: Build) -> None:
    """Where the guest's kernel says how to read its memory after a crash."""
    features = build.document.features
    if features is not None and features.vmcoreinfo:
        build.device({"driver": "vmcoreinfo"})
