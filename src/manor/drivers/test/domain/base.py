# SPDX-License-Identifier: Apache-2.0
"""What every group of domain operations needs: finding the domain a caller means, and telling the world."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from manor.constants import DomainEventType
from manor.drivers.interface.domain import DomainFamily
from manor.drivers.interface.session import Session
from manor.drivers.test.errors import test_error
from manor.drivers.test.guest import Guest
from manor.errors import ErrorNumber
from manor.records import DomainRef
from manor.records.events import DomainLifecycleEvent

if TYPE_CHECKING:
    from manor.drivers.test.node import Node


class DomainBase(DomainFamily):
    """The domain family without operations of its own."""

    def __init__(self, session: Session, node: Node) -> None:
        super().__init__(session)
        self.node = node

    def find(self, dom: DomainRef) -> Guest:
        """The domain a caller means. Raises VIR_ERR_NO_DOMAIN."""
        found = self.node.guests.by_uuid(dom.uuid)
        if found is None:
            text = f"no domain with matching uuid '{UUID(bytes=dom.uuid)}' ({dom.name})"
            raise test_error(ErrorNumber.NO_DOMAIN, text)
        return found

    def find_active(self, dom: DomainRef) -> Guest:
        """The domain a caller means, which must run."""
        found = self.find(dom)
        found.require_active()
        return found

    def publish(self, guest: Guest, event: DomainEventType, detail: int) -> None:
        """Tell of a change of a domain's life."""
        self.node.events.publish(DomainLifecycleEvent(guest.ref, int(event), int(detail)))

    def forget_transient(self, guest: Guest) -> None:
        """A domain without a stored definition is gone when it stops."""
        if not guest.persistent:
            self.node.guests.remove(guest)
