# SPDX-License-Identifier: Apache-2.0
"""Starting a guest: from a document to a running QEMU, or nothing at all.

Every step pushes its undo; whatever fails, the steps before it are taken back in reverse order and the guest is as it
was. The undo of the host's part stays with the run and is taken back when the run ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec

from manor.constants import (
    DomainEventStartedDetailType,
    DomainEventSuspendedDetailType,
    DomainEventType,
    DomainPausedReason,
    DomainRunningReason,
    DomainShutoffReason,
    DomainState,
)
from manor.drivers.interface import Session
from manor.drivers.qemu import (
    cpu_live,
    cpu_model,
    firmware_choice,
    groups,
    monitor_events,
    prepare,
    prepare_memory,
    reboot,
    run_state,
    status,
    stop,
    taint,
)
from manor.drivers.qemu.command import CommandLine, build_command
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug.update import settle
from manor.drivers.qemu.monitor import Monitor
from manor.drivers.qemu.passes import Purpose, complete
from manor.drivers.qemu.plan import LaunchPlan
from manor.drivers.qemu.refresh import refresh
from manor.drivers.qemu.security.accounts import as_account
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.domain import Domain
from manor.system.fds import open_log
from manor.system.process import Process, SpawnOptions
from manor.system.undo import Undo

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.QEMU)

STDERR_LIMIT = 4096
"""Bytes of QEMU's last words that go into an error."""


class StartOptions(msgspec.Struct, frozen=True):
    """How a guest starts.

    `started` and the reasons are what events and state say. With `incoming`, QEMU starts without a state of its own and
    `load` brings one in before the vCPUs run.
    """

    paused: bool = False
    autodestroy: Session | None = None
    reset_nvram: bool = False
    started: DomainEventStartedDetailType = DomainEventStartedDetailType.BOOTED
    running_reason: DomainRunningReason = DomainRunningReason.BOOTED
    paused_reason: DomainPausedReason = DomainPausedReason.USER
    suspended: DomainEventSuspendedDetailType = DomainEventSuspendedDetailType.PAUSED
    incoming: str | None = None
    load: Callable[[Running], Awaitable[None]] | None = None


async def start(core: QemuCore, guest: Guest, source: Domain, options: StartOptions) -> Running:
    """Run QEMU for `source`; the caller holds the guest's job.

    When this returns the guest is running (or paused, as asked), its status is stored and the events are out. Raises
    ManorError with QEMU's own words when it dies at start; nothing is left behind then.
    """
    caps = await core.capabilities(source)
    async with core.starts.turn(), _named_failures(guest), Undo() as undo:
        document = complete(source.copy(), caps, Purpose.START)
        firmware_choice.choose(document, caps, core.paths.nvram)
        cpu_model.resolve(document, caps)
        # Milliseconds of computing on either side of this: others get their turn in between.
        await asyncio.sleep(0)
        domain_id = core.guests.next_id()
        document.id = domain_id
        paths = core.paths.guest(domain_id, guest.name)
        plan = LaunchPlan(paths, core.paths, domain_id, incoming=options.incoming)
        preparation = prepare.Preparation(core, guest, document, caps, plan, undo, options.reset_nvram)
        await prepare.host_side(preparation)
        group = groups.choose(core, guest, document, paths, undo)
        ends_at_reset = document.on_reboot == "destroy"
        plan.no_reboot = ends_at_reset and not caps.has_command("set-action")
        command = build_command(document, caps, plan)
        await prepare_memory.make_folders(preparation)
        await asyncio.sleep(0)
        process, log = await _run_qemu(core, guest, document, command, plan, group, undo)
        monitor = await _connect(core, plan, guest, document, process, log)
        undo.push(monitor.close)
        running = Running(domain_id, document, caps, paths, process, monitor, Undo())
        running.ports = plan.ports
        running.group = group if group is not None and group.entered else None
        _adopt(core, guest, running, undo)
        running.messages = taint.at_start(document, caps, as_root=core.security.account.uid == 0)
        await refresh(core, guest, running)
        await groups.place(core, guest, running)
        await cpu_live.update(running)
        await settle(running)
        if ends_at_reset and not plan.no_reboot:
            await reboot.set_reset_action(running)
        if options.autodestroy is not None:
            _destroy_with(core, guest, running, options.autodestroy)
        if options.load is not None:
            await options.load(running)
            # What was saved exists from here on; that it runs again is another event.
            core.lifecycle(guest, DomainEventType.STARTED, options.started)
        if options.paused:
            guest.set_paused(options.paused_reason)
        else:
            await run_state.resume(guest, running, options.running_reason)
        status.save(core, guest)
        undo.commit(running.cleanup)
    process.on_exit(lambda _status: stop.process_exited(core, guest, running))
    if options.load is None:
        core.lifecycle(guest, DomainEventType.STARTED, options.started)
    if options.paused:
        core.lifecycle(guest, DomainEventType.SUSPENDED, options.suspended)
    return running


@contextlib.asynccontextmanager
async def _named_failures(guest: Guest) -> AsyncIterator[None]:
    """What the system refuses a start (a full disk, no more descriptors) is an error like any other."""
    try:
        yield
    except OSError as failure:
        place = f" at '{failure.filename}'" if failure.filename else ""
        raise _error.system(
            failure.errno or 0, f"cannot prepare the start of domain '{guest.name}'{place}"
        ) from failure


def _adopt(core: QemuCore, guest: Guest, running: Running, undo: Undo) -> None:
    """Make the run the guest's, so that events and queries find it."""

    def disown() -> None:
        if running.ending:
            # The end of a run that had begun is recorded in one step, when all is cleaned up.
            return
        core.guests.stopped(running.id)
        guest.running = None
        guest.set_state(DomainState.SHUTOFF, DomainShutoffReason.FAILED)
        core.drop_status(guest)

    guest.running = running
    guest.set_paused(DomainPausedReason.STARTING_UP)
    core.guests.started(guest)
    undo.push(disown)
    monitor_events.attach(core, guest, running)


async def _run_qemu(
    core: QemuCore,
    guest: Guest,
    document: Domain,
    command: CommandLine,
    plan: LaunchPlan,
    group: groups.GuestGroup | None,
    undo: Undo,
) -> tuple[Process, Path]:
    log = core.paths.log(guest.name)
    account = core.security.account_of(document)
    log_fd = open_log(log)
    try:
        os.write(log_fd, _log_header(command).encode())
        options = SpawnOptions(
            pass_fds=plan.pass_fds,
            stdout=log_fd,
            stderr=log_fd,
            env=command.environment,
            cwd=plan.paths.folder,
            **as_account(account),
        )
        process = await groups.run(group, document, command.argv, options, guest.name)
    finally:
        os.close(log_fd)
        plan.close_fds()
    undo.push(process.kill, 0)
    return process, log


def _log_header(command: CommandLine) -> str:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S%z", time.localtime())
    return f"{stamp}: starting up\n{command.shell_text()}\n"


async def _connect(
    core: QemuCore, plan: LaunchPlan, guest: Guest, document: Domain, process: Process, log: Path
) -> Monitor:
    """Connect to QEMU's monitor; if QEMU dies instead, its last words are the error."""
    try:
        return await Monitor.connect(plan.paths.monitor, guest.name)
    except ManorError as failure:
        words = _last_words(log)
        if not words:
            raise
        if os.strerror(errno.EACCES) in words:
            core.security.explain(document)
        raise _error(ErrorNumber.INTERNAL_ERROR, f"process exited while connecting to monitor: {words}") from failure


def _last_words(log: Path) -> str:
    """What QEMU printed after its command line."""
    with log.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - STDERR_LIMIT))
        text = stream.read().decode(errors="replace")
    _, _, tail = text.rpartition("timestamp=on\n")
    return tail.strip()


def _destroy_with(core: QemuCore, guest: Guest, running: Running, session: Session) -> None:
    """Have the guest destroyed when the connection that started it ends (VIR_DOMAIN_START_AUTODESTROY)."""

    async def destroy() -> None:
        if guest.running is running:
            await stop.destroy(core, guest, running)

    running.autodestroy = session
    session.on_close.append(destroy)
