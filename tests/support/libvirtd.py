# SPDX-License-Identifier: Apache-2.0
"""The judge: a private, real libvirtd of the machine's own libvirt, in a room of its own."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.support import room
from tests.support.daemon import PrivateDaemon
from tests.support.room import Room

_CONFIGURATION = Path("/etc/libvirt")

# The folders below the state, and the places libvirt has compiled in.
_PLACES = {
    "etc": "/etc/libvirt",
    "run": "/run/libvirt",
    "lib": "/var/lib/libvirt",
    "log": "/var/log/libvirt",
    "cache": "/var/cache/libvirt",
}

Setting = str | int | list[str]
"""A value in libvirtd.conf or qemu.conf."""

# Nothing here is about security: the sockets are below a folder that only the test's user can enter,
# and QEMU must read images there.
_LIBVIRTD_CONF: Mapping[str, Setting] = {
    "auth_unix_rw": "none",
    "auth_unix_ro": "none",
    "unix_sock_rw_perms": "0777",
    "log_level": 3,
    "log_outputs": "3:file:/var/log/libvirt/libvirtd.log",
}
_QEMU_CONF: Mapping[str, Setting] = {"user": "root", "group": "root"}


def missing() -> str | None:
    """Why no private libvirtd can be run here, or None when one can."""
    return room.missing("libvirtd", "virtlogd", "virsh")


class Libvirtd(PrivateDaemon):
    """A private libvirtd. `libvirtd_conf` and `qemu_conf` override settings of those files."""

    name = "libvirtd"

    def __init__(
        self,
        state: Path,
        *,
        private_network: bool = True,
        libvirtd_conf: Mapping[str, Setting] | None = None,
        qemu_conf: Mapping[str, Setting] | None = None,
        arguments: Iterable[str] = (),
    ) -> None:
        super().__init__(state, private_network=private_network)
        self.log = self.state / "log" / "libvirtd.log"
        self.admin_socket = self.state / "run" / "libvirt-admin-sock"
        self._arguments = list(arguments)
        self._lay_out({**_LIBVIRTD_CONF, **(libvirtd_conf or {})}, {**_QEMU_CONF, **(qemu_conf or {})})

    @property
    def socket(self) -> Path:
        return self.state / "run" / "libvirt-sock"

    @property
    def readonly_socket(self) -> Path:
        return self.state / "run" / "libvirt-sock-ro"

    def complaints(self) -> str:
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        return super().complaints() + log

    def _enter_room(self) -> Room:
        binds = {self.state / name: place for name, place in _PLACES.items()}
        entered = Room(self.state / "log", binds, private_network=self._private_network)
        entered.start("virtlogd", "virtlogd", "-p", "/run/libvirt/virtlogd.pid")
        return entered

    def _argv(self) -> list[str]:
        return ["libvirtd", "-p", "/run/libvirt/libvirtd.pid", *self._arguments]

    def _lay_out(self, libvirtd_conf: Mapping[str, Setting], qemu_conf: Mapping[str, Setting]) -> None:
        for name in ("run", "lib", "log", "cache"):
            (self.state / name).mkdir(parents=True)
        # The machine's own configuration, so that packaged networks and filters are there.
        shutil.copytree(_CONFIGURATION, self.state / "etc", symlinks=True)
        for link in (self.state / "etc").rglob("autostart/*"):
            link.unlink()
        _write_conf(self.state / "etc" / "libvirtd.conf", libvirtd_conf)
        _write_conf(self.state / "etc" / "qemu.conf", qemu_conf)


def _write_conf(path: Path, settings: Mapping[str, Setting]) -> None:
    def spell(value: Setting) -> str:
        if isinstance(value, list):
            return "[" + ", ".join(f'"{item}"' for item in value) + "]"
        return str(value) if isinstance(value, int) else f'"{value}"'

    path.write_text("".join(f"{name} = {spell(value)}\n" for name, value in settings.items()))
