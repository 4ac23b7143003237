# SPDX-License-Identifier: Apache-2.0
"""Where the daemon keeps what: below a root of its own, in the host's places, or in the user's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from manor.client.sockets import runtime_folder
from manor.drivers.interface import DriverContext

CONFIGURATION = "manord.toml"


class DaemonPaths(msgspec.Struct, frozen=True):
    """The daemon's folders, all below `root` if there is one. `privileged` tells the host's daemon from a user's."""

    state: Path
    runtime: Path
    logs: Path
    cache: Path
    configuration: Path
    privileged: bool
    root: Path | None = None

    @classmethod
    def choose(cls, root: Path | None) -> DaemonPaths:
        """Below `root` where there is one; else the host's folders for root, XDG's for anybody else."""
        privileged = os.geteuid() == 0
        if root is not None:
            below = DriverContext.below(root, privileged=privileged)
            return cls(below.state, below.runtime, below.logs, below.cache, root / "etc", privileged, root)
        runtime = Path(runtime_folder(session=not privileged), "manor")
        if privileged:
            places = (Path("/var/lib/manor"), runtime, Path("/var/log/manor"), Path("/var/cache/manor"))
            return cls(*places, Path("/etc/manor"), privileged)
        cache = _xdg("XDG_CACHE_HOME", ".cache")
        return cls(
            _xdg("XDG_DATA_HOME", ".local/share"),
            runtime,
            cache / "log",
            cache,
            _xdg("XDG_CONFIG_HOME", ".config"),
            privileged,
        )

    def context(self, settings: dict[str, Any]) -> DriverContext:
        """What a driver is told; `settings` is its section of the configuration."""
        return DriverContext(self.state, self.runtime, self.logs, self.cache, self.privileged, settings, self.root)

    def make(self) -> None:
        """Make the folders; others may look into the runtime folder only, where the sockets are."""
        for folder, mode in ((self.state, 0o711), (self.runtime, 0o755), (self.logs, 0o700), (self.cache, 0o711)):
            if not self.privileged:
                mode = 0o700
            folder.mkdir(mode=mode, parents=True, exist_ok=True)

    def socket_names(self, *, libvirt: bool) -> tuple[Path, str]:
        """The folder and the common beginning of the names of the sockets; libvirt's own if so wished."""
        if libvirt:
            return Path(runtime_folder(session=not self.privileged), "libvirt"), "libvirt"
        return self.runtime, "manor"


def _xdg(variable: str, default: str) -> Path:
    chosen = os.environ.get(variable)
    # The XDG specification: relative paths are to be ignored.
    base = Path(chosen) if chosen and chosen.startswith("/") else Path.home() / default
    return base / "manor"
