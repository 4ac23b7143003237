# SPDX-License-Identifier: Apache-2.0
"""What a domain is: its document, its state, its figures as held."""

from __future__ import annotations

from typing import Final

from manor.constants import DomainXMLFlags
from manor.drivers.qemu.documents import migratable_copy, without_implied
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.ops.base import QemuDomainOps
from manor.drivers.qemu.security import labels
from manor.records import DomainInfo, DomainRef, SecurityLabel
from manor.records import DomainState as StateRecord
from manor.schema.core import Format
from manor.schema.domain import Domain

_XML_FLAGS: Final = (
    DomainXMLFlags.SECURE | DomainXMLFlags.INACTIVE | DomainXMLFlags.UPDATE_CPU | DomainXMLFlags.MIGRATABLE
)


class DescriptionOps(QemuDomainOps):
    """virDomainGetXMLDesc, virDomainGetInfo, virDomainGetState."""

    async def domain_get_xml_desc(self, dom: DomainRef, flags: int) -> str:
        self.check_flags(flags, _XML_FLAGS, "qemuDomainGetXMLDesc")
        guest = self.guest(dom)
        document = document_for(guest, flags)
        written = _format_flags(guest, flags)
        if flags & DomainXMLFlags.MIGRATABLE:
            live = guest.running is not None and document is guest.running.document
            cpu = guest.running.original_cpu if live and guest.running is not None else ""
            document = without_implied(migratable_copy(document, self.core.paths.runtime, cpu))
            labels.drop_generated(document, guest.definition)
            written |= Format.INACTIVE
        return document.format(written)

    async def domain_get_security_label(self, dom: DomainRef) -> SecurityLabel:
        # The label of the first model, which is none.
        self.guest(dom)
        return SecurityLabel("", 0)

    async def domain_get_security_label_list(self, dom: DomainRef) -> list[SecurityLabel]:
        running = self.guest(dom).running
        if running is None:
            return []
        return [SecurityLabel(text, 0) for text in self.core.security.labels_of(running.document)]

    async def domain_get_os_type(self, dom: DomainRef) -> str:
        document = self.guest(dom).document
        kind = document.os.type if document.os is not None else None
        return (kind.value if kind is not None else None) or "hvm"

    async def domain_get_info(self, dom: DomainRef) -> DomainInfo:
        guest = self.guest(dom)
        document = guest.document
        maximum = (document.memory.value if document.memory is not None else 0) or 0
        running = guest.running
        current = document.current_memory or maximum
        vcpu = document.vcpu
        count = (vcpu.current or vcpu.value or 1) if vcpu is not None else 1
        cpu_time = 0
        if running is not None:
            current = running.balloon_kib if running.balloon_kib is not None else current
            cpu_time = running.cpu_time_ns()
        return DomainInfo(guest.state, maximum, current, count, cpu_time)

    async def domain_get_state(self, dom: DomainRef, flags: int) -> StateRecord:
        self.check_flags(flags, 0, "qemuDomainGetState")
        guest = self.guest(dom)
        return StateRecord(guest.state, guest.reason)


def document_for(guest: Guest, flags: int) -> Domain:
    """The live document, or with INACTIVE the definition that the next start uses."""
    if flags & DomainXMLFlags.INACTIVE and guest.definition is not None:
        return guest.definition
    return guest.document


def _format_flags(guest: Guest, flags: int) -> int:
    wanted = flags & (Format.SECURE | Format.INACTIVE | Format.MIGRATABLE)
    if guest.running is None or flags & DomainXMLFlags.INACTIVE:
        wanted |= Format.INACTIVE
    return wanted
