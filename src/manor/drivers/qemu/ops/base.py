# SPDX-License-Identifier: Apache-2.0
"""What the QEMU driver's domain operations stand on."""

from __future__ import annotations

from manor.drivers.interface import Session
from manor.drivers.interface.domain import DomainFamily
from manor.drivers.interface.flags import check_flags
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest
from manor.errors import ErrorDomain, reporter
from manor.records import DomainRef
from manor.store import Origin

error = reporter(ErrorDomain.QEMU)


class QemuDomainOps(DomainFamily):
    """Base of the areas of domain operations: the shared state and the look-up every operation begins with."""

    def __init__(self, session: Session, core: QemuCore) -> None:
        super().__init__(session)
        self.core = core

    def guest(self, dom: DomainRef) -> Guest:
        """The guest a client means; VIR_ERR_NO_DOMAIN when it is gone."""
        return self.core.guests.by_ref(dom)

    def check_flags(self, flags: int, allowed: int, function: str) -> None:
        """Refuse unknown flags as libvirt's QEMU driver does."""
        check_flags(flags, allowed, function, ErrorDomain.QEMU)

    def origin(self, operation: str) -> Origin:
        """Who a change is attributed to in the history of definitions."""
        return Origin(self.session.identity.label, operation)
