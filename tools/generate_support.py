# SPDX-License-Identifier: Apache-2.0
"""Write docs/support.md: which functions of libvirt's API each driver serves, read off the drivers' classes.

Run it with the project's interpreter after a driver gained or lost an operation; a test compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from manor.drivers.interface.driver import FAMILIES, operations
from manor.drivers.qemu.driver import FAMILIES as QEMU
from manor.drivers.test.provider import FAMILIES as TEST

TARGET = Path(__file__).resolve().parent.parent / "docs" / "support.md"

DRIVERS: dict[str, Mapping[str, type]] = {"QEMU": QEMU, "test": TEST}

TITLES = {
    "host": "Connection and host",
    "domain": "Domains, snapshots, checkpoints",
    "network": "Networks",
    "storage": "Storage pools and volumes",
    "node_device": "Node devices",
    "interface": "Host interfaces",
    "nwfilter": "Network filters",
    "secret": "Secrets",
}

INTRO = """\
# What is supported

<!-- Written by tools/generate_support.py from the drivers' classes; do not edit by hand. -->

Every function of libvirt's API exists in every face of manor. A driver that does not serve one answers
`VIR_ERR_NO_SUPPORT`, "this function is not supported by the connection driver". The remote driver passes everything on;
what is served is then up to the daemon at the other end.

"""


def function_of(family: str, operation: str) -> str:
    """The C API function an operation stands for."""
    declared = getattr(FAMILIES[family], operation).__doc__ or ""
    return declared.partition(".")[0]


def serves(families: Mapping[str, type], family: str, operation: str) -> bool:
    """Whether a driver serves an operation, by itself or as a short form of one it serves."""
    member: Callable[..., Any] = getattr(families.get(family, FAMILIES[family]), operation)
    if not member.__module__.startswith("manor.drivers.interface"):
        return True
    names = member.__code__.co_names
    if "unsupported" in names:
        return False
    return all(serves(families, family, name) for name in names if operations().get(name) == family)


def document() -> str:
    """The page."""
    parts = [INTRO]
    for family, title in TITLES.items():
        known = sorted({(function_of(family, name), name) for name, owner in operations().items() if owner == family})
        rows = [(function, [serves(each, family, name) for each in DRIVERS.values()]) for function, name in known]
        served = [sum(row[1][column] for row in rows) for column in range(len(DRIVERS))]
        counts = ", ".join(f"{name} {count}" for name, count in zip(DRIVERS, served, strict=True))
        parts.append(f"## {title}\n\n{len(rows)} functions: {counts}.\n\n")
        parts.append(f"| function | {' | '.join(DRIVERS)} |\n|---|{'---|' * len(DRIVERS)}\n")
        parts += [f"| {function} | {' | '.join('yes' if one else '–' for one in each)} |\n" for function, each in rows]
        parts.append("\n")
    return "".join(parts).rstrip("\n") + "\n"


if __name__ == "__main__":
    TARGET.write_text(document())
