# SPDX-License-Identifier: Apache-2.0
"""What snapshots and checkpoints have in common: they belong to a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from libvirt._handle import ConnectedObject

if TYPE_CHECKING:
    from libvirt._connect import virConnect
    from libvirt._domain import virDomain


class DomainPart(ConnectedObject):
    """Something named that belongs to a domain."""

    def __init__(self, dom: virDomain, _obj: object | None = None) -> None:
        self._dom = dom
        super().__init__(dom._conn, _obj)

    def domain(self) -> virDomain:
        """The domain this belongs to."""
        return self._dom

    def getDomain(self) -> virDomain:
        """The domain this belongs to."""
        return self._dom

    def getConnect(self) -> virConnect:
        """The connection this came from."""
        return self._conn

    def getName(self) -> str:
        """The name."""
        name: str = self._o.name
        return name
