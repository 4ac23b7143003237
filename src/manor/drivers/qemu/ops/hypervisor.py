# SPDX-License-Identifier: Apache-2.0
"""Talking to QEMU and to the guest agent directly: virDomainQemuMonitorCommand, virDomainQemuAgentCommand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from manor.constants import DomainQemuAgentCommandTimeoutValues as AgentTimeout
from manor.constants import DomainQemuMonitorCommandFlags, ErrorNumber
from manor.drivers.qemu import taint
from manor.drivers.qemu.agent_calls import require_agent
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.records import DomainRef

AGENT_DEFAULT_S = 5.0
"""Seconds an agent has to answer where the caller leaves it to us."""


class HypervisorOps(QemuDomainOps):
    """Commands passed through as they are; what they change we learn from QEMU's events."""

    async def domain_monitor_command(self, dom: DomainRef, cmd: str, flags: int) -> str:
        result, _files = await self.domain_monitor_command_with_files(dom, cmd, (), flags)
        return result

    async def domain_monitor_command_with_files(
        self, dom: DomainRef, cmd: str, files: Sequence[int], flags: int
    ) -> tuple[str, list[int]]:
        self.check_flags(flags, DomainQemuMonitorCommandFlags.HMP, "qemuDomainQemuMonitorCommandWithFiles")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_monitor_command"):
            running = guest.require_active()
            monitor = running.monitor
            taint.mark(running, taint.Taint.CUSTOM_MONITOR)
            self.core.save_status(guest)
            if flags & DomainQemuMonitorCommandFlags.HMP:
                return await monitor.human(_line(cmd)), []
            return await monitor.passthrough(_message(cmd), fds=files), []

    async def domain_agent_command(self, dom: DomainRef, cmd: str, timeout: int, flags: int) -> str | None:
        self.check_flags(flags, 0, "qemuDomainAgentCommand")
        guest = self.guest(dom)
        running = guest.require_active()
        agent = require_agent(guest, running)
        taint.mark(running, taint.Taint.CUSTOM_AGENT)
        self.core.save_status(guest)
        return await agent.passthrough(_message(cmd), timeout=_agent_timeout(timeout))


def _line(text: str) -> str:
    """A command of the human monitor; what cannot be put into JSON gets QEMU's answer."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise error(
            ErrorNumber.INTERNAL_ERROR,
            "unable to execute QEMU command 'human-monitor-command': "
            "JSON parse error, invalid UTF-8 sequence in string",
        ) from None
    return text


def _message(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError) as failure:
        raise error(ErrorNumber.INTERNAL_ERROR, f"cannot parse json {text}: {failure}") from failure


def _agent_timeout(value: int) -> float | None:
    """Seconds to wait: -2 for ever, -1 the default, 0 not at all."""
    if value == AgentTimeout.BLOCK:
        return None
    if value == AgentTimeout.DEFAULT:
        return AGENT_DEFAULT_S
    if value < 0:
        raise error(
            ErrorNumber.INVALID_ARG,
            f"guest agent timeout '{value}' is less than the minimum '{AgentTimeout.BLOCK.value}'",
        )
    return float(value)
