# SPDX-License-Identifier: Apache-2.0
"""What follows a guest's panic: the document's on_crash."""

from __future__ import annotations

import logging
import time
from typing import Any

from manor.constants import (
    DomainEventStoppedDetailType,
    DomainRunningReason,
    DomainShutoffReason,
)
from manor.drivers.qemu import stop
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.memory_dump import dump_memory
from manor.errors import ManorError

_log = logging.getLogger(__name__)


def after_panic(core: QemuCore, guest: Guest, running: Running, info: dict[str, Any] | None) -> None:
    """Start acting on the panic, as a task: the caller is an event handler. `info` is the guest's own account."""
    if info:
        _log.warning("domain %s panicked: %s", guest.name, info)
    core.spawn(_act(core, guest, running), f"crash of {guest.name}")


async def _act(core: QemuCore, guest: Guest, running: Running) -> None:
    action = running.document.on_crash or "destroy"
    try:
        async with guest.jobs.change(Job.MODIFY, "on_crash"):
            if action.startswith("coredump"):
                stamp = time.strftime("%Y-%m-%d-%H:%M:%S", time.localtime())
                await dump_memory(core, guest, running, core.paths.dumps / f"{running.id}-{guest.name}-{stamp}")
            if action in ("restart", "coredump-restart"):
                running.resume_reason = DomainRunningReason.CRASHED
                await running.monitor.execute("system_reset")
                await running.monitor.execute("cont")
                guest.set_running(DomainRunningReason.CRASHED)
                core.save_status(guest)
                return
            if action == "preserve":
                return
    except ManorError as error:
        _log.error("domain %s: on_crash '%s' failed: %s", guest.name, action, error)
    await stop.end_run(core, guest, running, DomainShutoffReason.CRASHED, DomainEventStoppedDetailType.CRASHED)
