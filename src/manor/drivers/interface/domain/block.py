# SPDX-License-Identifier: Apache-2.0
"""Disks: figures, resizing, peeking, limits, block jobs."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import (
    DomainBlockInfo,
    DomainBlockJobInfo,
    DomainBlockStats,
    DomainDiskError,
    DomainRef,
    TypedParam,
)


class DomainBlock(Family):
    """Disks: figures, resizing, peeking, limits, block jobs."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN

    async def domain_block_stats(self, dom: DomainRef, path: str) -> DomainBlockStats:
        """virDomainBlockStats."""
        raise self.unsupported("virDomainBlockStats")

    async def domain_block_peek(self, dom: DomainRef, path: str, offset: int, size: int, flags: int) -> bytes:
        """virDomainBlockPeek."""
        raise self.unsupported("virDomainBlockPeek")

    async def domain_get_block_info(self, dom: DomainRef, path: str, flags: int) -> DomainBlockInfo:
        """virDomainGetBlockInfo."""
        raise self.unsupported("virDomainGetBlockInfo")

    async def domain_block_job_abort(self, dom: DomainRef, path: str, flags: int) -> None:
        """virDomainBlockJobAbort."""
        raise self.unsupported("virDomainBlockJobAbort")

    async def domain_get_block_job_info(self, dom: DomainRef, path: str, flags: int) -> DomainBlockJobInfo | None:
        """virDomainGetBlockJobInfo."""
        raise self.unsupported("virDomainGetBlockJobInfo")

    async def domain_block_job_set_speed(self, dom: DomainRef, path: str, bandwidth: int, flags: int) -> None:
        """virDomainBlockJobSetSpeed."""
        raise self.unsupported("virDomainBlockJobSetSpeed")

    async def domain_block_pull(self, dom: DomainRef, path: str, bandwidth: int, flags: int) -> None:
        """virDomainBlockPull."""
        raise self.unsupported("virDomainBlockPull")

    async def domain_block_stats_flags(self, dom: DomainRef, path: str, flags: int) -> list[TypedParam]:
        """virDomainBlockStatsFlags."""
        raise self.unsupported("virDomainBlockStatsFlags")

    async def domain_block_resize(self, dom: DomainRef, disk: str, size: int, flags: int) -> None:
        """virDomainBlockResize."""
        raise self.unsupported("virDomainBlockResize")

    async def domain_set_block_io_tune(self, dom: DomainRef, disk: str, params: list[TypedParam], flags: int) -> None:
        """virDomainSetBlockIoTune."""
        raise self.unsupported("virDomainSetBlockIoTune")

    async def domain_get_block_io_tune(self, dom: DomainRef, disk: str | None, flags: int) -> list[TypedParam]:
        """virDomainGetBlockIoTune."""
        raise self.unsupported("virDomainGetBlockIoTune")

    async def domain_get_disk_errors(self, dom: DomainRef, flags: int) -> list[DomainDiskError]:
        """virDomainGetDiskErrors."""
        raise self.unsupported("virDomainGetDiskErrors")

    async def domain_block_rebase(
        self, dom: DomainRef, path: str, base: str | None, bandwidth: int, flags: int
    ) -> None:
        """virDomainBlockRebase."""
        raise self.unsupported("virDomainBlockRebase")

    async def domain_block_commit(
        self, dom: DomainRef, disk: str, base: str | None, top: str | None, bandwidth: int, flags: int
    ) -> None:
        """virDomainBlockCommit."""
        raise self.unsupported("virDomainBlockCommit")

    async def domain_block_copy(
        self, dom: DomainRef, path: str, destxml: str, params: list[TypedParam], flags: int
    ) -> None:
        """virDomainBlockCopy."""
        raise self.unsupported("virDomainBlockCopy")

    async def domain_set_block_threshold(self, dom: DomainRef, dev: str, threshold: int, flags: int) -> None:
        """virDomainSetBlockThreshold."""
        raise self.unsupported("virDomainSetBlockThreshold")

    async def domain_set_throttle_group(self, dom: DomainRef, group: str, params: list[TypedParam], flags: int) -> None:
        """virDomainSetThrottleGroup."""
        raise self.unsupported("virDomainSetThrottleGroup")

    async def domain_del_throttle_group(self, dom: DomainRef, group: str | None, flags: int) -> None:
        """virDomainDelThrottleGroup."""
        raise self.unsupported("virDomainDelThrottleGroup")
