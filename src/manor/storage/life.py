# SPDX-License-Identifier: Apache-2.0
"""Pools are built, started, looked at, stopped and deleted; those that were active are so again after a restart.

What is active is in the store with the boot it was active in: a daemon that comes up again takes such pools over
if their storage is still there, one on a host that was booted meanwhile starts what is marked for autostart.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec

from manor import constants
from manor.constants import StoragePoolEventLifecycleType as Lifecycle
from manor.errors import ManorError
from manor.schema.pool import Pool
from manor.storage import definitions
from manor.storage.pool import StoragePool, StorageVolume
from manor.storage.service import StorageService
from manor.store import Batch, Record, kinds
from manor.system.process import boot_id

_log = logging.getLogger(__name__)

READY_S = 10.0
"""Seconds a daemon that starts waits for its pools; those that take longer become active later."""


class _Status(msgspec.Struct):
    """What is stored of an active pool."""

    boot_id: str
    document: str


def _build_flags(flags: int) -> int | None:
    """The flags of the build that a start asks for; None where it asks for none."""
    create, build = constants.StoragePoolCreateFlags, constants.StoragePoolBuildFlags
    if flags & create.WITH_BUILD_OVERWRITE:
        return int(build.OVERWRITE)
    if flags & create.WITH_BUILD_NO_OVERWRITE:
        return int(build.NO_OVERWRITE)
    return int(build.NEW) if flags & create.WITH_BUILD else None


def start_flags() -> int:
    """All flags of virStoragePoolCreate."""
    known = constants.StoragePoolCreateFlags
    return known.WITH_BUILD | known.WITH_BUILD_OVERWRITE | known.WITH_BUILD_NO_OVERWRITE


async def create(service: StorageService, xml: str, flags: int) -> StoragePool:
    """virStoragePoolCreateXML: start a pool that is not defined, or another form of one that is."""
    document = definitions.read(xml)
    service.backend(document.type)
    async with service.defining:
        known = service.pools.same(document, live=True)
        pool = known or StoragePool(document, persistent=False)
        if known is None:
            service.pools.add(pool)
        pool.starting = True
    try:
        async with service.holding(pool):
            if known is not None:
                pool.following, pool.document = pool.document, document
            await _start(service, pool, flags)
    except BaseException:
        if not pool.persistent:
            service.pools.remove(pool)
        raise
    finally:
        pool.started()
    return pool


async def start(service: StorageService, pool: StoragePool, flags: int) -> None:
    """virStoragePoolCreate: start a defined pool."""
    async with service.holding(pool):
        pool.require_inactive("already")
        pool.starting = True
        try:
            await _start(service, pool, flags)
        finally:
            pool.started()


async def _start(service: StorageService, pool: StoragePool, flags: int) -> None:
    """Under the pool's lock: build if so wished, start, look; what fails takes the steps before it back."""
    backend = service.backend(pool.type)
    build = _build_flags(flags)
    if build is not None:
        await backend.build(pool.document, build)
    await backend.start(pool.document)
    try:
        await _look(service, pool)
    except BaseException:
        await backend.stop(pool.document)
        raise
    pool.active = True
    _save_status(service, pool)
    service.publish(pool, Lifecycle.STARTED)


async def _look(service: StorageService, pool: StoragePool) -> None:
    """Take in what is in the pool now. Volumes that something works on stay what they are."""
    found = await service.backend(pool.type).refresh(pool.document)
    kept = {name: volume for name, volume in pool.volumes.items() if volume.building or volume.readers}
    pool.volumes = {each.name or "": StorageVolume(each) for each in found.volumes} | kept
    pool.document = found.document


async def build(service: StorageService, pool: StoragePool, flags: int) -> None:
    """virStoragePoolbuild."""
    async with service.holding(pool):
        pool.require_inactive("already")
        await service.backend(pool.type).build(pool.document, flags)
        service.publish(pool, Lifecycle.CREATED)


async def delete(service: StorageService, pool: StoragePool, flags: int) -> None:
    """virStoragePoolDelete."""
    async with service.holding(pool):
        pool.require_inactive("still")
        pool.require_quiet()
        await service.backend(pool.type).delete(pool.document, flags)
        service.publish(pool, Lifecycle.DELETED)


async def stop(service: StorageService, pool: StoragePool) -> None:
    """virStoragePoolDestroy: the storage stays, the pool cannot be used."""
    async with service.holding(pool):
        pool.require_active()
        pool.require_quiet()
        await service.backend(pool.type).stop(pool.document)
        _stopped(service, pool)


def _stopped(service: StorageService, pool: StoragePool) -> None:
    pool.active = False
    pool.volumes = {}
    service.publish(pool, Lifecycle.STOPPED)
    service.store.apply(Batch().delete(kinds.STORAGE_POOL_STATUS, pool.key))
    pool.settle()
    if not pool.persistent:
        service.pools.remove(pool)


async def refresh(service: StorageService, pool: StoragePool) -> None:
    """virStoragePoolRefresh: look again; a pool whose storage is gone is no longer active."""
    async with service.holding(pool):
        pool.require_active()
        pool.require_quiet()
        await _refresh(service, pool)


async def _refresh(service: StorageService, pool: StoragePool) -> None:
    try:
        await _look(service, pool)
    except ManorError:
        await service.backend(pool.type).stop(pool.document)
        _stopped(service, pool)
        raise
    service.refreshed(pool)


async def refresh_quietly(service: StorageService, pool: StoragePool) -> None:
    """Look again after content came into a volume; nobody waits for it, and jobs go on."""
    async with service.holding(pool):
        if pool.active:
            try:
                await _look(service, pool)
            except ManorError as failure:
                _log.warning("cannot refresh pool '%s': %s", pool.name, failure.message)
                return
            service.refreshed(pool)


# -- from one daemon to the next -------------------------------------------------------------------------------


def _save_status(service: StorageService, pool: StoragePool) -> None:
    """Note that a pool is active. It need not survive a power cut, so this does not wait for the disk."""
    payload = msgspec.json.encode(_Status(boot_id(), pool.document.format()))
    service.store.apply(Batch().put(kinds.STORAGE_POOL_STATUS, pool.key, payload, name=pool.name))


async def recover(service: StorageService) -> None:
    """Make active what a former daemon left so, then what is marked for autostart; one failure stops no other."""
    definitions.load(service)
    work = []
    for record in tuple(service.store.records(kinds.STORAGE_POOL_STATUS)):
        pool = _left(service, record)
        if pool is not None:
            work.append(_take_over(service, pool))
    taken = {record.key for record in service.store.entries(kinds.STORAGE_POOL_STATUS)}
    work += [_autostart(service, pool) for pool in service.pools if pool.autostart and pool.key not in taken]
    if work:
        tasks = {asyncio.ensure_future(one) for one in work}
        for task in tasks:
            service.tasks.add(task)
            task.add_done_callback(service.tasks.discard)
        await asyncio.wait(tasks, timeout=READY_S)


def _left(service: StorageService, record: Record) -> StoragePool | None:
    """The pool a status speaks of, if it may still be active."""
    try:
        status = msgspec.json.decode(record.payload, type=_Status)
        document = Pool.parse(status.document)
    except (msgspec.DecodeError, ManorError) as failure:
        _log.error("cannot read the state of storage pool '%s': %s", record.name, failure)
        document = None
    if document is None or status.boot_id != boot_id():
        service.store.apply(Batch().delete(kinds.STORAGE_POOL_STATUS, record.key))
        return None
    pool = next((known for known in service.pools if known.key == record.key), None)
    if pool is None:
        pool = StoragePool(document, persistent=False)
        service.pools.add(pool)
    else:
        pool.following, pool.document = pool.document, document
    return pool


async def _take_over(service: StorageService, pool: StoragePool) -> None:
    async with service.holding(pool):
        try:
            if await service.backend(pool.type).is_there(pool.document):
                await _look(service, pool)
                pool.active = True
        except ManorError as failure:
            _log.error("cannot take over storage pool '%s': %s", pool.name, failure.message)
        if not pool.active:
            _stopped(service, pool)
    if pool.autostart and not pool.active:
        await _autostart(service, pool)


async def _autostart(service: StorageService, pool: StoragePool) -> None:
    try:
        await start(service, pool, 0)
    except ManorError as failure:
        _log.error("Failed to autostart storage pool '%s': %s", pool.name, failure.message)
