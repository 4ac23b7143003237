# SPDX-License-Identifier: Apache-2.0
"""The machine as the doctor's checks see it: files below a root, programs, users. No check lives here."""

from __future__ import annotations

import enum
import fcntl
import grp
import os
import platform
import shutil
from pathlib import Path
from typing import NamedTuple


class Verdict(enum.Enum):
    """How bad a finding is: fine, a part of manor will not work, guests will not run."""

    GOOD = 0
    WORSE = 1
    MISSING = 2


class Finding(NamedTuple):
    """What a check found, and what to do about it."""

    check: str
    verdict: Verdict
    found: str
    remedy: str = ""

    @property
    def serious(self) -> bool:
        """Whether guests need what is missing."""
        return self.verdict is Verdict.MISSING


class Group(NamedTuple):
    """A group and who is in it."""

    name: str
    members: set[str]


PACKAGES = {
    "debian": {
        "qemu": "qemu-system-{arch}",
        "qemu-img": "qemu-utils",
        "firmware": "ovmf",
        "dnsmasq": "dnsmasq-base",
        "nftables": "nftables",
        "ssh": "openssh-client",
        "swtpm": "swtpm",
    },
    "fedora": {
        "qemu": "qemu-kvm",
        "qemu-img": "qemu-img",
        "firmware": "edk2-ovmf",
        "dnsmasq": "dnsmasq",
        "nftables": "nftables",
        "ssh": "openssh-clients",
        "swtpm": "swtpm",
    },
    "arch": {
        "qemu": "qemu-base",
        "qemu-img": "qemu-img",
        "firmware": "edk2-ovmf",
        "dnsmasq": "dnsmasq",
        "nftables": "nftables",
        "ssh": "openssh",
        "swtpm": "swtpm",
    },
    "suse": {
        "qemu": "qemu-{arch}",
        "qemu-img": "qemu-img",
        "firmware": "qemu-ovmf-x86_64",
        "dnsmasq": "dnsmasq",
        "nftables": "nftables",
        "ssh": "openssh-clients",
        "swtpm": "swtpm",
    },
}
"""Names of packages, by family of distributions and what is needed."""

INSTALLERS = {"debian": "apt install", "fedora": "dnf install", "arch": "pacman -S", "suse": "zypper install"}

DEBIAN_ARCHES = {"x86_64": "x86", "i686": "x86", "aarch64": "arm", "armv7l": "arm", "ppc64le": "ppc"}
"""How Debian calls QEMU's packages where it is not the architecture's own name."""

KVM_GET_API_VERSION = 0xAE00
KVM_API_VERSION = 12

PROGRAM_FOLDERS = "/usr/sbin:/sbin:/usr/libexec"
"""Where daemons and helpers are that an ordinary user's PATH leaves out."""


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


class Host:
    """The machine below `root`, for the user who asks."""

    def __init__(self, root: Path = Path("/"), *, search: str | None = None) -> None:
        self.root = root
        self.arch = platform.machine()
        self.uid = os.geteuid()
        self.groups = {_group_name(number) for number in (os.getegid(), *os.getgroups())}
        self._search = search if search is not None else f"{os.environ.get('PATH', '')}:{PROGRAM_FOLDERS}"

    def path(self, name: str) -> Path:
        """A path of the machine."""
        return self.root / name.lstrip("/")

    def read(self, name: str) -> str:
        """The text of a file, empty if there is none to be read."""
        try:
            return self.path(name).read_text(errors="replace")
        except OSError:
            return ""

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self.path(name).exists()

    def names(self, folder: str) -> list[str]:
        """What is in a folder, nothing if there is none."""
        try:
            return sorted(entry.name for entry in self.path(folder).iterdir())
        except OSError:
            return []

    def group_of(self, name: str) -> Group | None:
        """The group of a file that all its members, but not everybody, may read and write; None without one."""
        try:
            found = self.path(name).stat()
        except OSError:
            return None
        if found.st_mode & 0o066 != 0o060:
            return None
        lines = [line.split(":") for line in self.read("/etc/group").splitlines()]
        title, members = next(
            ((line[0], line[3]) for line in lines if line[2:3] == [str(found.st_gid)] and len(line) > 3),
            (str(found.st_gid), ""),
        )
        users = [line.split(":") for line in self.read("/etc/passwd").splitlines()]
        own = {line[0] for line in users if line[3:4] == [str(found.st_gid)]}
        return Group(title, own | set(members.split(",")))

    def usable(self, name: str) -> bool:
        """Whether the user may read and write a file."""
        return os.access(self.path(name), os.R_OK | os.W_OK)

    def answers_kvm(self) -> bool:
        """Whether the kernel's virtualization answers: some hosts have the device without what is behind it."""
        try:
            descriptor = os.open(self.path("/dev/kvm"), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return fcntl.ioctl(descriptor, KVM_GET_API_VERSION) == KVM_API_VERSION
        except OSError:
            return False
        finally:
            os.close(descriptor)

    def program(self, *names: str) -> str | None:
        """The path of the first of some programs."""
        for name in names:
            found = shutil.which(name, path=self._search)
            if found is not None:
                return found
        return None

    @property
    def family(self) -> str | None:
        """The family of distributions, None if unknown."""
        words = [
            word
            for line in self.read("/etc/os-release").splitlines()
            if line.startswith(("ID=", "ID_LIKE="))
            for word in line.partition("=")[2].strip('"').split()
        ]
        related = {"ubuntu": "debian", "rhel": "fedora", "centos": "fedora", "opensuse": "suse"}
        return next((related.get(word, word) for word in words if related.get(word, word) in PACKAGES), None)

    def install(self, what: str) -> str:
        """How to install something, in the words of the distribution."""
        family = self.family
        if family is None:
            return f"Install {what} with the system's package manager."
        arch = DEBIAN_ARCHES.get(self.arch, self.arch) if family == "debian" else self.arch
        return f"{INSTALLERS[family]} {PACKAGES[family][what].format(arch=arch)}"
