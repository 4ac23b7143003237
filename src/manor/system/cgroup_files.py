# SPDX-License-Identifier: Apache-2.0
"""Files of control groups: where the hierarchies are mounted, and reading and writing a group's files.

What the files mean is in `manor.system.cgroup_v1` and `manor.system.cgroup_v2`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from errno import EINVAL
from pathlib import Path
from typing import Final

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import ManorError, reporter
from manor.system.sysfs import Tree

error: Final = reporter(ErrorDomain.CGROUP)


class Controller(StrEnum):
    """What a control group controls, by the names of version 1."""

    CPU = "cpu"
    CPUACCT = "cpuacct"
    CPUSET = "cpuset"
    MEMORY = "memory"
    BLKIO = "blkio"
    FREEZER = "freezer"
    DEVICES = "devices"
    PIDS = "pids"


#: What libvirt says when a controller is needed that the machine does not have.
_MISSING: Final[dict[Controller, str]] = {
    Controller.CPU: "cgroup CPU controller is not mounted",
    Controller.CPUACCT: "cgroup CPUACCT controller is not mounted",
    Controller.CPUSET: "cgroup cpuset controller is not mounted",
    Controller.MEMORY: "cgroup memory controller is not mounted",
    Controller.BLKIO: "blkio cgroup isn't mounted",
}

_V1_NAMES: Final = {each.value: each for each in Controller}

#: The controllers by version 2's names; what it does without a controller is there always.
_V2_NAMES: Final = {"io": Controller.BLKIO, **{each.value: each for each in Controller if each != "blkio"}}
_V2_ALWAYS: Final = frozenset({Controller.CPUACCT, Controller.FREEZER})


class Mounts(msgspec.Struct, frozen=True):
    """Where each controller is: below a version 1 mount of its own, or in the one tree of version 2."""

    v1: dict[Controller, Path] = msgspec.field(default_factory=dict)
    v2: Path | None = None
    v2_controllers: frozenset[Controller] = frozenset()

    @property
    def mode(self) -> str:
        """``v1``, ``v2``, ``hybrid`` or ``none``."""
        if self.v1:
            return "v1" if self.v2 is None else "hybrid"
        return "none" if self.v2 is None else "v2"


def find_mounts(tree: Tree) -> Mounts:
    """The hierarchies mounted on this machine; a controller is in one version only."""
    v1: dict[Controller, Path] = {}
    v2: Path | None = None
    for line in (tree.text("proc/self/mounts") or "").splitlines():
        words = line.split()
        if len(words) < 4:
            continue
        place, kind, options = tree.path(_unescape(words[1])), words[2], words[3].split(",")
        if kind == "cgroup":
            for name in options:
                if name in _V1_NAMES:
                    v1.setdefault(_V1_NAMES[name], place)
        elif kind == "cgroup2" and v2 is None:
            v2 = place
    left = frozenset() if v2 is None else frozenset(v2_controllers(v2)) - v1.keys()
    # Many machines mount version 2 beside version 1 only to follow processes.
    return Mounts(v1, v2, left) if left else Mounts(v1)


def _unescape(path: str) -> str:
    """A path of /proc/mounts, where white space is written in octal."""
    return path.encode().decode("unicode_escape") if "\\" in path else path


def v2_controllers(directory: Path) -> set[Controller]:
    """The controllers a version 2 group may use."""
    try:
        names = (directory / "cgroup.controllers").read_text().split()
    except OSError:
        return set()
    return {_V2_NAMES[name] for name in names if name in _V2_NAMES} | _V2_ALWAYS


def missing(controller: Controller) -> ManorError:
    """The error of an operation that needs a controller the machine does not have."""
    text = _MISSING.get(controller, f"cgroup {controller} controller is not mounted")
    return error(ErrorNumber.OPERATION_INVALID, text)


_CHUNK: Final = 65536


def read(path: Path) -> str:
    """A file's contents; raises SYSTEM_ERROR."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = b"".join(iter(lambda: os.read(fd, _CHUNK), b""))
        finally:
            os.close(fd)
        return text.decode().rstrip("\n")
    except OSError as failure:
        raise error.system(failure.errno or 0, f"Unable to read from '{path}'") from failure


def read_number(path: Path) -> int:
    """A file with one number; ``max`` is -1."""
    text = read(path)
    try:
        return -1 if text == "max" else int(text)
    except ValueError:
        raise error(ErrorNumber.INTERNAL_ERROR, f"Unable to parse '{text[:64]}' as an integer") from None


def read_fields(path: Path) -> dict[str, int]:
    """A file of ``name number`` lines; others are left out."""
    found = {}
    for line in read(path).splitlines():
        name, _, value = line.partition(" ")
        if value.isdecimal():
            found[name] = int(value)
    return found


def write(path: Path, value: str | int) -> None:
    """Write a value in one go, as the kernel wants it; raises SYSTEM_ERROR in libvirt's words."""
    write_each(path, (value,))


def write_each(path: Path, values: Iterable[str | int]) -> None:
    """Write several values to a file that takes one at a time."""
    value: str | int = ""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            for value in values:
                os.write(fd, str(value).encode())
        finally:
            os.close(fd)
    except OSError as failure:
        number = failure.errno or 0
        if number == EINVAL:
            raise error.system(number, f"Invalid value '{value}' for '{path.name}'") from failure
        raise error.system(number, f"Unable to write to '{path}'") from failure


def device_number(device: str) -> str:
    """``major:minor`` of a block device; raises SYSTEM_ERROR when it is none."""
    try:
        status = Path(device).stat()
    except OSError as failure:
        raise error.system(failure.errno or 0, f"Path '{device}' is not accessible") from failure
    if not Path(device).is_block_device():
        raise error.system(EINVAL, f"Path '{device}' must be a block device")
    return f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"


def children(directory: Path) -> set[str]:
    """The names of the groups below one, which need not exist."""
    try:
        with os.scandir(directory) as entries:
            return {entry.name for entry in entries if entry.is_dir()}
    except OSError:
        return set()


def remove_tree(directory: Path) -> None:
    """Remove a group with those below it; one that is not there is no error."""
    for name in children(directory):
        remove_tree(directory / name)
    try:
        directory.rmdir()
    except FileNotFoundError:
        return
    except OSError as failure:
        raise error.system(failure.errno or 0, f"Unable to remove cgroup '{directory}'") from failure
