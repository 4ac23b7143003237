# SPDX-License-Identifier: Apache-2.0
"""Saving, restoring and dumping guests; their jobs; their consoles, channels and screens."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import Final

from manor.constants import (
    DomainAbortJobFlagsValues,
    DomainChannelFlags,
    DomainConsoleFlags,
    DomainCoreDumpFlags,
    DomainCoreDumpFormat,
    DomainGetJobStatsFlags,
    DomainJobType,
    DomainSaveImageXMLFlags,
    DomainSaveRestoreFlags,
    ErrorNumber,
)
from manor.drivers.interface import Stream
from manor.drivers.qemu import consoles, core_dump, migration_stream, save_image, saving
from manor.drivers.qemu.job_stats import no_job
from manor.drivers.qemu.jobs import AsyncJob, Job
from manor.drivers.qemu.launch import StartOptions
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.records import DomainJobInfo, DomainJobStats, DomainRef, TypedParam, params_dict
from manor.schema.core import Format
from manor.schema.domain import Domain

_SAVE: Final = DomainSaveRestoreFlags.BYPASS_CACHE | DomainSaveRestoreFlags.RUNNING | DomainSaveRestoreFlags.PAUSED
_RESTORE: Final = _SAVE | DomainSaveRestoreFlags.RESET_NVRAM
_RUN: Final = DomainSaveRestoreFlags.RUNNING | DomainSaveRestoreFlags.PAUSED
_TRANSFERS: Final = frozenset({AsyncJob.SAVE, AsyncJob.DUMP, AsyncJob.MIGRATION_OUT})
_CHUNK: Final = 256 * 1024


class StateOps(QemuDomainOps):
    """virDomainSave, virDomainManagedSave, virDomainCoreDump, virDomainGetJobStats, virDomainOpenConsole …"""

    async def domain_save_flags(self, dom: DomainRef, to_file: str, dxml: str | None, flags: int) -> None:
        self.check_flags(flags, _SAVE, "qemuDomainSaveFlags")
        saving.check_run_flags(flags, "virDomainSaveFlags")
        await saving.save(self.core, self.guest(dom), Path(to_file), dxml, flags, "domain_save")

    async def domain_save_params(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        self.check_flags(flags, _SAVE, "qemuDomainSaveParams")
        given = params_dict(params)
        file = given.get("file")
        dxml = given.get("dxml")
        if file is None:
            await saving.managed_save(self.core, self.guest(dom), flags, self.origin("domain_save_params"))
            return
        text = None if dxml is None else str(dxml)
        await saving.save(self.core, self.guest(dom), Path(str(file)), text, flags, "domain_save")

    async def domain_restore_flags(self, from_file: str, dxml: str | None, flags: int) -> None:
        self.check_flags(flags, _RESTORE, "qemuDomainRestoreFlags")
        options = StartOptions(reset_nvram=bool(flags & DomainSaveRestoreFlags.RESET_NVRAM))
        await saving.restore(self.core, Path(from_file), dxml, flags, options)

    async def domain_restore_params(self, params: list[TypedParam], flags: int) -> None:
        given = params_dict(params)
        if "file" not in given:
            raise error(ErrorNumber.OPERATION_INVALID, "missing path to domain saved state")
        dxml = given.get("dxml")
        await self.domain_restore_flags(str(given["file"]), None if dxml is None else str(dxml), flags)

    async def domain_save_image_get_xml_desc(self, file: str, flags: int) -> str:
        self.check_flags(flags, DomainSaveImageXMLFlags.SECURE, "qemuDomainSaveImageGetXMLDesc")
        image = await asyncio.to_thread(save_image.read, Path(file))
        return _image_document(image, flags)

    async def domain_save_image_define_xml(self, file: str, dxml: str, flags: int) -> None:
        self.check_flags(flags, _RUN, "qemuDomainSaveImageDefineXML")
        await self._replace_document(Path(file), dxml, flags)

    async def _replace_document(self, path: Path, dxml: str, flags: int) -> None:
        image = await asyncio.to_thread(save_image.read, path)
        document = await saving.override(self.core, Domain.parse(image.document), dxml)
        was_running = None if not flags & _RUN else bool(flags & DomainSaveRestoreFlags.RUNNING)
        text = document.format(saving.STORED)
        await asyncio.to_thread(save_image.replace_document, path, text, was_running=was_running)

    async def domain_managed_save(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(flags, _SAVE, "qemuDomainManagedSave")
        saving.check_run_flags(flags, "virDomainManagedSave")
        await saving.managed_save(self.core, self.guest(dom), flags, self.origin("domain_managed_save"))

    async def domain_has_managed_save_image(self, dom: DomainRef, flags: int) -> int:
        self.check_flags(flags, 0, "qemuDomainHasManagedSaveImage")
        return int(self.guest(dom).managed_save)

    async def domain_managed_save_remove(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainManagedSaveRemove")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_managed_save_remove"):
            if not guest.managed_save:
                path = self.core.paths.managed_save(guest.name)
                raise error.system(errno.ENOENT, f"Failed to remove managed save file '{path}'")
            await saving.drop_managed_save(self.core, guest)

    async def domain_managed_save_get_xml_desc(self, dom: DomainRef, flags: int) -> str:
        self.check_flags(flags, DomainSaveImageXMLFlags.SECURE, "qemuDomainManagedSaveGetXMLDesc")
        image = await asyncio.to_thread(save_image.read, self._managed_path(dom))
        return _image_document(image, flags)

    async def domain_managed_save_define_xml(self, dom: DomainRef, dxml: str | None, flags: int) -> None:
        self.check_flags(flags, _RUN, "qemuDomainManagedSaveDefineXML")
        await self._replace_document(self._managed_path(dom), dxml or "", flags)

    def _managed_path(self, dom: DomainRef) -> Path:
        guest = self.guest(dom)
        if not guest.managed_save:
            raise error(ErrorNumber.OPERATION_INVALID, "domain does not have managed save image")
        return self.core.paths.managed_save(guest.name)

    async def domain_core_dump_with_format(self, dom: DomainRef, to_file: str, dumpformat: int, flags: int) -> None:
        self.check_flags(flags, sum(DomainCoreDumpFlags), "qemuDomainCoreDumpWithFormat")
        if dumpformat not in tuple(DomainCoreDumpFormat):
            raise error(ErrorNumber.INVALID_ARG, f"unknown dumpformat '{dumpformat}'")
        await core_dump.dump(self.core, self.guest(dom), Path(to_file), dumpformat, flags)

    async def domain_get_job_info(self, dom: DomainRef) -> DomainJobInfo:
        guest = self.guest(dom)
        running = guest.require_active()
        job = guest.jobs.current
        if job is None or job.stats is None:
            return no_job()
        if job.kind in _TRANSFERS:
            await migration_stream.progress(running, job)
        return job.stats.info()

    async def domain_get_job_stats(self, dom: DomainRef, flags: int) -> DomainJobStats:
        self.check_flags(flags, sum(DomainGetJobStatsFlags), "qemuDomainGetJobStats")
        guest = self.guest(dom)
        if flags & DomainGetJobStatsFlags.COMPLETED:
            return self._completed(dom, keep=bool(flags & DomainGetJobStatsFlags.KEEP_COMPLETED))
        running = guest.require_active()
        job = guest.jobs.current
        if job is None or job.stats is None:
            return DomainJobStats(DomainJobType.NONE, [])
        if job.kind in _TRANSFERS:
            await migration_stream.progress(running, job)
        return job.stats.stats()

    def _completed(self, dom: DomainRef, *, keep: bool) -> DomainJobStats:
        jobs = self.guest(dom).jobs
        done = jobs.completed
        if done is None:
            return DomainJobStats(DomainJobType.NONE, [])
        if not keep:
            jobs.completed = None
        return done.stats()

    async def domain_abort_job_flags(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(flags, DomainAbortJobFlagsValues.POSTCOPY, "qemuDomainAbortJobFlags")
        guest = self.guest(dom)
        running = guest.require_active()
        job = guest.jobs.current
        if flags & DomainAbortJobFlagsValues.POSTCOPY:
            text = "current job is not outgoing migration in post-copy mode"
            raise error(ErrorNumber.OPERATION_INVALID, text)
        if job is None:
            raise error(ErrorNumber.OPERATION_INVALID, "no job is active on the domain")
        if job.kind not in _TRANSFERS:
            raise error(ErrorNumber.OPERATION_INVALID, f"cannot abort {job.holder}")
        job.cancelled.set()
        await running.monitor.execute("migrate_cancel")

    async def domain_open_console(self, dom: DomainRef, dev_name: str | None, flags: int, stream: Stream) -> None:
        self.check_flags(flags, DomainConsoleFlags.SAFE | DomainConsoleFlags.FORCE, "qemuDomainOpenConsole")
        running = self.guest(dom).require_active()
        device = consoles.find_console(running, dev_name)
        fd = consoles.open_terminal(device)
        consoles.attach(running, device, fd, stream, force=bool(flags & DomainConsoleFlags.FORCE))

    async def domain_open_channel(self, dom: DomainRef, name: str | None, flags: int, stream: Stream) -> None:
        self.check_flags(flags, DomainChannelFlags.FORCE, "qemuDomainOpenChannel")
        running = self.guest(dom).require_active()
        device = consoles.find_channel(running, name)
        fd = consoles.open_channel(device)
        consoles.attach(running, device, fd, stream, force=bool(flags & DomainChannelFlags.FORCE))

    async def domain_screenshot(self, dom: DomainRef, screen: int, flags: int, stream: Stream) -> str | None:
        self.check_flags(flags, 0, "qemuDomainScreenshot")
        guest = self.guest(dom)
        running = guest.require_active()
        videos = running.document.devices.videos if running.document.devices is not None else []
        if not videos:
            raise error(ErrorNumber.OPERATION_UNSUPPORTED, "no screens to take screenshot from")
        if screen:
            raise error(ErrorNumber.OPERATION_INVALID, "no such screen ID")
        path = running.paths.folder / f"screendump.{os.urandom(8).hex()}"
        png = running.caps.accepts("screendump/arg-type/format/^png")
        async with guest.jobs.change(Job.MODIFY, "domain_screenshot"):
            arguments = {"filename": str(path)} | ({"format": "png"} if png else {})
            await running.monitor.execute("screendump", arguments)

        async def send(channel: Stream) -> None:
            try:
                with path.open("rb") as image:
                    while data := image.read(_CHUNK):
                        await channel.write(data)
            finally:
                path.unlink(missing_ok=True)

        stream.serve(send)
        return "image/png" if png else "image/x-portable-pixmap"


def _image_document(image: save_image.SaveImage, flags: int) -> str:
    secure = Format.SECURE if flags & DomainSaveImageXMLFlags.SECURE else 0
    return Domain.parse(image.document).format(secure | Format.INACTIVE)
