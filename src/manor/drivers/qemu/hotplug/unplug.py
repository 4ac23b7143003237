# SPDX-License-Identifier: Apache-2.0
"""Unplugging: asking the guest to let go of a device, and cleaning up once it has.

The guest decides, and may take its time or do it unasked; so the clean-up hangs on DEVICE_DELETED, never on the call.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu import groups
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import alias_of, find_device, remove_device
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug import rules
from manor.drivers.qemu.hotplug.sizes import account
from manor.drivers.qemu.hotplug.steps import Step, removal_steps
from manor.drivers.qemu.monitor import QmpError
from manor.drivers.qemu.plan import LaunchPlan
from manor.errors import ErrorDomain, ManorError, reporter
from manor.records.events import DomainDeviceRemovedEvent
from manor.schema.common.address import Device
from manor.schema.domain.chardev import Channel

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.QEMU)

WAIT_S: Final = 5.0
"""Seconds a call waits for the guest to let go; the removal may still happen later."""

_REFUSALS: Final = frozenset({"DEVICE_UNPLUG_GUEST_ERROR", "MEM_UNPLUG_ERROR"})


async def detach(core: QemuCore, guest: Guest, running: Running, device: Device) -> None:
    """Ask for `device`, one of the live document, to be let go of, and wait a while for it.

    Returns without an error when the guest takes longer, as libvirt does. Raises VIR_ERR_OPERATION_UNSUPPORTED for
    what cannot be unplugged and VIR_ERR_OPERATION_FAILED when the guest refuses.
    """
    rules.check_detach(running.document, device)
    alias = alias_of(device)
    if isinstance(device, Channel) and device.target is not None and device.target.type == "guestfwd":
        await running.monitor.execute("netdev_del", {"id": alias})
        await gone(core, guest, running, alias)
        return
    async with running.monitor.listening("DEVICE_DELETED", *_REFUSALS) as answers:
        try:
            await running.monitor.execute("device_del", {"id": alias})
        except QmpError as failure:
            if failure.error_class != "DeviceNotFound":
                raise
            # QEMU lost it without our noticing; what it stood on is still to be taken away.
            await gone(core, guest, running, alias)
            return
        try:
            answer = await answers.where(WAIT_S, device=alias)
        except ManorError as failure:
            if failure.code != ErrorNumber.OPERATION_TIMEOUT:
                raise
            return
    if answer.name in _REFUSALS:
        raise _error(ErrorNumber.OPERATION_FAILED, "unplug of device was rejected by the guest")
    removal = running.removals.get(alias)
    if removal is not None:
        await asyncio.shield(removal)


def gone(core: QemuCore, guest: Guest, running: Running, alias: str) -> asyncio.Future[None]:
    """The guest has let go of a device: forget it now, take away what it stood on, then say so.

    The future is done when all that has happened; an alias nobody knows is done at once.
    """
    device = find_device(running.document, alias)
    if device is None:
        nothing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        nothing.set_result(None)
        return nothing
    left = _left_behind(core, running, device)
    remove_device(running.document, alias)
    account(running.document, device, -1)
    running.disk_errors.pop(alias, None)
    core.save_status(guest)
    task = core.spawn(_clean_up(core, guest, running, alias, left), f"removal of {alias} of {guest.name}")
    running.removals[alias] = task
    return task


def _left_behind(core: QemuCore, running: Running, device: Device) -> list[Step]:
    plan = LaunchPlan(running.paths, core.paths, running.id)
    try:
        return removal_steps(running.document, running.caps, plan, device)
    except ManorError as failure:
        # A kind nobody can plug here, so it has nothing behind it that could be plugged again either.
        _log.debug("nothing is known to be left of %s: %s", alias_of(device), failure.message)
        return []


async def _clean_up(core: QemuCore, guest: Guest, running: Running, alias: str, left: list[Step]) -> None:
    try:
        for step in reversed(left):
            await _take_back(guest, running, step)
        undo = running.device_cleanup.pop(alias, None)
        for failure in await undo.unwind() if undo is not None else ():
            _log.error("domain %s: cleaning up after %s: %s", guest.name, alias, failure)
        await core.security.release(guest.key, alias)
        groups.forbid_rest(running)
    finally:
        running.removals.pop(alias, None)
    if guest.running is running:
        core.publish(DomainDeviceRemovedEvent(guest.ref, alias))


async def _take_back(guest: Guest, running: Running, step: Step) -> None:
    try:
        await running.monitor.execute(step.undo, step.undo_arguments)
    except ManorError as failure:
        # One thing that stays must not keep the others, nor the device's removal, from being seen.
        _log.warning("domain %s: %s %s: %s", guest.name, step.undo, step.undo_arguments, failure.message)
