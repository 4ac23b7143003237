# SPDX-License-Identifier: Apache-2.0
"""Definition, start, stop, pause and resume of guests."""

from __future__ import annotations

from typing import Final

from manor.constants import (
    DomainCreateFlags,
    DomainDefineFlags,
    DomainDestroyFlagsValues,
    DomainPausedReason,
    DomainRebootFlagValues,
    DomainRunningReason,
    DomainShutdownFlagValues,
    DomainState,
    DomainUndefineFlagsValues,
    ErrorNumber,
)
from manor.drivers.qemu import agent_calls, definitions, launch, run_state, saving, stop
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.drivers.qemu.passes import Purpose
from manor.records import DomainRef
from manor.schema.domain import Domain

_CREATE_XML: Final = (
    DomainCreateFlags.START_PAUSED
    | DomainCreateFlags.START_AUTODESTROY
    | DomainCreateFlags.START_RESET_NVRAM
    | DomainCreateFlags.START_VALIDATE
)
_CREATE: Final = (
    DomainCreateFlags.START_PAUSED
    | DomainCreateFlags.START_AUTODESTROY
    | DomainCreateFlags.START_BYPASS_CACHE
    | DomainCreateFlags.START_FORCE_BOOT
    | DomainCreateFlags.START_RESET_NVRAM
)
_GUEST_SHUTDOWN: Final = DomainShutdownFlagValues.ACPI_POWER_BTN | DomainShutdownFlagValues.GUEST_AGENT
_GUEST_REBOOT: Final = DomainRebootFlagValues.ACPI_POWER_BTN | DomainRebootFlagValues.GUEST_AGENT


class LifecycleOps(QemuDomainOps):
    """virDomainDefineXML, virDomainCreate, virDomainDestroy and their like."""

    async def domain_define_xml_flags(self, xml: str, flags: int) -> DomainRef:
        self.check_flags(flags, DomainDefineFlags.VALIDATE, "qemuDomainDefineXMLFlags")
        validate = bool(flags & DomainDefineFlags.VALIDATE)
        guest = await definitions.define(self.core, xml, self.origin("domain_define_xml_flags"), validate=validate)
        return guest.ref

    async def domain_undefine_flags(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(flags, sum(DomainUndefineFlagsValues), "qemuDomainUndefineFlags")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_undefine_flags"):
            await definitions.undefine_with(self.core, guest, flags, self.origin("domain_undefine_flags"))

    async def domain_create_xml(self, xml_desc: str, flags: int) -> DomainRef:
        self.check_flags(flags, _CREATE_XML, "qemuDomainCreateXML")
        document = await definitions.parse(
            self.core, xml_desc, Purpose.CREATE, validate=bool(flags & DomainCreateFlags.START_VALIDATE)
        )
        guest = await self._reserve(document)
        try:
            async with guest.jobs.change(Job.MODIFY, "domain_create_xml"):
                await launch.start(self.core, guest, document, self._options(flags))
        except BaseException:
            if not guest.persistent and not guest.active:
                self.core.guests.remove(guest)
            raise
        return guest.ref

    async def _reserve(self, document: Domain) -> Guest:
        """The guest a transient domain runs as: a new one, or the one defined under the same name and UUID."""
        async with self.core.defining:
            name, uuid = definitions.identity(document)
            guest = self.core.guests.check_free(name, uuid, live=True)
            if guest is None:
                guest = Guest(name, uuid)
                self.core.guests.add(guest)
            return guest

    def _options(self, flags: int) -> launch.StartOptions:
        return launch.StartOptions(
            paused=bool(flags & DomainCreateFlags.START_PAUSED),
            autodestroy=self.session if flags & DomainCreateFlags.START_AUTODESTROY else None,
            reset_nvram=bool(flags & DomainCreateFlags.START_RESET_NVRAM),
        )

    async def domain_create_with_flags(self, dom: DomainRef, flags: int) -> DomainRef:
        self.check_flags(flags, _CREATE, "qemuDomainCreateWithFlags")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_create_with_flags"):
            if guest.active:
                raise error(ErrorNumber.OPERATION_INVALID, "domain is already running")
            await self._start(guest, flags)
        return guest.ref

    async def _start(self, guest: Guest, flags: int) -> None:
        definition = guest.require_persistent()
        if guest.managed_save:
            if flags & DomainCreateFlags.START_FORCE_BOOT:
                await saving.drop_managed_save(self.core, guest)
            elif await saving.start_managed(self.core, guest, 0, self._options(flags)):
                return
        await launch.start(self.core, guest, definition, self._options(flags))

    async def domain_destroy_flags(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(
            flags,
            DomainDestroyFlagsValues.GRACEFUL | DomainDestroyFlagsValues.REMOVE_LOGS,
            "qemuDomainDestroyFlags",
        )
        guest = self.guest(dom)
        running = guest.require_active()
        # No job: a guest whose change hangs must be destroyable at once, and ends that change.
        await stop.destroy(self.core, guest, running, graceful=bool(flags & DomainDestroyFlagsValues.GRACEFUL))
        if flags & DomainDestroyFlagsValues.REMOVE_LOGS:
            self.core.paths.log(guest.name).unlink(missing_ok=True)

    async def domain_suspend(self, dom: DomainRef) -> None:
        guest = self.guest(dom)
        async with guest.jobs.change(Job.SUSPEND, "domain_suspend"):
            running = guest.require_active()
            if guest.state is DomainState.PMSUSPENDED:
                raise error(ErrorNumber.OPERATION_INVALID, "domain is pmsuspended")
            if guest.state is DomainState.PAUSED:
                return
            await run_state.pause(guest, running, DomainPausedReason.USER)
            self.core.save_status(guest)

    async def domain_resume(self, dom: DomainRef) -> None:
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_resume"):
            running = guest.require_active()
            match guest.state:
                case DomainState.PMSUSPENDED:
                    raise error(ErrorNumber.OPERATION_INVALID, "domain is pmsuspended")
                case DomainState.RUNNING:
                    raise error(ErrorNumber.OPERATION_INVALID, "domain is already running")
                case DomainState.CRASHED if guest.reason == 1:
                    raise error(ErrorNumber.OPERATION_INVALID, "cannot resume crashed domain")
            await run_state.resume(guest, running, DomainRunningReason.UNPAUSED)
            self.core.save_status(guest)

    async def domain_shutdown_flags(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(flags, _GUEST_SHUTDOWN, "qemuDomainShutdownFlags")
        guest = self.guest(dom)
        running = guest.running
        if running is None:
            raise error(ErrorNumber.OPERATION_INVALID, "domain is not running")
        await agent_calls.power(guest, running, flags, agent_calls.SHUTDOWN)

    async def domain_reboot(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(flags, _GUEST_REBOOT, "qemuDomainReboot")
        guest = self.guest(dom)
        running = guest.require_active()
        await agent_calls.power(guest, running, flags, agent_calls.REBOOT)

    async def domain_reset(self, dom: DomainRef, flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainReset")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_reset"):
            running = guest.require_active()
            running.fake_reboot = False
            await running.monitor.execute("system_reset")
