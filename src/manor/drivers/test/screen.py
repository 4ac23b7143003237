# SPDX-License-Identifier: Apache-2.0
"""What test domains have on their screens."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from pathlib import Path

_LIBVIRTS_OWN = Path("/usr/share/libvirt/test-screenshot.png")
"""The picture that programs get from libvirt; used where libvirt is installed."""

_WIDTH, _HEIGHT = 640, 480
_SQUARE = 32


@cache
def screenshot() -> bytes:
    """A PNG."""
    try:
        return _LIBVIRTS_OWN.read_bytes()
    except OSError:
        return _checkered()


def _checkered() -> bytes:
    """Grey squares."""
    rows = (
        b"\0" + bytes(0x60 if (x // _SQUARE + y // _SQUARE) % 2 else 0xA0 for x in range(_WIDTH))
        for y in range(_HEIGHT)
    )
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
