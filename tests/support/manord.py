# SPDX-License-Identifier: Apache-2.0
"""A private manord in a room of its own: this checkout's, with its state below one folder."""

import sys
from collections.abc import Iterable
from pathlib import Path

from tests.support import room
from tests.support.daemon import PrivateDaemon
from tests.support.room import Room


def missing() -> str | None:
    """Why no private manord can be run here, or None when one can."""
    return room.missing("qemu-system-x86_64")


class Manord(PrivateDaemon):
    """A private manord. `config` is the text of its configuration file."""

    name = "manord"

    def __init__(
        self, state: Path, *, private_network: bool = True, config: str = "", arguments: Iterable[str] = ()
    ) -> None:
        super().__init__(state, private_network=private_network)
        self.admin_socket = self.state / "run" / "manor-admin-sock"
        self._arguments = list(arguments)
        for name in ("etc", "log"):
            (self.state / name).mkdir(parents=True)
        (self.state / "etc" / "manord.toml").write_text(config)

    @property
    def socket(self) -> Path:
        return self.state / "run" / "manor-sock"

    @property
    def readonly_socket(self) -> Path:
        return self.state / "run" / "manor-sock-ro"

    def _enter_room(self) -> Room:
        return Room(self.state / "log", private_network=self._private_network)

    def _argv(self) -> list[str]:
        return [sys.executable, "-m", "manor.daemon", "--root", str(self.state), "--foreground", *self._arguments]
