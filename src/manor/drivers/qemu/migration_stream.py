# SPDX-License-Identifier: Apache-2.0
"""QEMU's migration stream to and from a file: the core of save, restore and core dump."""

from __future__ import annotations

import os
from typing import Any, Final

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.guest import Running
from manor.drivers.qemu.job_stats import JobStats
from manor.drivers.qemu.jobs import RunningJob
from manor.drivers.qemu.monitor import EventQueue
from manor.errors import ManorError, reporter

_error = reporter(ErrorDomain.QEMU)

FD_NAME: Final = "migrate"
UNLIMITED: Final = (1 << 63) - 1
DEADLINE_S: Final = 24 * 3600.0
"""A save is as long as its memory is large; its owner cancels it, not the clock."""

_ENDED: Final = frozenset({"completed", "failed", "cancelled"})


async def write_state(running: Running, handle: int, job: RunningJob) -> None:
    """Write the guest's state into a descriptor, from its position on; the vCPUs must be stopped.

    Raises VIR_ERR_OPERATION_FAILED with QEMU's words, VIR_ERR_OPERATION_ABORTED when the job was cancelled.
    """
    monitor = running.monitor
    await _report_events(running)
    await monitor.execute("migrate-set-parameters", {"max-bandwidth": UNLIMITED})
    await monitor.execute("getfd", {"fdname": FD_NAME}, fds=[handle])
    async with monitor.listening("MIGRATION") as events:
        await monitor.execute("migrate", {"uri": f"fd:{FD_NAME}"})
        status = await _end(events)
    if job.stats is not None:
        update(job.stats, await monitor.execute("query-migrate"))
    if status == "completed":
        return
    if job.cancelled.is_set() or status == "cancelled":
        raise _error(ErrorNumber.OPERATION_ABORTED, f"{job.holder}: canceled by client")
    raise await _failure(running, job.holder)


async def read_state(running: Running, handle: int) -> None:
    """Load a state from a descriptor into a QEMU that was started with `-incoming defer`."""
    monitor = running.monitor
    await _report_events(running)
    await monitor.execute("getfd", {"fdname": FD_NAME}, fds=[handle])
    async with monitor.listening("MIGRATION") as events:
        await monitor.execute("migrate-incoming", {"uri": f"fd:{FD_NAME}"})
        if await _end(events) != "completed":
            raise await _failure(running, "restore")


async def progress(running: Running, job: RunningJob) -> JobStats | None:
    """The job's figures, brought up to date where it is a transfer QEMU is at."""
    if job.stats is not None:
        try:
            update(job.stats, await running.monitor.execute("query-migrate"))
        except ManorError:
            # The transfer has just ended, with QEMU; the last figures stand.
            return job.stats
    return job.stats


def update(stats: JobStats, answer: dict[str, Any]) -> None:
    """Take over what query-migrate says."""
    ram = answer.get("ram")
    if ram:
        stats.memory_progress(ram["total"], ram["transferred"], ram["remaining"])
        stats.memory_bps = int(ram.get("mbps", 0) * 1000 * 1000 / 8)
        stats.extra |= {
            name: ram[key]
            for name, key in (
                ("memory_constant", "duplicate"),
                ("memory_normal", "normal"),
                ("memory_normal_bytes", "normal-bytes"),
                ("memory_dirty_rate", "dirty-pages-rate"),
                ("memory_iteration", "dirty-sync-count"),
                ("memory_page_size", "page-size"),
                ("memory_postcopy_requests", "postcopy-requests"),
            )
            if key in ram
        }
    for name, key in (("downtime", "downtime"), ("setup_time", "setup-time")):
        if key in answer:
            stats.extra[name] = answer[key]


def rewind(handle: int, offset: int) -> None:
    """Position a descriptor at the start of QEMU's stream."""
    os.lseek(handle, offset, os.SEEK_SET)


async def _report_events(running: Running) -> None:
    """Have QEMU say when a transfer changes its state, so that nobody needs to ask."""
    capability = {"capability": "events", "state": True}
    await running.monitor.execute("migrate-set-capabilities", {"capabilities": [capability]})


async def _end(events: EventQueue) -> str:
    while True:
        event = await events.get(DEADLINE_S)
        if event.data["status"] in _ENDED:
            return str(event.data["status"])


async def _failure(running: Running, operation: str) -> ManorError:
    answer: dict[str, Any] = await running.monitor.execute("query-migrate")
    reason = answer.get("error-desc") or "unexpectedly failed"
    return _error(ErrorNumber.OPERATION_FAILED, f"{operation}: {reason}")
