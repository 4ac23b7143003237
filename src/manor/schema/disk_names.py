# SPDX-License-Identifier: Apache-2.0
"""Disks of a domain as clients and other documents name them: by target, or by where their content is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from manor.errors import Reporter
from manor.schema.common.storage import place_of as located
from manor.schema.domain.disk import Disk
from manor.schema.passes.storage import place_of


class Named(Protocol):
    """An entry for a disk in the document of a snapshot, a checkpoint or a backup."""

    name: str | None


E = TypeVar("E", bound=Named)


def disk_place(disks: Sequence[Disk], name: str, *, unique: bool = False) -> int | None:
    """Where the disk of a target name, or of an absolute path, is. With `unique` a path means its only disk."""
    if not name.startswith("/"):
        return next((place for place, disk in enumerate(disks) if name and disk.target_name == name), None)
    places = [place for place, disk in enumerate(disks) if place_of(located(disk.source)) == name]
    return None if not places or (unique and len(places) > 1) else places[0]


def named_disk(disks: Sequence[Disk], name: str, *, unique: bool = False) -> Disk | None:
    """The disk of that name."""
    place = disk_place(disks, name, unique=unique)
    return disks[place] if place is not None else None


def listed(
    entries: Iterable[E], disks: Sequence[Disk], error: Reporter, *, paths: bool = True
) -> Iterator[tuple[int, E]]:
    """The entries, each with the place of the disk it is for; without `paths` only targets name disks.

    Raises VIR_ERR_CONFIG_UNSUPPORTED when an entry's turn comes that is for no disk, or for one that had its turn.
    """
    seen: set[int] = set()
    for entry in entries:
        name = entry.name or ""
        place = disk_place(disks, name, unique=True) if paths or not name.startswith("/") else None
        if place is None:
            raise error.unsupported(f"no disk named '{entry.name}'")
        if place in seen:
            raise error.unsupported(f"disk '{entry.name}' specified twice")
        seen.add(place)
        yield place, entry
