# SPDX-License-Identifier: Apache-2.0
"""Look-ups and listings: answered from held state, never waiting."""

from __future__ import annotations

from typing import Final

from manor.constants import ConnectListAllDomainsFlags as Flag
from manor.constants import DomainState
from manor.drivers.interface.filters import ListFilter
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.ops.base import QemuDomainOps
from manor.records import DomainRef

_STATES = (DomainState.RUNNING, DomainState.PAUSED, DomainState.SHUTOFF)

FILTER: Final = ListFilter[Guest](
    {Flag.ACTIVE: lambda g: g.active, Flag.INACTIVE: lambda g: not g.active},
    {Flag.PERSISTENT: lambda g: g.persistent, Flag.TRANSIENT: lambda g: not g.persistent},
    {
        Flag.RUNNING: lambda g: g.state is DomainState.RUNNING,
        Flag.PAUSED: lambda g: g.state is DomainState.PAUSED,
        Flag.SHUTOFF: lambda g: g.state is DomainState.SHUTOFF,
        Flag.OTHER: lambda g: g.state not in _STATES,
    },
    {Flag.MANAGEDSAVE: lambda g: g.managed_save, Flag.NO_MANAGEDSAVE: lambda g: not g.managed_save},
    {Flag.AUTOSTART: lambda g: g.autostart, Flag.NO_AUTOSTART: lambda g: not g.autostart},
    # This driver has no snapshots and checkpoints (docs/support.md), so no guest has one.
    {Flag.HAS_SNAPSHOT: lambda g: False, Flag.NO_SNAPSHOT: lambda g: True},
    {Flag.HAS_CHECKPOINT: lambda g: False, Flag.NO_CHECKPOINT: lambda g: True},
)


class ListingOps(QemuDomainOps):
    """virDomainLookupBy*, virConnectListAllDomains and the older counting calls."""

    async def domain_lookup_by_id(self, id: int) -> DomainRef:
        return self.core.guests.by_id(id).ref

    async def domain_lookup_by_name(self, name: str) -> DomainRef:
        return self.core.guests.by_name(name).ref

    async def domain_lookup_by_uuid(self, uuid: bytes) -> DomainRef:
        return self.core.guests.by_uuid(uuid).ref

    async def connect_list_all_domains(self, flags: int) -> list[DomainRef]:
        self.check_flags(flags, FILTER.mask, "qemuConnectListAllDomains")
        return [guest.ref for guest in FILTER.select(self.core.guests, flags)]

    async def connect_list_domains(self) -> list[int]:
        return [guest.id for guest in self.core.guests if guest.active]

    async def connect_num_of_domains(self) -> int:
        return sum(guest.active for guest in self.core.guests)

    async def connect_list_defined_domains(self) -> list[str]:
        return [guest.name for guest in self.core.guests if not guest.active]

    async def connect_num_of_defined_domains(self) -> int:
        return sum(not guest.active for guest in self.core.guests)

    async def domain_is_active(self, dom: DomainRef) -> int:
        return int(self.guest(dom).active)

    async def domain_is_persistent(self, dom: DomainRef) -> int:
        return int(self.guest(dom).persistent)

    async def domain_is_updated(self, dom: DomainRef) -> int:
        return int(self.guest(dom).updated)
