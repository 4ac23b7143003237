# SPDX-License-Identifier: Apache-2.0
"""Shutting down and rebooting a guest with its own cooperation: through its agent, or the ACPI power button.

With no mode asked for, an agent that is there is tried first, then the power button; with modes asked for, only those,
the agent first. An agent that accepts a shutdown never answers, so silence is agreement.
"""

from __future__ import annotations

from typing import Final

import msgspec

from manor.constants import DomainRebootFlagValues, DomainShutdownFlagValues, DomainState, ErrorNumber
from manor.drivers.qemu.agent import Agent
from manor.drivers.qemu.channels import agent_channel
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.jobs import Job
from manor.errors import ErrorDomain, ManorError, reporter

_error = reporter(ErrorDomain.QEMU)

AGENT_SHUTDOWN_TIMEOUT_S: Final = 60.0
"""Seconds an agent has to refuse."""


class PowerAction(msgspec.Struct, frozen=True):
    """One of the two calls: its flags, what the agent is told, what follows the power-off, its name in messages."""

    agent_flag: int
    acpi_flag: int
    agent_mode: str
    restart: bool
    operation: str


SHUTDOWN: Final = PowerAction(
    DomainShutdownFlagValues.GUEST_AGENT, DomainShutdownFlagValues.ACPI_POWER_BTN, "powerdown", False, "domain_shutdown"
)
REBOOT: Final = PowerAction(
    DomainRebootFlagValues.GUEST_AGENT, DomainRebootFlagValues.ACPI_POWER_BTN, "reboot", True, "domain_reboot"
)


def require_agent(guest: Guest, running: Running) -> Agent:
    """The connected guest agent.

    Raises VIR_ERR_OPERATION_INVALID for a guest that is not running, VIR_ERR_CONFIG_UNSUPPORTED for one without the
    agent's channel and VIR_ERR_AGENT_UNRESPONSIVE when nobody listens there.
    """
    if guest.state is not DomainState.RUNNING:
        raise _error(ErrorNumber.OPERATION_INVALID, "domain is not running")
    if agent_channel(running) is None:
        raise _error(ErrorNumber.ARGUMENT_UNSUPPORTED, "QEMU guest agent is not configured")
    if running.agent is None or running.agent.closed:
        raise _error(ErrorNumber.AGENT_UNRESPONSIVE, "QEMU guest agent is not connected")
    return running.agent


async def power(guest: Guest, running: Running, flags: int, action: PowerAction) -> None:
    """virDomainShutdownFlags and virDomainReboot."""
    if running.document.on_reboot == "destroy":
        action = msgspec.structs.replace(action, agent_mode=SHUTDOWN.agent_mode, restart=False)
    asked = flags & (action.agent_flag | action.acpi_flag)
    try_agent = bool(flags & action.agent_flag) or (not asked and agent_channel(running) is not None)
    try_acpi = not asked or bool(flags & action.acpi_flag)
    if try_agent:
        try:
            return await _by_agent(guest, running, action)
        except ManorError:
            if not try_acpi:
                raise
    async with guest.jobs.change(Job.MODIFY, action.operation):
        if guest.running is not running:
            raise _error(ErrorNumber.OPERATION_INVALID, "domain is not running")
        running.fake_reboot = action.restart
        await running.monitor.execute("system_powerdown")
    return None


async def _by_agent(guest: Guest, running: Running, action: PowerAction) -> None:
    agent = require_agent(guest, running)
    # The guest itself does the rebooting when its agent is told to; QEMU then only sees a reset.
    running.fake_reboot = False
    async with running.monitor.listening("SHUTDOWN", "RESET") as power_events:
        await agent.execute(
            "guest-shutdown",
            {"mode": action.agent_mode},
            timeout=AGENT_SHUTDOWN_TIMEOUT_S,
            until=power_events.get(AGENT_SHUTDOWN_TIMEOUT_S),
        )
