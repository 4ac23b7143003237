# SPDX-License-Identifier: Apache-2.0
"""Control groups, version 1: each controller has a hierarchy of its own."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from errno import ENOENT
from pathlib import Path
from typing import Final

from manor.constants import ErrorNumber
from manor.system.cgroup_files import (
    Controller,
    children,
    device_number,
    error,
    read,
    read_fields,
    read_number,
    remove_tree,
    write,
    write_each,
)
from manor.system.cgroup_group import UNLIMITED, CpuUsage, Group, Throttle

#: Limits above this are none: the kernel rounds "no limit" down to a whole page.
_NO_LIMIT: Final = (1 << 63) - (1 << 20)

_THROTTLE_FILES: Final = {
    Throttle.READ_BYTES: "blkio.throttle.read_bps_device",
    Throttle.WRITE_BYTES: "blkio.throttle.write_bps_device",
    Throttle.READ_OPERATIONS: "blkio.throttle.read_iops_device",
    Throttle.WRITE_OPERATIONS: "blkio.throttle.write_iops_device",
}

#: The weight files of the schedulers that know weights.
_WEIGHTS: Final = ("blkio.bfq.weight", "blkio.weight")
_DEVICE_WEIGHTS: Final = ("blkio.weight_device",)


class GroupV1(Group):
    """A group in the hierarchies of version 1.  `mounts`: where each controller's is; `path` below it."""

    shares_range = (2, 262144)

    def __init__(self, mounts: Mapping[Controller, Path], path: str) -> None:
        self._mounts = mounts
        self._path = path
        self._directories = {controller: mount / path for controller, mount in mounts.items()}

    def _file(self, controller: Controller, name: str) -> Path:
        return self._directories[controller] / name

    # -- existence and members -------------------------------------------------------------------------

    def create(self, controllers: Iterable[Controller], *, threads: bool) -> list[Path]:
        del threads  # any group may hold single threads
        made: list[Path] = []
        try:
            for controller in controllers:
                if controller in self._mounts:
                    self._create_in(controller, made)
        except BaseException:
            for directory in reversed(made):
                directory.rmdir()
            raise
        return made

    def _create_in(self, controller: Controller, made: list[Path]) -> None:
        directory = self._directories[controller]
        try:
            new = _make(directory)
        except OSError as failure:
            raise error.system(failure.errno or 0, _not_made(controller)) from failure
        made += new
        if controller == Controller.CPUSET:
            for each in new:
                _inherit_cpuset(each)
            if directory in new:
                # Memory follows when the nodes change.
                write(directory / "cpuset.memory_migrate", 1)

    def remove(self) -> None:
        for directory in dict.fromkeys(self._directories.values()):
            remove_tree(directory)

    def children(self) -> set[str]:
        return {name for directory in self._directories.values() for name in children(directory)}

    def exists(self) -> bool:
        return any(directory.is_dir() for directory in self._directories.values())

    def add_process(self, pid: int) -> None:
        self._add("cgroup.procs", pid)

    def add_thread(self, tid: int) -> None:
        self._add("tasks", tid)

    def _add(self, name: str, number: int) -> None:
        for directory in dict.fromkeys(self._directories.values()):
            if directory.is_dir():
                write(directory / name, number)

    def enter(self, controllers: Collection[Controller]) -> bool:
        places = [place for controller, place in self._directories.items() if controller in controllers]
        # A thread that moves itself ("0") does not wait for others: moving one from outside takes the kernel
        # milliseconds.
        for directory in dict.fromkeys(places):
            write(directory / "tasks", 0)
        return True

    def leave(self) -> None:
        for directory in dict.fromkeys(self._directories.values()):
            if directory.is_dir():
                write(directory.parent / "tasks", 0)

    def require(self, controllers: Iterable[Controller]) -> None:
        for controller in controllers:
            if controller in self._directories and not self._directories[controller].is_dir():
                raise error.system(ENOENT, _not_made(controller))

    def processes(self) -> set[int]:
        found: set[int] = set()
        for directory in dict.fromkeys(self._directories.values()):
            for path in directory.rglob("cgroup.procs"):
                found.update(map(int, read(path).split()))
        return found

    def threads(self) -> set[int]:
        places = [place for place in dict.fromkeys(self._directories.values()) if place.is_dir()]
        found = [set(map(int, read(place / "tasks").split())) for place in places]
        return set.intersection(*found)

    # -- CPU -------------------------------------------------------------------------------------------

    def cpu_shares(self) -> int:
        return read_number(self._file(Controller.CPU, "cpu.shares"))

    def set_cpu_shares(self, value: int) -> None:
        self.check_shares(value)
        write(self._file(Controller.CPU, "cpu.shares"), value)

    def cpu_bandwidth(self) -> tuple[int, int]:
        period = read_number(self._file(Controller.CPU, "cpu.cfs_period_us"))
        return period, read_number(self._file(Controller.CPU, "cpu.cfs_quota_us"))

    def set_cpu_period(self, period: int) -> None:
        write(self._file(Controller.CPU, "cpu.cfs_period_us"), period)

    def set_cpu_quota(self, quota: int) -> None:
        write(self._file(Controller.CPU, "cpu.cfs_quota_us"), quota if quota > 0 else -1)

    def cpu_usage(self) -> CpuUsage:
        ticks = read_fields(self._file(Controller.CPUACCT, "cpuacct.stat"))
        nanoseconds = 10**9 // os.sysconf("SC_CLK_TCK")
        total = read_number(self._file(Controller.CPUACCT, "cpuacct.usage"))
        return CpuUsage(total, ticks.get("user", 0) * nanoseconds, ticks.get("system", 0) * nanoseconds)

    def per_cpu_usage(self) -> list[int]:
        return [int(value) for value in read(self._file(Controller.CPUACCT, "cpuacct.usage_percpu")).split()]

    # -- CPU sets --------------------------------------------------------------------------------------

    def cpus(self) -> str:
        return read(self._file(Controller.CPUSET, "cpuset.cpus"))

    def set_cpus(self, cpus: str) -> None:
        write(self._file(Controller.CPUSET, "cpuset.cpus"), cpus)

    def memory_nodes(self) -> str:
        return read(self._file(Controller.CPUSET, "cpuset.mems"))

    def set_memory_nodes(self, nodes: str) -> None:
        write(self._file(Controller.CPUSET, "cpuset.mems"), nodes)

    # -- memory ----------------------------------------------------------------------------------------

    def memory_usage(self) -> int:
        return read_number(self._file(Controller.MEMORY, "memory.usage_in_bytes")) // 1024

    def memory_hard_limit(self) -> int:
        return self._memory_limit("memory.limit_in_bytes")

    def set_memory_hard_limit(self, limit: int) -> None:
        self._set_memory_limit("memory.limit_in_bytes", limit)

    def memory_soft_limit(self) -> int:
        return self._memory_limit("memory.soft_limit_in_bytes")

    def set_memory_soft_limit(self, limit: int) -> None:
        self._set_memory_limit("memory.soft_limit_in_bytes", limit)

    def swap_hard_limit(self) -> int:
        return self._memory_limit("memory.memsw.limit_in_bytes")

    def set_swap_hard_limit(self, limit: int) -> None:
        self._set_memory_limit("memory.memsw.limit_in_bytes", limit)

    def _memory_limit(self, name: str) -> int:
        value = read_number(self._file(Controller.MEMORY, name))
        return UNLIMITED if value < 0 or value >= _NO_LIMIT else value // 1024

    def _set_memory_limit(self, name: str, limit: int) -> None:
        write(self._file(Controller.MEMORY, name), -1 if limit >= UNLIMITED else limit * 1024)

    # -- block I/O -------------------------------------------------------------------------------------

    def io_weight(self) -> int:
        return read_number(self._weight_file())

    def set_io_weight(self, weight: int) -> None:
        write(self._weight_file(), weight)

    def _weight_file(self) -> Path:
        return self._first_of(_WEIGHTS, "blkio weight is valid only for bfq or cfq scheduler")

    def device_weight(self, device: str) -> int:
        return _of_device(self._device_weight_file(), device_number(device))

    def set_device_weight(self, device: str, weight: int) -> None:
        number = device_number(device)
        write(self._device_weight_file(), f"{number} {weight}")

    def _device_weight_file(self) -> Path:
        return self._first_of(_DEVICE_WEIGHTS, "blkio device weight is valid only for cfq scheduler")

    def _first_of(self, names: Iterable[str], otherwise: str) -> Path:
        for name in names:
            path = self._file(Controller.BLKIO, name)
            if path.exists():
                return path
        raise error(ErrorNumber.OPERATION_INVALID, otherwise)

    def throttle(self, device: str, limit: Throttle) -> int:
        return _of_device(self._file(Controller.BLKIO, _THROTTLE_FILES[limit]), device_number(device))

    def set_throttle(self, device: str, limit: Throttle, value: int) -> None:
        number = device_number(device)
        write(self._file(Controller.BLKIO, _THROTTLE_FILES[limit]), f"{number} {value}")

    # -- devices ---------------------------------------------------------------------------------------

    def deny_devices(self) -> None:
        write(self._file(Controller.DEVICES, "devices.deny"), "a")

    def allowed_devices(self) -> list[str]:
        return read(self._file(Controller.DEVICES, "devices.list")).splitlines()

    def allow_devices(self, rules: Iterable[str]) -> None:
        write_each(self._file(Controller.DEVICES, "devices.allow"), rules)

    def forbid_devices(self, rules: Iterable[str]) -> None:
        write_each(self._file(Controller.DEVICES, "devices.deny"), rules)

    # -- freezing --------------------------------------------------------------------------------------

    def set_frozen(self, *, frozen: bool) -> None:
        write(self._file(Controller.FREEZER, "freezer.state"), "FROZEN" if frozen else "THAWED")


def _not_made(controller: Controller) -> str:
    return f"Failed to create v1 controller {controller} for group"


def _of_device(path: Path, number: str) -> int:
    """The value of a device in a file of ``major:minor value`` lines, 0 when it is not there."""
    return read_fields(path).get(number, 0)


def _inherit_cpuset(directory: Path) -> None:
    """A new set is empty, and an empty set takes no process: give it what the parent has."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        write(directory / name, _given(directory.parent, name))


def _given(directory: Path, name: str) -> str:
    """What a set has; one that somebody else has made just now and not filled yet is filled here."""
    value = read(directory / name)
    if not value:
        value = _given(directory.parent, name)
        write(directory / name, value)
    return value


def _make(directory: Path) -> list[Path]:
    """Make a directory, and those above it; the new ones, outermost first."""
    try:
        os.mkdir(directory, 0o755)  # noqa: PTH102  (this is done a dozen times for each guest)
    except FileExistsError:
        return []
    except FileNotFoundError:
        return [*_make(directory.parent), *_make(directory)]
    return [directory]
