# SPDX-License-Identifier: Apache-2.0
"""Domains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from manor.api.base import NamedObject
from manor.api.events import EventStream
from manor.api.snapshot import Checkpoint, Snapshot
from manor.api.stats import DomainStats
from manor.api.stream import DataStream
from manor.constants import (
    DomainCreateFlags,
    DomainJobType,
    DomainModificationImpact,
    DomainState,
    DomainXMLFlags,
)
from manor.drivers.remote import Gap
from manor.errors import ManorError
from manor.records import (
    DomainBlockInfo,
    DomainBlockStats,
    DomainFSInfo,
    DomainInfo,
    DomainInterface,
    DomainInterfaceStats,
    DomainJobInfo,
    DomainMemoryStat,
    DomainRef,
    DomainTime,
    ParamValue,
    VcpuPlacement,
    params_dict,
)
from manor.records.events import DomainLifecycleEvent

T = TypeVar("T")

PROGRESS_INTERVAL_S = 0.5

Progress = Callable[["JobProgress"], None]


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a long operation is: bytes done and to do, and seconds since it began."""

    operation: int
    processed: int
    remaining: int
    total: int
    elapsed_s: float

    @property
    def fraction(self) -> float | None:
        """From 0 to 1; None while the size is not known."""
        return None if not self.total else 1 - self.remaining / self.total


class Domain(NamedObject[DomainRef]):
    """A guest, running or not."""

    @property
    def id(self) -> int:
        """Its id when this reference was made; -1 if it did not run."""
        return self.reference.id

    # State

    async def state(self) -> tuple[DomainState, int]:
        """State and reason (virDomainGetState)."""
        found = await self._driver.domain.domain_get_state(self.reference, 0)
        return DomainState(found.state), found.reason

    async def is_active(self) -> bool:
        """Whether it runs."""
        return bool(await self._driver.domain.domain_is_active(self.reference))

    async def is_persistent(self) -> bool:
        """Whether it has a definition."""
        return bool(await self._driver.domain.domain_is_persistent(self.reference))

    async def info(self) -> DomainInfo:
        """State, memory in KiB, vCPUs, CPU time in ns (virDomainGetInfo)."""
        return await self._driver.domain.domain_get_info(self.reference)

    async def xml(self, flags: DomainXMLFlags | int = 0) -> str:
        """Its document (virDomainGetXMLDesc)."""
        return await self._driver.domain.domain_get_xml_desc(self.reference, int(flags))

    async def stats(self, groups: int = 0) -> DomainStats:
        """Its figures; `groups` are DomainStatsTypes, 0 all of them."""
        records = await self._driver.domain.connect_get_all_domain_stats([self.reference], int(groups), 0)
        return DomainStats.from_record(records[0])

    async def wait_for(self, state: DomainState) -> None:
        """Return when it is in a state; give it a deadline with `asyncio.timeout`."""
        # What happens in a gap is seen by looking.
        async with self.events(DomainLifecycleEvent, Gap) as events:
            while (await self.state())[0] is not state:
                await events.get()

    def events(self, *kinds: type[T]) -> EventStream[T]:
        """Its events of some kinds; see `Connection.events`."""
        return EventStream(self.connection, self._driver.events, kinds, self.reference)

    # Running

    async def start(self, flags: DomainCreateFlags | int = 0) -> None:
        """Boot it, or continue from its managed save (virDomainCreateWithFlags)."""
        self.reference = await self._driver.domain.domain_create_with_flags(self.reference, int(flags))

    async def shutdown(self, flags: int = 0) -> None:
        """Ask the guest to power off; returns when it was asked."""
        await self._driver.domain.domain_shutdown_flags(self.reference, flags)

    async def reboot(self, flags: int = 0) -> None:
        """Ask the guest to reboot."""
        await self._driver.domain.domain_reboot(self.reference, flags)

    async def reset(self) -> None:
        """Press the reset button."""
        await self._driver.domain.domain_reset(self.reference, 0)

    async def destroy(self, *, graceful: bool = False) -> None:
        """Pull the plug; with `graceful` fail rather than lose QEMU's unwritten data."""
        await self._driver.domain.domain_destroy_flags(self.reference, int(graceful))

    async def suspend(self) -> None:
        """Stop its vCPUs."""
        await self._driver.domain.domain_suspend(self.reference)

    async def resume(self) -> None:
        """Let its vCPUs run again."""
        await self._driver.domain.domain_resume(self.reference)

    async def undefine(self, flags: int = 0) -> None:
        """Forget its definition (virDomainUndefineFlags)."""
        await self._driver.domain.domain_undefine_flags(self.reference, int(flags))

    async def rename(self, name: str) -> None:
        """Give it another name while it is off."""
        await self._driver.domain.domain_rename(self.reference, name, 0)
        self.reference = self.reference._replace(name=name)

    # Long operations

    async def save(self, path: Path | str, *, xml: str | None = None, progress: Progress | None = None) -> None:
        """Write its state to a file and end it; `restore` of the connection brings it back."""
        await self._long(self._driver.domain.domain_save_flags(self.reference, str(path), xml, 0), progress)

    async def managed_save(self, *, progress: Progress | None = None) -> None:
        """Save it so that the next start continues."""
        await self._long(self._driver.domain.domain_managed_save(self.reference, 0), progress)

    async def has_managed_save(self) -> bool:
        """Whether the next start continues from a saved state."""
        return bool(await self._driver.domain.domain_has_managed_save_image(self.reference, 0))

    async def core_dump(self, path: Path | str, *, flags: int = 0, progress: Progress | None = None) -> None:
        """Dump it for analysis (virDomainCoreDump)."""
        await self._long(self._driver.domain.domain_core_dump(self.reference, str(path), int(flags)), progress)

    async def job(self) -> DomainJobInfo | None:
        """The long operation under way; None without one."""
        found = await self._driver.domain.domain_get_job_info(self.reference)
        return None if found.type == DomainJobType.NONE else found

    async def abort_job(self) -> None:
        """Cancel the long operation under way."""
        await self._driver.domain.domain_abort_job(self.reference)

    async def job_progress(self, interval_s: float = PROGRESS_INTERVAL_S) -> AsyncIterator[JobProgress]:
        """The progress of the operation under way, until it ends."""
        while (found := await self._job_or_none()) is not None:
            yield JobProgress(
                found.type, found.data_processed, found.data_remaining, found.data_total, found.time_elapsed / 1000
            )
            await asyncio.sleep(interval_s)

    async def _job_or_none(self) -> DomainJobInfo | None:
        try:
            return await self.job()
        except ManorError:
            # The operation ended the domain.
            return None

    async def _long(self, operation: Awaitable[None], progress: Progress | None) -> None:
        """Await an operation; a cancelled wait cancels the operation, and `progress` is told how it goes."""
        task = asyncio.ensure_future(operation)
        watcher = None if progress is None else asyncio.ensure_future(self._watch(progress))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await self._cancel(task)
            raise
        finally:
            if watcher is not None:
                watcher.cancel()

    async def _watch(self, progress: Progress) -> None:
        await asyncio.sleep(PROGRESS_INTERVAL_S)
        async for step in self.job_progress():
            progress(step)

    async def _cancel(self, task: asyncio.Future[None]) -> None:
        try:
            await self.abort_job()
        except ManorError:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    # Configuration

    async def autostart(self) -> bool:
        """Whether it is started with its daemon."""
        return bool(await self._driver.domain.domain_get_autostart(self.reference))

    async def set_autostart(self, enabled: bool) -> None:
        """Have it started with its daemon."""
        await self._driver.domain.domain_set_autostart(self.reference, int(enabled))

    async def set_memory(self, kib: int, flags: DomainModificationImpact | int = 0) -> None:
        """Change how much memory it has, in KiB."""
        await self._driver.domain.domain_set_memory_flags(self.reference, kib, int(flags))

    async def set_vcpus(self, count: int, flags: DomainModificationImpact | int = 0) -> None:
        """Change how many vCPUs it has."""
        await self._driver.domain.domain_set_vcpus_flags(self.reference, count, int(flags))

    async def vcpus(self) -> list[VcpuPlacement]:
        """Where its vCPUs run."""
        return await self._driver.domain.domain_get_vcpus(self.reference)

    async def attach_device(self, xml: str, flags: DomainModificationImpact | int = 0) -> None:
        """Plug a device in (virDomainAttachDeviceFlags)."""
        await self._driver.domain.domain_attach_device_flags(self.reference, xml, int(flags))

    async def detach_device(self, xml: str, flags: DomainModificationImpact | int = 0) -> None:
        """Take a device out (virDomainDetachDeviceFlags)."""
        await self._driver.domain.domain_detach_device_flags(self.reference, xml, int(flags))

    async def update_device(self, xml: str, flags: DomainModificationImpact | int = 0) -> None:
        """Change a device: its medium, link state … (virDomainUpdateDeviceFlags)."""
        await self._driver.domain.domain_update_device_flags(self.reference, xml, int(flags))

    async def metadata(self, kind: int, uri: str | None = None, flags: int = 0) -> str:
        """Title, description or an element of metadata (virDomainMetadataType)."""
        return await self._driver.domain.domain_get_metadata(self.reference, kind, uri, flags)

    async def set_metadata(
        self, kind: int, value: str | None, *, key: str | None = None, uri: str | None = None, flags: int = 0
    ) -> None:
        """Set or, with None, remove metadata."""
        await self._driver.domain.domain_set_metadata(self.reference, kind, value, key, uri, flags)

    # Figures

    async def memory_stats(self) -> list[DomainMemoryStat]:
        """Memory figures by virDomainMemoryStatTags."""
        return await self._driver.domain.domain_memory_stats(self.reference, 0)

    async def block_stats(self, disk: str) -> DomainBlockStats:
        """Requests and bytes of a disk."""
        return await self._driver.domain.domain_block_stats(self.reference, disk)

    async def block_info(self, disk: str) -> DomainBlockInfo:
        """Sizes of a disk's image in bytes."""
        return await self._driver.domain.domain_get_block_info(self.reference, disk, 0)

    async def interface_stats(self, device: str) -> DomainInterfaceStats:
        """Traffic of a network card."""
        return await self._driver.domain.domain_interface_stats(self.reference, device)

    # The guest's own agent

    async def hostname(self) -> str:
        """The guest's host name."""
        return await self._driver.domain.domain_get_hostname(self.reference, 0)

    async def guest_time(self) -> DomainTime:
        """The guest's clock."""
        return await self._driver.domain.domain_get_time(self.reference, 0)

    async def filesystems(self) -> list[DomainFSInfo]:
        """The guest's mounted file systems."""
        return await self._driver.domain.domain_get_fsinfo(self.reference, 0)

    async def addresses(self, source: int = 1) -> list[DomainInterface]:
        """The guest's network addresses; `source` is a virDomainInterfaceAddressesSource, by default the agent."""
        return await self._driver.domain.domain_interface_addresses(self.reference, source, 0)

    async def guest_info(self, types: int = 0) -> dict[str, ParamValue]:
        """What the agent tells of users, system, disks … (virDomainGetGuestInfo)."""
        return params_dict(await self._driver.domain.domain_get_guest_info(self.reference, types, 0))

    # Streams

    async def console(self, device: str | None = None, *, force: bool = False) -> DataStream:
        """Its console, to read from and write to."""
        return await self._stream("domain_open_console", device, int(force))

    async def channel(self, name: str | None = None, *, force: bool = False) -> DataStream:
        """One of its channels."""
        return await self._stream("domain_open_channel", name, int(force))

    async def screenshot(self, screen: int = 0) -> bytes:
        """A picture of its screen (PNG, or PPM of an old QEMU)."""
        async with await self._stream("domain_screenshot", screen, 0) as stream:
            return b"".join([chunk async for chunk in stream])

    async def _stream(self, operation: str, *arguments: Any) -> DataStream:
        stream = DataStream()
        await self._driver.operation(operation)(self.reference, *arguments, stream.driver_end)
        stream.start()
        return stream

    # Snapshots

    async def snapshots(self, flags: int = 0) -> list[Snapshot]:
        """Its snapshots."""
        found = await self._driver.domain.domain_list_all_snapshots(self.reference, flags)
        return [Snapshot(self.connection, reference) for reference in found]

    async def create_snapshot(self, xml: str, flags: int = 0) -> Snapshot:
        """Take a snapshot."""
        found = await self._driver.domain.domain_snapshot_create_xml(self.reference, xml, flags)
        return Snapshot(self.connection, found)

    async def checkpoints(self, flags: int = 0) -> list[Checkpoint]:
        """Its checkpoints."""
        found = await self._driver.domain.domain_list_all_checkpoints(self.reference, flags)
        return [Checkpoint(self.connection, reference) for reference in found]
