# SPDX-License-Identifier: Apache-2.0
"""CPU figures: the time QEMU and each vCPU thread has used, as the kernel counts it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from manor.constants import VcpuState
from manor.drivers.qemu import controls
from manor.drivers.qemu.guest import Guest, Running
from manor.errors import ManorError
from manor.records import TypedParam, VcpuPlacement, bool_param, int_param, uint_param, ullong_param
from manor.system.cgroup import CpuUsage
from manor.system.process_stat import cpu_times, read_small

_KVM_FIGURES: Final = Path("/sys/kernel/debug/kvm")

OFFLINE: Final = -1
"""The host CPU of a vCPU that runs nowhere."""


class CpuState(msgspec.Struct, rename="kebab"):
    """What is wanted of a row of query-cpus-fast."""

    cpu_index: int
    thread_id: int


def total(guest: Guest) -> list[TypedParam]:
    """The cpu-total group: ns since the guest started."""
    running = guest.running
    if running is None:
        return []
    return [
        *_times(running),
        # Cache monitoring is set up by <cachetune>, which no guest of ours has running.
        uint_param("cpu.cache.monitor.count", 0),
        *(ullong_param(f"cpu.haltpoll.{name}.time", _halt_polling(running, name)) for name in ("success", "fail")),
    ]


def _times(running: Running) -> list[TypedParam]:
    """By the guest's control group, as far as that counts; by its process where it has none."""
    usage: CpuUsage | None
    if running.group is not None:
        try:
            usage = controls.cpu_time(running)
        except ManorError:
            # The guest has just ended.
            usage = None
    else:
        times = cpu_times(running.process.pid)
        usage = None if times is None else CpuUsage(times.user + times.system, times.user, times.system)
    if usage is None:
        return []
    names = {"cpu.time": usage.total, "cpu.user": usage.user, "cpu.system": usage.system}
    return [ullong_param(name, value) for name, value in names.items()]


def _halt_polling(running: Running, outcome: str) -> int:
    """Time in ns KVM polled for a halted vCPU to wake, as its debugfs counts it; nothing without KVM."""
    if running.document.type != "kvm":
        return 0
    files = _KVM_FIGURES.glob(f"{running.process.pid}-*/halt_poll_{outcome}_ns")
    try:
        return sum(int(file.read_text()) for file in files)
    except (OSError, ValueError):
        return 0


def counts(guest: Guest) -> tuple[int, int]:
    """How many vCPUs there are and can be."""
    vcpu = guest.document.vcpu
    maximum = (vcpu.value if vcpu is not None else None) or 1
    current = (vcpu.current if vcpu is not None else None) or maximum
    return current, maximum


def vcpus(guest: Guest) -> list[TypedParam]:
    """The vcpu group."""
    current, maximum = counts(guest)
    params = [uint_param("vcpu.current", current), uint_param("vcpu.maximum", maximum)]
    running = guest.running
    if running is None:
        return params
    for number, thread in sorted(running.vcpu_pids.items()):
        times = cpu_times(running.process.pid, thread)
        if times is None:
            continue
        params += [
            int_param(f"vcpu.{number}.state", VcpuState.RUNNING),
            ullong_param(f"vcpu.{number}.time", times.user + times.system),
        ]
        waited, delayed = _scheduling(running.process.pid, thread)
        params.append(ullong_param(f"vcpu.{number}.wait", waited))
        if number in running.halted:
            params.append(bool_param(f"vcpu.{number}.halted", running.halted[number]))
        params.append(ullong_param(f"vcpu.{number}.delay", delayed))
    return params


def placements(running: Running, cpus: int) -> list[VcpuPlacement]:
    """virDomainGetVcpus: where each vCPU runs and may run; `cpus` is the number of host CPUs."""
    result = []
    for number, thread in sorted(running.vcpu_pids.items()):
        times = cpu_times(running.process.pid, thread)
        if times is None:
            continue
        spent = times.user + times.system
        result.append(VcpuPlacement(number, VcpuState.RUNNING, spent, times.cpu, affinity(thread, cpus)))
    return result


def affinity(thread: int, cpus: int) -> bytes:
    """The host CPUs a thread may run on, as a bitmap of `cpus` bits."""
    bits = bytearray((cpus + 7) // 8)
    try:
        text = Path(f"/proc/{thread}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return bytes(bits)
    allowed = next((line.split(":")[1].strip() for line in text.splitlines() if line.startswith("Cpus_allowed:")), "0")
    mask = int(allowed.replace(",", ""), 16)
    for cpu in range(cpus):
        if mask >> cpu & 1:
            bits[cpu // 8] |= 1 << (cpu % 8)
    return bytes(bits)


def _scheduling(pid: int, thread: int) -> tuple[int, int]:
    """Time in ns a thread spent asleep waiting for I/O (where the kernel counts it) and waiting for a CPU."""
    folder = f"/proc/{pid}/task/{thread}"
    waited = 0
    try:
        _, named, rest = read_small(f"{folder}/sched").partition(b"wait_sum")
        if named:
            waited = int(float(rest.partition(b"\n")[0].split(b":")[1]) * 1_000_000)
        delayed = int(read_small(f"{folder}/schedstat").split()[1])
    except (OSError, IndexError, ValueError):
        return waited, 0
    return waited, delayed
