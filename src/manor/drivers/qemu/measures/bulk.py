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
from manor.records import DomainStatsRecord, TypedParam, int_param, llong_param, uint_param, ullong_param

Source = Callable[[Guest, bool], Awaitable[list[TypedParam]]]

DIRTY_RATE_STATUS: Final = {"unstarted": 0, "measuring": 1, "measured": 2}


async def _state(guest: Guest, _backing: bool) -> list[TypedParam]:
    return [int_param("state.state", guest.state), int_param("state.reason", guest.reason)]


async def _cpu_total(guest: Guest, _backing: bool) -> list[TypedParam]:
    return cpu.total(guest)


async def _balloon(guest: Guest, _backing: bool) -> list[TypedParam]:
    return await memory.bulk(guest)


async def _vcpu(guest: Guest, _backing: bool) -> list[TypedParam]:
    return cpu.vcpus(guest)


async def _interface(guest: Guest, _backing: bool) -> list[TypedParam]:
    return network.bulk(guest)


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
    if "dirty-rate" in answer and answer["status"] == "measured":
        params.append(llong_param("dirtyrate.megabytes_per_second", answer["dirty-rate"]))
    return params


async def _nothing(_guest: Guest, _backing: bool) -> list[TypedParam]:
    """Groups this host has no source for: hardware counters, memory bandwidth, KVM's own statistics under TCG."""
    return []


SOURCES: Final[dict[Group, Source]] = {
    Group.STATE: _state,
    Group.CPU_TOTAL: _cpu_total,
    Group.BALLOON: _balloon,
    Group.VCPU: _vcpu,
    Group.INTERFACE: _interface,
    Group.BLOCK: _block,
    Group.PERF: _nothing,
    Group.IOTHREAD: _iothread,
    Group.MEMORY: _nothing,
    Group.DIRTYRATE: _dirty_rate,
    Group.VM: _nothing,
}
"""Groups in the order libvirt gives them."""

_FROM_HELD_STATE: Final = Group.STATE | Group.CPU_TOTAL | Group.VCPU | Group.INTERFACE


async def collect(guests: list[Guest], groups: int, *, backing: bool) -> list[DomainStatsRecord]:
    """One record per guest; a guest that ended meanwhile is left out, a group QEMU does not answer is empty."""
    wanted = [source for group, source in SOURCES.items() if groups & group]
    if not groups & ~_FROM_HELD_STATE:
        return [await _record(guest, wanted, backing) for guest in guests]
    return list(await asyncio.gather(*(_record(guest, wanted, backing) for guest in guests)))


async def _record(guest: Guest, wanted: list[Source], backing: bool) -> DomainStatsRecord:
    parts = await asyncio.gather(*(_ask(source, guest, backing) for source in wanted))
    return DomainStatsRecord(guest.ref, [param for part in parts for param in part])


async def _ask(source: Source, guest: Guest, backing: bool) -> list[TypedParam]:
    try:
        return await source(guest, backing)
    except ManorError:
        return []
