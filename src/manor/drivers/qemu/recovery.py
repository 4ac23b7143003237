# SPDX-License-Identifier: Apache-2.0
"""Guests outlive their manager: letting go of them, and finding them again.

The status record of a guest names its process by pid, start time and boot id. At start-up every record is checked; a
process that is the same one is watched and its monitor connected again, anything else means that the guest ended while
nobody looked, and is cleaned up after with the events of a failed run.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path
from uuid import UUID

import msgspec

from manor.constants import (
    DomainCrashedReason,
    DomainEventStoppedDetailType,
    DomainEventType,
    DomainPausedReason,
    DomainRunningReason,
    DomainShutdownReason,
    DomainShutoffReason,
    DomainState,
)
from manor.drivers.qemu import groups, launch, monitor_events, reboot, status, stop
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.monitor import Monitor
from manor.drivers.qemu.paths import GuestPaths
from manor.drivers.qemu.refresh import refresh
from manor.errors import ManorError
from manor.schema.domain import Domain
from manor.store import Batch, Record, kinds
from manor.system.process import Process, ProcessIdentity
from manor.system.process_stat import processes_in
from manor.system.undo import Undo

_log = logging.getLogger(__name__)

RECONNECT_S = 10.0
"""Seconds a QEMU found again has to greet; one that hangs is left alone, watched only through its pidfd."""

_STATES = {
    "running": (DomainState.RUNNING, DomainRunningReason.UNKNOWN),
    "paused": (DomainState.PAUSED, DomainPausedReason.UNKNOWN),
    "io-error": (DomainState.PAUSED, DomainPausedReason.IOERROR),
    "watchdog": (DomainState.PAUSED, DomainPausedReason.WATCHDOG),
    "suspended": (DomainState.PMSUSPENDED, 0),
    "shutdown": (DomainState.SHUTDOWN, DomainShutdownReason.UNKNOWN),
    "guest-panicked": (DomainState.CRASHED, DomainCrashedReason.PANICKED),
}

_INTERRUPTED = frozenset({"paused", "finish-migrate", "postmigrate", "save-vm"})
"""QEMU's states in the middle of an operation of ours; a pause that a client asked for is in the stored state."""


def leave(core: QemuCore, guest: Guest, running: Running) -> None:
    """Let a running guest go on without us; the stored status leads back to it."""
    core.save_status(guest)
    for task in tuple(running.tasks):
        task.cancel()
    if running.agent is not None:
        running.agent.close()
    running.monitor.close()
    running.process.release()


async def recover(core: QemuCore) -> None:
    """Find every guest again that a former daemon left running; all at once, each with its own deadline."""
    await asyncio.gather(*(_recover_one(core, record) for record in core.store.records(kinds.DOMAIN_STATUS)))
    await _sweep(core)
    await core.security.recover({guest.key for guest in core.guests if guest.active})
    await groups.sweep(core)


async def _sweep(core: QemuCore) -> None:
    """End what a daemon that was killed in the middle of a start has left: a QEMU that no status speaks of.

    Every QEMU of ours works in its guest's runtime folder, so a folder without a guest leads to it.
    """
    claimed = {guest.running.paths.folder for guest in core.guests if guest.running is not None}
    strays = [folder for folder in core.paths.runtime.glob("domain-*") if folder not in claimed]
    for folder in strays:
        for pid in await asyncio.to_thread(processes_in, folder):
            identity = ProcessIdentity.of(pid)
            process = None if identity is None else Process.attach(identity, folder.name)
            if process is not None:
                _log.warning("ending %d, the rest of an unfinished start in %s", pid, folder)
                await process.kill(grace=0)
        paths = GuestPaths(folder)
        for left in (folder, paths.channels, core.paths.memory_of(paths)):
            shutil.rmtree(left, ignore_errors=True)


async def _recover_one(core: QemuCore, record: Record) -> None:
    try:
        found = status.decode(record.payload)
        document = Domain.parse(found.document)
    except (msgspec.DecodeError, ManorError) as failure:
        _log.error("status of domain %s cannot be read, it is not managed: %s", record.name or record.key, failure)
        return
    uuid = UUID(record.key).bytes
    guest = core.guests.find(uuid)
    if guest is None:
        guest = Guest(record.name or record.key, uuid)
        core.guests.add(guest)
    process = Process.attach(found.identity, guest.name)
    if process is None:
        _gone(core, guest, found)
        return
    try:
        await _reconnect(core, guest, found, document, process)
    except ManorError as failure:
        _log.error("domain %s runs but its monitor does not answer, ending it: %s", guest.name, failure.message)
        await process.kill()
        if guest.running is None:
            _gone(core, guest, found)
        else:
            crashed = DomainShutoffReason.CRASHED, DomainEventStoppedDetailType.FAILED
            await stop.end_run(core, guest, guest.running, *crashed)


async def _reconnect(core: QemuCore, guest: Guest, found: status.Status, document: Domain, process: Process) -> None:
    paths = GuestPaths(Path(found.folder))
    caps = await core.capabilities(document)
    monitor = await Monitor.connect(paths.monitor, guest.name, RECONNECT_S)
    cleanup = Undo()
    for folder in (paths.folder, paths.channels, core.paths.memory_of(paths)):
        cleanup.push(shutil.rmtree, folder, ignore_errors=True)
    cleanup.push(core.security.release, guest.key)
    for port in found.ports:
        core.ports.reserve(port)
        cleanup.push(core.ports.release, port)
    running = Running(found.id, document, caps, paths, process, monitor, cleanup)
    running.group = groups.found_again(core, paths)
    if running.group is not None:
        cleanup.push(groups.leave, core, guest, running.group)
    running.ports = list(found.ports)
    running.messages = list(found.messages)
    running.original_cpu = found.original_cpu
    running.fake_reboot = found.fake_reboot
    running.clock_adjustment = found.clock_adjustment
    running.shutdown_seen = found.shutdown_seen
    guest.running = running
    guest.set_state(DomainState(found.state), found.reason)
    core.guests.started(guest)
    monitor_events.attach(core, guest, running)
    process.on_exit(lambda _status: stop.process_exited(core, guest, running))
    await _reconcile(core, guest, running)
    await refresh(core, guest, running)
    await groups.place_later(core, guest, running)
    core.save_status(guest)
    _log.info("domain %s found again, pid %d", guest.name, process.pid)


async def _reconcile(core: QemuCore, guest: Guest, running: Running) -> None:
    """What changed while nobody listened: QEMU's run state against the recorded one."""
    answer = await running.monitor.execute("query-status")
    state, reason = _STATES.get(answer["status"], (guest.state, guest.reason))
    if guest.state is DomainState.RUNNING and answer["status"] in _INTERRUPTED:
        await _run_on(guest, running)
    elif state is not guest.state:
        guest.set_state(state, reason)
    if state is DomainState.SHUTDOWN:
        running.shutdown_seen = True
        reboot.after_shutdown(core, guest, running)


async def _run_on(guest: Guest, running: Running) -> None:
    """A save or dump stopped the vCPUs and its daemon died before it answered: it has not happened."""
    transfer = await running.monitor.execute("query-migrate")
    if transfer.get("status") in ("setup", "active", "pre-switchover", "device"):
        await running.monitor.execute("migrate_cancel")
    await running.monitor.execute("cont")
    guest.set_running(DomainRunningReason.SAVE_CANCELED)


def _gone(core: QemuCore, guest: Guest, found: status.Status) -> None:
    """The guest ended while nobody looked."""
    paths = GuestPaths(Path(found.folder))
    for folder in (paths.folder, paths.channels, core.paths.memory_of(paths)):
        shutil.rmtree(folder, ignore_errors=True)
    core.store.apply(Batch().delete(kinds.DOMAIN_STATUS, guest.key))
    reason, detail = DomainShutoffReason.CRASHED, DomainEventStoppedDetailType.FAILED
    if found.shutdown_seen:
        reason, detail = DomainShutoffReason.SHUTDOWN, DomainEventStoppedDetailType.SHUTDOWN
    guest.set_state(DomainState.SHUTOFF, reason)
    core.lifecycle(guest, DomainEventType.STOPPED, detail, domain_id=found.id)
    if not guest.persistent:
        core.guests.remove(guest)


def autostart(core: QemuCore) -> None:
    """Start the guests marked for it, in the background, one failure not stopping the others."""
    for guest in core.guests:
        if (guest.autostart or guest.autostart_once) and not guest.active and guest.persistent:
            core.spawn(_autostart_one(core, guest), f"autostart of {guest.name}")


async def _autostart_one(core: QemuCore, guest: Guest) -> None:
    try:
        async with guest.jobs.change(Job.MODIFY, "autostart"):
            if not guest.active:
                await launch.start(core, guest, guest.require_persistent(), launch.StartOptions())
        if guest.autostart_once:
            guest.autostart_once = False
            await core.store.commit(Batch().delete(kinds.DOMAIN_AUTOSTART, guest.key))
    except ManorError as failure:
        _log.error("Failed to autostart VM '%s': %s", guest.name, failure.message)
