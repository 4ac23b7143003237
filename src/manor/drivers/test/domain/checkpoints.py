# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of test domains: nothing is written down, and everything is remembered."""

from __future__ import annotations

import time

from manor.constants import DomainCheckpointCreateFlags, DomainCheckpointDeleteFlags, DomainCheckpointListFlags
from manor.drivers.test.definition import accept_domain, migratable_copy
from manor.drivers.test.domain.base import DomainBase
from manor.drivers.test.errors import check_flags, domain_error, test_error
from manor.drivers.test.guest import Guest
from manor.drivers.test.moments import Checkpoint
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import DomainCheckpointRef, DomainRef
from manor.schema import checkpoint_rules
from manor.schema.checkpoint import DomainCheckpoint

Create, Delete, Lists = DomainCheckpointCreateFlags, DomainCheckpointDeleteFlags, DomainCheckpointListFlags

_LIST = Lists.ROOTS | Lists.TOPOLOGICAL | Lists.LEAVES | Lists.NO_LEAVES
_BELOW = Delete.CHILDREN | Delete.CHILDREN_ONLY
_DELETE = _BELOW | Delete.METADATA_ONLY
_NO_DOMAIN = 2  # VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN
_XML = 1 | _NO_DOMAIN | 4

_checkpoint_error = reporter(ErrorDomain.DOMAIN_CHECKPOINT)


class Checkpoints(DomainBase):
    """The checkpoint operations."""

    def _checkpoint(self, checkpoint: DomainCheckpointRef) -> tuple[Guest, Checkpoint]:
        guest = self.find(checkpoint.dom)
        return guest, _lookup(guest, checkpoint.name)

    async def domain_checkpoint_create_xml(self, dom: DomainRef, xml_desc: str, flags: int) -> DomainCheckpointRef:
        """virDomainCheckpointCreateXML."""
        check_flags(flags, Create.REDEFINE | Create.QUIESCE, "testDomainCheckpointCreateXML")
        guest = self.find(dom)
        redefine = bool(flags & Create.REDEFINE)
        if guest.snapshots:
            raise test_error(ErrorNumber.OPERATION_UNSUPPORTED, "cannot create checkpoint while snapshot exists")
        if not guest.active and not redefine:
            raise test_error(ErrorNumber.OPERATION_UNSUPPORTED, "cannot create checkpoint for inactive domain")
        document = checkpoint_rules.read(xml_desc, redefine=redefine)
        if redefine:
            self._complete_known(guest, document)
        else:
            checkpoint_rules.complete(document, seconds=int(time.time()))
            document.domain = migratable_copy(guest.definition)
            document.parent = guest.checkpoints.current.name if guest.checkpoints.current is not None else None
        if document.domain is not None:
            checkpoint_rules.align_disks(document, document.domain)
        known = guest.checkpoints.get(document.name)
        if known is not None and not redefine:
            raise domain_error(ErrorNumber.OPERATION_FAILED, f"domain moment {document.name} already exists")
        checkpoint = Checkpoint(document)
        guest.checkpoints.add(checkpoint)
        guest.checkpoints.current = checkpoint
        return DomainCheckpointRef(checkpoint.name, dom)

    def _complete_known(self, guest: Guest, document: DomainCheckpoint) -> None:
        name = document.name or ""
        if document.parent is not None and guest.checkpoints.get(document.parent) is None:
            text = f"parent {document.parent} for moment {name} not found"
            raise domain_error(ErrorNumber.INVALID_ARG, text)
        if document.domain is not None:
            accept_domain(document.domain)
            if document.domain.uuid != guest.definition.uuid:
                text = f"definition for checkpoint {name} must use uuid {guest.definition.uuid}"
                raise _checkpoint_error(ErrorNumber.INVALID_ARG, text)

    async def domain_checkpoint_get_xml_desc(self, checkpoint: DomainCheckpointRef, flags: int) -> str:
        """virDomainCheckpointGetXMLDesc."""
        check_flags(flags, _XML, "testDomainCheckpointGetXMLDesc")
        document = self._checkpoint(checkpoint)[1].document
        if flags & _NO_DOMAIN:
            document = document.copy()
            document.domain = None
        return document.format(flags & 1 | 2)

    async def domain_list_all_checkpoints(self, dom: DomainRef, flags: int) -> list[DomainCheckpointRef]:
        """virDomainListAllCheckpoints."""
        check_flags(flags, _LIST, "testDomainListAllCheckpoints")
        return [DomainCheckpointRef(item.name, dom) for item in _select(self.find(dom), None, flags)]

    async def domain_checkpoint_list_all_children(
        self, checkpoint: DomainCheckpointRef, flags: int
    ) -> list[DomainCheckpointRef]:
        """virDomainCheckpointListAllChildren."""
        check_flags(flags, _LIST, "testDomainCheckpointListAllChildren")
        guest, found = self._checkpoint(checkpoint)
        return [DomainCheckpointRef(item.name, checkpoint.dom) for item in _select(guest, found, flags)]

    async def domain_checkpoint_lookup_by_name(self, dom: DomainRef, name: str, flags: int) -> DomainCheckpointRef:
        """virDomainCheckpointLookupByName."""
        check_flags(flags, 0, "testDomainCheckpointLookupByName")
        return DomainCheckpointRef(_lookup(self.find(dom), name).name, dom)

    async def domain_checkpoint_get_parent(self, checkpoint: DomainCheckpointRef, flags: int) -> DomainCheckpointRef:
        """virDomainCheckpointGetParent."""
        check_flags(flags, 0, "testDomainCheckpointGetParent")
        found = self._checkpoint(checkpoint)[1]
        if found.parent is None:
            text = f"checkpoint '{found.name}' does not have a parent"
            raise test_error(ErrorNumber.NO_DOMAIN_CHECKPOINT, text)
        return DomainCheckpointRef(found.parent, checkpoint.dom)

    async def domain_checkpoint_delete(self, checkpoint: DomainCheckpointRef, flags: int) -> None:
        """virDomainCheckpointDelete."""
        check_flags(flags, _DELETE, "testDomainCheckpointDelete")
        guest, found = self._checkpoint(checkpoint)
        moments = guest.checkpoints
        if flags & _BELOW:
            below = moments.descendants(found)
            lost_current = moments.current in below
            for other in below:
                moments.discard(other)
            if lost_current:
                moments.current = found
        if not flags & Delete.CHILDREN_ONLY:
            current = moments.get(found.parent) if moments.current is found else moments.current
            moments.drop(found)
            moments.current = current


def _lookup(guest: Guest, name: str) -> Checkpoint:
    found = guest.checkpoints.get(name)
    if found is None:
        raise test_error(ErrorNumber.NO_DOMAIN_CHECKPOINT, f"no domain checkpoint with matching name '{name}'")
    return found


def _select(guest: Guest, start: Checkpoint | None, flags: int) -> list[Checkpoint]:
    """Lists of checkpoints have the bit that snapshots use for metadata for the order."""
    wanted = flags & ~Lists.TOPOLOGICAL | (0x400 if flags & Lists.TOPOLOGICAL else 0)
    return guest.checkpoints.select(start, wanted)
