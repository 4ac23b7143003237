# SPDX-License-Identifier: Apache-2.0
"""Channels between host and guest, first of all the guest agent's.

Whether a program listens in the guest is what VSERPORT_CHANGE says; our connection to the agent's socket exists as long
as somebody is there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from manor.constants import ConnectDomainEventAgentLifecycleReason as Reason
from manor.constants import ConnectDomainEventAgentLifecycleState as State
from manor.drivers.qemu.agent import Agent
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.guest import Guest, Running
from manor.errors import ManorError
from manor.records.events import DomainAgentLifecycleEvent
from manor.schema.domain.chardev import Channel

AGENT_NAME: Final = "org.qemu.guest_agent.0"


def agent_channel(running: Running) -> Channel | None:
    """The channel the guest agent listens on, if the document has one."""
    for channel in devices_of(running.document).channels:
        if channel.type == "unix" and channel.target is not None and channel.target.name == AGENT_NAME:
            return channel
    return None


def socket_path(channel: Channel) -> Path | None:
    """The host's end of a unix channel."""
    for source in channel.sources:
        if source.path:
            return Path(source.path)
    return None


def guest_end_changed(core: QemuCore, guest: Guest, running: Running, alias: str, *, opened: bool) -> None:
    """A program in the guest opened or closed a channel: update the document, follow with the agent."""
    channel = next((item for item in devices_of(running.document).channels if alias_of(item) == alias), None)
    if channel is None or channel.target is None:
        return
    state = "connected" if opened else "disconnected"
    if channel.target.state == state:
        return
    set_state(core, guest, running, channel, opened=opened, reason=Reason.CHANNEL)
    core.save_status(guest)


def set_state(
    core: QemuCore, guest: Guest, running: Running, channel: Channel, *, opened: bool, reason: Reason
) -> None:
    """Record the state of a channel; for the agent's, (dis)connect and publish AGENT_LIFECYCLE."""
    if channel.target is None:
        return
    channel.target.state = "connected" if opened else "disconnected"
    if channel is not agent_channel(running):
        return
    if opened:
        _connect_agent(guest, running, channel)
    elif running.agent is not None:
        running.agent.close()
        running.agent = None
    state = State.CONNECTED if opened else State.DISCONNECTED
    core.publish(DomainAgentLifecycleEvent(guest.ref, state, reason))


def _connect_agent(guest: Guest, running: Running, channel: Channel) -> None:
    path = socket_path(channel)
    if path is None:
        return
    try:
        running.agent = Agent.connect(path, guest.name)
    except ManorError:
        # Nobody behind the socket: calls answer that the agent is not connected.
        running.agent = None
