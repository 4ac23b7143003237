# SPDX-License-Identifier: Apache-2.0
"""Plugging a device into a running guest: the host's part, QEMU's part, or nothing at all."""

from __future__ import annotations

from typing import Any, Final

from manor.drivers.qemu import (
    groups,
    native,
    prepare_chardevs,
    prepare_disks,
    prepare_interfaces,
    prepare_memory,
    prepare_secrets,
    prepare_vsock,
)
from manor.drivers.qemu.command import blockdev, secrets
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug import rules, throttling
from manor.drivers.qemu.hotplug.sizes import account
from manor.drivers.qemu.hotplug.steps import Step, descriptor_names, reduced, steps
from manor.drivers.qemu.hotplug.unplug import WAIT_S
from manor.drivers.qemu.passes import assign_device, insert_device
from manor.drivers.qemu.passes.sources import number_disks
from manor.drivers.qemu.plan import LaunchPlan
from manor.drivers.qemu.prepare import Preparation
from manor.drivers.qemu.refresh import note_terminal
from manor.records.events import DomainDeviceAddedEvent
from manor.schema.common.address import Device, DimmAddress
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Channel, Chardev, ChardevSource
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import MemoryDevice, Vsock
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Shmem
from manor.schema.domain.interface import Interface
from manor.system.undo import Undo

SHMEM_MIB: Final = 4
"""Size of shared memory whose document does not give one."""


async def attach(core: QemuCore, guest: Guest, running: Running, device: Device) -> None:
    """Plug `device`, with the controllers it needs, and say so; the caller holds the guest's job.

    Raises what libvirt refuses, and QEMU's own refusals as VIR_ERR_INTERNAL_ERROR; host and QEMU are then as before.
    """
    rules.check_attach(running.document, device)
    attachment = assign_device(running.document, running.caps, device)
    async with Undo() as undo:
        for controller in attachment.controllers:
            await _plug(core, guest, running, controller, attachment.controllers, undo)
        await _plug(core, guest, running, device, attachment.controllers, undo)
        await _finish(running, device)
        undo.commit()
    for item in (*attachment.controllers, device):
        insert_device(running.document, item)
    account(running.document, device, 1)
    core.save_status(guest)
    # Of memory, libvirt tells the name of what is behind the device.
    backend = "mem" if isinstance(device, MemoryDevice) else ""
    core.publish(DomainDeviceAddedEvent(guest.ref, f"{backend}{alias_of(device)}"))


async def _plug(
    core: QemuCore,
    guest: Guest,
    running: Running,
    device: Device,
    controllers: tuple[Controller, ...],
    undo: Undo,
) -> None:
    plan = LaunchPlan(running.paths, core.paths, running.id)
    document = reduced(running.document, device, () if isinstance(device, Controller) else controllers)
    host_side = Undo()
    undo.push(host_side.unwind)
    undo.push(running.device_cleanup.pop, alias_of(device), None)
    undo.push(core.security.release, guest.key, alias_of(device))
    try:
        preparation = Preparation(core, guest, document, running.caps, plan, host_side)
        await prepare(preparation, running.document, device)
        todo = steps(document, running.caps, plan, device)
        await prepare_memory.make_folders(preparation)
        names = descriptor_names(plan)
        for number, name in names.items():
            await running.monitor.execute("getfd", {"fdname": name}, fds=[int(number)])
        for step in todo:
            answer = await run(running, step, undo)
            if step.command == "chardev-add" and isinstance(device, Chardev):
                _terminal(device, answer)
    finally:
        plan.close_fds()
    if len(host_side):
        running.device_cleanup[alias_of(device)] = host_side
        running.cleanup.push(host_side.unwind)


async def run(running: Running, step: Step, undo: Undo) -> Any:
    """Give one command; `undo` learns how to take it back."""
    answer = await running.monitor.execute(step.command, step.arguments)
    if step.command == "device_add":
        undo.push(_withdraw, running, step.undo_arguments)
    elif step.undo:
        undo.push(running.monitor.execute, step.undo, step.undo_arguments)
    return answer


async def _withdraw(running: Running, device: dict[str, Any]) -> None:
    """Unplug a device again; what it stands on is only free once the guest has let go."""
    async with running.monitor.listening("DEVICE_DELETED") as deletions:
        await running.monitor.execute("device_del", device)
        await deletions.where(WAIT_S, device=device["id"])


async def prepare(preparation: Preparation, document: Domain, device: Device) -> None:
    """The host's part of one device; images get numbers that nothing in the whole `document` has."""
    match device:
        case Disk():
            await prepare_disks.prepare_disk(preparation.core, device)
            number_disks([*devices_of(document).disks, device])
            needs = [need for image in blockdev.chain(device) for need in secrets.image_needs(image)]
            if needs:
                key = preparation.plan.paths.master_key.read_bytes()
                await prepare_secrets.fill(preparation.plan, needs, key, preparation.core.secret_lookup)
        case Interface():
            await prepare_interfaces.prepare(preparation)
        case Channel():
            native.fill_channels(preparation.document, preparation.plan)
            prepare_chardevs.prepare_one(preparation, device)
        case Chardev():
            prepare_chardevs.prepare_one(preparation, device)
        case Vsock():
            await prepare_vsock.prepare(preparation)
        case Shmem(server=None):
            device.size = device.size or SHMEM_MIB
    await preparation.core.security.give(preparation.guest.key, document, [device])
    groups.allow(preparation.guest, device, preparation.undo)


def _terminal(device: Chardev, answer: dict[str, Any]) -> None:
    """Note the pseudo-terminal QEMU opened."""
    path = answer.get("pty")
    if path:
        note_terminal(device, path)
        device.sources = [ChardevSource(path=path)]


async def _finish(running: Running, device: Device) -> None:
    """What QEMU is told of a device only once it has it."""
    alias = alias_of(device)
    match device:
        case Interface(link="down"):
            await running.monitor.execute("set_link", {"name": alias, "up": False})
        case Disk() if device.iotune is not None:
            await throttling.apply(running, device)
        case MemoryDevice(model="dimm" | "nvdimm"):
            for row in await running.monitor.execute("query-memory-devices"):
                if row["data"].get("id") == alias:
                    device.address = DimmAddress(slot=row["data"]["slot"], base=row["data"]["addr"])
