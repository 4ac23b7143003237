# SPDX-License-Identifier: Apache-2.0
"""The statistics of virConnectGetAllDomainStats: every guest asked at once, its groups together on one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from manor.constants import DomainStatsTypes as Group
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.measures import block, cpu, memory, network
from manor.drivers.qemu.monitor import QmpError
from manor.errors import ManorError
from manor.records import DomainStatsRecord, TypedParam, int_param, llong_param, string_param, uint_param, ullong_param

Held = Callable[[Guest], list[TypedParam]]
Asked = Callable[[Guest, bool], Awaitable[list[TypedParam]]]

DIRTY_RATE_STATUS: Final = {"unstarted": 0, "measuring": 1, "measured": 2}


def _state(guest: Guest) -> list[TypedParam]:
    return [int_param("state.state", guest.state), int_param("state.reason", guest.reason)]


async def _balloon(guest: Guest, _backing: bool) -> list[TypedParam]:
    return await memory.bulk(guest)


async def _block(guest: Guest, backing: bool) -> list[TypedParam]:
    return await block.bulk(guest, backing=backing)


async def _iothread(guest: Guest, _backing: bool) -> list[TypedParam]:
    if guest.running is None:
        return []
    rows: list[dict[str, Any]] = await guest.running.monitor.execute("query-iothreads")
    if not rows:
        return []
    params = [uint_param("iothread.count", len(rows))]
    for row in rows:
        number = str(row["id"]).removeprefix("iothread")
        params += [
            ullong_param(f"iothread.{number}.poll-max-ns", row.get("poll-max-ns", 0)),
            uint_param(f"iothread.{number}.poll-grow", row.get("poll-grow", 0)),
            uint_param(f"iothread.{number}.poll-shrink", row.get("poll-shrink", 0)),
        ]
    return params


async def _dirty_rate(guest: Guest, _backing: bool) -> list[TypedParam]:
    if guest.running is None:
        return []
    try:
        answer: dict[str, Any] = await guest.running.monitor.execute("query-dirty-rate")
    except QmpError:
        return []
    params = [
        int_param("dirtyrate.calc_status", DIRTY_RATE_STATUS.get(answer["status"], 0)),
        llong_param("dirtyrate.calc_start_time", answer.get("start-time", 0)),
        int_param("dirtyrate.calc_period", answer.get("calc-time", 0)),
    ]
    if "mode" in answer:
        params.append(string_param("dirtyrate.calc_mode", answer["mode"]))
    if "dirty-rate" in answer and answer["status"] == "measured":
        params.append(llong_param("dirtyrate.megabytes_per_second", answer["dirty-rate"]))
    return params


HELD: Final[dict[Group, Held]] = {
    Group.STATE: _state,
    Group.CPU_TOTAL: cpu.total,
    Group.VCPU: cpu.vcpus,
    Group.INTERFACE: network.bulk,
}
"""Groups known without asking QEMU."""

ASKED: Final[dict[Group, Asked]] = {
    Group.BALLOON: _balloon,
    Group.BLOCK: _block,
    Group.IOTHREAD: _iothread,
    Group.DIRTYRATE: _dirty_rate,
}
"""Groups QEMU has to be asked for.

The others (perf, memory, vm) have no source here: hardware counters, memory bandwidth, KVM's own statistics.
"""


async def collect(guests: list[Guest], groups: int, *, backing: bool) -> list[DomainStatsRecord]:
    """One record per guest; a group QEMU does not answer is empty."""
    held = [group for group in HELD if groups & group]
    asked = [group for group in ASKED if groups & group]
    if not asked:
        return [_record(guest, {group: HELD[group](guest) for group in held}) for guest in guests]
    answers = iter(await asyncio.gather(*(_ask(group, guest, backing) for guest in guests for group in asked)))
    return [
        _record(guest, {group: HELD[group](guest) for group in held} | {group: next(answers) for group in asked})
        for guest in guests
    ]


def _record(guest: Guest, parts: dict[Group, list[TypedParam]]) -> DomainStatsRecord:
    """The groups in libvirt's order, which is that of their numbers."""
    return DomainStatsRecord(guest.ref, [param for group in sorted(parts) for param in parts[group]])


async def _ask(group: Group, guest: Guest, backing: bool) -> list[TypedParam]:
    try:
        return await ASKED[group](guest, backing)
    except ManorError:
        return []
