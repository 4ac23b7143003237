# SPDX-License-Identifier: Apache-2.0
"""Control groups of guests: made before QEMU runs, filled as its threads appear, removed when it has ended.

A guest is in a group of its own below its partition, and each vCPU, each I/O thread and the rest of the emulator in
groups below that, where the host groups single threads. QEMU is started inside: what it allocates and opens counts
from its first instruction on. Moving a thread from outside takes the kernel milliseconds, so the vCPUs are moved while
the start goes on; it waits for that only where the document tunes them.

What the document says is turned into settings by `group_settings`; changing them while the guest runs is `controls`.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from manor.drivers.qemu import group_devices, group_settings
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.group_settings import Part
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.paths import GROUP_NOTES, GuestPaths
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.common.address import Device
from manor.schema.domain import Domain
from manor.schema.domain.tuning import Resource
from manor.system.cgroup import Cgroup, Controller, group_name, partition_path
from manor.system.process import Process, SpawnOptions, spawn, spawn_in_thread
from manor.system.undo import Undo
from manor.system.waiting import to_the_end

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.QEMU)

DEFAULT_PARTITION: Final = "/machine"
"""Where in the host's control groups guests are that do not say."""

PATIENCE_S: Final = 2.0
"""Seconds a QEMU that has been killed may take to be gone with all its threads."""

_NOT_FOR_US: Final = frozenset({errno.EPERM, errno.EACCES, errno.ENXIO, errno.EROFS})
"""What a host answers that has groups, but none for us to make: a container."""

EMULATOR: Final = "emulator"
"""The group of QEMU's threads that are neither vCPUs nor I/O threads."""


class GuestGroup:
    """The group of one run. `threads`: the host groups single threads, so there are groups below this one. `entered`:
    QEMU is in it.

    `note` is a file that says where the group is, and is there as long as the group: whoever finds it without a guest
    removes the group.
    """

    def __init__(self, group: Cgroup, note: Path) -> None:
        self.group = group
        self.note = note
        self.threads = group.has(Controller.CPU) or group.has(Controller.CPUSET)
        self.entered = True
        self._changing = asyncio.Lock()

    def start(self, document: Domain, cpus: frozenset[int] | None, begin: Callable[[], int]) -> int:
        """Make the groups as the document wants them and start QEMU inside; runs in a thread of its own.

        Where the host lets nobody make groups, QEMU starts without, unless the document demands what they are for.
        """
        try:
            self.group.make()
        except ManorError as failure:
            if failure.int1 not in _NOT_FOR_US:
                raise
            _log.warning("no control group for domain %s: %s", document.name, failure.message)
            group_settings.check_available(document, frozenset())
            self.entered = False
            return _on_cpus(cpus, begin)
        group_settings.apply(self.group, document)
        emulator = None
        if self.threads:
            emulator = self.group.create_threads(EMULATOR)
            group_settings.apply_part(emulator, document, Part("emulator", EMULATOR, 0))
        return self.group.start_inside(partial(_on_cpus, cpus, begin), emulator)

    async def follow(self, running: Running) -> None:
        """Have a group for each vCPU and I/O thread there is, and none for others."""
        async with self._changing:
            parts = await _parts(running)
            if self.threads:
                work = asyncio.to_thread(self._follow, running.document, parts, running.process.pid)
                # Nothing is to be changed from two sides.
                await to_the_end(work)
            _schedule(parts, running.document)

    def _follow(self, document: Domain, parts: Sequence[Part], pid: int) -> None:
        for name in self.group.children() - {EMULATOR, *(part.name for part in parts)}:
            self.group.child(name).remove()
        for part in parts:
            child = self.group.child(part.name)
            if not child.exists():
                child = self.group.create_threads(part.name)
                group_settings.apply_part(child, document, part)
            if part.tid not in child.threads():
                child.add_thread(part.tid)
        emulator = self.group.child(EMULATOR)
        rest = _threads_of(pid) - {part.tid for part in parts} - emulator.threads()
        for tid in rest:
            emulator.add_thread(tid)

    def allow(self, device: Device) -> None:
        """Let QEMU open what a device about to be plugged needs."""
        rules = group_devices.of_device(device)
        if rules and self.group.has(Controller.DEVICES):
            controller = self.group.of(Controller.DEVICES)
            if group_devices.ANY not in controller.allowed_devices():
                controller.allow_devices(rules)

    def forbid_rest(self, document: Domain) -> None:
        """Let QEMU open nothing any more that the document's devices do not need."""
        if self.group.has(Controller.DEVICES) and self.group.exists():
            controller = self.group.of(Controller.DEVICES)
            allowed = controller.allowed_devices()
            if group_devices.ANY not in allowed:
                controller.forbid_devices(group_devices.beyond(allowed, group_devices.of_document(document)))

    async def settled(self) -> None:
        """Wait until the threads are where they belong."""
        async with self._changing:
            pass

    @property
    def settling(self) -> bool:
        """Whether threads are being moved just now."""
        return self._changing.locked()

    async def remove(self) -> None:
        """Remove the group, whose processes have ended."""
        async with self._changing:
            await to_the_end(asyncio.to_thread(_remove, self.group, self.note))


def choose(core: QemuCore, guest: Guest, document: Domain, paths: GuestPaths, undo: Undo) -> GuestGroup | None:
    """The group a guest about to start will be in, noted in its folder; None where the host has none for it.

    Raises VIR_ERR_CONFIG_UNSUPPORTED when the document demands what groups would be needed for.
    """
    if group_settings.nodes(document) is not None:
        group_settings.check_nodes(group_settings.nodes(document), {cell.id for cell in core.host.cells()})
    if not core.context.privileged:
        group_settings.check_session(document)
        return None
    groups = core.host.cgroups
    if not groups.usable:
        group_settings.check_available(document, frozenset())
        return None
    path = _path(core, guest, document)
    group_settings.check_available(document, groups.controllers)
    paths.group.parent.mkdir(mode=0o700, exist_ok=True)
    paths.group.write_text(path)
    group = GuestGroup(groups.group(path), paths.group)
    undo.push(leave, core, guest, group)
    return group


async def leave(core: QemuCore, guest: Guest, group: GuestGroup) -> None:
    """Remove the group of a run that has ended; while its threads are still being moved, nobody waits for that."""
    if not group.settling:
        await group.remove()
        return
    task = asyncio.ensure_future(_leave_later(guest, group))
    core.leaving.add(task)
    task.add_done_callback(core.leaving.discard)


async def _leave_later(guest: Guest, group: GuestGroup) -> None:
    try:
        await group.remove()
    except ManorError as failure:
        _log.error("domain %s: its control group is left: %s", guest.name, failure.message)


def _path(core: QemuCore, guest: Guest, document: Domain) -> str:
    """Where a guest's group is; a partition somebody chose must be there."""
    resource = document.resource = document.resource or Resource()
    partition = resource.partition = resource.partition or DEFAULT_PARTITION
    if not partition.startswith("/"):
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, f"Resource partition '{partition}' must start with '/'")
    root = None if core.context.root is None else str(core.context.root)
    above = partition_path(partition)
    if above and partition != DEFAULT_PARTITION:
        core.host.cgroups.group(above).require()
    return f"{above}/{group_name('qemu', document.id or 0, guest.name, root)}".lstrip("/")


async def run(
    group: GuestGroup | None, document: Domain, argv: Sequence[str], options: SpawnOptions, name: str
) -> Process:
    """Start QEMU, inside its group if it has one, on the CPUs the document gives to the emulator."""
    cpus = group_settings.emulator_cpus(document)
    if group is None:
        if cpus is None:
            return spawn(argv, options, name)
        return await spawn_in_thread(argv, options, name, partial(_on_cpus, cpus))
    return await spawn_in_thread(argv, options, name, partial(group.start, document, cpus))


def _on_cpus(cpus: frozenset[int] | None, begin: Callable[[], int]) -> int:
    """Start a process on some CPUs only, from a thread that ends soon."""
    if cpus is not None:
        group_settings.set_affinity(0, cpus)
    return begin()


async def place(core: QemuCore, guest: Guest, running: Running) -> None:
    """Put the threads of a QEMU that has just been started where they belong.

    Returns at once where the document leaves single threads to the host; a failure is then only logged.
    """
    if group_settings.tunes_threads(running.document):
        await follow(running)
    else:
        await place_later(core, guest, running)


async def place_later(core: QemuCore, guest: Guest, running: Running) -> None:
    """Put threads where they belong while something else goes on."""
    if running.group is not None:
        core.spawn(_place_later(running.group, guest, running), f"threads of {guest.name}")
        # It holds the group before anybody else can ask for it.
        await asyncio.sleep(0)


async def _place_later(group: GuestGroup, guest: Guest, running: Running) -> None:
    try:
        await group.follow(running)
    except ManorError as failure:
        if guest.running is running and not running.ending:
            _log.warning("domain %s: its threads are not all in their control groups: %s", guest.name, failure.message)


async def follow(running: Running) -> None:
    """Have the groups, CPUs and scheduling of QEMU's threads follow which there are."""
    if running.group is not None:
        await running.group.follow(running)
    else:
        _schedule(await _parts(running), running.document)


def _schedule(parts: Sequence[Part], document: Domain) -> None:
    for part in parts:
        group_settings.schedule(part, document)


async def _parts(running: Running) -> list[Part]:
    """The vCPU threads, where they are threads of their own, and the I/O threads."""
    tids = list(running.vcpu_pids.values())
    vcpus = running.vcpu_pids if len(set(tids)) == len(tids) else {}
    parts = [Part("vcpu", f"vcpu{number}", tid, number) for number, tid in sorted(vcpus.items())]
    if running.document.iothreadids:
        for row in await running.monitor.execute("query-iothreads"):
            number = str(row["id"]).removeprefix("iothread")
            if number.isdecimal():
                parts.append(Part("iothread", row["id"], row["thread-id"], int(number)))
    return parts


def _threads_of(pid: int) -> set[int]:
    try:
        return {int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()}
    except OSError:
        return set()


def allow(guest: Guest, device: Device, undo: Undo) -> None:
    """Let the guest's QEMU open what a device needs; `undo` forbids it again once the document has it no more."""
    running = guest.running
    if running is not None and running.group is not None:
        undo.push(forbid_rest, running)
        running.group.allow(device)


def forbid_rest(running: Running) -> None:
    """Let QEMU open only what its devices need now."""
    if running.group is None:
        return
    try:
        running.group.forbid_rest(running.document)
    except ManorError as failure:
        _log.warning("domain %s may open more devices than it needs: %s", running.document.name, failure.message)


def _remove(group: Cgroup, note: Path) -> None:
    group.remove(PATIENCE_S)
    note.unlink(missing_ok=True)


def found_again(core: QemuCore, paths: GuestPaths) -> GuestGroup | None:
    """The group of a guest that another daemon has started."""
    group = _noted(core, paths.group)
    return None if group is None or not group.exists() else GuestGroup(group, paths.group)


async def sweep(core: QemuCore) -> None:
    """Remove the groups of runs that have ended, or have not come about, while nobody looked."""
    claimed = {guest.running.group.note for guest in core.guests if guest.running is not None and guest.running.group}
    for note in (core.paths.runtime / GROUP_NOTES).glob("*"):
        if note in claimed:
            continue
        group = _noted(core, note)
        try:
            if group is None:
                note.unlink(missing_ok=True)
            else:
                await asyncio.to_thread(_remove, group, note)
        except ManorError as failure:
            _log.error("the control group of %s is left: %s", note.name, failure.message)


def _noted(core: QemuCore, note: Path) -> Cgroup | None:
    try:
        path = note.read_text()
    except OSError:
        return None
    return core.host.cgroups.group(path) if path else None
