# SPDX-License-Identifier: Apache-2.0
"""Control groups, version 2: one tree, in which each group says which controllers those below it may use."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from errno import ENOENT
from pathlib import Path
from typing import Final

from manor.constants import ErrorNumber
from manor.errors import ManorError
from manor.system.cgroup_files import (
    Controller,
    children,
    device_number,
    error,
    missing,
    read,
    read_fields,
    read_number,
    remove_tree,
    v2_controllers,
    write,
)
from manor.system.cgroup_group import NO_QUOTA, UNLIMITED, CpuUsage, Group, Throttle

#: What version 2 calls the controllers that are switched on for the groups below.
_NAMES: Final = {
    Controller.CPU: "cpu",
    Controller.CPUSET: "cpuset",
    Controller.MEMORY: "memory",
    Controller.BLKIO: "io",
    Controller.PIDS: "pids",
}

#: Controllers that work on single threads.
_THREADED: Final = frozenset({Controller.CPU, Controller.CPUSET, Controller.PIDS})

_WEIGHTS: Final = ("io.bfq.weight", "io.weight")


class GroupV2(Group):
    """A group in the tree of version 2 mounted at `mount`, with the controllers that are switched on."""

    shares_range = (1, 10000)

    def __init__(self, mount: Path, path: str) -> None:
        self._mount = mount
        self._directory = mount / path

    # -- existence and members -------------------------------------------------------------------------

    def create(self, controllers: Iterable[Controller], *, threads: bool) -> list[Path]:
        wanted = {controller for controller in controllers if controller in _NAMES}
        if threads:
            wanted &= _THREADED
        made: list[Path] = []
        try:
            parent = self._mount
            for part in self._directory.relative_to(self._mount).parts:
                _switch_on(parent, wanted)
                directory = parent / part
                if _make(directory):
                    made.append(directory)
                parent = directory
            if threads and made:
                write(self._directory / "cgroup.type", "threaded")
        except BaseException:
            for directory in reversed(made):
                directory.rmdir()
            raise
        return made

    def remove(self) -> None:
        remove_tree(self._directory)

    def children(self) -> set[str]:
        return children(self._directory)

    def exists(self) -> bool:
        return self._directory.is_dir()

    def add_process(self, pid: int) -> None:
        write(self._directory / "cgroup.procs", pid)

    def add_thread(self, tid: int) -> None:
        write(self._directory / "cgroup.threads", tid)

    def enter(self, controllers: Collection[Controller]) -> bool:
        return False

    def leave(self) -> None:
        """No thread enters alone."""

    def require(self, controllers: Iterable[Controller]) -> None:
        if not self.exists():
            raise error.system(ENOENT, _not_made(self._directory))

    def processes(self) -> set[int]:
        if not self.exists():
            return set()
        return set(map(int, read(self._directory / "cgroup.procs").split()))

    def threads(self) -> set[int]:
        return set(map(int, read(self._directory / "cgroup.threads").split()))

    # -- CPU -------------------------------------------------------------------------------------------

    def cpu_shares(self) -> int:
        return read_number(self._directory / "cpu.weight")

    def set_cpu_shares(self, value: int) -> None:
        self.check_shares(value)
        write(self._directory / "cpu.weight", value)

    def cpu_bandwidth(self) -> tuple[int, int]:
        quota, _, period = read(self._directory / "cpu.max").partition(" ")
        return int(period), NO_QUOTA if quota == "max" else int(quota)

    def set_cpu_period(self, period: int) -> None:
        _, quota = self.cpu_bandwidth()
        self._set_bandwidth(period, quota)

    def set_cpu_quota(self, quota: int) -> None:
        period, _ = self.cpu_bandwidth()
        self._set_bandwidth(period, quota)

    def _set_bandwidth(self, period: int, quota: int) -> None:
        write(self._directory / "cpu.max", f"{quota if quota > 0 else 'max'} {period}")

    def cpu_usage(self) -> CpuUsage:
        values = read_fields(self._directory / "cpu.stat")
        names = ("usage_usec", "user_usec", "system_usec")
        return CpuUsage(*(values.get(name, 0) * 1000 for name in names))

    def per_cpu_usage(self) -> list[int]:
        text = "operation 'getCpuacctPercpuUsage' not supported for backend 'cgroup V2'"
        raise error(ErrorNumber.OPERATION_UNSUPPORTED, text)

    # -- CPU sets --------------------------------------------------------------------------------------

    def cpus(self) -> str:
        return self._set_or_effective("cpuset.cpus")

    def set_cpus(self, cpus: str) -> None:
        write(self._directory / "cpuset.cpus", cpus)

    def memory_nodes(self) -> str:
        return self._set_or_effective("cpuset.mems")

    def set_memory_nodes(self, nodes: str) -> None:
        write(self._directory / "cpuset.mems", nodes)

    def _set_or_effective(self, name: str) -> str:
        """An empty set means that of the group above."""
        return read(self._directory / name) or read(self._directory / f"{name}.effective")

    # -- memory ----------------------------------------------------------------------------------------

    def memory_usage(self) -> int:
        return read_number(self._directory / "memory.current") // 1024

    def memory_hard_limit(self) -> int:
        return self._memory_limit("memory.max")

    def set_memory_hard_limit(self, limit: int) -> None:
        self._set_memory_limit("memory.max", limit)

    def memory_soft_limit(self) -> int:
        return self._memory_limit("memory.high")

    def set_memory_soft_limit(self, limit: int) -> None:
        self._set_memory_limit("memory.high", limit)

    def swap_hard_limit(self) -> int:
        return self._memory_limit("memory.swap.max")

    def set_swap_hard_limit(self, limit: int) -> None:
        self._set_memory_limit("memory.swap.max", limit)

    def _memory_limit(self, name: str) -> int:
        value = read_number(self._directory / name)
        return UNLIMITED if value < 0 else value // 1024

    def _set_memory_limit(self, name: str, limit: int) -> None:
        write(self._directory / name, "max" if limit >= UNLIMITED else limit * 1024)

    # -- block I/O -------------------------------------------------------------------------------------

    def io_weight(self) -> int:
        return read_fields(self._weight_file("blkio weight")).get("default", 0)

    def set_io_weight(self, weight: int) -> None:
        write(self._weight_file("blkio weight"), f"default {weight}")

    def device_weight(self, device: str) -> int:
        return read_fields(self._weight_file("blkio device weight")).get(device_number(device), 0)

    def set_device_weight(self, device: str, weight: int) -> None:
        number = device_number(device)
        write(self._weight_file("blkio device weight"), f"{number} {weight or 'default'}")

    def _weight_file(self, what: str) -> Path:
        for name in _WEIGHTS:
            if (self._directory / name).exists():
                return self._directory / name
        raise error(ErrorNumber.OPERATION_INVALID, f"{what} is valid only for bfq or cfq scheduler")

    def throttle(self, device: str, limit: Throttle) -> int:
        number = device_number(device)
        for line in read(self._directory / "io.max").splitlines():
            own, *settings = line.split()
            values = dict(setting.split("=", 1) for setting in settings)
            if own == number and values.get(limit, "max") != "max":
                return int(values[limit])
        return 0

    def set_throttle(self, device: str, limit: Throttle, value: int) -> None:
        number = device_number(device)
        write(self._directory / "io.max", f"{number} {limit}={value or 'max'}")

    # -- devices ---------------------------------------------------------------------------------------
    # Version 2 has no files for them (libvirt loads programs into the kernel), so nobody finds the controller here.

    def deny_devices(self) -> None:
        raise missing(Controller.DEVICES)

    def allowed_devices(self) -> list[str]:
        raise missing(Controller.DEVICES)

    def allow_devices(self, rules: Iterable[str]) -> None:
        raise missing(Controller.DEVICES)

    def forbid_devices(self, rules: Iterable[str]) -> None:
        raise missing(Controller.DEVICES)

    # -- freezing --------------------------------------------------------------------------------------

    def set_frozen(self, *, frozen: bool) -> None:
        write(self._directory / "cgroup.freeze", int(frozen))


def _switch_on(directory: Path, wanted: set[Controller]) -> None:
    """Let groups below use the controllers, as far as this one may use them itself."""
    lacking = wanted & v2_controllers(directory)
    on = read(directory / "cgroup.subtree_control").split() if lacking else []
    for controller in sorted(lacking):
        name = _NAMES[controller]
        if name not in on:
            # One at a time: a controller that cannot be had here must not take the others with it.
            try:
                write(directory / "cgroup.subtree_control", f"+{name}")
            except ManorError:
                wanted.discard(controller)


def _make(directory: Path) -> bool:
    """Make a directory; whether it is new."""
    try:
        directory.mkdir(mode=0o755)
    except FileExistsError:
        return False
    except OSError as failure:
        raise error.system(failure.errno or 0, _not_made(directory)) from failure
    return True


def _not_made(directory: Path) -> str:
    return f"Failed to create v2 cgroup '{directory}'"
