# SPDX-License-Identifier: Apache-2.0
"""Volumes are made, copied, changed and removed: the steps of each operation, and what they mean for the pool.

A volume that is being made is in its pool at once, so that nobody takes its name, and says of itself that it is not
there yet. When making it fails it is gone as if it had never been.
"""

from __future__ import annotations

from manor import constants
from manor.errors import ErrorNumber
from manor.records import StorageVolRef
from manor.schema import volume_rules
from manor.schema.volume import Volume
from manor.storage.backend import Clone
from manor.storage.errors import error
from manor.storage.pool import StoragePool, StorageVolume
from manor.storage.service import StorageService


async def create(service: StorageService, pool: StoragePool, xml: str, flags: int) -> StorageVolume:
    """virStorageVolCreateXML."""
    async with service.holding(pool):
        pool.require_active()
        validate = bool(flags & constants.StorageVolCreateFlags.VALIDATE)
        document = volume_rules.read(xml, pool.type, validate=validate, like_backing=True)
        if (document.name or "") in pool.volumes:
            raise error(ErrorNumber.STORAGE_VOL_EXIST, f"'{document.name}'")
        volume = await _register(service, pool, document)
    with pool.job():
        await _build(service, pool, volume, flags, None)
    return volume


async def clone(
    service: StorageService, pool: StoragePool, xml: str, source: StorageVolRef, flags: int
) -> StorageVolume:
    """virStorageVolCreateXMLFrom."""
    from_pool = service.pools.by_name(source.pool)
    async with service.holding(pool):
        pool.require_active()
        from_pool.require_active()
        origin = from_pool.volume(source.name)
        validate = bool(flags & constants.StorageVolCreateFlags.VALIDATE)
        document = volume_rules.read(xml, pool.type, validate=validate, like_source=True)
        if (document.name or "") in pool.volumes:
            text = f"storage volume name '{document.name}' already in use."
            raise error(ErrorNumber.INTERNAL_ERROR, text)
        origin.check_built()
        origin.document = await service.backend(from_pool.type).refresh_volume(from_pool.document, origin.document)
        volume = await _register(service, pool, _at_least(document, origin.document))
    reflink = bool(flags & constants.StorageVolCreateFlags.REFLINK)
    with pool.job(), from_pool.job():
        origin.readers += 1
        try:
            await _build(service, pool, volume, flags, Clone(origin.document, reflink))
        finally:
            origin.readers -= 1
    return volume


def _at_least(document: Volume, source: Volume) -> Volume:
    """A copy has at least the capacity of what it is made from, and room for it all where it says nothing else."""
    capacity = max(document.capacity or 0, source.capacity or 0)
    whole = document.allocation is None or document.allocation == document.capacity
    return document.evolve(capacity=capacity, allocation=capacity if whole else document.allocation)


async def _register(service: StorageService, pool: StoragePool, document: Volume) -> StorageVolume:
    """Take a new volume into its pool, which is locked."""
    volume = StorageVolume(await service.backend(pool.type).place_volume(pool.document, document))
    volume.building = True
    pool.volumes[volume.name] = volume
    return volume


async def _build(
    service: StorageService, pool: StoragePool, volume: StorageVolume, flags: int, source: Clone | None
) -> None:
    """Make a registered volume, beside other work on the pool."""
    backend = service.backend(pool.type)
    try:
        await backend.build_volume(pool.document, volume.document, flags, source)
        volume.document = await backend.refresh_volume(pool.document, volume.document)
    except BaseException:
        if pool.volumes.get(volume.name) is volume:
            del pool.volumes[volume.name]
        raise
    finally:
        volume.building = False
    pool.grew(volume.document.allocation or 0)


async def delete(service: StorageService, pool: StoragePool, volume: StorageVolume, flags: int) -> None:
    """virStorageVolDelete."""
    async with service.holding(pool):
        pool.require_active()
        volume.check_free()
        await service.backend(pool.type).delete_volume(pool.document, volume.document, flags)
        if pool.volumes.get(volume.name) is volume:
            del pool.volumes[volume.name]
            pool.grew(-(volume.document.allocation or 0))


async def refresh(service: StorageService, pool: StoragePool, volume: StorageVolume) -> Volume:
    """The volume's document with today's figures."""
    if volume.building:
        return volume.document
    document = await service.backend(pool.type).refresh_volume(pool.document, volume.document)
    volume.document = document
    return document


async def wipe(service: StorageService, pool: StoragePool, volume: StorageVolume, algorithm: int) -> None:
    """virStorageVolWipePattern."""
    if algorithm not in set(constants.StorageVolWipeAlgorithm):
        raise error(ErrorNumber.INVALID_ARG, f"wiping algorithm {algorithm} not supported")
    backend = service.backend(pool.type)
    volume.check_free()
    with pool.job():
        volume.readers += 1
        try:
            await backend.wipe_volume(pool.document, volume.document, algorithm)
        finally:
            volume.readers -= 1
        # What was an image is none any more.
        volume.document = await backend.probe_volume(pool.document, volume.document)


async def resize(service: StorageService, pool: StoragePool, volume: StorageVolume, capacity: int, flags: int) -> None:
    """virStorageVolResize; bytes."""
    async with service.holding(pool):
        pool.require_active()
        volume.check_free()
        document = volume.document
        now, allocation = document.capacity or 0, document.allocation or 0
        if flags & constants.StorageVolResizeFlags.DELTA:
            shrink = flags & constants.StorageVolResizeFlags.SHRINK
            capacity = now - min(capacity, now) if shrink else now + capacity
        _check_capacity(pool, now, allocation, capacity, flags)
        await service.backend(pool.type).resize_volume(pool.document, document, capacity, flags)
        volume.document = document.evolve(capacity=capacity)
        if flags & constants.StorageVolResizeFlags.ALLOCATE:
            volume.document.allocation = capacity
            pool.grew(capacity - allocation)


def _check_capacity(pool: StoragePool, now: int, allocation: int, capacity: int, flags: int) -> None:
    if capacity < allocation:
        raise error(ErrorNumber.INVALID_ARG, "can't shrink capacity below existing allocation")
    if capacity < now and not flags & constants.StorageVolResizeFlags.SHRINK:
        text = "Can't shrink capacity below current capacity unless shrink flag explicitly specified"
        raise error(ErrorNumber.INVALID_ARG, text)
    room = allocation + (pool.document.available or 0)
    if flags & constants.StorageVolResizeFlags.ALLOCATE and capacity > room:
        raise error(ErrorNumber.OPERATION_FAILED, "Not enough space left in storage pool")
