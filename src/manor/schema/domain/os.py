# SPDX-License-Identifier: Apache-2.0
"""How a guest boots: <os>, <bootloader>, and the SMBIOS and firmware tables of <sysinfo>."""

from __future__ import annotations

from typing import Final, Literal

from manor.schema.common.storage import StorageSource
from manor.schema.core import Element, attr, child, children, codec, many, one, text, unsupported, xml_error

Architecture = Literal[
    "aarch64",
    "alpha",
    "armv6l",
    "armv7l",
    "armv7b",
    "cris",
    "i686",
    "ia64",
    "lm32",
    "m68k",
    "microblaze",
    "microblazeel",
    "mips",
    "mipsel",
    "mips64",
    "mips64el",
    "openrisc",
    "parisc",
    "parisc64",
    "ppc",
    "ppc64",
    "ppc64le",
    "ppcemb",
    "riscv32",
    "riscv64",
    "s390",
    "s390x",
    "sh4",
    "sh4eb",
    "sparc",
    "sparc64",
    "unicore32",
    "x86_64",
    "xtensa",
    "xtensaeb",
]

X86: Final = frozenset({"x86_64", "i686"})
S390: Final = frozenset({"s390x", "s390"})

BootDevice = Literal["fd", "hd", "cdrom", "network"]


class OsType(Element, tag="type"):
    """What kind of system runs (hvm, exe …), on which architecture and machine type."""

    arch: Architecture | None = attr(blank=True, error=unsupported("Unknown architecture {value}"))
    machine: str | None = attr()
    value: Literal["hvm", "xen", "linux", "exe", "uml", "xenpvh"] | None = text(
        error=unsupported("unknown OS type '{value}'")
    )


class FirmwareFeature(Element, tag="feature"):
    """A feature the automatically chosen firmware must or must not have."""

    enabled: bool | None = attr()
    name: Literal["enrolled-keys", "secure-boot"] | None = attr()


class Firmware(Element, tag="firmware"):
    """What is asked of the automatically chosen firmware."""

    features: list[FirmwareFeature] = many()


class Loader(Element, tag="loader"):
    """The firmware image."""

    readonly: bool | None = attr()
    secure: bool | None = attr()
    type: Literal["rom", "pflash", "none"] | None = attr()
    stateless: bool | None = attr(since=(8, 6))
    value: str | None = text()


class Nvram(Element, tag="nvram"):
    """The firmware's variable store: a path, or with `type` a storage source."""

    template: str | None = attr()
    type: Literal["file", "block", "dir", "network", "volume", "nvme", "vhostuser"] | None = attr(since=(8, 5))
    value: str | None = text()
    source: StorageSource | None = one()


class BootMenu(Element, tag="bootmenu"):
    """The firmware's boot menu; `timeout` in milliseconds."""

    enable: bool | None = attr()
    timeout: int | None = attr()


class Bios(Element, tag="bios"):
    """Options of the BIOS; `reboot_timeout` in milliseconds, -1 for never."""

    useserial: bool | None = attr(lenient=True)
    reboot_timeout: int | None = attr("rebootTimeout", codec=codec.signed)


class AcpiTable(Element, tag="table"):
    """The file of an ACPI table given to the guest."""

    type: Literal["slic"] | None = attr(error=xml_error("Unknown acpi table type: {value}"))
    value: str | None = text()


class OsAcpi(Element, tag="acpi"):
    """ACPI tables given to the guest."""

    tables: list[AcpiTable] = many()


class InitEnvironment(Element, tag="initenv"):
    """A variable of a container's first process."""

    name: str | None = attr()
    value: str | None = text()


class Os(Element, tag="os"):
    """What is started, and how: firmware, boot order, kernel, or the first process of a container."""

    firmware_type: Literal["bios", "efi"] | None = attr(
        "firmware", blank=True, error=xml_error("unknown firmware value {value}")
    )
    type: OsType | None = one()
    firmware: Firmware | None = one()
    init: str | None = child()
    initargs: list[str] = children("initarg")
    initenvs: list[InitEnvironment] = many()
    initdir: str | None = child()
    inituser: str | None = child()
    initgroup: str | None = child()
    loader: Loader | None = one()
    nvram: Nvram | None = one()
    kernel: str | None = child()
    initrd: str | None = child()
    cmdline: str | None = child()
    dtb: str | None = child()
    root: str | None = child()
    acpi: OsAcpi | None = one()
    boots: list[BootDevice] = children("boot", at="dev", needed=True)
    bootmenu: BootMenu | None = one()
    bios: Bios | None = one()
    smbios: Literal["emulate", "host", "sysinfo"] | None = child(
        at="mode", blank=True, error=unsupported("unknown smbios mode '{value}'")
    )


class SysinfoEntry(Element, tag="entry"):
    """One value; for fw_cfg, `file` names a file that holds it."""

    name: str | None = attr()
    file: str | None = attr()
    value: str | None = text()


class SysinfoBios(Element, tag="bios"):
    """SMBIOS type 0."""

    entries: list[SysinfoEntry] = many()


class SysinfoSystem(Element, tag="system"):
    """SMBIOS type 1."""

    entries: list[SysinfoEntry] = many()


class SysinfoBaseBoard(Element, tag="baseBoard"):
    """SMBIOS type 2."""

    entries: list[SysinfoEntry] = many()


class SysinfoChassis(Element, tag="chassis"):
    """SMBIOS type 3."""

    entries: list[SysinfoEntry] = many()


class SysinfoProcessor(Element, tag="processor"):
    """SMBIOS type 4; only in what a host reports."""

    entries: list[SysinfoEntry] = many()


class SysinfoMemory(Element, tag="memory_device"):
    """SMBIOS type 17; only in what a host reports."""

    entries: list[SysinfoEntry] = many()


class SysinfoOemStrings(Element, tag="oemStrings"):
    """SMBIOS type 11."""

    entries: list[SysinfoEntry] = many()


class Sysinfo(Element, tag="sysinfo", keep_empty=True):
    """What the guest reads of its machine: SMBIOS tables, or fw_cfg entries."""

    type: Literal["smbios", "fwcfg"] | None = attr(required=True)
    bios: SysinfoBios | None = one()
    system: SysinfoSystem | None = one()
    base_boards: list[SysinfoBaseBoard] = many()
    chassis: SysinfoChassis | None = one()
    processors: list[SysinfoProcessor] = many()
    memory_devices: list[SysinfoMemory] = many()
    oem_strings: SysinfoOemStrings | None = one()
    entries: list[SysinfoEntry] = many()
