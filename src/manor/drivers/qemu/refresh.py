# SPDX-License-Identifier: Apache-2.0
"""Asking a QEMU that has just been started or found again how it is: terminals, vCPU threads, balloon, channels.

All questions are sent at once; QEMU answers them in order on one round trip.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from manor.constants import ConnectDomainEventAgentLifecycleReason as AgentReason
from manor.drivers.qemu import channels
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import alias_of, devices_of, disk_of_qom
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.monitor import QmpError, Question, good
from manor.schema.domain.chardev import Chardev, ChardevSource, Console


class CharDevice(msgspec.Struct, rename="kebab"):
    """One row of query-chardev."""

    label: str
    filename: str
    frontend_open: bool = False


class Cpu(msgspec.Struct, rename="kebab"):
    """One row of query-cpus-fast."""

    cpu_index: int
    thread_id: int
    qom_path: str = ""
    props: dict[str, Any] = {}


class BlockDevice(msgspec.Struct):
    """What is wanted of a row of query-block."""

    device: str = ""
    qdev: str = ""
    tray_open: bool = False


_QUESTIONS: Final = (
    Question("query-chardev", result=list[CharDevice]),
    Question("query-cpus-fast", result=list[Cpu]),
    Question("query-block", result=list[BlockDevice]),
    Question("query-balloon", result=dict[str, int]),
)


async def refresh(core: QemuCore, guest: Guest, running: Running) -> None:
    """Bring the live document and the held state up to what QEMU says."""
    *answers, memory = await running.monitor.ask(_QUESTIONS).get()
    chardevs: list[CharDevice]
    cpus: list[Cpu]
    blocks: list[BlockDevice]
    chardevs, cpus, blocks = map(good, answers)
    balloon = _balloon(memory)
    running.vcpu_pids = {cpu.cpu_index: cpu.thread_id for cpu in cpus}
    running.cpu_path = cpus[0].qom_path if cpus else ""
    running.balloon_kib = balloon
    if balloon is not None:
        running.document.current_memory = balloon
    _terminals(core, guest, running, {device.label: device for device in chardevs})
    for block in blocks:
        disk = disk_of_qom(running.document, block.qdev or block.device)
        if disk is not None and disk.target is not None and block.tray_open:
            disk.target.tray = "open"


def _balloon(answer: Any) -> int | None:
    """The guest's memory in KiB; None without a balloon."""
    if isinstance(answer, QmpError) and answer.error_class in ("DeviceNotActive", "KVMMissingCap", "GenericError"):
        return None
    actual: int = good(answer)["actual"]
    return actual // 1024


def _terminals(core: QemuCore, guest: Guest, running: Running, devices: dict[str, CharDevice]) -> None:
    """Fill in the pseudo-terminals QEMU opened, and which channels somebody listens on."""
    for device in devices_of(running.document).walk(Chardev):
        found = devices.get(f"char{alias_of(device)}")
        if found is None:
            continue
        if device.type == "pty" and found.filename.startswith("pty:"):
            _set_terminal(device, found.filename.removeprefix("pty:"))
        channel = next((item for item in devices_of(running.document).channels if item is device), None)
        if channel is not None and channel.target is not None and channel.target.type == "virtio":
            channels.set_state(
                core,
                guest,
                running,
                channel,
                opened=found.frontend_open,
                reason=AgentReason.DOMAIN_STARTED,
            )


def note_terminal(device: Chardev, path: str) -> None:
    """The first console says once more, as old clients look for it, which terminal it is."""
    if isinstance(device, Console) and device.target is not None and not device.target.port:
        device.tty = path


def _set_terminal(device: Chardev, path: str) -> None:
    note_terminal(device, path)
    if not device.sources:
        device.sources = [ChardevSource()]
    device.sources[0].path = path
