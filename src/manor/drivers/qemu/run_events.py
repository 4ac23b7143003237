# SPDX-License-Identifier: Apache-2.0
"""What QEMU says of the run itself: stopped, resumed, shut down, reset, suspended, crashed.

Each handler updates the guest's state and publishes libvirt's events in libvirt's order. They run synchronously as the
monitor delivers, so state and events never disagree; what takes longer (a fake reboot, acting on a crash) is started as
a task of the driver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from manor.constants import (
    DomainCrashedReason,
    DomainEventCrashedDetailType,
    DomainEventPMSuspendedDetailType,
    DomainEventResumedDetailType,
    DomainEventShutdownDetailType,
    DomainEventStartedDetailType,
    DomainEventSuspendedDetailType,
    DomainEventType,
    DomainEventWatchdogAction,
    DomainPausedReason,
    DomainPMSuspendedReason,
    DomainRunningReason,
    DomainShutdownReason,
    DomainState,
)
from manor.drivers.qemu import crash, reboot
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.jobs import AsyncJob
from manor.records.events import (
    DomainMigrationIterationEvent,
    DomainPMSuspendDiskEvent,
    DomainPMSuspendEvent,
    DomainPMWakeupEvent,
    DomainRebootEvent,
    DomainRTCChangeEvent,
    DomainWatchdogEvent,
)

Handler = Callable[[QemuCore, Guest, Running, dict[str, Any]], None]

_SUSPENDED: Final = {
    DomainPausedReason.MIGRATION: DomainEventSuspendedDetailType.MIGRATED,
    DomainPausedReason.IOERROR: DomainEventSuspendedDetailType.IOERROR,
    DomainPausedReason.WATCHDOG: DomainEventSuspendedDetailType.WATCHDOG,
    DomainPausedReason.FROM_SNAPSHOT: DomainEventSuspendedDetailType.FROM_SNAPSHOT,
    DomainPausedReason.API_ERROR: DomainEventSuspendedDetailType.API_ERROR,
    DomainPausedReason.POSTCOPY: DomainEventSuspendedDetailType.POSTCOPY,
    DomainPausedReason.POSTCOPY_FAILED: DomainEventSuspendedDetailType.POSTCOPY_FAILED,
}

_RESUMED: Final = {
    DomainRunningReason.RESTORED: DomainEventResumedDetailType.FROM_SNAPSHOT,
    DomainRunningReason.FROM_SNAPSHOT: DomainEventResumedDetailType.FROM_SNAPSHOT,
    DomainRunningReason.MIGRATED: DomainEventResumedDetailType.MIGRATED,
    DomainRunningReason.MIGRATION_CANCELED: DomainEventResumedDetailType.MIGRATED,
    DomainRunningReason.POSTCOPY: DomainEventResumedDetailType.POSTCOPY,
}

_PAUSED_BY_JOB: Final = {
    AsyncJob.MIGRATION_OUT: DomainPausedReason.MIGRATION,
    AsyncJob.SAVE: DomainPausedReason.SAVE,
    AsyncJob.DUMP: DomainPausedReason.DUMP,
    AsyncJob.SNAPSHOT: DomainPausedReason.SNAPSHOT,
}

_WATCHDOG_ACTIONS: Final = {
    "none": DomainEventWatchdogAction.NONE,
    "debug": DomainEventWatchdogAction.DEBUG,
    "reset": DomainEventWatchdogAction.RESET,
    "poweroff": DomainEventWatchdogAction.POWEROFF,
    "shutdown": DomainEventWatchdogAction.SHUTDOWN,
    "pause": DomainEventWatchdogAction.PAUSE,
    "inject-nmi": DomainEventWatchdogAction.INJECTNMI,
}


def suspended_detail(reason: DomainPausedReason) -> DomainEventSuspendedDetailType:
    """The detail of the SUSPENDED event that goes with a reason for being paused."""
    return _SUSPENDED.get(reason, DomainEventSuspendedDetailType.PAUSED)


def stopped(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """STOP: the vCPUs do not run; why is what was announced in `pause_reason`, or the job under way."""
    if guest.state is not DomainState.RUNNING:
        return
    job = guest.jobs.current
    reason = running.pause_reason
    if reason is None and job is not None and isinstance(job.kind, AsyncJob):
        reason = _PAUSED_BY_JOB.get(job.kind)
    running.pause_reason = None
    if reason is None:
        reason = DomainPausedReason.UNKNOWN
    guest.set_paused(reason)
    core.lifecycle(guest, DomainEventType.SUSPENDED, suspended_detail(reason))


def resumed(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """RESUME: the vCPUs run again."""
    if guest.state is not DomainState.PAUSED:
        return
    reason = running.resume_reason or DomainRunningReason.UNPAUSED
    running.resume_reason = None
    guest.set_running(reason)
    detail = _RESUMED.get(reason, DomainEventResumedDetailType.UNPAUSED)
    core.lifecycle(guest, DomainEventType.RESUMED, detail)


def shutdown(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """SHUTDOWN: the guest powered off, or somebody outside asked; QEMU itself stays because of -no-shutdown."""
    if running.shutdown_seen:
        return
    running.shutdown_seen = True
    guest.set_state(DomainState.SHUTDOWN, DomainShutdownReason.UNKNOWN)
    core.lifecycle(guest, DomainEventType.SHUTDOWN, _shutdown_detail(data))
    core.save_status(guest)
    reboot.after_shutdown(core, guest, running)


def told_to_end(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """SHUTDOWN of a guest that is being destroyed: clients hear of it, and the end follows anyway."""
    if not running.shutdown_seen:
        running.shutdown_seen = True
        core.lifecycle(guest, DomainEventType.SHUTDOWN, _shutdown_detail(data))


def _shutdown_detail(data: dict[str, Any]) -> DomainEventShutdownDetailType:
    by_guest: bool | None = data.get("guest")
    if by_guest is None:
        return DomainEventShutdownDetailType.FINISHED
    return DomainEventShutdownDetailType.GUEST if by_guest else DomainEventShutdownDetailType.HOST


def reset(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """RESET: the machine starts over; a guest that had panicked is alive again."""
    if guest.state is DomainState.CRASHED or (
        guest.state is DomainState.PAUSED and guest.reason == DomainPausedReason.CRASHED
    ):
        guest.set_paused(DomainPausedReason.USER)
    core.publish(DomainRebootEvent(guest.ref))


def rtc_change(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """RTC_CHANGE: the guest set its clock; offset is in seconds from the base it started with."""
    offset = int(data["offset"])
    clock = running.document.clock
    if clock is not None and clock.offset == "variable":
        # QEMU counts from the clock it was started with, libvirt from the clock's basis.
        offset += running.clock_adjustment
        clock.adjustment = str(offset)
        core.save_status(guest)
    core.publish(DomainRTCChangeEvent(guest.ref, offset))


def watchdog(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """WATCHDOG: the watchdog ran out and QEMU took the given action."""
    action = _WATCHDOG_ACTIONS.get(data["action"], DomainEventWatchdogAction.NONE)
    core.publish(DomainWatchdogEvent(guest.ref, action))
    if action is DomainEventWatchdogAction.PAUSE and guest.state is DomainState.RUNNING:
        guest.set_paused(DomainPausedReason.WATCHDOG)
        core.lifecycle(guest, DomainEventType.SUSPENDED, DomainEventSuspendedDetailType.WATCHDOG)
        core.save_status(guest)


def suspend(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """SUSPEND: the guest went to sleep (ACPI S3)."""
    core.publish(DomainPMSuspendEvent(guest.ref, 0))
    if guest.state is DomainState.RUNNING:
        guest.set_state(DomainState.PMSUSPENDED, DomainPMSuspendedReason.UNKNOWN)
        core.lifecycle(guest, DomainEventType.PMSUSPENDED, DomainEventPMSuspendedDetailType.MEMORY)
        core.save_status(guest)


def suspend_disk(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """SUSPEND_DISK: the guest hibernates; its power-off follows."""
    core.publish(DomainPMSuspendDiskEvent(guest.ref, 0))
    if guest.state is DomainState.RUNNING:
        guest.set_state(DomainState.PMSUSPENDED, DomainPMSuspendedReason.UNKNOWN)
        core.lifecycle(guest, DomainEventType.PMSUSPENDED, DomainEventPMSuspendedDetailType.DISK)
        core.save_status(guest)


def wakeup(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """WAKEUP: the guest is awake again."""
    core.publish(DomainPMWakeupEvent(guest.ref, 0))
    if guest.state is DomainState.PMSUSPENDED:
        guest.set_running(DomainRunningReason.WAKEUP)
        core.lifecycle(guest, DomainEventType.STARTED, DomainEventStartedDetailType.WAKEUP)
        core.save_status(guest)


def migration_pass(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """MIGRATION_PASS: another pass over the memory has begun."""
    core.publish(DomainMigrationIterationEvent(guest.ref, int(data["pass"])))


def panicked(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """GUEST_PANICKED: the guest's kernel gave up; what follows is the document's on_crash."""
    guest.set_state(DomainState.CRASHED, DomainCrashedReason.PANICKED)
    core.lifecycle(guest, DomainEventType.CRASHED, DomainEventCrashedDetailType.PANICKED)
    core.save_status(guest)
    crash.after_panic(core, guest, running, data.get("info"))


HANDLERS: Final[dict[str, Handler]] = {
    "STOP": stopped,
    "RESUME": resumed,
    "SHUTDOWN": shutdown,
    "RESET": reset,
    "RTC_CHANGE": rtc_change,
    "WATCHDOG": watchdog,
    "SUSPEND": suspend,
    "SUSPEND_DISK": suspend_disk,
    "WAKEUP": wakeup,
    "GUEST_PANICKED": panicked,
    "MIGRATION_PASS": migration_pass,
}
