# SPDX-License-Identifier: Apache-2.0
"""What the host prepared for a run: the third input of command building, beside the document and the capabilities.

Preparing a device (`prepare`) does the host part and leaves its result here; building the command line reads it and
touches nothing. domxml-to-native describes a guest nobody prepared, from a plan made by `described`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from manor.drivers.qemu.paths import DriverPaths, GuestPaths


@dataclass(frozen=True, slots=True)
class SecretObject:
    """A secret for QEMU: ciphertext under the guest's master key, both base64 (QEMU: `-object secret`)."""

    alias: str
    data: str
    iv: str


@dataclass(slots=True)
class LaunchPlan:
    """Host-side results by device alias.

    `fds` maps (alias, role) to inherited descriptors; roles are those of the command builder: "tap", "vhost",
    "vhostvdpa", "chardev", "log", "vhost-vsock", "passt". `monitor_fd` is the listening monitor socket, None to let
    QEMU create the path itself. `pass_fds` is everything QEMU inherits. `incoming` starts QEMU waiting for a saved or
    migrated state. `ports` are TCP ports taken for the run.
    """

    paths: GuestPaths
    driver_paths: DriverPaths
    domain_id: int = -1
    monitor_fd: int | None = None
    fds: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    secrets: dict[str, SecretObject] = field(default_factory=dict)
    incoming: str | None = None
    ports: list[int] = field(default_factory=list)
    described: bool = False

    def descriptors(self, alias: str, role: str) -> Sequence[int]:
        """The descriptors prepared for one end of a device; empty where it needs none."""
        return self.fds.get((alias, role), ())

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
