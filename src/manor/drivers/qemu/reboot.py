# SPDX-License-Identifier: Apache-2.0
"""What follows a guest's power-off: the end of QEMU, or a new start of the same machine.

QEMU runs with -no-shutdown, so that a power-off leaves it stopped and us to decide. A reboot asked for through ACPI is
a power-off answered by a reset ("fake reboot"), as is a power-off where the document says on_poweroff=restart.
With on_reboot=destroy a reset is a power-off.
"""

from __future__ import annotations

from manor.constants import DomainPausedReason, DomainRunningReason
from manor.drivers.qemu import stop
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.errors import ManorError


def after_shutdown(core: QemuCore, guest: Guest, running: Running) -> None:
    """Start what follows, as a task: the caller is an event handler."""
    restart = running.fake_reboot or running.document.on_poweroff == "restart"
    action = _restart if restart else _power_off
    core.spawn(action(core, guest, running), f"power-off of {guest.name}")


async def set_reset_action(running: Running) -> None:
    """Have QEMU take a reset for a power-off where the document says on_reboot=destroy (QMP set-action)."""
    ends = running.document.on_reboot == "destroy"
    await running.monitor.execute("set-action", {"reboot": "shutdown" if ends else "reset"})


async def _power_off(core: QemuCore, guest: Guest, running: Running) -> None:
    await stop.quit_qemu(running)


async def _restart(core: QemuCore, guest: Guest, running: Running) -> None:
    running.fake_reboot = False
    running.shutdown_seen = False
    try:
        await running.monitor.execute("system_reset")
        guest.set_paused(DomainPausedReason.USER)
        running.resume_reason = DomainRunningReason.BOOTED
        await running.monitor.execute("cont")
        core.save_status(guest)
    except ManorError:
        # A machine that will not start over is no use half alive.
        await stop.quit_qemu(running)
