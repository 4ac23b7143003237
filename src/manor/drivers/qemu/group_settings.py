# SPDX-License-Identifier: Apache-2.0
"""What a document says about control groups and threads, applied: cputune, memtune, blkiotune, numatune, pinning.

Nothing here knows how a guest comes to its groups; that is `groups`.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Collection
from typing import Final, Literal

import msgspec

from manor.drivers.qemu import group_devices
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.core import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.memory import MemoryTune
from manor.schema.domain.tuning import BlkioTune, CpuTune, Scheduling
from manor.system.cgroup import UNLIMITED, Cgroup, Controller, Group, Throttle

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.QEMU)
_host_error = reporter(ErrorDomain.NONE)

Kind = Literal["vcpu", "emulator", "iothread"]

THROTTLES: Final = {
    "read_iops_sec": Throttle.READ_OPERATIONS,
    "write_iops_sec": Throttle.WRITE_OPERATIONS,
    "read_bytes_sec": Throttle.READ_BYTES,
    "write_bytes_sec": Throttle.WRITE_BYTES,
}
"""Limits of a block device by the document's names."""

_BANDWIDTHS: Final[dict[Kind, tuple[str, str]]] = {
    "vcpu": ("period", "quota"),
    "emulator": ("emulator_period", "emulator_quota"),
    "iothread": ("iothread_period", "iothread_quota"),
}
_GLOBAL: Final = ("global_period", "global_quota")

_POLICIES: Final = {
    "batch": os.SCHED_BATCH,
    "idle": os.SCHED_IDLE,
    "fifo": os.SCHED_FIFO,
    "rr": os.SCHED_RR,
}


class Part(msgspec.Struct, frozen=True):
    """One thread of QEMU with a group of its own: a vCPU, an I/O thread, or the emulator's first."""

    kind: Kind
    name: str
    tid: int
    number: int = 0


# -- what a document demands -----------------------------------------------------------------------------------------


def check_session(document: Domain) -> None:
    """Raise VIR_ERR_CONFIG_UNSUPPORTED for tuning that only the system's daemon can do."""
    for what, demanded in (
        ("Memory tuning", _tunes_memory(document)),
        ("Block I/O tuning", _tunes_disks(document)),
        ("CPU tuning", _tunes_shares(document) or _tunes_bandwidth(document)),
    ):
        if demanded:
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, f"{what} is not available in session mode")


def check_available(document: Domain, controllers: frozenset[Controller]) -> None:
    """Raise VIR_ERR_CONFIG_UNSUPPORTED for tuning whose controller the host does not have."""
    for controller, demanded, text in (
        (Controller.BLKIO, _tunes_disks, "Block I/O tuning is not available on this host"),
        (Controller.MEMORY, _tunes_memory, "Memory cgroup is not available on this host"),
        (Controller.CPU, _tunes_shares, "CPU tuning is not available on this host"),
        (Controller.CPU, _tunes_bandwidth, "cgroup cpu is required for scheduler tuning"),
    ):
        if controller not in controllers and demanded(document):
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, text)


def check_nodes(wanted: Bitmap | None, available: Collection[int]) -> None:
    """Raise VIR_ERR_CONFIG_UNSUPPORTED for a NUMA node that the host does not have."""
    absent = sorted(set(wanted or ()) - set(available))
    if absent:
        raise _host_error(ErrorNumber.CONFIG_UNSUPPORTED, f"NUMA node {absent[0]} is unavailable")


def tunes_threads(document: Domain) -> bool:
    """Whether the document says anything of single threads, so that a guest may not run before it is done."""
    tune = document.cputune or CpuTune()
    pinned = tune.vcpupins or tune.iothreadpins or tune.vcpuscheds or tune.iothreadscheds or tune.emulatorsched
    placed = document.vcpu is not None and document.vcpu.cpuset is not None
    return bool(pinned) or placed or _tunes_bandwidth(document) or nodes(document) is not None


def _tunes_memory(document: Domain) -> bool:
    tune = document.memtune or MemoryTune()
    limits = (tune.hard_limit, tune.soft_limit, tune.swap_hard_limit)
    return any(limit is not None and limit < UNLIMITED for limit in limits)


def _tunes_disks(document: Domain) -> bool:
    tune = document.blkiotune or BlkioTune()
    return bool(tune.weight or tune.devices)


def _tunes_shares(document: Domain) -> bool:
    return document.cputune is not None and document.cputune.shares is not None


def _tunes_bandwidth(document: Domain) -> bool:
    tune = document.cputune
    return tune is not None and any(getattr(tune, name) for pair in (_GLOBAL, *_BANDWIDTHS.values()) for name in pair)


# -- the guest's group -----------------------------------------------------------------------------------------------


def apply(group: Cgroup, document: Domain) -> None:
    """Give a new group what the document says of the whole guest."""
    if group.has(Controller.DEVICES):
        _apply_devices(group.of(Controller.DEVICES), document)
    if _tunes_disks(document):
        _apply_disks(group.of(Controller.BLKIO), document.blkiotune or BlkioTune())
    if _tunes_memory(document):
        _apply_memory(group.of(Controller.MEMORY), document.memtune or MemoryTune())
    tune = document.cputune
    if tune is not None and tune.shares is not None:
        group.of(Controller.CPU).set_cpu_shares(tune.shares)
    if tune is not None:
        _apply_bandwidth(group, tune, _GLOBAL)


def _apply_devices(group: Group, document: Domain) -> None:
    try:
        group.deny_devices()
    except ManorError as failure:
        if failure.int1 != errno.EPERM:
            raise
        # A container that may group processes, but not say what they may open.
        _log.warning("domain %s may open any device file: %s", document.name, failure.message)
        return
    group.allow_devices(group_devices.of_document(document))


def _apply_disks(group: Group, tune: BlkioTune) -> None:
    if tune.weight:
        group.set_io_weight(tune.weight)
    for device in tune.devices:
        path = device.path or ""
        if device.weight:
            group.set_device_weight(path, device.weight)
        for name, limit in THROTTLES.items():
            value = getattr(device, name)
            if value:
                group.set_throttle(path, limit, value)


def _apply_memory(group: Group, tune: MemoryTune) -> None:
    for limit, set_limit in (
        (tune.hard_limit, group.set_memory_hard_limit),
        (tune.soft_limit, group.set_memory_soft_limit),
        (tune.swap_hard_limit, group.set_swap_hard_limit),
    ):
        if limit is not None and limit < UNLIMITED:
            set_limit(limit)


def _apply_bandwidth(group: Cgroup, tune: CpuTune, names: tuple[str, str]) -> None:
    period, quota = (getattr(tune, name) for name in names)
    if period:
        group.of(Controller.CPU).set_cpu_period(period)
    if quota:
        group.of(Controller.CPU).set_cpu_quota(quota)


# -- its threads -----------------------------------------------------------------------------------------------------


def apply_part(group: Cgroup, document: Domain, part: Part) -> None:
    """Give the new group of some threads what the document says of them."""
    if group.has(Controller.CPUSET):
        sets = group.of(Controller.CPUSET)
        cpus = _cpus(document, part)
        if cpus is not None:
            sets.set_cpus(str(Bitmap(cpus)))
        memory = nodes(document)
        if memory is not None:
            sets.set_memory_nodes(str(memory))
    if document.cputune is not None:
        _apply_bandwidth(group, document.cputune, _BANDWIDTHS[part.kind])


def nodes(document: Domain) -> Bitmap | None:
    """The nodes all memory must come from."""
    memory = document.numatune.memory if document.numatune is not None else None
    return memory.nodeset if memory is not None and memory.mode in (None, "strict", "restrictive") else None


def emulator_cpus(document: Domain) -> frozenset[int] | None:
    """The CPUs QEMU starts on; None for any."""
    return _cpus(document, Part("emulator", "", 0))


def _cpus(document: Domain, part: Part) -> frozenset[int] | None:
    tune = document.cputune or CpuTune()
    own: Bitmap | None = None
    if part.kind == "vcpu":
        own = next((pin.cpuset for pin in tune.vcpupins if pin.vcpu == part.number), None)
    elif part.kind == "iothread":
        own = next((pin.cpuset for pin in tune.iothreadpins if pin.iothread == part.number), None)
    elif tune.emulatorpin is not None:
        own = tune.emulatorpin.cpuset
    return own or (document.vcpu.cpuset if document.vcpu is not None else None) or None


def schedule(part: Part, document: Domain) -> None:
    """Give a thread the CPUs and the scheduler the document has for it."""
    cpus = _cpus(document, part)
    if cpus is None and emulator_cpus(document) is not None:
        # It began with the emulator's.
        cpus = frozenset(range(os.cpu_count() or 1))
    if cpus is not None:
        set_affinity(part.tid, cpus)
    chosen = _scheduling(document.cputune or CpuTune(), part)
    if chosen is not None and chosen.scheduler is not None:
        try:
            os.sched_setscheduler(part.tid, _POLICIES[chosen.scheduler], os.sched_param(chosen.priority or 0))
        except OSError as failure:
            text = f"Cannot set scheduler parameters for pid {part.tid}"
            raise _error.system(failure.errno or 0, text) from failure


def _scheduling(tune: CpuTune, part: Part) -> Scheduling | None:
    if part.kind == "vcpu":
        return next((item for item in tune.vcpuscheds if item.vcpus and part.number in item.vcpus), None)
    return next((item for item in tune.iothreadscheds if item.iothreads and part.number in item.iothreads), None)


def set_affinity(thread: int, cpus: frozenset[int]) -> None:
    """Let a thread (0: the calling one) run on these CPUs only."""
    try:
        os.sched_setaffinity(thread, cpus)
    except OSError as failure:
        raise _error.system(failure.errno or 5, f"cannot set CPU affinity on process {thread}") from failure
