# SPDX-License-Identifier: Apache-2.0
"""Finding test domains, and simple questions about one."""

from __future__ import annotations

from manor.constants import ConnectListAllDomainsFlags as Flags
from manor.constants import DomainState
from manor.drivers.interface.filters import ListFilter
from manor.drivers.test.domain.base import DomainBase
from manor.drivers.test.errors import check_flags, test_error
from manor.drivers.test.guest import Guest
from manor.errors import ErrorNumber
from manor.records import DomainRef

_OTHER_STATES = {DomainState.RUNNING, DomainState.PAUSED, DomainState.SHUTOFF}

_FILTER: ListFilter[Guest] = ListFilter(
    {Flags.ACTIVE: lambda guest: guest.active, Flags.INACTIVE: lambda guest: not guest.active},
    {Flags.PERSISTENT: lambda guest: guest.persistent, Flags.TRANSIENT: lambda guest: not guest.persistent},
    {
        Flags.RUNNING: lambda guest: guest.state == DomainState.RUNNING,
        Flags.PAUSED: lambda guest: guest.state == DomainState.PAUSED,
        Flags.SHUTOFF: lambda guest: guest.state == DomainState.SHUTOFF,
        Flags.OTHER: lambda guest: guest.state not in _OTHER_STATES,
    },
    {
        Flags.MANAGEDSAVE: lambda guest: guest.has_managed_save,
        Flags.NO_MANAGEDSAVE: lambda guest: not guest.has_managed_save,
    },
    {Flags.AUTOSTART: lambda guest: guest.autostart, Flags.NO_AUTOSTART: lambda guest: not guest.autostart},
    {
        Flags.HAS_SNAPSHOT: lambda guest: bool(guest.snapshots),
        Flags.NO_SNAPSHOT: lambda guest: not guest.snapshots,
    },
    {
        Flags.HAS_CHECKPOINT: lambda guest: bool(guest.checkpoints),
        Flags.NO_CHECKPOINT: lambda guest: not guest.checkpoints,
    },
)


class Listing(DomainBase):
    """Lookups, lists and what can be said of a domain in a word."""

    def matching(self, guests: list[Guest], flags: int) -> list[Guest]:
        """The domains that filter flags let through."""
        return _FILTER.select(guests, flags)

    async def connect_list_all_domains(self, flags: int) -> list[DomainRef]:
        """virConnectListAllDomains."""
        check_flags(flags, _FILTER.mask, "testConnectListAllDomains")
        return [guest.ref for guest in self.matching(list(self.node.guests), flags)]

    async def connect_list_domains(self) -> list[int]:
        """virConnectListDomains."""
        return [guest.id for guest in self.node.guests if guest.active]

    async def connect_num_of_domains(self) -> int:
        """virConnectNumOfDomains."""
        return sum(guest.active for guest in self.node.guests)

    async def connect_list_defined_domains(self) -> list[str]:
        """virConnectListDefinedDomains."""
        return [guest.name for guest in self.node.guests if not guest.active]

    async def connect_num_of_defined_domains(self) -> int:
        """virConnectNumOfDefinedDomains."""
        return sum(not guest.active for guest in self.node.guests)

    async def domain_lookup_by_id(self, id: int) -> DomainRef:
        """virDomainLookupByID."""
        return self._ref(next((guest for guest in self.node.guests if guest.active and guest.id == id), None))

    async def domain_lookup_by_name(self, name: str) -> DomainRef:
        """virDomainLookupByName."""
        return self._ref(self.node.guests.by_name(name))

    async def domain_lookup_by_uuid(self, uuid: bytes) -> DomainRef:
        """virDomainLookupByUUID."""
        return self._ref(self.node.guests.by_uuid(uuid))

    def _ref(self, found: Guest | None) -> DomainRef:
        if found is None:
            raise test_error(ErrorNumber.NO_DOMAIN)
        return found.ref

    async def domain_is_active(self, dom: DomainRef) -> int:
        """virDomainIsActive."""
        return int(self.find(dom).active)

    async def domain_is_persistent(self, dom: DomainRef) -> int:
        """virDomainIsPersistent."""
        return int(self.find(dom).persistent)

    async def domain_is_updated(self, dom: DomainRef) -> int:
        """virDomainIsUpdated."""
        self.find(dom)
        return 0
