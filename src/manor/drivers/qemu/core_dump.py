# SPDX-License-Identifier: Apache-2.0
"""Core dumps: of memory alone through dump-guest-memory, of the whole guest as a migration stream."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from manor.constants import (
    DomainCoreDumpFlags,
    DomainCoreDumpFormat,
    DomainEventStoppedDetailType,
    DomainPausedReason,
    DomainRunningReason,
    DomainShutoffReason,
    DomainState,
    ErrorDomain,
    ErrorNumber,
)
from manor.drivers.qemu import migration_stream, run_state, stop
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.jobs import AsyncJob, Job, RunningJob
from manor.drivers.qemu.memory_dump import dump_memory
from manor.errors import reporter
from manor.system.files import discard

_error = reporter(ErrorDomain.QEMU)

_FORMATS: Final = {
    DomainCoreDumpFormat.RAW: "elf",
    DomainCoreDumpFormat.KDUMP_ZLIB: "kdump-zlib",
    DomainCoreDumpFormat.KDUMP_LZO: "kdump-lzo",
    DomainCoreDumpFormat.KDUMP_SNAPPY: "kdump-snappy",
    DomainCoreDumpFormat.WIN_DMP: "win-dmp",
}


async def dump(core: QemuCore, guest: Guest, path: Path, form: int, flags: int) -> None:
    """virDomainCoreDumpWithFormat; on failure the guest runs on and there is no file."""
    async with guest.jobs.long(AsyncJob.DUMP, "domain_core_dump", allow=frozenset({Job.SUSPEND})) as job:
        running = guest.require_active()
        was_running = guest.state is DomainState.RUNNING
        if not flags & DomainCoreDumpFlags.LIVE:
            await run_state.pause(guest, running, DomainPausedReason.DUMP)
        try:
            await _write(core, guest, running, path, form, flags, job)
        finally:
            still_there = guest.running is running and not running.ending
            ends = flags & (DomainCoreDumpFlags.CRASH | DomainCoreDumpFlags.RESET)
            if still_there and was_running and guest.state is DomainState.PAUSED and not ends:
                await run_state.resume(guest, running, DomainRunningReason.UNPAUSED)
        if flags & DomainCoreDumpFlags.CRASH:
            await stop.end_run(core, guest, running, DomainShutoffReason.CRASHED, DomainEventStoppedDetailType.CRASHED)
        elif flags & DomainCoreDumpFlags.RESET:
            await running.monitor.execute("system_reset")
            if was_running:
                await run_state.resume(guest, running, DomainRunningReason.UNPAUSED)


async def _write(
    core: QemuCore, guest: Guest, running: Running, path: Path, form: int, flags: int, job: RunningJob
) -> None:
    word = _FORMATS.get(DomainCoreDumpFormat(form))
    if flags & DomainCoreDumpFlags.MEMORY_ONLY:
        return await dump_memory(core, guest, running, path, word)
    if form != DomainCoreDumpFormat.RAW:
        raise _error(
            ErrorNumber.OPERATION_UNSUPPORTED, "kdump-compressed format is only supported with memory-only dump"
        )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as failure:
        raise _error.system(failure.errno or 5, f"Failed to create file '{path}'") from failure
    try:
        await migration_stream.write_state(running, handle, job)
    except BaseException:
        discard(path)
        raise
    finally:
        os.close(handle)
    return None
