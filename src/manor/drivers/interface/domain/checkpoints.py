# SPDX-License-Identifier: Apache-2.0
"""Checkpoints and backups."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import DomainCheckpointRef, DomainRef


class DomainCheckpoints(Family):
    """Checkpoints and backups."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN_CHECKPOINT

    async def domain_checkpoint_create_xml(self, dom: DomainRef, xml_desc: str, flags: int) -> DomainCheckpointRef:
        """virDomainCheckpointCreateXML."""
        raise self.unsupported("virDomainCheckpointCreateXML")

    async def domain_checkpoint_get_xml_desc(self, checkpoint: DomainCheckpointRef, flags: int) -> str:
        """virDomainCheckpointGetXMLDesc."""
        raise self.unsupported("virDomainCheckpointGetXMLDesc")

    async def domain_list_all_checkpoints(self, dom: DomainRef, flags: int) -> list[DomainCheckpointRef]:
        """virDomainListAllCheckpoints."""
        raise self.unsupported("virDomainListAllCheckpoints")

    async def domain_checkpoint_list_all_children(
        self, checkpoint: DomainCheckpointRef, flags: int
    ) -> list[DomainCheckpointRef]:
        """virDomainCheckpointListAllChildren."""
        raise self.unsupported("virDomainCheckpointListAllChildren")

    async def domain_checkpoint_lookup_by_name(self, dom: DomainRef, name: str, flags: int) -> DomainCheckpointRef:
        """virDomainCheckpointLookupByName."""
        raise self.unsupported("virDomainCheckpointLookupByName")

    async def domain_checkpoint_get_parent(self, checkpoint: DomainCheckpointRef, flags: int) -> DomainCheckpointRef:
        """virDomainCheckpointGetParent."""
        raise self.unsupported("virDomainCheckpointGetParent")

    async def domain_checkpoint_delete(self, checkpoint: DomainCheckpointRef, flags: int) -> None:
        """virDomainCheckpointDelete."""
        raise self.unsupported("virDomainCheckpointDelete")

    async def domain_backup_begin(
        self, dom: DomainRef, backup_xml: str, checkpoint_xml: str | None, flags: int
    ) -> None:
        """virDomainBackupBegin."""
        raise self.unsupported("virDomainBackupBegin")

    async def domain_backup_get_xml_desc(self, dom: DomainRef, flags: int) -> str:
        """virDomainBackupGetXMLDesc."""
        raise self.unsupported("virDomainBackupGetXMLDesc")
