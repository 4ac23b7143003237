# SPDX-License-Identifier: Apache-2.0
"""The documents and flags of the storage scenarios."""

from __future__ import annotations

from typing import Any

UUID = "5f0f0f2c-6f6e-4b58-8e4e-0000000000{:02d}"
UNKNOWN = b"\x11" * 16
MIB = 1 << 20

VALIDATE_POOL = 1
INACTIVE_XML = 1
BUILD, BUILD_OVERWRITE, BUILD_NO_OVERWRITE = 1, 2, 4
"""Of virStoragePoolCreate; those of virStoragePoolBuild are the next two."""
NO_OVERWRITE, OVERWRITE = 4, 8
PREALLOCATE, REFLINK, VALIDATE_VOLUME = 1, 2, 4
ALLOCATE, DELTA, SHRINK = 1, 2, 4
PHYSICAL = 1
SPARSE = 1


def pool_xml(r: Any, name: str = "p", number: int = 1, *, path: str | None = None, kind: str = "dir", more: str = "",
             target: str = "") -> str:  # fmt: skip
    """A pool in the scenario's folder."""
    return (
        f"<pool type='{kind}'><name>{name}</name><uuid>{UUID.format(number)}</uuid>{more}"
        f"<target><path>{path or r.path(name)}</path>{target}</target></pool>"
    )


def volume_xml(name: str, capacity: str = "1048576", more: str = "", target: str = "") -> str:
    """A volume."""
    size = f"<capacity>{capacity}</capacity>" if capacity else ""
    return f"<volume><name>{name}</name>{size}{more}<target>{target}</target></volume>"


def formatted(name: str, kind: str, capacity: str = "1048576", more: str = "", target: str = "") -> str:
    """A volume of a format."""
    return volume_xml(name, capacity, more, f"<format type='{kind}'/>{target}")
