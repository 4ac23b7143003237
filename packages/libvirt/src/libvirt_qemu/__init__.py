# SPDX-License-Identifier: Apache-2.0
"""libvirt's Python module for what only QEMU has: monitor commands and events, agent commands, attaching.

What is used here is not guarded against upsetting libvirt's picture of the guest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from libvirt import virConnect, virDomain
from libvirt._api import api
from libvirt_qemu._constants import *  # noqa: F403 - every VIR_* name
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import DomainRef
from manor.records.events import DomainMonitorEvent, Event

MonitorCallback = Callable[[virConnect, virDomain, str, int, int, str | None, Any], object]

_error = reporter(ErrorDomain.NONE)


def _reference(domain: virDomain, function: str) -> DomainRef:
    if not isinstance(domain, virDomain):
        raise _error(ErrorNumber.INVALID_DOMAIN, function)
    return domain._o


@api("virDomainQemuMonitorCommand")
def qemuMonitorCommand(domain: virDomain, cmd: str, flags: int) -> str:
    """Send the guest's QEMU a QMP command (JSON), or with VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP a line of HMP."""
    answer: str = domain._call("domain_monitor_command", domain._o, cmd, flags)
    return answer


@api("virDomainQemuMonitorCommandWithFiles")
def qemuMonitorCommandWithFiles(
    domain: virDomain, cmd: str, files: list[int] | None = None, flags: int = 0
) -> tuple[str, list[int]]:
    """The same, passing file descriptors along; returns the answer and the descriptors that came back."""
    answer, returned = domain._call("domain_monitor_command_with_files", domain._o, cmd, list(files or ()), flags)
    return answer, list(returned)


@api("virDomainQemuAgentCommand")
def qemuAgentCommand(domain: virDomain, cmd: str, timeout: int, flags: int) -> str | None:
    """Send the guest agent a command (JSON); `timeout` in seconds or a VIR_DOMAIN_QEMU_AGENT_COMMAND_*."""
    answer: str | None = domain._call("domain_agent_command", domain._o, cmd, timeout, flags)
    return answer


@api("virDomainQemuAttach")
def qemuAttach(conn: virConnect, pid_value: int, flags: int) -> virDomain:
    """Take over a QEMU process that was started by other means."""
    return virDomain(conn, conn._call("domain_attach", pid_value, flags))


@api("virConnectDomainQemuMonitorEventRegister")
def qemuMonitorEventRegister(
    conn: virConnect, dom: virDomain | None, event: str | None, cb: MonitorCallback, opaque: Any, flags: int = 0
) -> int:
    """Have `cb(conn, dom, event, seconds, micros, details, opaque)` called for QMP events, of all or one name.

    VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX and _NOCASE say how the name is compared.
    """
    data = {"cb": cb, "conn": conn, "opaque": opaque}

    def deliver(published: Event) -> None:
        if isinstance(published, DomainMonitorEvent):
            _dispatchQemuMonitorEventCallback(conn, *published, data)

    reference = None if dom is None else _reference(dom, "virConnectDomainQemuMonitorEventRegister")
    return conn._hub().register_monitor(event, flags, reference, deliver)


@api("virConnectDomainQemuMonitorEventDeregister")
def qemuMonitorEventDeregister(conn: virConnect, callbackID: int) -> None:
    """End a registration."""
    conn._hub().deregister(callbackID)


def _dispatchQemuMonitorEventCallback(
    conn: virConnect,
    dom: DomainRef,
    event: str,
    seconds: int,
    micros: int,
    details: str | None,
    cbData: dict[str, Any],
) -> int:
    cbData["cb"](conn, virDomain(conn, dom), event, seconds, micros, details, cbData["opaque"])
    return 0
