# SPDX-License-Identifier: Apache-2.0
"""Snapshots of test domains: memory and disks are not there, states and documents are."""

from __future__ import annotations

import time
from pathlib import Path

from manor.constants import (
    DomainEventStartedDetailType,
    DomainEventStoppedDetailType,
    DomainEventSuspendedDetailType,
    DomainEventType,
    DomainPausedReason,
    DomainRunningReason,
    DomainShutoffReason,
    DomainSnapshotCreateFlags,
    DomainSnapshotDeleteFlags,
    DomainSnapshotListFlags,
    DomainSnapshotRevertFlags,
    DomainState,
)
from manor.drivers.test.definition import accept_domain, migratable_copy
from manor.drivers.test.domain.lifecycle import Lifecycle
from manor.drivers.test.errors import check_flags, domain_error, not_valid, test_error
from manor.drivers.test.guest import Guest
from manor.drivers.test.moments import Snapshot
from manor.drivers.test.redefinition import check_redefinition
from manor.errors import ErrorNumber
from manor.records import DomainRef, DomainSnapshotRef
from manor.schema import snapshot_rules
from manor.schema.snapshot import DomainSnapshot, Location, SnapshotState

Create, Delete, Revert = DomainSnapshotCreateFlags, DomainSnapshotDeleteFlags, DomainSnapshotRevertFlags
Lists = DomainSnapshotListFlags

_CREATE = (
    Create.REDEFINE | Create.CURRENT | Create.HALT | Create.QUIESCE | Create.ATOMIC | Create.LIVE | Create.VALIDATE
)
_DELETE = Delete.CHILDREN | Delete.CHILDREN_ONLY
_REVERT = Revert.RUNNING | Revert.PAUSED | Revert.FORCE
_LIST = (
    Lists.ROOTS | Lists.METADATA | Lists.LEAVES | Lists.NO_LEAVES | Lists.NO_METADATA | Lists.INACTIVE | Lists.ACTIVE
    | Lists.DISK_ONLY | Lists.INTERNAL | Lists.EXTERNAL | Lists.TOPOLOGICAL
)  # fmt: skip
_STATES: dict[int, SnapshotState] = {
    DomainState.NOSTATE: "nostate",
    DomainState.RUNNING: "running",
    DomainState.BLOCKED: "blocked",
    DomainState.PAUSED: "paused",
    DomainState.SHUTDOWN: "shutdown",
    DomainState.SHUTOFF: "shutoff",
    DomainState.CRASHED: "crashed",
    DomainState.PMSUSPENDED: "pmsuspended",
}
_OFFLINE = ("shutoff", "disk-snapshot")


class Snapshots(Lifecycle):
    """The snapshot operations."""

    # -- lookups and lists -------------------------------------------------------------------------------

    def _snapshot(self, snap: DomainSnapshotRef) -> tuple[Guest, Snapshot]:
        guest = self.find(snap.dom)
        return guest, _lookup(guest, snap.name)

    def _selected(self, guest: Guest, start: Snapshot | None, flags: int) -> list[Snapshot]:
        return [item for item in guest.snapshots.select(start, flags) if _passes(item, flags)]

    async def domain_snapshot_num(self, dom: DomainRef, flags: int) -> int:
        """virDomainSnapshotNum."""
        check_flags(flags, _LIST, "testDomainSnapshotNum")
        return len(self._selected(self.find(dom), None, flags))

    async def domain_snapshot_list_names(self, dom: DomainRef, flags: int) -> list[str]:
        """virDomainSnapshotListNames."""
        check_flags(flags, _LIST, "testDomainSnapshotListNames")
        return [item.name for item in self._selected(self.find(dom), None, flags)]

    async def domain_list_all_snapshots(self, dom: DomainRef, flags: int) -> list[DomainSnapshotRef]:
        """virDomainListAllSnapshots."""
        check_flags(flags, _LIST, "testDomainListAllSnapshots")
        guest = self.find(dom)
        return [DomainSnapshotRef(item.name, dom) for item in self._selected(guest, None, flags)]

    async def domain_snapshot_num_children(self, snap: DomainSnapshotRef, flags: int) -> int:
        """virDomainSnapshotNumChildren."""
        check_flags(flags, _LIST, "testDomainSnapshotNumChildren")
        guest, snapshot = self._snapshot(snap)
        return len(self._selected(guest, snapshot, flags))

    async def domain_snapshot_list_children_names(self, snap: DomainSnapshotRef, flags: int) -> list[str]:
        """virDomainSnapshotListChildrenNames."""
        check_flags(flags, _LIST, "testDomainSnapshotListChildrenNames")
        guest, snapshot = self._snapshot(snap)
        return [item.name for item in self._selected(guest, snapshot, flags)]

    async def domain_snapshot_list_all_children(
        self, snapshot: DomainSnapshotRef, flags: int
    ) -> list[DomainSnapshotRef]:
        """virDomainSnapshotListAllChildren."""
        check_flags(flags, _LIST, "testDomainSnapshotListAllChildren")
        guest, found = self._snapshot(snapshot)
        return [DomainSnapshotRef(item.name, snapshot.dom) for item in self._selected(guest, found, flags)]

    async def domain_snapshot_lookup_by_name(self, dom: DomainRef, name: str, flags: int) -> DomainSnapshotRef:
        """virDomainSnapshotLookupByName."""
        check_flags(flags, 0, "testDomainSnapshotLookupByName")
        return DomainSnapshotRef(_lookup(self.find(dom), name).name, dom)

    async def domain_has_current_snapshot(self, dom: DomainRef, flags: int) -> int:
        """virDomainHasCurrentSnapshot."""
        check_flags(flags, 0, "testDomainHasCurrentSnapshot")
        return int(self.find(dom).snapshots.current is not None)

    async def domain_snapshot_current(self, dom: DomainRef, flags: int) -> DomainSnapshotRef:
        """virDomainSnapshotCurrent."""
        check_flags(flags, 0, "testDomainSnapshotCurrent")
        current = self.find(dom).snapshots.current
        if current is None:
            raise test_error(ErrorNumber.NO_DOMAIN_SNAPSHOT, "the domain does not have a current snapshot")
        return DomainSnapshotRef(current.name, dom)

    async def domain_snapshot_get_parent(self, snap: DomainSnapshotRef, flags: int) -> DomainSnapshotRef:
        """virDomainSnapshotGetParent."""
        check_flags(flags, 0, "testDomainSnapshotGetParent")
        _, snapshot = self._snapshot(snap)
        if snapshot.parent is None:
            text = f"snapshot '{snapshot.name}' does not have a parent"
            raise test_error(ErrorNumber.NO_DOMAIN_SNAPSHOT, text)
        return DomainSnapshotRef(snapshot.parent, snap.dom)

    async def domain_snapshot_get_xml_desc(self, snap: DomainSnapshotRef, flags: int) -> str:
        """virDomainSnapshotGetXMLDesc."""
        check_flags(flags, 1, "testDomainSnapshotGetXMLDesc")
        return self._snapshot(snap)[1].document.format(flags | 2)

    async def domain_snapshot_is_current(self, snap: DomainSnapshotRef, flags: int) -> int:
        """virDomainSnapshotIsCurrent."""
        check_flags(flags, 0, "testDomainSnapshotIsCurrent")
        guest, snapshot = self._snapshot(snap)
        return int(guest.snapshots.current is snapshot)

    async def domain_snapshot_has_metadata(self, snap: DomainSnapshotRef, flags: int) -> int:
        """virDomainSnapshotHasMetadata."""
        check_flags(flags, 0, "testDomainSnapshotHasMetadata")
        self._snapshot(snap)
        return 1

    # -- changes -----------------------------------------------------------------------------------------

    async def domain_snapshot_create_xml(self, dom: DomainRef, xml_desc: str, flags: int) -> DomainSnapshotRef:
        """virDomainSnapshotCreateXML."""
        check_flags(flags, _CREATE, "testDomainSnapshotCreateXML")
        guest = self.find(dom)
        if guest.checkpoints:
            raise test_error(ErrorNumber.OPERATION_UNSUPPORTED, "cannot create snapshot while checkpoint exists")
        redefine = bool(flags & Create.REDEFINE)
        document = snapshot_rules.read(xml_desc, redefine=redefine, validate=bool(flags & Create.VALIDATE))
        document.active = None
        snapshot = self._redefine(guest, document) if redefine else self._take(guest, document)
        if not redefine or flags & Create.CURRENT:
            guest.snapshots.current = snapshot
        if flags & Create.HALT and not redefine and guest.active:
            guest.stop(DomainShutoffReason.FROM_SNAPSHOT)
            self.publish(guest, DomainEventType.STOPPED, DomainEventStoppedDetailType.FROM_SNAPSHOT)
            self.forget_transient(guest)
        return DomainSnapshotRef(snapshot.name, dom)

    def _take(self, guest: Guest, document: DomainSnapshot) -> Snapshot:
        definition = migratable_copy(guest.definition)
        snapshot_rules.complete(document, seconds=int(time.time()), state=_STATES[guest.state])
        document.domain = definition
        external = document.memory is not None and document.memory.snapshot == "external"
        location: Location = "external" if external else "internal"
        snapshot_rules.align_disks(document, definition, location, required=True, is_file=_is_file)
        snapshot_rules.settle_memory(document)
        if guest.snapshots.get(document.name) is not None:
            raise domain_error(ErrorNumber.OPERATION_FAILED, f"domain moment {document.name} already exists")
        document.parent = guest.snapshots.current.name if guest.snapshots.current is not None else None
        snapshot = Snapshot(document)
        guest.snapshots.add(snapshot)
        return snapshot

    def _redefine(self, guest: Guest, document: DomainSnapshot) -> Snapshot:
        if document.domain is not None:
            accept_domain(document.domain)
        known = guest.snapshots.get(document.name)
        check_redefinition(guest, document, known)
        if document.domain is not None:
            location: Location = "external" if document.state == "disk-snapshot" else "internal"
            required = location == "internal"
            snapshot_rules.align_disks(document, document.domain, location, required=required, is_file=_is_file)
        snapshot_rules.settle_memory(document)
        if known is not None:
            known.document = document
            return known
        snapshot = Snapshot(document)
        guest.snapshots.add(snapshot)
        return snapshot

    async def domain_snapshot_delete(self, snap: DomainSnapshotRef, flags: int) -> None:
        """virDomainSnapshotDelete."""
        check_flags(flags, _DELETE, "testDomainSnapshotDelete")
        guest, snapshot = self._snapshot(snap)
        moments = guest.snapshots
        below = moments.descendants(snapshot)
        if flags & _DELETE:
            lost_current = moments.current in below
            for other in below:
                moments.discard(other)
            if lost_current:
                moments.current = snapshot if flags & Delete.CHILDREN_ONLY else moments.get(snapshot.parent)
        if not flags & Delete.CHILDREN_ONLY:
            if moments.current is snapshot:
                moments.current = moments.get(snapshot.parent)
            current = moments.current
            moments.drop(snapshot)
            moments.current = current

    async def domain_revert_to_snapshot(self, snap: DomainSnapshotRef, flags: int) -> None:
        """virDomainRevertToSnapshot."""
        check_flags(flags, _REVERT, "testDomainRevertToSnapshot")
        guest, snapshot = self._snapshot(snap)
        document = snapshot.document
        wanted = flags & (Revert.RUNNING | Revert.PAUSED)
        if not guest.persistent and document.state not in ("running", "paused") and not wanted:
            raise not_valid("transient domain needs to request run or pause to revert to inactive snapshot")
        if not flags & Revert.FORCE and document.domain is None:
            text = f"snapshot '{snapshot.name}' lacks domain '{guest.name}' rollback info"
            raise test_error(ErrorNumber.SNAPSHOT_REVERT_RISKY, text)
        guest.snapshots.current = snapshot
        if document.state in _OFFLINE:
            self._revert_inactive(guest, document, wanted)
        else:
            self._revert_active(guest, document, wanted)

    def _revert_active(self, guest: Guest, document: DomainSnapshot, wanted: int) -> None:
        """Go back to a running or a paused guest."""
        if guest.active:
            guest.stop(DomainShutoffReason.FROM_SNAPSHOT)
            self.publish(guest, DomainEventType.STOPPED, DomainEventStoppedDetailType.FROM_SNAPSHOT)
        if document.domain is not None:
            guest.run_as(document.domain.copy())
        self.start(guest, DomainRunningReason.FROM_SNAPSHOT)
        self.publish(guest, DomainEventType.STARTED, DomainEventStartedDetailType.FROM_SNAPSHOT)
        paused = wanted == Revert.PAUSED or (not wanted and document.state == "paused")
        if paused:
            guest.set_state(DomainState.PAUSED, DomainPausedReason.FROM_SNAPSHOT)
            self.publish(guest, DomainEventType.SUSPENDED, DomainEventSuspendedDetailType.FROM_SNAPSHOT)

    def _revert_inactive(self, guest: Guest, document: DomainSnapshot, wanted: int) -> None:
        """Go back to a guest that was off.

        libvirt's test driver tells of a start that is asked for and does not do it.
        """
        if guest.active:
            guest.stop(DomainShutoffReason.FROM_SNAPSHOT)
            self.publish(guest, DomainEventType.STOPPED, DomainEventStoppedDetailType.FROM_SNAPSHOT)
        if document.domain is not None:
            guest.redefine(document.domain.copy())
        if wanted:
            self.publish(guest, DomainEventType.STARTED, DomainEventStartedDetailType.FROM_SNAPSHOT)
        if wanted == Revert.PAUSED:
            self.publish(guest, DomainEventType.SUSPENDED, DomainEventSuspendedDetailType.FROM_SNAPSHOT)


def _is_file(path: str) -> bool:
    return Path(path).is_file()


def _lookup(guest: Guest, name: str) -> Snapshot:
    found = guest.snapshots.get(name)
    if found is None:
        raise test_error(ErrorNumber.NO_DOMAIN_SNAPSHOT, f"no domain snapshot with matching name '{name}'")
    return found


def _passes(snapshot: Snapshot, flags: int) -> bool:
    """Whether the filters of a list let a snapshot through."""
    document = snapshot.document
    if flags & Lists.NO_METADATA and not flags & Lists.METADATA:
        return False
    states = {Lists.INACTIVE: "shutoff", Lists.DISK_ONLY: "disk-snapshot"}
    asked = flags & (Lists.INACTIVE | Lists.ACTIVE | Lists.DISK_ONLY)
    if asked:
        fits = any(asked & flag and document.state == state for flag, state in states.items())
        if not fits and not (asked & Lists.ACTIVE and document.state not in states.values()):
            return False
    external = (document.memory is not None and document.memory.snapshot == "external") or any(
        disk.snapshot == "external" for disk in document.disks
    )
    where = flags & (Lists.INTERNAL | Lists.EXTERNAL)
    return not where or bool(where & (Lists.EXTERNAL if external else Lists.INTERNAL))
