# SPDX-License-Identifier: Apache-2.0
"""virDomainCheckpoint."""

from __future__ import annotations

from libvirt._api import UInt32, api
from libvirt._domain_part import DomainPart
from manor.records import DomainCheckpointRef


class virDomainCheckpoint(DomainPart):
    """A point in time from which a domain's disk changes are recorded."""

    _reference = DomainCheckpointRef
    _o: DomainCheckpointRef

    @api("virDomainCheckpointGetXMLDesc")
    def getXMLDesc(self, flags: UInt32 = 0) -> str:
        """The checkpoint as XML."""
        description: str = self._get("domain_checkpoint_get_xml_desc", flags)
        return description

    @api("virDomainCheckpointGetParent")
    def getParent(self, flags: UInt32 = 0) -> virDomainCheckpoint:
        """The checkpoint before this one."""
        return virDomainCheckpoint(self._dom, self._get("domain_checkpoint_get_parent", flags))

    @api("virDomainCheckpointListAllChildren")
    def listAllChildren(self, flags: UInt32 = 0) -> list[virDomainCheckpoint]:
        """The checkpoints after this one."""
        refs = self._get("domain_checkpoint_list_all_children", flags)
        return [virDomainCheckpoint(self._dom, ref) for ref in refs]

    @api("virDomainCheckpointDelete")
    def delete(self, flags: UInt32 = 0) -> int:
        """Delete the checkpoint; what it recorded joins the one before."""
        return self._do("domain_checkpoint_delete", flags)
