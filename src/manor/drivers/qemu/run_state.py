# SPDX-License-Identifier: Apache-2.0
"""Stopping and resuming the vCPUs; QEMU's events then update state and clients, giving the reason said here."""

from __future__ import annotations

from manor.constants import DomainPausedReason, DomainRunningReason, DomainState
from manor.drivers.qemu.guest import Guest, Running


async def pause(guest: Guest, running: Running, reason: DomainPausedReason) -> None:
    """Stop the vCPUs; a guest that is paused already stays as it is."""
    if guest.state is not DomainState.RUNNING:
        return
    running.pause_reason = reason
    try:
        await running.monitor.execute("stop")
    finally:
        running.pause_reason = None


async def resume(guest: Guest, running: Running, reason: DomainRunningReason) -> None:
    """Let the vCPUs run."""
    running.resume_reason = reason
    try:
        await running.monitor.execute("cont")
    finally:
        running.resume_reason = None
