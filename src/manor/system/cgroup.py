# SPDX-License-Identifier: Apache-2.0
"""Control groups: limiting what a guest takes of the machine, and accounting for it.

::

    groups = Cgroups(tree)
    if groups.usable:
        group = groups.create("machine/qemu-1-vm.manor")
        undo.push(group.remove)
        group.add_process(pid)
        vcpu = group.create_threads("vcpu0")
        vcpu.add_thread(tid)
        vcpu.of(Controller.CPU).set_cpu_quota(50_000)
        group.of(Controller.CPUACCT).cpu_usage()

Both versions of the kernel's interface are served, also mixed: each controller is where the machine
mounted it.  Asking for a controller the machine has not raises OPERATION_INVALID in libvirt's words.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from manor.constants import ErrorNumber
from manor.system.cgroup_files import Controller, Mounts, error, find_mounts, missing
from manor.system.cgroup_group import NO_QUOTA, PERIOD_RANGE, QUOTA_RANGE, UNLIMITED, CpuUsage, Group, Throttle
from manor.system.cgroup_v1 import GroupV1
from manor.system.cgroup_v2 import GroupV2
from manor.system.sysfs import Tree

__all__ = [
    "NO_QUOTA",
    "PERIOD_RANGE",
    "QUOTA_RANGE",
    "UNLIMITED",
    "Cgroup",
    "Cgroups",
    "Controller",
    "CpuUsage",
    "Group",
    "Throttle",
    "group_name",
]

#: What single threads can be grouped for.
_THREAD_CONTROLLERS: Final = (Controller.CPU, Controller.CPUACCT, Controller.CPUSET)

#: Longest name of a machine, as machined has it.
_MAX_NAME: Final = 64


class Cgroups:
    """The control groups of a machine."""

    def __init__(self, tree: Tree) -> None:
        self.mounts: Mounts = find_mounts(tree)

    @property
    def usable(self) -> bool:
        """Whether groups can be made: something is mounted, and may be written by this user."""
        places = {*self.mounts.v1.values(), *filter(None, [self.mounts.v2])}
        return any(os.access(place, os.W_OK) for place in places)

    @property
    def controllers(self) -> frozenset[Controller]:
        """What can be controlled on this machine."""
        return frozenset(self.mounts.v1) | self.mounts.v2_controllers

    def group(self, path: str) -> Cgroup:
        """The group at a path from the root of the hierarchies; it need not exist."""
        return Cgroup(self.mounts, _checked(path))

    def create(self, path: str, controllers: Iterable[Controller] = tuple(Controller)) -> Cgroup:
        """Make a group, with those above it; one that is there already, without processes, is used.

        Raises OPERATION_FAILED when processes are in it, SYSTEM_ERROR when the kernel refuses; nothing new
        is left then.
        """
        group = self.group(path)
        if held := group.processes():
            text = f"cgroup '{path}' is in use by process {min(held)}"
            raise error(ErrorNumber.OPERATION_FAILED, text)
        group.create(controllers)
        return group


class Cgroup:
    """One group, in all hierarchies."""

    def __init__(self, mounts: Mounts, path: str) -> None:
        self.path = path
        self._mounts = mounts
        self._v1 = GroupV1(mounts.v1, path) if mounts.v1 else None
        self._v2 = GroupV2(mounts.v2, path) if mounts.v2 is not None else None

    @property
    def _parts(self) -> list[Group]:
        return [part for part in (self._v1, self._v2) if part is not None]

    def of(self, controller: Controller) -> Group:
        """The part that knows a controller; raises OPERATION_INVALID when the machine has it not."""
        if self._v1 is not None and controller in self._mounts.v1:
            return self._v1
        if self._v2 is not None and controller in self._mounts.v2_controllers:
            return self._v2
        raise missing(controller)

    def has(self, controller: Controller) -> bool:
        """Whether the machine has a controller."""
        return controller in self._mounts.v1 or controller in self._mounts.v2_controllers

    def create(self, controllers: Iterable[Controller], *, threads: bool = False) -> None:
        """Make the group where the controllers are; what was made is removed when a part fails."""
        wanted = frozenset(controllers)
        made: list[Path] = []
        try:
            for part in self._parts:
                made += part.create(wanted, threads=threads)
        except BaseException:
            for directory in reversed(made):
                directory.rmdir()
            raise

    def create_threads(self, name: str) -> Cgroup:
        """Make a group below this one for single threads of its processes."""
        child = Cgroup(self._mounts, f"{self.path}/{_checked(name)}")
        child.create(_THREAD_CONTROLLERS, threads=True)
        return child

    def child(self, name: str) -> Cgroup:
        """A group below this one; it need not exist."""
        return Cgroup(self._mounts, f"{self.path}/{_checked(name)}")

    def exists(self) -> bool:
        """Whether the group is there in any hierarchy."""
        return any(part.exists() for part in self._parts)

    def remove(self) -> None:
        """Remove the group and those below it, once its processes have ended; raises SYSTEM_ERROR before."""
        for part in self._parts:
            part.remove()

    def add_process(self, pid: int) -> None:
        """Move a process, with all its threads, into the group."""
        for part in self._parts:
            if part.exists():
                part.add_process(pid)

    def add_thread(self, tid: int) -> None:
        """Move one thread into the group (made by `create_threads`)."""
        for part in self._parts:
            if part.exists():
                part.add_thread(tid)

    def processes(self) -> set[int]:
        """The processes in the group itself."""
        return {pid for part in self._parts for pid in part.processes()}


def group_name(driver: str, number: int, name: str, owner: str = "libvirt") -> str:
    """The name of a guest's group, such as ``qemu-1-vm.libvirt-qemu``.

    As with libvirt only what machined takes is kept of the guest's name.
    """
    kept = re.sub(r"[^A-Za-z0-9.-]", "", name)
    machine = f"{driver}-{number}-{kept}"[:_MAX_NAME].rstrip("-.")
    return f"{machine}.{owner}-{driver}"


def _checked(path: str) -> str:
    """A path that stays below where it starts."""
    pure = PurePosixPath(path.strip("/"))
    if not pure.parts or ".." in pure.parts or "\0" in path:
        raise error(ErrorNumber.INVALID_ARG, f"'{path}' is not the path of a cgroup")
    return str(pure)
