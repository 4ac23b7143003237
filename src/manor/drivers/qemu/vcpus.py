# SPDX-License-Identifier: Apache-2.0
"""vCPUs: plugging and unplugging them, asking the guest to use them, pinning them."""

from __future__ import annotations

from typing import Any, Final

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu import groups
from manor.drivers.qemu.agent_calls import require_agent
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.refresh import Cpu
from manor.errors import reporter
from manor.schema.core import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.tuning import CpuTune, EmulatorPin, Vcpu, VcpuPin

_error = reporter(ErrorDomain.QEMU)

UNPLUG_S: Final = 5.0
"""Seconds a guest has to let go of a vCPU."""


async def plug(core: QemuCore, guest: Guest, running: Running, count: int) -> None:
    """Have the running guest see `count` vCPUs.

    Raises VIR_ERR_OPERATION_UNSUPPORTED where the machine cannot, VIR_ERR_OPERATION_TIMEOUT where the guest does not
    let one go; what was plugged until then stays and is in the document.
    """
    try:
        while (present := len(running.vcpu_pids)) != count:
            slots = await _slots(running)
            if present < count:
                await _add(running, slots)
            else:
                await _remove(running, slots)
            await _refresh(running)
    finally:
        running.document = with_count(running.document, len(running.vcpu_pids))
        core.save_status(guest)


async def _slots(running: Running) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = await running.monitor.execute("query-hotpluggable-cpus")
    # QEMU lists the last first.
    return answer[::-1]


async def _add(running: Running, slots: list[dict[str, Any]]) -> None:
    free = next((slot for slot in slots if "qom-path" not in slot), None)
    if free is None:
        raise _error(ErrorNumber.OPERATION_UNSUPPORTED, "cpu hotplug is not supported by this machine type")
    number = slots.index(free)
    await running.monitor.execute("device_add", {"driver": free["type"], "id": f"vcpu{number}", **free["props"]})


async def _remove(running: Running, slots: list[dict[str, Any]]) -> None:
    plugged = [slot for slot in slots if str(slot.get("qom-path", "")).startswith("/machine/peripheral/vcpu")]
    if not plugged:
        raise _error(
            ErrorNumber.CONFIG_UNSUPPORTED,
            "failed to find appropriate hotpluggable vcpus to reach the desired target vcpu count",
        )
    name = str(plugged[-1]["qom-path"]).rpartition("/")[2]
    async with running.monitor.listening("DEVICE_DELETED", "ACPI_DEVICE_OST") as answers:
        await running.monitor.execute("device_del", {"id": name})
        await answers.where(UNPLUG_S, device=name)


async def switch(running: Running, number: int, *, enable: bool) -> None:
    """Plug or unplug one vCPU of the running guest.

    Raises VIR_ERR_OPERATION_UNSUPPORTED for one that came with the machine.
    """
    slots = await _slots(running)
    if number >= len(slots):
        raise _error(ErrorNumber.OPERATION_UNSUPPORTED, f"vcpu '{number}' can't be unplugged")
    slot = slots[number]
    if enable:
        await running.monitor.execute("device_add", {"driver": slot["type"], "id": f"vcpu{number}", **slot["props"]})
    else:
        if not str(slot.get("qom-path", "")).startswith("/machine/peripheral/vcpu"):
            raise _error(ErrorNumber.OPERATION_UNSUPPORTED, f"vcpu '{number}' can't be unplugged")
        async with running.monitor.listening("DEVICE_DELETED") as deletions:
            await running.monitor.execute("device_del", {"id": f"vcpu{number}"})
            await deletions.where(UNPLUG_S, device=f"vcpu{number}")
    await _refresh(running)


async def _refresh(running: Running) -> None:
    cpus = await running.monitor.execute("query-cpus-fast", result=list[Cpu])
    running.vcpu_pids = {cpu.cpu_index: cpu.thread_id for cpu in cpus}
    await groups.follow(running)


async def guest_count(guest: Guest) -> int:
    """How many vCPUs the guest's own system uses, by its agent."""
    agent = require_agent(guest, guest.require_active())
    rows = await agent.execute("guest-get-vcpus")
    return sum(bool(row["online"]) for row in rows)


async def set_guest_count(guest: Guest, count: int) -> None:
    """Have the guest's own system use `count` of its vCPUs."""
    agent = require_agent(guest, guest.require_active())
    rows = await agent.execute("guest-get-vcpus")
    if count > len(rows):
        detail = "requested vcpu count is greater than the count of enabled vcpus in the domain"
        raise _error(ErrorNumber.INVALID_ARG, f"{detail}: {count} > {len(rows)}")
    online = sum(bool(row["online"]) for row in rows)
    changes = []
    for row in rows if count > online else reversed(rows):
        if online == count:
            break
        wanted = count > online
        if bool(row["online"]) != wanted and (wanted or row.get("can-offline")):
            changes.append({"logical-id": row["logical-id"], "online": wanted})
            online += 1 if wanted else -1
    if online != count:
        raise _error(ErrorNumber.OPERATION_FAILED, "cannot find enough guest CPUs to change")
    if changes:
        await agent.execute("guest-set-vcpus", {"vcpus": changes})


def with_count(document: Domain, count: int) -> Domain:
    """The document with `count` vCPUs at start."""
    vcpu = document.vcpu or Vcpu(value=1)
    current = None if count == (vcpu.value or 1) else count
    return document.evolve(vcpu=vcpu.evolve(current=current))


def with_maximum(document: Domain, count: int) -> Domain:
    """The document with at most `count` vCPUs; VIR_ERR_INVALID_ARG when its topology says otherwise."""
    topology = document.cpu.topology if document.cpu is not None else None
    if topology is not None:
        product = (topology.sockets or 1) * (topology.dies or 1) * (topology.cores or 1) * (topology.threads or 1)
        if product != count:
            raise _error(ErrorNumber.INVALID_ARG, "CPU topology doesn't match the desired vcpu count")
    vcpu = document.vcpu or Vcpu(value=1)
    current = vcpu.current if vcpu.current is not None and vcpu.current < count else None
    return document.evolve(vcpu=vcpu.evolve(value=count, current=current))


def with_vcpu_pin(document: Domain, pin: VcpuPin) -> Domain:
    """The document with one vCPU's pinning replaced."""
    tune = document.cputune or CpuTune()
    pins = sorted([*(p for p in tune.vcpupins if p.vcpu != pin.vcpu), pin], key=lambda item: item.vcpu or 0)
    return document.evolve(cputune=tune.evolve(vcpupins=pins))


def with_emulator_pin(document: Domain, pin: EmulatorPin) -> Domain:
    """The document with the emulator's pinning replaced."""
    return document.evolve(cputune=(document.cputune or CpuTune()).evolve(emulatorpin=pin))


def numbers(text: str) -> Bitmap:
    """A set of numbers as clients write it (0-3,^2); VIR_ERR_INVALID_ARG for what is none."""
    try:
        return Bitmap.parse(text)
    except ValueError:
        raise reporter(ErrorDomain.NONE)(ErrorNumber.INVALID_ARG, f"Failed to parse bitmap '{text}'") from None


def cpu_set(cpumap: bytes) -> Bitmap:
    """The CPUs of a bitmap; VIR_ERR_INVALID_ARG for none at all."""
    cpus = Bitmap(number * 8 + bit for number, byte in enumerate(cpumap) for bit in range(8) if byte >> bit & 1)
    if not cpus:
        raise _error(ErrorNumber.INVALID_ARG, "Empty cpu list for pinning")
    return cpus


def bitmap(cpus: Bitmap | None, count: int) -> bytes:
    """A set of CPUs as a bitmap of `count` bits; None means all."""
    bits = bytearray((count + 7) // 8)
    for cpu in range(count):
        if cpus is None or cpu in cpus:
            bits[cpu // 8] |= 1 << (cpu % 8)
    return bytes(bits)
