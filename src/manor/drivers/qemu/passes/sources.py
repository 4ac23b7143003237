# SPDX-License-Identifier: Apache-2.0
"""Numbers of the images of a running guest, from which QEMU's block nodes are named."""

from __future__ import annotations

from collections.abc import Sequence

from manor.schema.domain import Domain
from manor.schema.domain.disk import BackingStore, Disk


def number_sources(document: Domain) -> None:
    """Give every image of every disk an index, the last disk first, each chain from the top down."""
    number_disks(document.devices.disks if document.devices is not None else [])


def number_disks(disks: Sequence[Disk]) -> None:
    """The same for some disks: those without an index get one that no other of these has."""
    used = [index for disk in disks for index in _indexes(disk)]
    following = max(used, default=0) + 1
    for disk in reversed(disks):
        # An empty drive takes a number as well: the one of the medium it gets.
        if disk.source is None:
            following += 1
        elif disk.source.index is None:
            disk.source.index = following
            following += 1
        store = disk.backing_store
        while store is not None and store.source is not None:
            if store.index is None:
                store.index = following
                following += 1
            store = store.backing_store


def _indexes(disk: Disk) -> list[int]:
    found = [] if disk.source is None or disk.source.index is None else [disk.source.index]
    store: BackingStore | None = disk.backing_store
    while store is not None:
        if store.index is not None:
            found.append(store.index)
        store = store.backing_store
    return found
