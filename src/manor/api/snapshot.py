# SPDX-License-Identifier: Apache-2.0
"""Snapshots and checkpoints of domains."""

from __future__ import annotations

from manor.api.base import ApiObject
from manor.records import DomainCheckpointRef, DomainSnapshotRef


class Snapshot(ApiObject[DomainSnapshotRef]):
    """A snapshot of a domain."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.reference.name

    async def xml(self, flags: int = 0) -> str:
        """Its document."""
        return await self._driver.domain.domain_snapshot_get_xml_desc(self.reference, flags)

    async def is_current(self) -> bool:
        """Whether the domain's present state follows from it."""
        return bool(await self._driver.domain.domain_snapshot_is_current(self.reference, 0))

    async def revert(self, flags: int = 0) -> None:
        """Take the domain back to it."""
        await self._driver.domain.domain_revert_to_snapshot(self.reference, flags)

    async def delete(self, flags: int = 0) -> None:
        """Remove it."""
        await self._driver.domain.domain_snapshot_delete(self.reference, flags)


class Checkpoint(ApiObject[DomainCheckpointRef]):
    """A checkpoint of a domain, from which changed blocks are known."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.reference.name

    async def xml(self, flags: int = 0) -> str:
        """Its document."""
        return await self._driver.domain.domain_checkpoint_get_xml_desc(self.reference, flags)

    async def delete(self, flags: int = 0) -> None:
        """Remove it."""
        await self._driver.domain.domain_checkpoint_delete(self.reference, flags)
