# SPDX-License-Identifier: Apache-2.0
"""Memory figures: the balloon, what the guest reports through it, and what QEMU itself takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from manor.constants import DomainMemoryStatTags as Tag
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.monitor import QmpError, Question, good
from manor.records import DomainMemoryStat, TypedParam, ullong_param
from manor.system.process_stat import resident_kib

UNKNOWN: Final = (1 << 64) - 1
"""What QEMU gives for a figure the guest did not report."""

_REPORTED: Final = (
    (Tag.SWAP_IN, "stat-swap-in", 1024),
    (Tag.SWAP_OUT, "stat-swap-out", 1024),
    (Tag.MAJOR_FAULT, "stat-major-faults", 1),
    (Tag.MINOR_FAULT, "stat-minor-faults", 1),
    (Tag.UNUSED, "stat-free-memory", 1024),
    (Tag.AVAILABLE, "stat-total-memory", 1024),
    (Tag.USABLE, "stat-available-memory", 1024),
    (Tag.DISK_CACHES, "stat-disk-caches", 1024),
    (Tag.HUGETLB_PGALLOC, "stat-htlb-pgalloc", 1),
    (Tag.HUGETLB_PGFAIL, "stat-htlb-pgfail", 1),
)
"""Tag, QEMU's name and divisor, in libvirt's order."""

_BULK_NAMES: Final[dict[int, str]] = {
    Tag.SWAP_IN: "swap_in",
    Tag.SWAP_OUT: "swap_out",
    Tag.MAJOR_FAULT: "major_fault",
    Tag.MINOR_FAULT: "minor_fault",
    Tag.UNUSED: "unused",
    Tag.AVAILABLE: "available",
    Tag.USABLE: "usable",
    Tag.LAST_UPDATE: "last-update",
    Tag.DISK_CACHES: "disk_caches",
    Tag.HUGETLB_PGALLOC: "hugetlb_pgalloc",
    Tag.HUGETLB_PGFAIL: "hugetlb_pgfail",
    Tag.RSS: "rss",
}


def balloon_path(running: Running) -> str | None:
    """The balloon's place in QEMU's object tree; None without one."""
    balloon = devices_of(running.document).memballoon
    if balloon is None or balloon.model in (None, "none"):
        return None
    return f"/machine/peripheral/{alias_of(balloon)}"


def questions(running: Running) -> list[Question]:
    """What QEMU is asked for memory figures."""
    path = balloon_path(running)
    return [] if path is None else [Question("qom-get", {"path": path, "property": "guest-stats"})]


async def stats(guest: Guest, running: Running) -> list[DomainMemoryStat]:
    """virDomainMemoryStats: KiB but for faults and page counts."""
    return _figures(guest, running, await running.monitor.ask(questions(running)).get())


def _figures(guest: Guest, running: Running, answers: Sequence[Any]) -> list[DomainMemoryStat]:
    figures = [DomainMemoryStat(Tag.ACTUAL_BALLOON, current_kib(guest))]
    for answer in answers:
        if isinstance(answer, QmpError):
            # The guest's driver has not reported yet, or never does.
            continue
        figures += _reported(good(answer))
    resident = resident_kib(running.process.pid)
    if resident is not None:
        figures.append(DomainMemoryStat(Tag.RSS, resident))
    return figures


def _reported(answer: dict[str, Any]) -> list[DomainMemoryStat]:
    values = answer.get("stats", {})
    figures = [
        DomainMemoryStat(tag, values[name] // divisor)
        for tag, name, divisor in _REPORTED
        if values.get(name, UNKNOWN) != UNKNOWN
    ]
    if "last-update" in answer:
        figures.append(DomainMemoryStat(Tag.LAST_UPDATE, answer["last-update"]))
    return figures


def current_kib(guest: Guest) -> int:
    """Memory the guest has now."""
    if guest.running is not None and guest.running.balloon_kib is not None:
        return guest.running.balloon_kib
    document = guest.document
    return document.current_memory or maximum_kib(guest)


def maximum_kib(guest: Guest) -> int:
    """Memory the guest can have without plugging more in."""
    memory = guest.document.memory
    return (memory.value if memory is not None else None) or 0


def bulk(guest: Guest, answers: Sequence[Any]) -> list[TypedParam]:
    """The balloon group, with the answers to `questions`."""
    params = [ullong_param("balloon.current", current_kib(guest)), ullong_param("balloon.maximum", maximum_kib(guest))]
    running = guest.running
    for figure in _figures(guest, running, answers) if running is not None else ():
        name = _BULK_NAMES.get(figure.tag)
        if name is not None:
            params.append(ullong_param(f"balloon.{name}", figure.val))
    return params


async def set_period(running: Running, seconds: int) -> None:
    """Have the guest report every `seconds`; 0 stops it. Raises QmpError where the balloon cannot."""
    path = balloon_path(running)
    if path is not None:
        await running.monitor.execute(
            "qom-set", {"path": path, "property": "guest-stats-polling-interval", "value": seconds}
        )
