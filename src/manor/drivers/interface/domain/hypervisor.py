# SPDX-License-Identifier: Apache-2.0
"""Operations of one hypervisor only: QEMU monitor and agent, LXC namespaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import DomainRef


class DomainHypervisor(Family):
    """Operations of one hypervisor only: QEMU monitor and agent, LXC namespaces."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.QEMU

    async def domain_monitor_command(self, dom: DomainRef, cmd: str, flags: int) -> str:
        """virDomainQemuMonitorCommand."""
        raise self.unsupported("virDomainQemuMonitorCommand")

    async def domain_attach(self, pid_value: int, flags: int) -> DomainRef:
        """virDomainQemuAttach."""
        raise self.unsupported("virDomainQemuAttach")

    async def domain_agent_command(self, dom: DomainRef, cmd: str, timeout: int, flags: int) -> str | None:
        """virDomainQemuAgentCommand."""
        raise self.unsupported("virDomainQemuAgentCommand")

    async def domain_monitor_command_with_files(
        self, dom: DomainRef, cmd: str, files: Sequence[int], flags: int
    ) -> tuple[str, list[int]]:
        """virDomainQemuMonitorCommandWithFiles."""
        raise self.unsupported("virDomainQemuMonitorCommandWithFiles")

    async def domain_open_namespace(self, dom: DomainRef, flags: int) -> list[int]:
        """virDomainLxcOpenNamespace."""
        raise self.unsupported("virDomainLxcOpenNamespace")
