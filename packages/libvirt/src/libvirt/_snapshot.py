# SPDX-License-Identifier: Apache-2.0
"""virDomainSnapshot."""

from __future__ import annotations

from libvirt._api import UInt32, api
from libvirt._domain_part import DomainPart
from manor.records import DomainSnapshotRef


class virDomainSnapshot(DomainPart):
    """A snapshot of a domain: a state it can go back to."""

    _reference = DomainSnapshotRef
    _o: DomainSnapshotRef

    @api("virDomainSnapshotGetXMLDesc")
    def getXMLDesc(self, flags: UInt32 = 0) -> str:
        """The snapshot as XML."""
        description: str = self._get("domain_snapshot_get_xml_desc", flags)
        return description

    @api("virDomainSnapshotGetParent")
    def getParent(self, flags: UInt32 = 0) -> virDomainSnapshot:
        """The snapshot this one was made after."""
        return virDomainSnapshot(self._dom, self._get("domain_snapshot_get_parent", flags))

    @api("virDomainSnapshotNumChildren")
    def numChildren(self, flags: UInt32 = 0) -> int:
        """How many snapshots were made after this one."""
        return int(self._get("domain_snapshot_num_children", flags))

    @api("virDomainSnapshotListChildrenNames")
    def listChildrenNames(self, flags: UInt32 = 0) -> list[str]:
        """The names of the snapshots made after this one."""
        return list(self._get("domain_snapshot_list_children_names", flags))

    @api("virDomainSnapshotListAllChildren")
    def listAllChildren(self, flags: UInt32 = 0) -> list[virDomainSnapshot]:
        """The snapshots made after this one."""
        return [virDomainSnapshot(self._dom, ref) for ref in self._get("domain_snapshot_list_all_children", flags)]

    @api("virDomainSnapshotIsCurrent")
    def isCurrent(self, flags: UInt32 = 0) -> int:
        """1 for the snapshot the domain was last at."""
        return int(self._get("domain_snapshot_is_current", flags))

    @api("virDomainSnapshotHasMetadata")
    def hasMetadata(self, flags: UInt32 = 0) -> int:
        """1 where libvirt knows more of the snapshot than its image does."""
        return int(self._get("domain_snapshot_has_metadata", flags))

    @api("virDomainSnapshotDelete")
    def delete(self, flags: UInt32 = 0) -> int:
        """Delete the snapshot."""
        return self._do("domain_snapshot_delete", flags)
