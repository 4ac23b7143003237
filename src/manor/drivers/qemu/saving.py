# SPDX-License-Identifier: Apache-2.0
"""Saving a guest into a file and starting it from one."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from msgspec.structs import replace

from manor.constants import (
    DomainEventStartedDetailType,
    DomainEventStoppedDetailType,
    DomainEventSuspendedDetailType,
    DomainJobType,
    DomainPausedReason,
    DomainRunningReason,
    DomainSaveRestoreFlags,
    DomainShutoffReason,
    DomainState,
    ErrorDomain,
    ErrorNumber,
)
from manor.drivers.interface.flags import exclusive_flags
from manor.drivers.qemu import definitions, launch, migration_stream, run_state, save_image, stop
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import migratable_copy
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.jobs import AsyncJob, RunningJob
from manor.drivers.qemu.launch import StartOptions
from manor.drivers.qemu.passes import Purpose, complete
from manor.drivers.qemu.security import labels
from manor.errors import ManorError, reporter
from manor.records.events import DomainJobCompletedEvent
from manor.schema.core import Format
from manor.schema.domain import Domain
from manor.schema.stability import check_stable
from manor.store import Batch, Origin, kinds
from manor.system.files import discard

_error = reporter(ErrorDomain.QEMU)

STORED = Format.SECURE | Format.INACTIVE | Format.MIGRATABLE


async def save(core: QemuCore, guest: Guest, path: Path, dxml: str | None, flags: int, holder: str) -> None:
    """virDomainSaveParams: write the guest's state to `path` and end it.

    On failure the guest runs on as before and there is no file.
    """
    async with guest.jobs.long(AsyncJob.SAVE, holder) as job:
        running = guest.require_active()
        document = await _saved_document(core, guest, running, dxml)
        was_running = _run_after(guest.state is DomainState.RUNNING, flags)
        resumed_as = guest.reason if guest.state is DomainState.RUNNING else None
        await run_state.pause(guest, running, DomainPausedReason.SAVE)
        try:
            await _write(running, path, document, job, was_running=was_running)
        except BaseException:
            discard(path)
            if resumed_as is not None and guest.running is running and not running.ending:
                await run_state.resume(guest, running, DomainRunningReason.SAVE_CANCELED)
            raise
        if job.stats is not None:
            job.stats.finish(DomainJobType.COMPLETED)
            core.publish(DomainJobCompletedEvent(guest.ref, job.stats.stats().params))
        await stop.end_run(core, guest, running, DomainShutoffReason.SAVED, DomainEventStoppedDetailType.SAVED)


async def _saved_document(core: QemuCore, guest: Guest, running: Running, dxml: str | None) -> str:
    if dxml is None:
        document = migratable_copy(running.document, core.paths.runtime, running.original_cpu)
        labels.drop_generated(document, guest.definition)
        return document.format(STORED)
    return (await override(core, running.document, dxml)).format(STORED)


async def override(core: QemuCore, saved: Domain, dxml: str) -> Domain:
    """The document that a client gives instead of a saved guest's own.

    Raises VIR_ERR_CONFIG_UNSUPPORTED for one that the guest would notice.
    """
    changed = await definitions.parse(core, dxml, Purpose.DEFINE)
    source = complete(saved.copy(), await core.capabilities(saved), Purpose.DEFINE)
    check_stable(source, changed)
    return changed


async def _write(running: Running, path: Path, document: str, job: RunningJob, *, was_running: bool) -> None:
    handle = await asyncio.to_thread(save_image.create, path, document, was_running=was_running)
    try:
        await migration_stream.write_state(running, handle, job)
    finally:
        os.close(handle)
    await asyncio.to_thread(save_image.finish, path)


def _run_after(was_running: bool, flags: int) -> bool:
    if flags & DomainSaveRestoreFlags.RUNNING:
        return True
    return False if flags & DomainSaveRestoreFlags.PAUSED else was_running


def check_run_flags(flags: int, function: str) -> None:
    """RUNNING and PAUSED exclude each other."""
    names = ("VIR_DOMAIN_SAVE_RUNNING", "VIR_DOMAIN_SAVE_PAUSED")
    exclusive_flags(flags, DomainSaveRestoreFlags.RUNNING, DomainSaveRestoreFlags.PAUSED, names, function)


async def restore(core: QemuCore, path: Path, dxml: str | None, flags: int, options: StartOptions) -> None:
    """virDomainRestoreParams: start the guest saved in `path`; a domain that is not defined becomes transient."""
    image = await asyncio.to_thread(save_image.read, path)
    document = Domain.parse(image.document)
    if dxml:
        document = await override(core, document, dxml)
    name, uuid = definitions.identity(document)
    async with core.defining:
        guest = core.guests.check_free(name, uuid, live=True)
        if guest is None:
            guest = Guest(name, uuid)
            core.guests.add(guest)
    try:
        async with guest.jobs.long(AsyncJob.RESTORE, "domain_restore"):
            await start_from(core, guest, path, image, document, flags, options)
    except BaseException:
        if not guest.persistent and not guest.active:
            core.guests.remove(guest)
        raise


async def start_from(
    core: QemuCore,
    guest: Guest,
    path: Path,
    image: save_image.SaveImage,
    document: Domain,
    flags: int,
    options: StartOptions,
) -> None:
    """Start a guest with the state in an image."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        migration_stream.rewind(handle, image.offset)

        async def load(running: Running) -> None:
            await migration_stream.read_state(running, handle)

        await launch.start(
            core,
            guest,
            document,
            replace(
                options,
                paused=not _run_after(image.was_running, flags),
                started=DomainEventStartedDetailType.RESTORED,
                running_reason=DomainRunningReason.RESTORED,
                paused_reason=DomainPausedReason.MIGRATION,
                suspended=DomainEventSuspendedDetailType.RESTORED,
                incoming="defer",
                load=load,
            ),
        )
    finally:
        os.close(handle)


async def managed_save(core: QemuCore, guest: Guest, flags: int, origin: Origin) -> None:
    """virDomainManagedSave: save into the place the next start looks at."""
    if not guest.persistent:
        raise _error(ErrorNumber.OPERATION_INVALID, "cannot do managed save for transient domain")
    path = core.paths.managed_save(guest.name)
    await save(core, guest, path, None, flags, "domain_managed_save")
    await core.store.commit(Batch(origin).put(kinds.DOMAIN_MANAGED_SAVE, guest.key, str(path)))
    guest.managed_save = True


async def drop_managed_save(core: QemuCore, guest: Guest) -> None:
    """Forget the managed save image, file and all."""
    core.paths.managed_save(guest.name).unlink(missing_ok=True)
    await core.store.commit(Batch().delete(kinds.DOMAIN_MANAGED_SAVE, guest.key))
    guest.managed_save = False


async def start_managed(core: QemuCore, guest: Guest, flags: int, options: StartOptions) -> bool:
    """Start from the managed save image; False if it is not usable, and gone, so that the guest boots instead."""
    path = core.paths.managed_save(guest.name)
    try:
        image = await asyncio.to_thread(save_image.read, path)
    except ManorError:
        await drop_managed_save(core, guest)
        return False
    await start_from(core, guest, path, image, Domain.parse(image.document), flags, options)
    await drop_managed_save(core, guest)
    return True
