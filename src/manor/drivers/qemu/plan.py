# SPDX-License-Identifier: Apache-2.0
"""What the host prepared for a run: the third input of command building, beside the document and the capabilities.

Preparing a device (`prepare`) does the host part and leaves its result here; building the command line reads it and
touches nothing. domxml-to-native describes a guest nobody prepared, from a plan made by `described`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from manor.drivers.qemu.paths import DriverPaths, GuestPaths, short_name
from manor.schema.domain import Domain
from manor.schema.domain.clock import Clock
from manor.schema.domain.devices import Tpm
from manor.schema.domain.document import LaunchSecurity
from manor.schema.domain.filesystem import Filesystem

DEFAULT_HUGEPAGE: Final = 2048
"""The size of huge pages where the host does not say another, KiB."""


class SecretObject(msgspec.Struct, frozen=True):
    """A secret for QEMU: ciphertext under the guest's master key, both base64 (QEMU: `-object secret`)."""

    alias: str
    data: str
    iv: str


def sev_files(paths: GuestPaths, security: LaunchSecurity) -> dict[str, tuple[Path, str | None]]:
    """What the owner of a SEV guest hands over: property of the object to the file it is in, and its content."""
    return {
        "dh-cert-file": (paths.folder / "dh_cert.base64", security.dh_cert),
        "session-file": (paths.folder / "session.base64", security.session),
    }


class LaunchPlan(msgspec.Struct):
    """Host-side results by device alias.

    `fds` maps (alias, role) to inherited descriptors; roles are those of the command builder: "tap", "vhost",
    "vhostvdpa", "chardev", "log", "vhost-vsock", "passt". `monitor_fd` is the listening monitor socket, None to let
    QEMU create the path itself. `pass_fds` is everything QEMU inherits. `incoming` starts QEMU waiting for a saved or
    migrated state. `ports` are TCP ports taken for the run. `scsi_generic` are the device files (/dev/sg*) of SCSI
    host devices, `backend_indexes` the numbers of their block nodes. `memory_folders` are those asked for by building.
    """

    paths: GuestPaths
    driver_paths: DriverPaths
    domain_id: int = -1
    monitor_fd: int | None = None
    fds: dict[tuple[str, str], list[int]] = msgspec.field(default_factory=dict)
    secrets: dict[str, SecretObject] = msgspec.field(default_factory=dict)
    incoming: str | None = None
    ports: list[int] = msgspec.field(default_factory=list)
    no_reboot: bool = False
    hugepage_mounts: dict[int, str] = msgspec.field(default_factory=dict)
    default_page_kib: int = DEFAULT_HUGEPAGE
    scsi_generic: dict[str, str] = msgspec.field(default_factory=dict)
    backend_indexes: dict[str, int] = msgspec.field(default_factory=dict)
    memory_folders: set[Path] = msgspec.field(default_factory=set)
    described: bool = False

    def descriptors(self, alias: str, role: str) -> Sequence[int]:
        """The descriptors prepared for one end of a device; empty where it needs none."""
        return self.fds.get((alias, role), ())

    def clock_base(self, clock: Clock | None) -> str:
        """The start of the guest's clock, as -rtc takes it: utc, localtime, or a date in UTC."""
        if clock is None or clock.offset in (None, "utc"):
            return "utc"
        if clock.offset == "localtime":
            return "localtime"
        now = datetime.now(UTC)
        if clock.offset == "timezone":
            now = now.astimezone(ZoneInfo(clock.timezone or "UTC"))
        elif clock.offset == "absolute":
            now = datetime.fromtimestamp(clock.start or 0, UTC)
        else:
            if clock.basis == "localtime":
                now = now.astimezone()
            now += timedelta(seconds=int(clock.adjustment or 0) if clock.adjustment != "reset" else 0)
        return now.strftime("%Y-%m-%dT%H:%M:%S")

    def memory_path(self, document: Domain, name: str) -> str:
        """The file behind memory of source type "file"."""
        folder = self.driver_paths.memory / short_name(self.domain_id, document.name or "")
        self.memory_folders.add(folder)
        return str(folder / name)

    def hugepage_path(self, document: Domain, size_kib: int | None) -> str:
        """The folder on the hugetlbfs of a page size in KiB; without one, of the host's default size."""
        mount = self.hugepage_mounts.get(size_kib or 0, "/dev/hugepages")
        folder = Path(mount, "libvirt", "qemu", short_name(self.domain_id, document.name or ""))
        self.memory_folders.add(folder)
        return str(folder)

    @property
    def dbus_address(self) -> str:
        """The bus of a graphics display without an address of its own."""
        return f"unix:path={self.paths.folder / 'dbus.sock'}"

    def tpm_chardev(self, tpm: Tpm) -> str:
        """The character device of a TPM emulator: its socket, null in a description of a guest nobody started."""
        if tpm.backend is not None and tpm.backend.type == "external" and tpm.backend.source is not None:
            return f"socket,id=chrtpm,path={tpm.backend.source.path}"
        return "null,id=chrtpm" if self.described else f"socket,id=chrtpm,path={self.paths.folder / 'swtpm.sock'}"

    def fs_socket(self, filesystem: Filesystem) -> Path:
        """The socket of a virtiofs daemon of ours."""
        alias = filesystem.alias.name if filesystem.alias is not None else "fs"
        return self.paths.folder / f"{alias}-fs.sock"

    @property
    def pass_fds(self) -> list[int]:
        """Everything QEMU inherits, in a stable order."""
        monitor = [] if self.monitor_fd is None else [self.monitor_fd]
        return monitor + [fd for fds in self.fds.values() for fd in fds]

    def close_fds(self) -> None:
        """Close our copies once QEMU has its own (or will never start)."""
        for fd in self.pass_fds:
            os.close(fd)
        self.monitor_fd = None
        self.fds.clear()
