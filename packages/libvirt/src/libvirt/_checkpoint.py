# SPDX-License-Identifier: Apache-2.0
"""virDomainCheckpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from libvirt._api import UInt32, api
from libvirt._handle import ConnectedObject
from manor.records import DomainCheckpointRef

if TYPE_CHECKING:
    from libvirt._connect import virConnect
    from libvirt._domain import virDomain


class virDomainCheckpoint(ConnectedObject):
    """A point in time from which a domain's disk changes are recorded."""

    _reference = DomainCheckpointRef
    _o: DomainCheckpointRef

    def __init__(self, dom: virDomain, _obj: object | None = None) -> None:
        self._dom = dom
        super().__init__(dom._conn, _obj)

    def domain(self) -> virDomain:
        """The domain the checkpoint is of."""
        return self._dom

    def getDomain(self) -> virDomain:
        """The domain the checkpoint is of."""
        return self._dom

    def getConnect(self) -> virConnect:
        """The connection the checkpoint came from."""
        return self._conn

    def getName(self) -> str:
        """The checkpoint's name."""
        return self._o.name

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
