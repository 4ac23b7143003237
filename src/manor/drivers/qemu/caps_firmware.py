# SPDX-License-Identifier: Apache-2.0
"""Firmware images as their packages describe them, for choosing one and for listing them.

Descriptors are JSON files; of files with the same name the one in the later directory counts, and an empty
one hides those before it. (QEMU: docs/interop/firmware.json)
"""

from __future__ import annotations

import fnmatch
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from manor.drivers.qemu.caps import TARGET_OF_ARCH

_log = logging.getLogger(__name__)

DEFAULT_LOADERS: Final = (
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/OVMF/OVMF_CODE.secboot.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"),
    ("/usr/share/AAVMF/AAVMF32_CODE.fd", "/usr/share/AAVMF/AAVMF32_VARS.fd"),
)
"""Images and their variable templates where no descriptor fits a guest: libvirt's list."""

_SIZE_LIMIT: Final = 1024 * 1024


class FirmwareFile(msgspec.Struct, frozen=True):
    """An image file and its format."""

    filename: str
    format: str = "raw"


class FirmwareMapping(msgspec.Struct, frozen=True, rename="kebab"):
    """How an image gets into a guest: ``flash`` with an executable, ``memory`` or ``kernel`` with a file."""

    device: str
    mode: str = "split"
    executable: FirmwareFile | None = None
    nvram_template: FirmwareFile | None = None
    filename: str | None = None

    @property
    def image(self) -> str | None:
        """The path of what is executed."""
        return self.executable.filename if self.executable is not None else self.filename


class FirmwareTarget(msgspec.Struct, frozen=True):
    """Guests an image is for: QEMU's target name and patterns of canonical machine types."""

    architecture: str
    machines: tuple[str, ...]

    def fits(self, target: str, machine: str) -> bool:
        """Whether a guest of this QEMU target and canonical machine type is one of them."""
        return self.architecture == target and any(fnmatch.fnmatchcase(machine, p) for p in self.machines)


class Firmware(msgspec.Struct, frozen=True, rename="kebab"):
    """One descriptor; features by QEMU's names (``secure-boot``, ``requires-smm``, ``enrolled-keys``…)."""

    interface_types: tuple[str, ...]
    mapping: FirmwareMapping
    targets: tuple[FirmwareTarget, ...]
    features: frozenset[str]
    description: str = ""
    tags: tuple[str, ...] = ()

    def fits(self, arch: str, machine: str) -> bool:
        """Whether it is for guests of this architecture (libvirt's name) and canonical machine type."""
        target = TARGET_OF_ARCH.get(arch, arch)
        return any(entry.fits(target, machine) for entry in self.targets)


def directories() -> list[Path]:
    """Where descriptors are: the distribution's, the administrator's, and an ordinary user's own."""
    found = [Path("/usr/share/qemu/firmware"), Path("/etc/qemu/firmware")]
    if os.geteuid() != 0:
        config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        found.append(Path(config) / "qemu/firmware")
    return found


def read_descriptors(places: Iterable[Path] | None = None) -> list[Firmware]:
    """All descriptors in the order of their file names, which is the order of preference.

    A descriptor that cannot be read or understood is logged and left out.
    """
    files: dict[str, Path] = {}
    for place in directories() if places is None else places:
        files.update((path.name, path) for path in place.glob("*.json") if not path.name.startswith("."))
    return [firmware for name in sorted(files) if (firmware := _read(files[name])) is not None]


def fitting(descriptors: Sequence[Firmware], arch: str, machine: str) -> list[Firmware]:
    """The descriptors for guests of this architecture and canonical machine type."""
    return [firmware for firmware in descriptors if firmware.fits(arch, machine)]


def _read(path: Path) -> Firmware | None:
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise ValueError(f"larger than {_SIZE_LIMIT} bytes")
        data = path.read_bytes()
        return msgspec.json.decode(data, type=Firmware) if data else None
    except (OSError, ValueError) as exc:
        _log.warning("firmware descriptor %s is left out: %s", path, exc)
        return None
