# SPDX-License-Identifier: Apache-2.0
"""Sets of CPUs: as text (`0-3,^1`), and as maps of bits. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable

from manor.cli.failure import CommandFailed


def from_map(cpumap: bytes, count: int | None = None) -> list[int]:
    """The CPUs whose bits are set, of the first `count`."""
    limit = len(cpumap) * 8 if count is None else count
    return [cpu for cpu in range(min(limit, len(cpumap) * 8)) if cpumap[cpu // 8] >> (cpu % 8) & 1]


def to_map(cpus: Iterable[int], count: int) -> bytes:
    """A map of `count` CPUs with the bits of some of them set."""
    cpumap = bytearray((count + 7) // 8)
    for cpu in cpus:
        cpumap[cpu // 8] |= 1 << cpu % 8
    return bytes(cpumap)


def format_list(cpus: Iterable[int]) -> str:
    """CPUs as ranges, such as `0-3,8`."""
    ranges: list[list[int]] = []
    for cpu in sorted(cpus):
        if ranges and cpu == ranges[-1][1] + 1:
            ranges[-1][1] = cpu
        else:
            ranges.append([cpu, cpu])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def parse_list(text: str) -> list[int]:
    """The CPUs of a list such as `0-3,^1,8`. Raises ValueError."""
    chosen: set[int] = set()
    for part in text.split(","):
        body = part.strip()
        negative = body.startswith("^")
        first, dash, last = body.removeprefix("^").partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or (negative and dash):
            raise ValueError(text)
        numbers = range(int(first), int(last if dash else first) + 1)
        if not numbers:
            raise ValueError(text)
        if negative:
            chosen.difference_update(numbers)
        else:
            chosen.update(numbers)
    return sorted(chosen)


def read_pinning(text: str, maximum: int) -> bytes:
    """The map of a user's list, where `r` means all CPUs. Raises CommandFailed as virsh words it."""
    if text == "r":
        return to_map(range(maximum), maximum)
    try:
        cpus = parse_list(text)
    except ValueError:
        raise CommandFailed(f"Invalid cpulist '{text}'", f"invalid argument: Failed to parse bitmap '{text}'") from None
    if cpus and cpus[-1] >= maximum:
        raise CommandFailed(f"CPU {cpus[-1]} in cpulist '{text}' exceed the maxcpu {maximum}")
    if not cpus:
        raise CommandFailed(f"No CPU specified in '{text}'")
    return to_map(cpus, maximum)
