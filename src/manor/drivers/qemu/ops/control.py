# SPDX-License-Identifier: Apache-2.0
"""What is set on a domain as a whole: autostart, name, metadata, lifecycle actions."""

from __future__ import annotations

from typing import Any, Final, cast

from manor.constants import (
    DomainLifecycle,
    DomainLifecycleAction,
    DomainMetadataType,
    ErrorNumber,
)
from manor.drivers.qemu import definitions, metadata, reboot
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.impact import AFFECT_MASK, one_document, resolve
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.records import DomainRef
from manor.records.events import DomainMetadataChangeEvent
from manor.store import Batch, kinds

_LIFECYCLE_FIELDS: Final = {
    DomainLifecycle.POWEROFF: "on_poweroff",
    DomainLifecycle.REBOOT: "on_reboot",
    DomainLifecycle.CRASH: "on_crash",
}
_LIFECYCLE_ACTIONS: Final = {
    DomainLifecycleAction.DESTROY: "destroy",
    DomainLifecycleAction.RESTART: "restart",
    DomainLifecycleAction.RESTART_RENAME: "rename-restart",
    DomainLifecycleAction.PRESERVE: "preserve",
    DomainLifecycleAction.COREDUMP_DESTROY: "coredump-destroy",
    DomainLifecycleAction.COREDUMP_RESTART: "coredump-restart",
}


class ControlOps(QemuDomainOps):
    """virDomainSetAutostart, virDomainRename, virDomainSetMetadata, virDomainSetLifecycleAction."""

    async def domain_get_autostart(self, dom: DomainRef) -> int:
        return int(self.guest(dom).autostart)

    async def domain_set_autostart(self, dom: DomainRef, autostart: int) -> None:
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_autostart"):
            await self._mark(guest, b"" if autostart else None)
            guest.autostart = bool(autostart)

    async def domain_get_autostart_once(self, dom: DomainRef) -> int:
        return int(self.guest(dom).autostart_once)

    async def domain_set_autostart_once(self, dom: DomainRef, autostart: int) -> None:
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_autostart_once"):
            await self._mark(guest, b"once" if autostart else None)
            guest.autostart_once = bool(autostart)

    async def _mark(self, guest: Guest, payload: bytes | None) -> None:
        """Write or remove the mark for the next start of the daemon."""
        if not guest.persistent:
            raise error(ErrorNumber.OPERATION_INVALID, "cannot set autostart for transient domain")
        batch = Batch(self.origin("domain_set_autostart"))
        if payload is None:
            batch.delete(kinds.DOMAIN_AUTOSTART, guest.key)
        else:
            batch.put(kinds.DOMAIN_AUTOSTART, guest.key, payload)
        await self.core.store.commit(batch)

    async def domain_rename(self, dom: DomainRef, new_name: str | None, flags: int) -> int:
        self.check_flags(flags, 0, "qemuDomainRename")
        guest = self.guest(dom)
        name = new_name or ""
        if "/" in name:
            raise error(ErrorNumber.XML_ERROR, f"name {name} cannot contain '/'")
        async with guest.jobs.change(Job.MODIFY, "domain_rename"):
            self._check_rename(guest, name)
            document = guest.require_persistent().evolve(name=name)
            await definitions.rename(self.core, guest, document, self.origin("domain_rename"))
        return 0

    def _check_rename(self, guest: Guest, name: str) -> None:
        if not name:
            raise error(ErrorNumber.INVALID_ARG, "new_name in virDomainRename must not be empty")
        if guest.active:
            raise error(ErrorNumber.OPERATION_INVALID, "cannot rename active domain")
        if not guest.persistent:
            raise error(ErrorNumber.OPERATION_INVALID, "cannot rename a transient domain")
        if guest.managed_save:
            raise error(ErrorNumber.OPERATION_INVALID, "domain with a managed saved state can't be renamed")
        if name == guest.name:
            raise error(ErrorNumber.OPERATION_INVALID, "Can't rename domain to itself")
        if self.core.guests.find_name(name) is not None:
            raise error(ErrorNumber.OPERATION_INVALID, f"domain with name '{name}' already exists")

    async def domain_get_metadata(self, dom: DomainRef, type: int, uri: str | None, flags: int) -> str:
        self.check_flags(flags, AFFECT_MASK, "virDomainObjGetMetadata")
        return metadata.get(one_document(self.guest(dom), flags), type, uri)

    async def domain_set_metadata(
        self, dom: DomainRef, type: int, metadata: str | None, key: str | None, uri: str | None, flags: int
    ) -> None:
        self.check_flags(flags, AFFECT_MASK, "virDomainObjSetMetadata")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_metadata"):
            await self._set_metadata(guest, type, metadata, key, uri, flags)
        nsuri = uri if type == DomainMetadataType.ELEMENT else None
        self.core.publish(DomainMetadataChangeEvent(guest.ref, type, nsuri))

    async def _set_metadata(
        self, guest: Guest, kind: int, text: str | None, key: str | None, uri: str | None, flags: int
    ) -> None:
        live, config = resolve(guest, flags)
        changed = None if config is None else metadata.changed(config, kind, text, key, uri)
        if live is not None:
            live.document = metadata.changed(live.document, kind, text, key, uri)
            self.core.save_status(guest)
        if changed is not None:
            await definitions.replace(self.core, guest, changed, self.origin("domain_set_metadata"))

    async def domain_set_lifecycle_action(self, dom: DomainRef, type: int, action: int, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetLifecycleAction")
        field, word = _LIFECYCLE_FIELDS.get(cast(Any, type)), _LIFECYCLE_ACTIONS.get(cast(Any, action))
        if field is None or word is None:
            raise error(ErrorNumber.INVALID_ARG, f"invalid lifecycle type '{type}' or action '{action}'")
        if field in ("on_poweroff", "on_reboot") and word not in ("destroy", "restart", "preserve", "rename-restart"):
            raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"qemu driver doesn't support '{word}' action for '{field}'")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_lifecycle_action"):
            live, config = resolve(guest, flags)
            if live is not None:
                live.document = live.document.evolve(**{field: word})
                if field == "on_reboot" and live.caps.has_command("set-action"):
                    await reboot.set_reset_action(live)
                self.core.save_status(guest)
            if config is not None:
                changed = config.evolve(**{field: word})
                await definitions.replace(self.core, guest, changed, self.origin("domain_set_lifecycle_action"))
