# SPDX-License-Identifier: Apache-2.0
"""The control group of a running guest: its parameters by libvirt's names.

A guest that has no group of its own, and a machine that lacks a controller, are both VIR_ERR_OPERATION_INVALID in
libvirt's words for the controller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.system.cgroup import Cgroups, Controller, Group, Throttle, group_name
from manor.system.cgroup_files import missing

Setter = Callable[[QemuCore, Guest, Running, Mapping[str, Any]], None]

PARTITION: Final = "machine"

_PERIOD: Final = 100_000
"""What the kernel takes for a period in µs unless it is told another."""

_THROTTLES: Final = {
    "device_read_iops_sec": Throttle.READ_OPERATIONS,
    "device_write_iops_sec": Throttle.WRITE_OPERATIONS,
    "device_read_bytes_sec": Throttle.READ_BYTES,
    "device_write_bytes_sec": Throttle.WRITE_BYTES,
}


def group(core: QemuCore, guest: Guest, running: Running, controller: Controller) -> Group:
    """The part of a guest's group that a controller sees."""
    found = Cgroups(core.host.tree).group(f"{PARTITION}/{group_name('qemu', running.id, guest.name)}")
    if not found.exists():
        raise missing(controller)
    return found.of(controller)


def scheduler(core: QemuCore, guest: Guest, running: Running) -> dict[str, int]:
    """Shares, periods and quotas in µs; quotas of parts that have no group of their own are the kernel's defaults."""
    cpu = group(core, guest, running, Controller.CPU)
    period, quota = cpu.cpu_bandwidth()
    parts = {f"{part}_{what}": value for part in ("vcpu", "emulator", "iothread") for what, value in _DEFAULTS}
    return parts | {"cpu_shares": cpu.cpu_shares(), "global_period": period, "global_quota": quota}


_DEFAULTS: Final = (("period", _PERIOD), ("quota", -1))


def set_scheduler(core: QemuCore, guest: Guest, running: Running, given: Mapping[str, Any]) -> None:
    """Change shares, and the period and quota of the whole guest."""
    cpu = group(core, guest, running, Controller.CPU)
    actions = {
        "cpu_shares": cpu.set_cpu_shares,
        "global_period": cpu.set_cpu_period,
        "global_quota": cpu.set_cpu_quota,
    }
    if any(name not in actions for name in given):
        # Those of single threads need groups below the guest's.
        raise missing(Controller.CPU)
    for name, value in given.items():
        actions[name](value)


def memory(core: QemuCore, guest: Guest, running: Running) -> dict[str, int]:
    """Limits in KiB."""
    part = group(core, guest, running, Controller.MEMORY)
    return {
        "hard_limit": part.memory_hard_limit(),
        "soft_limit": part.memory_soft_limit(),
        "swap_hard_limit": part.swap_hard_limit(),
    }


def set_memory(core: QemuCore, guest: Guest, running: Running, given: Mapping[str, Any]) -> None:
    """Change limits, in KiB."""
    part = group(core, guest, running, Controller.MEMORY)
    actions = {
        "hard_limit": part.set_memory_hard_limit,
        "soft_limit": part.set_memory_soft_limit,
        "swap_hard_limit": part.set_swap_hard_limit,
    }
    for name, value in given.items():
        actions[name](value)


def io_weight(core: QemuCore, guest: Guest, running: Running) -> int:
    """The guest's share of disk time."""
    return group(core, guest, running, Controller.BLKIO).io_weight()


def set_blkio(core: QemuCore, guest: Guest, running: Running, given: Mapping[str, Any]) -> None:
    """Change the share of disk time, and limits of single devices, which are values by path."""
    part = group(core, guest, running, Controller.BLKIO)
    for name, value in given.items():
        if name == "weight":
            part.set_io_weight(value)
            continue
        for path, limit in value.items():
            if name == "device_weight":
                part.set_device_weight(path, limit)
            else:
                part.set_throttle(path, _THROTTLES[name], limit)


def set_nodes(core: QemuCore, guest: Guest, running: Running, given: Mapping[str, Any]) -> None:
    """Change the nodes memory comes from."""
    if given:
        group(core, guest, running, Controller.CPUSET).set_memory_nodes(given["nodes"])
