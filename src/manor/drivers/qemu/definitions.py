# SPDX-License-Identifier: Apache-2.0
"""Definitions: how they come in, where they are kept, how they go.

A definition is stored before anybody is answered; a failure leaves the old one. Name and UUID conflicts are decided
under one lock, so that two clients cannot define the same name at once.
"""

from __future__ import annotations

from uuid import UUID

from manor.constants import (
    DomainEventDefinedDetailType,
    DomainEventType,
    DomainEventUndefinedDetailType,
    DomainUndefineFlagsValues,
    ErrorDomain,
    ErrorNumber,
)
from manor.drivers.qemu import firmware
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.passes import Purpose, complete
from manor.errors import reporter
from manor.schema.core import Format
from manor.schema.domain import Domain
from manor.store import Batch, Origin, kinds

_error = reporter(ErrorDomain.QEMU)

STORED = Format.SECURE | Format.INACTIVE
"""How definitions are written into the store: complete, with what clients must ask for."""


async def parse(core: QemuCore, xml: str, purpose: Purpose, *, validate: bool = False) -> Domain:
    """A client's document, completed and checked for what it shall become.

    Raises VIR_ERR_XML_* for what cannot be read, VIR_ERR_CONFIG_UNSUPPORTED for what cannot be run here.
    """
    document = Domain.parse(xml, validate=validate)
    caps = await core.capabilities(document)
    _check_emulator(document, caps)
    return complete(document, caps, purpose)


def _check_emulator(document: Domain, caps: QemuCaps) -> None:
    """Refuse what this emulator cannot be at all."""
    kind = document.type
    if not caps.supports(kind):
        detail = f"Emulator '{caps.path}' does not support virt type '{kind}'"
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, detail)
    machine = document.os.type.machine if document.os is not None and document.os.type is not None else None
    if machine is not None and caps.machine(caps.canonical_machine(machine, kind), kind) is None:
        detail = f"Emulator '{caps.path}' does not support machine type '{machine}'"
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, detail)


def identity(document: Domain) -> tuple[str, bytes]:
    """Name and UUID of a completed document."""
    return document.name or "", UUID(document.uuid).bytes


async def define(core: QemuCore, xml: str, origin: Origin, *, validate: bool = False) -> Guest:
    """virDomainDefineXMLFlags: a new definition, or another one of the same domain."""
    document = await parse(core, xml, Purpose.DEFINE, validate=validate)
    name, uuid = identity(document)
    async with core.defining:
        guest = core.guests.check_free(name, uuid, live=False)
        text = await save(core, document, origin)
        detail = DomainEventDefinedDetailType.UPDATED
        if guest is None:
            guest = Guest(name, uuid)
            core.guests.add(guest)
        if not guest.persistent:
            detail = DomainEventDefinedDetailType.ADDED
        guest.define(document, text)
        core.lifecycle(guest, DomainEventType.DEFINED, detail)
    return guest


async def save(core: QemuCore, document: Domain, origin: Origin) -> str:
    """Write a definition into the store; returns its text."""
    text = document.format(STORED)
    await core.store.commit(Batch(origin).put(kinds.DOMAIN, document.uuid or "", text, name=document.name))
    return text


async def replace(core: QemuCore, guest: Guest, document: Domain, origin: Origin) -> None:
    """Put another definition in a guest's place after a change to it (VIR_DOMAIN_AFFECT_CONFIG)."""
    guest.define(document, await save(core, document, origin))
    guest.updated = True


_UNDEFINE_NVRAM = DomainUndefineFlagsValues.NVRAM | DomainUndefineFlagsValues.KEEP_NVRAM


async def undefine_with(core: QemuCore, guest: Guest, flags: int, origin: Origin) -> None:
    """virDomainUndefineFlags: refuse to leave a saved state or variable store behind that nobody mentioned."""
    definition = guest.definition
    if definition is None:
        raise _error(ErrorNumber.OPERATION_INVALID, "cannot undefine transient domain")
    if flags & _UNDEFINE_NVRAM == _UNDEFINE_NVRAM:
        raise _error(ErrorNumber.OPERATION_INVALID, "cannot both keep and delete nvram")
    if guest.managed_save and not flags & DomainUndefineFlagsValues.MANAGED_SAVE:
        raise _error(ErrorNumber.OPERATION_INVALID, "Refusing to undefine while domain managed save image exists")
    nvram = firmware.variable_store(definition)
    if nvram is not None and nvram.exists() and not flags & _UNDEFINE_NVRAM:
        raise _error(ErrorNumber.OPERATION_INVALID, "cannot undefine domain with nvram")
    await undefine(core, guest, origin)
    # The definition is gone for good only now; files without one are harmless, one without its files is not.
    core.paths.managed_save(guest.name).unlink(missing_ok=True)
    if nvram is not None and flags & DomainUndefineFlagsValues.NVRAM:
        nvram.unlink(missing_ok=True)


async def undefine(core: QemuCore, guest: Guest, origin: Origin) -> None:
    """Forget a definition and what hangs on it; a running guest becomes transient, one that is off is gone."""
    key = guest.key
    batch = Batch(origin)
    for kind in (kinds.DOMAIN, kinds.DOMAIN_AUTOSTART, kinds.DOMAIN_MANAGED_SAVE):
        batch.delete(kind, key)
    await core.store.commit(batch)
    guest.stored = None
    guest.autostart = guest.autostart_once = guest.managed_save = False
    core.lifecycle(guest, DomainEventType.UNDEFINED, DomainEventUndefinedDetailType.REMOVED)
    if not guest.active:
        core.guests.remove(guest)


async def rename(core: QemuCore, guest: Guest, document: Domain, origin: Origin) -> None:
    """Store a guest's definition under another name, with the events of virDomainRename."""
    text = await save(core, document, origin)
    core.lifecycle(guest, DomainEventType.UNDEFINED, DomainEventUndefinedDetailType.RENAMED)
    core.guests.rename(guest, document.name)
    guest.define(document, text)
    core.lifecycle(guest, DomainEventType.DEFINED, DomainEventDefinedDetailType.RENAMED)


def load(core: QemuCore) -> None:
    """Take in every stored definition at start-up, without parsing one."""
    autostart = {record.key: record.payload for record in core.store.records(kinds.DOMAIN_AUTOSTART)}
    saved = {entry.key for entry in core.store.entries(kinds.DOMAIN_MANAGED_SAVE)}
    for record in core.store.records(kinds.DOMAIN):
        guest = Guest(record.name or record.key, UUID(record.key).bytes, record.text)
        mark = autostart.get(record.key)
        guest.autostart = mark is not None and mark != b"once"
        guest.autostart_once = mark == b"once"
        guest.managed_save = record.key in saved
        core.guests.add(guest)
