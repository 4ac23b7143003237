# SPDX-License-Identifier: Apache-2.0
"""What reaches a guest from outside as its hardware would bring it: keys, NMI, sleep and wake-up, viewers."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any, Final

from manor.constants import (
    DomainGraphicsReloadType,
    DomainOpenGraphicsFlags,
    ErrorNumber,
    KeycodeSet,
    NodeSuspendTarget,
)
from manor.drivers.qemu.agent_calls import require_agent
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.guest import Running
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.keycodes import numbers
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.records import DomainRef

_LARGEST_KEY: Final = 0xFFFF

_CODESETS: Final = {KeycodeSet.OSX: "os_x"}
"""Where libvirt's name of a code set is not that of its constant."""

_SUSPEND: Final = {
    NodeSuspendTarget.MEM: ("guest-suspend-ram", "suspend_to_mem", "S3"),
    NodeSuspendTarget.DISK: ("guest-suspend-disk", "suspend_to_disk", "S4"),
    NodeSuspendTarget.HYBRID: ("guest-suspend-hybrid", "suspend_to_disk", "S4"),
}
"""The agent's command, what the document must not forbid, and the name of that state."""

_SUSPEND_S: Final = 60.0
"""Seconds an agent has to refuse to sleep; it never answers when it agrees."""

_PROTOCOLS: Final = {"vnc": "vnc", "spice": "spice", "dbus": "@dbus-display"}


class InputOps(QemuDomainOps):
    """virDomainSendKey, virDomainInjectNMI, virDomainPMSuspendForDuration, virDomainOpenGraphics and the like."""

    async def domain_send_key(
        self, dom: DomainRef, codeset: int, holdtime: int, keycodes: list[int], flags: int
    ) -> None:
        self.check_flags(flags, 0, "qemuDomainSendKey")
        keys = [_key(codeset, code) for code in keycodes]
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_send_key"):
            arguments: dict[str, Any] = {"keys": [{"type": "number", "data": key} for key in keys]}
            if holdtime:
                arguments["hold-time"] = holdtime
            await guest.require_active().monitor.execute("send-key", arguments)

    async def domain_inject_nmi(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainInjectNMI")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_inject_nmi"):
            await guest.require_active().monitor.execute("inject-nmi")

    async def domain_pm_suspend_for_duration(self, dom: DomainRef, target: int, duration: int, flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainPMSuspendForDuration")
        if duration:
            raise error(ErrorNumber.ARGUMENT_UNSUPPORTED, "Duration not supported. Use 0 for now")
        if target not in _SUSPEND:
            raise error(ErrorNumber.INVALID_ARG, f"Unknown suspend target: {target}")
        command, switch, state = _SUSPEND[NodeSuspendTarget(target)]
        guest = self.guest(dom)
        running = guest.require_active()
        await _require_sleep(running)
        pm = running.document.pm
        states = [switch] if target != NodeSuspendTarget.HYBRID else ["suspend_to_mem", switch]
        for name in states:
            if pm is not None and getattr(pm, name) is False:
                forbidden = "S3" if name == "suspend_to_mem" else state
                raise error(ErrorNumber.OPERATION_UNSUPPORTED, f"{forbidden} state is disabled for this domain")
        agent = require_agent(guest, running)
        async with running.monitor.listening("SUSPEND", "SUSPEND_DISK", "SHUTDOWN") as asleep:
            await agent.execute(command, timeout=_SUSPEND_S, until=asleep.get(_SUSPEND_S))

    async def domain_pm_wakeup(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainPMWakeup")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_pm_wakeup"):
            running = guest.require_active()
            await _require_sleep(running)
            await running.monitor.execute("system_wakeup")

    async def domain_open_graphics(self, dom: DomainRef, idx: int, flags: int, fds: Sequence[int]) -> None:
        self.check_flags(flags, DomainOpenGraphicsFlags.SKIPAUTH, "qemuDomainOpenGraphics")
        if len(fds) != 1:
            raise error(ErrorNumber.INVALID_ARG, "exactly one descriptor is needed to open a graphics console")
        await self._add_viewer(dom, idx, flags, fds[0])

    async def domain_open_graphics_fd(self, dom: DomainRef, idx: int, flags: int) -> int:
        self.check_flags(flags, DomainOpenGraphicsFlags.SKIPAUTH, "qemuDomainOpenGraphicsFD")
        ours, theirs = socket.socketpair()
        with ours, theirs:
            await self._add_viewer(dom, idx, flags, theirs.fileno())
            return ours.detach()

    async def _add_viewer(self, dom: DomainRef, idx: int, flags: int, descriptor: int) -> None:
        """Hand QEMU a connected socket as if a viewer had come over the network."""
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_open_graphics"):
            running = guest.require_active()
            servers = devices_of(running.document).graphics
            if idx >= len(servers):
                raise error(ErrorNumber.INTERNAL_ERROR, f"No graphics backend with index {idx}")
            kind = servers[idx].type or ""
            protocol = _PROTOCOLS.get(kind)
            if protocol is None:
                raise error(
                    ErrorNumber.INVALID_ARG, f"Can only open VNC, SPICE or D-Bus p2p graphics backends, not {kind}"
                )
            name = "graphicsfd"
            await running.monitor.execute("getfd", {"fdname": name}, fds=[descriptor])
            skip = bool(flags & DomainOpenGraphicsFlags.SKIPAUTH)
            await running.monitor.execute("add_client", {"protocol": protocol, "fdname": name, "skipauth": skip})

    async def domain_graphics_reload(self, dom: DomainRef, type: int, flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainGraphicsReload")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_graphics_reload"):
            running = guest.require_active()
            if type not in (DomainGraphicsReloadType.ANY, DomainGraphicsReloadType.VNC):
                raise error(ErrorNumber.INVALID_ARG, f"unsupported graphics type {type}")
            if not any(item.type == "vnc" for item in devices_of(running.document).graphics):
                raise error(ErrorNumber.OPERATION_INVALID, "domain has no VNC graphics to reload")
            await running.monitor.execute("display-reload", {"type": "vnc", "tls-certs": True})


def _key(codeset: int, code: int) -> int:
    """QEMU's number of a key; VIR_ERR_INTERNAL_ERROR for a code its set does not have."""
    if codeset not in tuple(KeycodeSet):
        raise error(ErrorNumber.INVALID_ARG, f"unknown codeset: {codeset}")
    known = KeycodeSet(codeset)
    # QEMU takes these numbers as they are, and says itself which it does not know.
    number = code if known is KeycodeSet.QNUM else numbers(known).get(code)
    if number is None:
        name = _CODESETS.get(known, known.name.lower())
        raise error(ErrorNumber.INTERNAL_ERROR, f"cannot translate keycode {code} of {name} codeset to qnum keycode")
    if number > _LARGEST_KEY:
        raise error(ErrorNumber.INTERNAL_ERROR, f"keycode {number} is invalid: 0x{number:X}")
    return number


async def _require_sleep(running: Running) -> None:
    """Refuse for a machine that never wakes up again."""
    machine = await running.monitor.execute("query-current-machine")
    if not machine.get("wakeup-suspend-support"):
        raise error(ErrorNumber.OPERATION_UNSUPPORTED, "Domain does not have suspend support")
