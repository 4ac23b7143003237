# SPDX-License-Identifier: Apache-2.0
"""virDomain: its snapshots and checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from libvirt._api import UInt32, api
from libvirt._checkpoint import virDomainCheckpoint
from libvirt._domain.base import DomainBase
from libvirt._snapshot import virDomainSnapshot
from manor.errors import ErrorDomain, ErrorNumber, reporter

if TYPE_CHECKING:
    from libvirt._domain import virDomain

_error = reporter(ErrorDomain.DOMAIN_SNAPSHOT)


class DomainSnapshots(DomainBase):
    """Snapshots and checkpoints."""

    def _snapshot(self, reference: object) -> virDomainSnapshot:
        return virDomainSnapshot(cast("virDomain", self), reference)

    def _checkpoint(self, reference: object) -> virDomainCheckpoint:
        return virDomainCheckpoint(cast("virDomain", self), reference)

    @api("virDomainSnapshotCreateXML")
    def snapshotCreateXML(self, xmlDesc: str, flags: UInt32 = 0) -> virDomainSnapshot:
        """Make a snapshot (VIR_DOMAIN_SNAPSHOT_CREATE_*)."""
        return self._snapshot(self._get("domain_snapshot_create_xml", xmlDesc, flags))

    @api("virDomainSnapshotLookupByName")
    def snapshotLookupByName(self, name: str, flags: UInt32 = 0) -> virDomainSnapshot:
        """The snapshot of a name."""
        return self._snapshot(self._get("domain_snapshot_lookup_by_name", name, flags))

    @api("virDomainSnapshotCurrent")
    def snapshotCurrent(self, flags: UInt32 = 0) -> virDomainSnapshot:
        """The snapshot the domain was last at."""
        return self._snapshot(self._get("domain_snapshot_current", flags))

    @api("virDomainHasCurrentSnapshot")
    def hasCurrentSnapshot(self, flags: UInt32 = 0) -> int:
        """1 where there is such a snapshot."""
        return int(self._get("domain_has_current_snapshot", flags))

    @api("virDomainSnapshotNum")
    def snapshotNum(self, flags: UInt32 = 0) -> int:
        """How many snapshots there are."""
        return int(self._get("domain_snapshot_num", flags))

    @api("virDomainSnapshotListNames")
    def snapshotListNames(self, flags: UInt32 = 0) -> list[str]:
        """The names of the snapshots."""
        return list(self._get("domain_snapshot_list_names", flags))

    @api("virDomainListAllSnapshots")
    def listAllSnapshots(self, flags: UInt32 = 0) -> list[virDomainSnapshot]:
        """The snapshots that VIR_DOMAIN_SNAPSHOT_LIST_* name."""
        return [self._snapshot(reference) for reference in self._get("domain_list_all_snapshots", flags)]

    @api("virDomainRevertToSnapshot")
    def revertToSnapshot(self, snap: virDomainSnapshot, flags: UInt32 = 0) -> int:
        """Go back to a snapshot."""
        if not isinstance(snap, virDomainSnapshot):
            raise _error(ErrorNumber.INVALID_DOMAIN_SNAPSHOT, "virDomainRevertToSnapshot")
        self._call("domain_revert_to_snapshot", snap._o, flags)
        return 0

    @api("virDomainCheckpointCreateXML")
    def checkpointCreateXML(self, xmlDesc: str, flags: UInt32 = 0) -> virDomainCheckpoint:
        """Make a checkpoint."""
        return self._checkpoint(self._get("domain_checkpoint_create_xml", xmlDesc, flags))

    @api("virDomainCheckpointLookupByName")
    def checkpointLookupByName(self, name: str, flags: UInt32 = 0) -> virDomainCheckpoint:
        """The checkpoint of a name."""
        return self._checkpoint(self._get("domain_checkpoint_lookup_by_name", name, flags))

    @api("virDomainListAllCheckpoints")
    def listAllCheckpoints(self, flags: UInt32 = 0) -> list[virDomainCheckpoint]:
        """The checkpoints that VIR_DOMAIN_CHECKPOINT_LIST_* name."""
        return [self._checkpoint(reference) for reference in self._get("domain_list_all_checkpoints", flags)]
