# SPDX-License-Identifier: Apache-2.0
"""The control group of a running guest: its parameters by libvirt's names, read and changed.

A guest that has no group of its own, and a machine that lacks a controller, are both VIR_ERR_OPERATION_INVALID in
libvirt's words for the controller. A change of several parameters of which one fails leaves all as they were. Callers
have waited for `settled`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final

from manor.drivers.qemu import group_settings
from manor.drivers.qemu.group_settings import THROTTLES
from manor.drivers.qemu.groups import EMULATOR
from manor.drivers.qemu.guest import Running
from manor.errors import ManorError
from manor.schema.core import Bitmap
from manor.system.cgroup import NO_QUOTA, UNLIMITED, Cgroup, Controller, CpuUsage, Group
from manor.system.cgroup_files import missing

Setter = Callable[[Running, Mapping[str, Any]], None]

PARTS: Final = ("vcpu", "emulator", "global", "iothread")
"""What a guest's CPU time is shared out to, by the names of the scheduler's parameters."""


async def settled(running: Running) -> None:
    """Wait until the threads of a guest that has just started are in their groups."""
    if running.group is not None:
        await running.group.settled()


def has(running: Running, controller: Controller) -> bool:
    """Whether the guest's group is under a controller."""
    return running.group is not None and running.group.group.has(controller)


def group(running: Running, controller: Controller) -> Group:
    """The part of a guest's group that a controller sees."""
    return _whole(running, controller).of(controller)


def _whole(running: Running, controller: Controller) -> Cgroup:
    if running.group is None:
        raise missing(controller)
    return running.group.group


def _children(running: Running, controller: Controller, kind: str) -> list[Group]:
    """The groups of the guest's threads of one kind."""
    whole = _whole(running, controller)
    if kind == "global":
        return [whole.of(controller)]
    names = [EMULATOR]
    if kind == "vcpu":
        names = [f"vcpu{number}" for number in sorted(running.vcpu_pids)]
    elif kind == "iothread":
        names = [f"iothread{thread.id}" for thread in running.document.iothreadids]
    return [child.of(controller) for child in map(whole.child, names) if child.exists()]


# -- CPU time --------------------------------------------------------------------------------------------------------


def scheduler(running: Running) -> dict[str, int]:
    """Shares, and periods and quotas in µs; those of threads that have no group of their own are the guest's."""
    values = {"cpu_shares": group(running, Controller.CPU).cpu_shares()}
    for kind in PARTS:
        found = _children(running, Controller.CPU, kind) or [group(running, Controller.CPU)]
        values[f"{kind}_period"], values[f"{kind}_quota"] = found[0].cpu_bandwidth()
    return values


def set_scheduler(running: Running, given: Mapping[str, Any]) -> None:
    """Change shares, periods and quotas; a period or quota of 0 means no change."""
    cpu = group(running, Controller.CPU)
    with ExitStack() as undo:
        for name, value in given.items():
            kind, _, what = name.partition("_")
            if name == "cpu_shares":
                _change(undo, cpu.set_cpu_shares, cpu.cpu_shares(), value)
            elif value:
                for part in _children(running, Controller.CPU, kind):
                    period, quota = part.cpu_bandwidth()
                    if what == "period":
                        _change(undo, part.set_cpu_period, period, value)
                    else:
                        _change(undo, part.set_cpu_quota, quota, value if value > 0 else NO_QUOTA)
        undo.pop_all()


def _change(undo: ExitStack, setter: Callable[[int], None], before: int, after: int) -> None:
    setter(after)
    undo.callback(setter, before)


def cpu_time(running: Running) -> CpuUsage | None:
    """CPU time the guest has used, in ns; None where nobody counts it."""
    return group(running, Controller.CPUACCT).cpu_usage() if has(running, Controller.CPUACCT) else None


def cpu_time_by_cpu(running: Running) -> list[tuple[int, int]]:
    """For each CPU of the host the time in ns that the guest, and its vCPUs alone, have spent on it."""
    # The kernel counts for CPUs that could be plugged in, too.
    whole = group(running, Controller.CPUACCT).per_cpu_usage()[: os.cpu_count()]
    of_vcpus = [part.per_cpu_usage() for part in _children(running, Controller.CPUACCT, "vcpu")]
    return [(time, sum(times[cpu] for times in of_vcpus)) for cpu, time in enumerate(whole)]


# -- memory ----------------------------------------------------------------------------------------------------------


def memory(running: Running) -> dict[str, int]:
    """Limits in KiB."""
    part = group(running, Controller.MEMORY)
    return {
        "hard_limit": part.memory_hard_limit(),
        "soft_limit": part.memory_soft_limit(),
        "swap_hard_limit": _swap_limit(part),
    }


def _swap_limit(part: Group) -> int:
    try:
        return part.swap_hard_limit()
    except ManorError as failure:
        # Kernels can be told not to account for swap.
        if failure.int1 in (errno.ENOENT, errno.EOPNOTSUPP):
            return UNLIMITED
        raise


def set_memory(running: Running, given: Mapping[str, Any]) -> None:
    """Change limits, in KiB; of the two that bound each other first the one that makes room."""
    part = group(running, Controller.MEMORY)
    setters = {
        "soft_limit": part.set_memory_soft_limit,
        "hard_limit": part.set_memory_hard_limit,
        "swap_hard_limit": part.set_swap_hard_limit,
    }
    before = {name: value for name, value in memory(running).items() if name in given}
    order = ["soft_limit", "hard_limit", "swap_hard_limit"]
    if given.get("hard_limit", 0) > before.get("hard_limit", 0):
        order = ["soft_limit", "swap_hard_limit", "hard_limit"]
    with ExitStack() as undo:
        for name in order:
            if name in given:
                _change(undo, setters[name], before[name], given[name])
        undo.pop_all()


# -- block I/O -------------------------------------------------------------------------------------------------------


def io_weight(running: Running) -> int:
    """The guest's share of disk time."""
    return group(running, Controller.BLKIO).io_weight()


def set_blkio(running: Running, given: Mapping[str, Any]) -> None:
    """Change the share of disk time, and limits of single devices, which are values by path."""
    part = group(running, Controller.BLKIO)
    with ExitStack() as undo:
        for name, value in given.items():
            if name == "weight":
                _change(undo, part.set_io_weight, part.io_weight(), value)
                continue
            for path, limit in value.items():
                _set_device_limit(undo, part, path, name.removeprefix("device_"), limit)
        undo.pop_all()


def _set_device_limit(undo: ExitStack, part: Group, path: str, name: str, value: int) -> None:
    if name == "weight":
        before = part.device_weight(path)
        part.set_device_weight(path, value)
        undo.callback(part.set_device_weight, path, before)
    else:
        throttle = THROTTLES[name]
        before = part.throttle(path, throttle)
        part.set_throttle(path, throttle, value)
        undo.callback(part.set_throttle, path, throttle, before)


# -- places ----------------------------------------------------------------------------------------------------------


def set_nodes(running: Running, given: Mapping[str, Any]) -> None:
    """Change the nodes memory comes from."""
    nodes = given.get("nodes")
    if nodes is None:
        return
    with ExitStack() as undo:
        for kind in ("emulator", "vcpu", "iothread"):
            for part in _children(running, Controller.CPUSET, kind):
                before = part.memory_nodes()
                part.set_memory_nodes(str(nodes))
                undo.callback(part.set_memory_nodes, before)
        undo.pop_all()


async def pin(running: Running, name: str, thread: int, cpus: Bitmap) -> None:
    """Let a thread, and its group called `name` where CPUs are grouped, run on these CPUs only."""
    await settled(running)
    with ExitStack() as undo:
        child = None if running.group is None else running.group.group.child(name)
        if child is not None and child.has(Controller.CPUSET) and child.exists():
            sets = child.of(Controller.CPUSET)
            before = sets.cpus()
            sets.set_cpus(str(cpus))
            undo.callback(sets.set_cpus, before)
        group_settings.set_affinity(thread, cpus)
        undo.pop_all()
