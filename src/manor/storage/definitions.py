# SPDX-License-Identifier: Apache-2.0
"""Definitions of pools: how they come in, where they are kept, how they go.

A definition is stored before anybody is answered; a failure leaves the old one. Conflicts are decided under one lock,
so that two clients cannot define the same pool at once.
"""

from __future__ import annotations

from uuid import uuid4

from manor.constants import StoragePoolEventLifecycleType as Lifecycle
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema import pool_rules
from manor.schema.pool import Pool
from manor.storage.errors import error
from manor.storage.pool import StoragePool
from manor.storage.service import StorageService
from manor.store import Batch, Origin, kinds

_xml_error = reporter(ErrorDomain.XML)


def read(xml: str, *, validate: bool = False) -> Pool:
    """A client's document, checked and completed. Raises ManorError."""
    document = pool_rules.read(xml, validate=validate)
    document.uuid = document.uuid or str(uuid4())
    return document


async def define(service: StorageService, xml: str, origin: Origin, *, validate: bool = False) -> StoragePool:
    """virStoragePoolDefineXML: a new definition, or another one of the same pool."""
    document = read(xml, validate=validate)
    if "\n" in (document.name or ""):
        raise _xml_error(ErrorNumber.XML_DETAIL, "invalid char in name: \n")
    service.backend(document.type)
    async with service.defining:
        pool = service.pools.same(document, live=False)
        await _save(service, document, origin)
        if pool is None:
            pool = StoragePool(document, persistent=True)
        elif pool.active or pool.starting:
            pool.following = document
        else:
            pool.document = document
        pool.persistent = True
        # A pool without a definition may have ended while this one was written.
        service.pools.add(pool)
        service.publish(pool, Lifecycle.DEFINED)
    return pool


async def _save(service: StorageService, document: Pool, origin: Origin) -> None:
    batch = Batch(origin).put(kinds.STORAGE_POOL, document.uuid or "", document.format(), name=document.name)
    await service.store.commit(batch)


async def undefine(service: StorageService, pool: StoragePool, origin: Origin) -> None:
    """virStoragePoolUndefine: forget a pool that is off."""
    async with service.holding(pool):
        pool.require_inactive("still")
        pool.require_quiet()
        async with service.defining:
            await _forget(service, pool, origin)
        service.publish(pool, Lifecycle.UNDEFINED)


async def _forget(service: StorageService, pool: StoragePool, origin: Origin) -> None:
    batch = Batch(origin)
    for kind in (kinds.STORAGE_POOL, kinds.STORAGE_POOL_AUTOSTART):
        batch.delete(kind, pool.key)
    await service.store.commit(batch)
    service.pools.remove(pool)


async def set_autostart(service: StorageService, pool: StoragePool, autostart: bool, origin: Origin) -> None:
    """virStoragePoolSetAutostart: whether a pool is started with the daemon."""
    async with service.holding(pool):
        if not pool.persistent:
            raise error(ErrorNumber.INTERNAL_ERROR, "pool has no config file")
        batch = Batch(origin)
        if autostart:
            batch.put(kinds.STORAGE_POOL_AUTOSTART, pool.key, b"")
        else:
            batch.delete(kinds.STORAGE_POOL_AUTOSTART, pool.key)
        await service.store.commit(batch)
        pool.autostart = autostart


def load(service: StorageService) -> None:
    """Take in every stored definition at start-up."""
    marked = {entry.key for entry in service.store.entries(kinds.STORAGE_POOL_AUTOSTART)}
    for record in service.store.records(kinds.STORAGE_POOL):
        document = Pool.parse(record.text)
        pool = StoragePool(document, persistent=True)
        pool.autostart = record.key in marked
        service.pools.add(pool)
