# SPDX-License-Identifier: Apache-2.0
"""Guests that are a boot sector: 16-bit code that touches the hardware an event comes from, and then sleeps."""

from __future__ import annotations

import struct
from typing import Final

_SLEEP: Final = bytes.fromhex("f4 ebfd")
"""hlt, and again."""


def _out(port: int, value: int) -> bytes:
    """Write a byte to a port."""
    return b"\xba" + port.to_bytes(2, "little") + b"\xb0" + bytes([value]) + b"\xee"


def _sector(code: bytes) -> bytes:
    """A disk that the BIOS boots and that runs the code."""
    return (code + _SLEEP).ljust(510, b"\0") + b"\x55\xaa"


def _unreadable() -> bytes:
    """A qcow2 image whose only cluster says that it is compressed, and is not."""
    cluster = 1 << 16
    header = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 2, 0, 0, 16, cluster, 0, 1, 3 * cluster, cluster, 1, 0, 0)
    table = struct.pack(">Q", 2 * cluster)
    references = struct.pack(">6H", *[1] * 6)
    first_level = struct.pack(">Q", 1 << 63 | 4 * cluster)
    second_level = struct.pack(">Q", 1 << 62 | 5 * cluster)
    metadata = (header, table, references, first_level, second_level)
    return b"".join(part.ljust(cluster, b"\0") for part in metadata) + b"\xff" * 512


IMAGES: Final[dict[str, bytes]] = {
    # The last of the ib700's sixteen times is none at all.
    "watchdog.img": _sector(_out(0x443, 0x0F)),
    "panic.img": _sector(_out(0x505, 0x01)),
    "clock.img": _sector(_out(0x70, 0x04) + _out(0x71, 0x05)),
    "reset.img": _sector(_out(0x64, 0xFE)),
    "bad.qcow2": _unreadable(),
}


def _guest(name: str, image: str, devices: str = "", events: str = "", *, driver: str = "type='raw'") -> str:
    return f"""\
<domain type='qemu'><name>{name}</name><uuid>8fe63bd7-8925-4400-8218-7191890ac31b</uuid><memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>{events}<devices>
<disk type='file'><driver name='qemu' {driver}/><source file='DIR/{image}'/><target dev='hda' bus='ide'/></disk>
{devices}<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>"""


WATCHDOG_ACTIONS: Final = ("none", "pause", "inject-nmi")
ERROR_POLICIES: Final = ("stop", "report", "ignore")


def _watchdog(action: str) -> str:
    return _guest(f"watchdog-{action}", "watchdog.img", f"<watchdog model='ib700' action='{action}'/>")


DOCUMENTS: Final[dict[str, str]] = {
    **{f"watchdog-{action}.xml": _watchdog(action) for action in (*WATCHDOG_ACTIONS, "poweroff")},
    "panic.xml": _guest("panic", "panic.img", "<panic model='isa'/>"),
    "clock.xml": _guest("c", "clock.img"),
    "reset.xml": _guest("reset", "reset.img", events="<on_reboot>destroy</on_reboot>"),
    **{
        f"bad-{policy}.xml": _guest("b", "bad.qcow2", driver=f"type='qcow2' error_policy='{policy}'")
        for policy in ERROR_POLICIES
    },
}
