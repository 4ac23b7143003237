# SPDX-License-Identifier: Apache-2.0
"""The end of a run: asked for, seen, or found out.

There is one way out, `end_run`: it ends QEMU if it still runs, unwinds every host change of the run, updates state and
store, and publishes STOPPED. It is safe to enter from several places at once; the first one does the work and the
others wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import signal

from manor.constants import (
    DomainEventStoppedDetailType,
    DomainEventType,
    DomainShutoffReason,
    DomainState,
)
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.QEMU)

GRACE_S = 10.0
"""Seconds between SIGTERM and SIGKILL."""


async def quit_qemu(running: Running) -> None:
    """End QEMU after a power-off; `process_exited` then sees to the rest."""
    await running.process.kill(grace=GRACE_S)


def process_exited(core: QemuCore, guest: Guest, running: Running) -> None:
    """The process is gone. Without a power-off before, that was a crash."""
    if running.ending:
        return
    if running.shutdown_seen:
        reason, detail = DomainShutoffReason.SHUTDOWN, DomainEventStoppedDetailType.SHUTDOWN
    else:
        _log.warning("domain %s: QEMU ended without a shutdown (%s)", guest.name, running.process.status)
        reason, detail = DomainShutoffReason.CRASHED, DomainEventStoppedDetailType.FAILED
    core.spawn(end_run(core, guest, running, reason, detail), f"end of {guest.name}")


async def end_run(
    core: QemuCore,
    guest: Guest,
    running: Running,
    reason: DomainShutoffReason,
    detail: DomainEventStoppedDetailType,
    *,
    graceful: bool = False,
) -> None:
    """End a run for good; when this returns the guest is off, or gone if it was transient.

    With `graceful`, QEMU only gets SIGTERM; one that does not heed it within the grace time keeps running and
    VIR_ERR_OPERATION_FAILED is raised.
    """
    if running.ending:
        await running.ended.wait()
        return
    running.ending = True
    running.destroyed = reason is DomainShutoffReason.DESTROYED
    try:
        if graceful:
            await _terminate_gracefully(running)
        await running.process.kill(grace=GRACE_S)
    except ManorError:
        running.ending = running.destroyed = False
        raise
    guest.jobs.abandon()
    await _release(guest, running)
    await _record(core, guest, running, reason, detail)
    running.ended.set()


async def destroy(core: QemuCore, guest: Guest, running: Running, *, graceful: bool = False) -> None:
    """virDomainDestroyFlags: end the run because somebody said so."""
    await end_run(
        core,
        guest,
        running,
        DomainShutoffReason.DESTROYED,
        DomainEventStoppedDetailType.DESTROYED,
        graceful=graceful,
    )


async def _terminate_gracefully(running: Running) -> None:
    running.process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(running.process.wait(), GRACE_S)
    except TimeoutError:
        raise _error(ErrorNumber.OPERATION_FAILED, "failed to kill qemu process with SIGTERM") from None


async def _release(guest: Guest, running: Running) -> None:
    for task in tuple(running.tasks):
        task.cancel()
    if running.agent is not None:
        running.agent.close()
    running.monitor.close()
    for failure in await running.cleanup.unwind():
        _log.error("domain %s: cleaning up after the run: %s", guest.name, failure)


async def _record(
    core: QemuCore,
    guest: Guest,
    running: Running,
    reason: DomainShutoffReason,
    detail: DomainEventStoppedDetailType,
) -> None:
    core.guests.stopped(running.id)
    guest.running = None
    guest.set_state(DomainState.SHUTOFF, reason)
    core.drop_status(guest)
    core.lifecycle(guest, DomainEventType.STOPPED, detail, domain_id=running.id)
    if not guest.persistent:
        core.guests.remove(guest)
