# SPDX-License-Identifier: Apache-2.0
"""What makes a running guest harder to support: reasons to be careful, told by virDomainGetMessages."""

from __future__ import annotations

from enum import Enum

from manor.constants import DomainMessageType
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.guest import Running
from manor.schema.domain import Domain


class Taint(Enum):
    """Reasons, in the order in which they are told; values are libvirt's words."""

    CUSTOM_ARGV = "custom configuration parameters specified"
    CUSTOM_MONITOR = "custom monitor control commands issued"
    HIGH_PRIVILEGES = "running with undesirable elevated privileges"
    HOST_CPU = "potentially unsafe use of host CPU passthrough"
    CUSTOM_DTB = "custom device tree blob used"
    CUSTOM_AGENT = "custom guest agent control commands issued"


_TAINTED = "tainted: "
_DEPRECATED = "deprecated configuration: "
_ORDER = {f"{_TAINTED}{taint.value}": number for number, taint in enumerate(Taint)}


def at_start(document: Domain, caps: QemuCaps, *, as_root: bool) -> list[str]:
    """The messages a document gives rise to when it starts; `as_root`: guests of this driver usually are root's."""
    cpu, os_ = document.cpu, document.os
    found = {
        Taint.CUSTOM_ARGV: document.qemu_commandline is not None,
        Taint.HIGH_PRIVILEGES: as_root,
        Taint.HOST_CPU: cpu is not None and cpu.mode == "host-passthrough",
        Taint.CUSTOM_DTB: os_ is not None and os_.dtb is not None,
    }
    return [f"{_TAINTED}{taint.value}" for taint, applies in found.items() if applies] + _deprecations(document, caps)


def _deprecations(document: Domain, caps: QemuCaps) -> list[str]:
    kind = document.os.type if document.os is not None else None
    name = (kind.machine if kind is not None else None) or ""
    machine = caps.machine(name, document.type)
    found = [f"machine type '{name}'"] if machine is not None and machine.deprecated else []
    model = document.cpu.model.value if document.cpu is not None and document.cpu.model is not None else None
    if any(known.deprecated for known in caps.cpu_models(document.type) if known.name == model):
        found.append(f"CPU model '{model}'")
    return [f"{_DEPRECATED}{what}" for what in found]


def mark(running: Running, taint: Taint) -> None:
    """Remember that something happened to the run; the caller saves its status."""
    message = f"{_TAINTED}{taint.value}"
    if message not in running.messages:
        running.messages = sorted([*running.messages, message], key=lambda text: _ORDER.get(text, len(_ORDER)))


def messages(running: Running, kinds: int) -> list[str]:
    """The messages of some kinds (VIR_DOMAIN_MESSAGE_*), 0 for all."""
    wanted = {
        prefix
        for prefix, kind in ((_TAINTED, DomainMessageType.TAINTING), (_DEPRECATED, DomainMessageType.DEPRECATION))
        if not kinds or kinds & kind
    }
    return [message for message in running.messages if message.startswith(tuple(wanted))]
