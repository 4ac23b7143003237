# SPDX-License-Identifier: Apache-2.0
"""Where the QEMU driver keeps what belongs to a guest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from manor.drivers.interface import DriverContext
from manor.system.fds import SUN_PATH

MAX_NAME_BYTES = 20
"""Characters of a guest's name in its folder, so that socket paths stay below the kernel's 107 bytes."""


def short_name(domain_id: int, name: str) -> str:
    """`ID-NAME` with the name cut and cleaned of separators: libvirt's name for a guest's runtime folder."""
    cleaned = "".join(char if char.isalnum() or char in "-_.+" else "_" for char in name)
    return f"{domain_id}-{cleaned[:MAX_NAME_BYTES]}"


class DriverPaths(msgspec.Struct, frozen=True):
    """The driver's folders below its context."""

    context: DriverContext

    @property
    def runtime(self) -> Path:
        """Sockets and keys of running guests; gone after a reboot."""
        return self.context.runtime / "qemu"

    @property
    def channels(self) -> Path:
        """Folders of the sockets of channels, one per running guest."""
        return self.runtime / "channel" / "target"

    @property
    def saved(self) -> Path:
        """Managed save images."""
        return self.context.state / "qemu" / "save"

    @property
    def nvram(self) -> Path:
        """Variable stores of guests with UEFI firmware."""
        return self.context.state / "qemu" / "nvram"

    @property
    def dumps(self) -> Path:
        """Core dumps made on a guest's crash."""
        return self.context.state / "qemu" / "dump"

    @property
    def memory(self) -> Path:
        """Files behind guests' memory where the document asks for them."""
        return self.context.state / "qemu" / "ram"

    def memory_of(self, guest: GuestPaths) -> Path:
        """The folder of files behind one guest's memory."""
        return self.memory / guest.folder.name.removeprefix("domain-")

    @property
    def logs(self) -> Path:
        """One log per guest: its command line and what QEMU prints."""
        return self.context.logs / "qemu"

    @property
    def capabilities(self) -> Path:
        """What was learned of QEMU binaries."""
        return self.context.cache / "qemu" / "capabilities"

    def log(self, name: str) -> Path:
        """The log of the guest called `name`."""
        return self.logs / f"{_file_name(name)}.log"

    def managed_save(self, name: str) -> Path:
        """The managed save image of the guest called `name`."""
        return self.saved / f"{_file_name(name)}.save"

    def guest(self, domain_id: int, name: str) -> GuestPaths:
        """The runtime folder of a guest about to run."""
        return GuestPaths(self.runtime / f"domain-{short_name(domain_id, name)}")

    def make(self) -> None:
        """Create the folders that must exist before any guest runs; others can only pass through them."""
        for folder in (self.runtime, self.saved, self.nvram, self.dumps, self.logs, self.capabilities, self.channels):
            folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        for folder in (self.runtime, self.channels.parent, self.channels, self.nvram.parent, self.nvram):
            folder.chmod(0o711)


GROUP_NOTES: Final = "cgroup"
"""The folder, beside those of all guests, of notes about their control groups."""


class GuestPaths(msgspec.Struct, frozen=True):
    """One running guest's own folder."""

    folder: Path

    @property
    def monitor(self) -> Path:
        """The socket QEMU's monitor listens on."""
        return self.folder / "monitor.sock"

    @property
    def master_key(self) -> Path:
        """The key under which secrets are handed to QEMU."""
        return self.folder / "master-key.aes"

    def for_qemu(self, socket: str) -> str:
        """A socket's path as QEMU can use it, which works in this folder: one too long for the kernel from here."""
        if len(os.fsencode(socket)) <= SUN_PATH:
            return socket
        near = os.path.relpath(socket, self.folder)
        return near if len(os.fsencode(near)) <= SUN_PATH else socket

    @property
    def group(self) -> Path:
        """A file that says where the guest's control group is, as long as it is."""
        return self.folder.parent / GROUP_NOTES / self.folder.name

    def channel(self, target: str) -> Path:
        """The socket of a channel whose source the definition leaves to us."""
        return self.channels / _file_name(target)

    @property
    def channels(self) -> Path:
        """The folder of those sockets, beside those of all guests."""
        return self.folder.parent / "channel" / "target" / self.folder.name


def _file_name(name: str) -> str:
    return name.replace("/", "_")
