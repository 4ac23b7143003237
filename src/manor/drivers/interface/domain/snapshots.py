# SPDX-License-Identifier: Apache-2.0
"""Snapshots."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import DomainRef, DomainSnapshotRef


class DomainSnapshots(Family):
    """Snapshots."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN_SNAPSHOT

    async def domain_snapshot_create_xml(self, dom: DomainRef, xml_desc: str, flags: int) -> DomainSnapshotRef:
        """virDomainSnapshotCreateXML."""
        raise self.unsupported("virDomainSnapshotCreateXML")

    async def domain_snapshot_get_xml_desc(self, snap: DomainSnapshotRef, flags: int) -> str:
        """virDomainSnapshotGetXMLDesc."""
        raise self.unsupported("virDomainSnapshotGetXMLDesc")

    async def domain_snapshot_num(self, dom: DomainRef, flags: int) -> int:
        """virDomainSnapshotNum."""
        raise self.unsupported("virDomainSnapshotNum")

    async def domain_snapshot_list_names(self, dom: DomainRef, flags: int) -> list[str]:
        """virDomainSnapshotListNames."""
        raise self.unsupported("virDomainSnapshotListNames")

    async def domain_snapshot_lookup_by_name(self, dom: DomainRef, name: str, flags: int) -> DomainSnapshotRef:
        """virDomainSnapshotLookupByName."""
        raise self.unsupported("virDomainSnapshotLookupByName")

    async def domain_has_current_snapshot(self, dom: DomainRef, flags: int) -> int:
        """virDomainHasCurrentSnapshot."""
        raise self.unsupported("virDomainHasCurrentSnapshot")

    async def domain_snapshot_current(self, dom: DomainRef, flags: int) -> DomainSnapshotRef:
        """virDomainSnapshotCurrent."""
        raise self.unsupported("virDomainSnapshotCurrent")

    async def domain_revert_to_snapshot(self, snap: DomainSnapshotRef, flags: int) -> None:
        """virDomainRevertToSnapshot."""
        raise self.unsupported("virDomainRevertToSnapshot")

    async def domain_snapshot_delete(self, snap: DomainSnapshotRef, flags: int) -> None:
        """virDomainSnapshotDelete."""
        raise self.unsupported("virDomainSnapshotDelete")

    async def domain_snapshot_get_parent(self, snap: DomainSnapshotRef, flags: int) -> DomainSnapshotRef:
        """virDomainSnapshotGetParent."""
        raise self.unsupported("virDomainSnapshotGetParent")

    async def domain_snapshot_num_children(self, snap: DomainSnapshotRef, flags: int) -> int:
        """virDomainSnapshotNumChildren."""
        raise self.unsupported("virDomainSnapshotNumChildren")

    async def domain_snapshot_list_children_names(self, snap: DomainSnapshotRef, flags: int) -> list[str]:
        """virDomainSnapshotListChildrenNames."""
        raise self.unsupported("virDomainSnapshotListChildrenNames")

    async def domain_snapshot_is_current(self, snap: DomainSnapshotRef, flags: int) -> int:
        """virDomainSnapshotIsCurrent."""
        raise self.unsupported("virDomainSnapshotIsCurrent")

    async def domain_snapshot_has_metadata(self, snap: DomainSnapshotRef, flags: int) -> int:
        """virDomainSnapshotHasMetadata."""
        raise self.unsupported("virDomainSnapshotHasMetadata")

    async def domain_list_all_snapshots(self, dom: DomainRef, flags: int) -> list[DomainSnapshotRef]:
        """virDomainListAllSnapshots."""
        raise self.unsupported("virDomainListAllSnapshots")

    async def domain_snapshot_list_all_children(
        self, snapshot: DomainSnapshotRef, flags: int
    ) -> list[DomainSnapshotRef]:
        """virDomainSnapshotListAllChildren."""
        raise self.unsupported("virDomainSnapshotListAllChildren")
