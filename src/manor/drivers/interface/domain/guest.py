# SPDX-License-Identifier: Apache-2.0
"""What goes through the guest agent."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import DomainFSInfo, DomainInterface, DomainRef, DomainTime, TypedParam


class DomainGuest(Family):
    """What goes through the guest agent."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN

    async def domain_get_hostname(self, dom: DomainRef, flags: int) -> str:
        """virDomainGetHostname."""
        raise self.unsupported("virDomainGetHostname")

    async def domain_fstrim(self, dom: DomainRef, mount_point: str | None, minimum: int, flags: int) -> None:
        """virDomainFSTrim."""
        raise self.unsupported("virDomainFSTrim")

    async def domain_fsfreeze(self, dom: DomainRef, mountpoints: list[str], flags: int) -> int:
        """virDomainFSFreeze."""
        raise self.unsupported("virDomainFSFreeze")

    async def domain_fsthaw(self, dom: DomainRef, mountpoints: list[str], flags: int) -> int:
        """virDomainFSThaw."""
        raise self.unsupported("virDomainFSThaw")

    async def domain_get_time(self, dom: DomainRef, flags: int) -> DomainTime:
        """virDomainGetTime."""
        raise self.unsupported("virDomainGetTime")

    async def domain_set_time(self, dom: DomainRef, seconds: int, nseconds: int, flags: int) -> None:
        """virDomainSetTime."""
        raise self.unsupported("virDomainSetTime")

    async def domain_get_fsinfo(self, dom: DomainRef, flags: int) -> list[DomainFSInfo]:
        """virDomainGetFSInfo."""
        raise self.unsupported("virDomainGetFSInfo")

    async def domain_interface_addresses(self, dom: DomainRef, source: int, flags: int) -> list[DomainInterface]:
        """virDomainInterfaceAddresses."""
        raise self.unsupported("virDomainInterfaceAddresses")

    async def domain_set_user_password(
        self, dom: DomainRef, user: str | None, password: str | None, flags: int
    ) -> None:
        """virDomainSetUserPassword."""
        raise self.unsupported("virDomainSetUserPassword")

    async def domain_get_guest_vcpus(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetGuestVcpus."""
        raise self.unsupported("virDomainGetGuestVcpus")

    async def domain_set_guest_vcpus(self, dom: DomainRef, cpumap: str, state: int, flags: int) -> None:
        """virDomainSetGuestVcpus."""
        raise self.unsupported("virDomainSetGuestVcpus")

    async def domain_get_guest_info(self, dom: DomainRef, types: int, flags: int) -> list[TypedParam]:
        """virDomainGetGuestInfo."""
        raise self.unsupported("virDomainGetGuestInfo")

    async def domain_agent_set_response_timeout(self, dom: DomainRef, timeout: int, flags: int) -> int:
        """virDomainAgentSetResponseTimeout."""
        raise self.unsupported("virDomainAgentSetResponseTimeout")

    async def domain_authorized_ssh_keys_get(self, dom: DomainRef, user: str, flags: int) -> list[str]:
        """virDomainAuthorizedSSHKeysGet."""
        raise self.unsupported("virDomainAuthorizedSSHKeysGet")

    async def domain_authorized_ssh_keys_set(self, dom: DomainRef, user: str, keys: list[str], flags: int) -> None:
        """virDomainAuthorizedSSHKeysSet."""
        raise self.unsupported("virDomainAuthorizedSSHKeysSet")
