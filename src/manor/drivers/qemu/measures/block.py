# SPDX-License-Identifier: Apache-2.0
"""Disk figures: requests, bytes, times and errors by QEMU's count, sizes of images."""

from __future__ import annotations

import os
import stat as file_stat
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from manor.drivers.qemu.documents import alias_of, devices_of, image_indexes, source_path
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.monitor import Question, good
from manor.errors import ManorError
from manor.records import TypedParam, string_param, uint_param, ullong_param
from manor.schema.domain.disk import BackingStore, Disk
from manor.system.images import read_header

SECTOR: Final = 512

_COUNTERS: Final = (
    ("rd.reqs", "rd_operations"),
    ("rd.bytes", "rd_bytes"),
    ("rd.times", "rd_total_time_ns"),
    ("wr.reqs", "wr_operations"),
    ("wr.bytes", "wr_bytes"),
    ("wr.times", "wr_total_time_ns"),
    ("fl.reqs", "flush_operations"),
    ("fl.times", "flush_total_time_ns"),
)


class Counters(msgspec.Struct):
    """What QEMU counts of one image: by QEMU's names; sizes in bytes, None where nobody knows."""

    values: dict[str, int] = msgspec.field(default_factory=dict)
    allocation: int | None = None
    capacity: int | None = None
    physical: int | None = None
    threshold: int = 0


_QUESTIONS: Final = (Question("query-blockstats"), Question("query-named-block-nodes", {"flat": True}))


async def query(running: Running) -> dict[str, Counters]:
    """Counters of every disk by its alias, and of every image by its node name."""
    return _found(await running.monitor.ask(_QUESTIONS).get())


def questions(running: Running) -> Sequence[Question]:
    """What QEMU is asked for the figures of disks."""
    return _QUESTIONS if devices_of(running.document).disks else ()


def _found(answers: Sequence[Any]) -> dict[str, Counters]:
    stats, nodes = map(good, answers)
    images = {node["node-name"]: node for node in nodes if "node-name" in node}
    found: dict[str, Counters] = {}
    for row in stats:
        alias = _device_of(row.get("qdev") or "")
        if alias:
            found[alias] = _counters(row)
    for name, node in images.items():
        found[name] = _node_counters(node)
    return found


def _device_of(qdev: str) -> str:
    """The alias in a QOM path: /machine/peripheral/virtio-disk0/virtio-backend."""
    parts = qdev.split("/")
    return parts[3] if len(parts) > 3 and parts[1:3] == ["machine", "peripheral"] else qdev


def _counters(row: dict[str, Any]) -> Counters:
    values = {name: value for name, value in row.get("stats", {}).items() if isinstance(value, int)}
    counters = Counters(values)
    below = row.get("parent", {}).get("stats", {})
    if "wr_highest_offset" in below:
        counters.allocation = below["wr_highest_offset"]
    return counters


def _node_counters(node: dict[str, Any]) -> Counters:
    image = node.get("image", {})
    return Counters(
        {},
        allocation=image.get("actual-size"),
        capacity=image.get("virtual-size"),
        threshold=node.get("write_threshold", 0),
    )


def bulk(guest: Guest, answers: Sequence[Any], *, backing: bool) -> list[TypedParam]:
    """The block group, with the answers to `questions`.

    With `backing`, images that others are based on have entries of their own.
    """
    disks = devices_of(guest.document).disks
    found: dict[str, Counters] = {}
    if answers:
        try:
            found = _found(answers)
        except ManorError:
            # What QEMU cannot say now is left out, as libvirt does; names and paths are still known.
            found = {}
    rows: list[TypedParam] = []
    number = 0
    for disk in disks:
        rows += _row(guest, disk, number, found)
        number += 1
        if backing and guest.running is not None:
            for store in _chain(disk):
                rows += _backing_row(disk, store, number, found)
                number += 1
    return [uint_param("block.count", number), *rows]


def _chain(disk: Disk) -> list[BackingStore]:
    stores = []
    store = disk.backing_store
    while store is not None and store.source is not None:
        stores.append(store)
        store = store.backing_store
    return stores


def _row(guest: Guest, disk: Disk, number: int, found: dict[str, Counters]) -> list[TypedParam]:
    prefix = f"block.{number}"
    params = [string_param(f"{prefix}.name", disk.target_name)]
    path = source_path(disk)
    if path is not None:
        params.append(string_param(f"{prefix}.path", path))
    indexes = image_indexes(disk)
    if guest.running is None:
        return params if path is None else params + _sizes_at_rest(prefix, disk, path)
    if indexes:
        params.append(uint_param(f"{prefix}.backingIndex", indexes[0]))
    counters = found.get(alias_of(disk))
    if counters is None:
        return params
    params += [
        ullong_param(f"{prefix}.{name}", counters.values[key]) for name, key in _COUNTERS if key in counters.values
    ]
    if disk.source is None:
        return params
    storage = found.get(f"libvirt-{indexes[0]}-storage") if indexes else None
    image = found.get(f"libvirt-{indexes[0]}-format") if indexes else None
    params += _sizes(prefix, counters.allocation, image, storage, path)
    if storage is not None and storage.threshold:
        params.append(ullong_param(f"{prefix}.threshold", storage.threshold))
    return params


def _sizes_at_rest(prefix: str, disk: Disk, path: str) -> list[TypedParam]:
    """Sizes of an image nobody has open; nothing where it cannot be looked at."""
    form = disk.driver.type if disk.driver is not None else None
    try:
        allocation, capacity, physical = offline_sizes(path, form or "raw")
    except (OSError, ManorError):
        return []
    sizes = {"allocation": allocation, "capacity": capacity, "physical": physical}
    return [ullong_param(f"{prefix}.{name}", size) for name, size in sizes.items()]


def _backing_row(disk: Disk, store: BackingStore, number: int, found: dict[str, Counters]) -> list[TypedParam]:
    prefix = f"block.{number}"
    index = store.index or 0
    params = [string_param(f"{prefix}.name", disk.target_name)]
    path = getattr(store.source, "file", None) or getattr(store.source, "dev", None)
    if path:
        params.append(string_param(f"{prefix}.path", path))
    params.append(uint_param(f"{prefix}.backingIndex", index))
    image = found.get(f"libvirt-{index}-format")
    return params + _sizes(prefix, None, image, found.get(f"libvirt-{index}-storage"), path)


def _sizes(
    prefix: str, written: int | None, image: Counters | None, storage: Counters | None, path: str | None
) -> list[TypedParam]:
    params = []
    allocation = written
    if allocation is None and storage is not None:
        allocation = storage.allocation
    if allocation is not None:
        params.append(ullong_param(f"{prefix}.allocation", allocation))
    if image is not None and image.capacity is not None:
        params.append(ullong_param(f"{prefix}.capacity", image.capacity))
    physical = physical_size(path) if path else None
    if physical is not None:
        params.append(ullong_param(f"{prefix}.physical", physical))
    return params


def physical_size(path: str) -> int | None:
    """Bytes of a file or device as its host sees it; None when it cannot be looked at."""
    try:
        status = os.stat(path)  # noqa: PTH116 - st_mode is wanted as well
        if not file_stat.S_ISBLK(status.st_mode):
            return status.st_size
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            return os.lseek(handle, 0, os.SEEK_END)
        finally:
            os.close(handle)
    except OSError:
        return None


def offline_sizes(path: str, form: str) -> tuple[int, int, int]:
    """Allocation, capacity and physical size in bytes of an image nobody has open."""
    status = os.stat(path)  # noqa: PTH116
    physical = physical_size(path) or 0
    allocation = status.st_blocks * SECTOR if file_stat.S_ISREG(status.st_mode) else physical
    capacity = read_header(path, form).capacity
    return allocation, capacity if capacity is not None else physical, physical
