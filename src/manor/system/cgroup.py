# SPDX-License-Identifier: Apache-2.0
"""Control groups: limiting what a guest takes of the machine, and accounting for it.

::

    groups = Cgroups(tree)
    if groups.usable:
        group = groups.create("machine/qemu-1-vm.libvirt-qemu")
        undo.push(group.remove)
        pid = group.start_inside(start)
        vcpu = group.create_threads("vcpu0")
        vcpu.add_thread(tid)
        vcpu.of(Controller.CPU).set_cpu_quota(50_000)
        group.of(Controller.CPUACCT).cpu_usage()

Both versions of the kernel's interface are served, also mixed: each controller is where the machine
mounted it.  Asking for a controller the machine has not raises OPERATION_INVALID in libvirt's words.
"""

from __future__ import annotations

import hashlib
import os
import select
import signal
import string
import time
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from manor.constants import ErrorNumber
from manor.errors import ManorError
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
    "partition_path",
]

#: What single threads can be grouped for.
THREAD_CONTROLLERS: Final = (Controller.CPU, Controller.CPUACCT, Controller.CPUSET)

#: What guests are grouped for, in libvirt's order.
GUEST_CONTROLLERS: Final = (
    *THREAD_CONTROLLERS,
    Controller.MEMORY,
    Controller.DEVICES,
    Controller.FREEZER,
    Controller.BLKIO,
)

#: Longest name of a machine, as machined has it.
_MAX_NAME: Final = 64

_NAME_CHARACTERS: Final = frozenset(string.ascii_letters + string.digits)

#: Partitions that every machine with systemd has, and names the kernel has taken.
_FIXED_PARTITIONS: Final = frozenset({"machine", "system", "user"})
_KERNEL_NAMES: Final = frozenset({"notify_on_release", "release_agent", "tasks"})
_KERNEL_PREFIXES: Final = ("_", ".", "cgroup.", *(f"{controller}." for controller in Controller))


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

    def create(self, path: str, controllers: Iterable[Controller] = GUEST_CONTROLLERS) -> Cgroup:
        """Make a group, with those above it; one that is there already, without processes, is made anew.

        Raises OPERATION_FAILED when processes are in it, SYSTEM_ERROR when the kernel refuses; nothing new
        is left then.
        """
        group = self.group(path)
        group.make(controllers)
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

    def make(self, controllers: Iterable[Controller] = GUEST_CONTROLLERS) -> None:
        """Make the group anew; see `Cgroups.create`."""
        if self.exists():
            if held := self.processes():
                text = f"cgroup '{self.path}' is in use by process {min(held)}"
                raise error(ErrorNumber.OPERATION_FAILED, text)
            # What somebody limited it to is not what the next one asks for.
            self.remove()
        self.create(controllers)

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
        child = self.child(name)
        child.create(THREAD_CONTROLLERS, threads=True)
        return child

    def child(self, name: str) -> Cgroup:
        """A group below this one; it need not exist."""
        return Cgroup(self._mounts, f"{self.path}/{_checked(name)}")

    def children(self) -> set[str]:
        """The names of the groups below this one."""
        return {name for part in self._parts for name in part.children()}

    def exists(self) -> bool:
        """Whether the group is there in any hierarchy."""
        return any(part.exists() for part in self._parts)

    def require(self, controllers: Iterable[Controller] = GUEST_CONTROLLERS) -> None:
        """Raise SYSTEM_ERROR in libvirt's words when the group is not there for all of the controllers."""
        for part in self._parts:
            part.require(controllers)

    def remove(self, patience: float = 0) -> None:
        """Remove the group and those below it, once its processes have ended; raises SYSTEM_ERROR before.

        Processes that are about to end get `patience` seconds for it, in which the caller's thread waits.
        """
        try:
            for part in self._parts:
                part.remove()
        except ManorError:
            if not patience or not _ended(self.processes(), patience):
                raise
            self.remove()

    def start_inside(self, start: Callable[[], int], threads: Cgroup | None = None) -> int:
        """Start a process in the group; `start` starts one and returns its number, and so does this.

        Where single threads are grouped its first one is in `threads`, a group below this one. This is to be called
        in a thread that ends soon: it has left its own groups.
        """
        try:
            entered = self._enter(threads)
            pid = start()
        except BaseException:
            for part in self._parts:
                part.leave()
            raise
        try:
            for part in self._parts:
                if part not in entered:
                    part.add_process(pid)
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        return pid

    def _enter(self, threads: Cgroup | None) -> list[Group]:
        own = GUEST_CONTROLLERS if threads is None else [c for c in GUEST_CONTROLLERS if c not in THREAD_CONTROLLERS]
        entered = [part for part in self._parts if part.enter(own)]
        for part in threads._parts if threads is not None else ():
            part.enter(THREAD_CONTROLLERS)
        return entered

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
        """The processes in the group and those below it."""
        return {pid for part in self._parts for pid in part.processes()}

    def threads(self) -> set[int]:
        """The threads in the group itself, for all its controllers; none if there is no such group."""
        found = [part.threads() for part in self._parts if part.exists()]
        return set.intersection(*found) if found else set()


def group_name(driver: str, number: int, name: str, root: str | None = None) -> str:
    """The name of a guest's group, such as ``qemu-1-vm.libvirt-qemu``.

    As with libvirt only what machined takes is kept of the guest's name, and guests of a driver below a `root` of its
    own have a hash of that: ``qemu-embed-7ad4b5ea-1-vm.libvirt-qemu``.
    """
    embedded = "" if root is None else f"embed-{hashlib.sha256(os.fsencode(root)).hexdigest()[:8]}-"
    machine = f"{driver}-{embedded}{number}-"
    after_mark = True
    for character in name:
        if character in ".-":
            kept = not after_mark
            after_mark = True
        else:
            kept = character in _NAME_CHARACTERS
            after_mark = False
        if kept and len(machine) < _MAX_NAME:
            machine += character
    return f"{machine.rstrip('-.')}.libvirt-{driver}"


def partition_path(partition: str) -> str:
    """The group of a `<partition>`: ``/machine`` is ``machine``, ``/a/b`` is ``a.partition/b.partition``."""
    names = [name for name in partition.split("/") if name]
    return "/".join(
        _escaped(name if "." in name or (depth == 0 and name in _FIXED_PARTITIONS) else f"{name}.partition")
        for depth, name in enumerate(names)
    )


def _escaped(name: str) -> str:
    """A name that the kernel has not taken for a file of its own."""
    return f"_{name}" if name in _KERNEL_NAMES or name.startswith(_KERNEL_PREFIXES) else name


def _ended(processes: Iterable[int], seconds: float) -> bool:
    """Wait until processes have ended with all their threads; whether they have."""
    deadline = time.monotonic() + seconds
    for pid in processes:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            waiting = select.poll()
            waiting.register(handle, select.POLLIN)
            if not waiting.poll(max(0, (deadline - time.monotonic()) * 1000)):
                return False
        finally:
            os.close(handle)
    return True


def _checked(path: str) -> str:
    """A path that stays below where it starts."""
    pure = PurePosixPath(path.strip("/"))
    if not pure.parts or ".." in pure.parts or "\0" in path:
        raise error(ErrorNumber.INVALID_ARG, f"'{path}' is not the path of a cgroup")
    return str(pure)
