# SPDX-License-Identifier: Apache-2.0
"""Bringing QEMU's events and the loss of its monitor to the guest they concern."""

from __future__ import annotations

import logging

import msgspec

from manor.drivers.interface.events import MONITOR_KEY
from manor.drivers.qemu import device_events, run_events
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.qmp_core import Event
from manor.errors import ManorError
from manor.records.events import DomainMonitorEvent

_log = logging.getLogger(__name__)

HANDLERS = run_events.HANDLERS | device_events.HANDLERS


def attach(core: QemuCore, guest: Guest, running: Running) -> None:
    """Handle the events of a run from now on."""

    def handle(event: Event) -> None:
        if core.events.wanted(MONITOR_KEY):
            core.publish(_raw(guest, event))
        if running.ending:
            if running.destroyed and event.name == "SHUTDOWN":
                run_events.told_to_end(core, guest, running, event.data)
            return
        handler = HANDLERS.get(event.name)
        if handler is not None:
            handler(core, guest, running, event.data)

    def lost(failure: ManorError) -> None:
        # QEMU closes its monitor when it exits, which the pidfd reports as well. A QEMU that goes on without answering
        # us cannot be managed, and its guest must not be half alive.
        if running.ending:
            return
        if not running.shutdown_seen:
            _log.warning("domain %s: %s", guest.name, failure.message)
        running.process.send_signal(15)

    running.monitor.on_event(handle)
    running.monitor.on_close(lost)


def _raw(guest: Guest, event: Event) -> DomainMonitorEvent:
    details = msgspec.json.encode(event.data).decode() if event.data else None
    seconds, micros = divmod(event.timestamp, 1_000_000)
    return DomainMonitorEvent(guest.ref, event.name, seconds, micros, details)
