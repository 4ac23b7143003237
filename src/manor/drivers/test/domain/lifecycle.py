# SPDX-License-Identifier: Apache-2.0
"""Definition, start, stop and change of state of test domains."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from manor.constants import (
    DomainEventDefinedDetailType,
    DomainEventStartedDetailType,
    DomainEventStoppedDetailType,
    DomainEventSuspendedDetailType,
    DomainEventType,
    DomainEventUndefinedDetailType,
    DomainPausedReason,
    DomainRunningReason,
    DomainShutoffReason,
    DomainState,
)
from manor.drivers.test.definition import read_domain
from manor.drivers.test.domain.base import DomainBase
from manor.drivers.test.errors import check_flags, domain_error, internal, invalid_argument, not_valid, test_error
from manor.drivers.test.guest import Guest
from manor.drivers.test.keycodes import CODESETS, known_keycode
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import DomainRef
from manor.schema.domain import Domain

_START_VALIDATE = 16  # VIR_DOMAIN_START_VALIDATE
_DEFINE_VALIDATE = 1  # VIR_DOMAIN_DEFINE_VALIDATE
_REBOOT_FLAGS = 31
_DESTROY_GRACEFUL = 1
_UNDEFINE_MANAGED_SAVE, _UNDEFINE_SNAPSHOTS = 1, 2
_LAST_SIGNAL = 64
_ACTIONS = ("destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart")
_EVENTS = ("on_poweroff", "on_reboot", "on_crash")

_xml_error = reporter(ErrorDomain.XML)


class Lifecycle(DomainBase):
    """Operations that bring domains into being, change their state and end them."""

    # -- start -------------------------------------------------------------------------------------------

    async def domain_create_xml(self, xml_desc: str, flags: int) -> DomainRef:
        """virDomainCreateXML."""
        check_flags(flags, _START_VALIDATE, "testDomainCreateXML")
        definition = read_domain(xml_desc, validate=bool(flags & _START_VALIDATE))
        guest = self.admit(definition, live=True)
        self.start(guest, DomainRunningReason.BOOTED)
        self.publish(guest, DomainEventType.STARTED, DomainEventStartedDetailType.BOOTED)
        return guest.ref

    async def domain_create_xml_with_files(self, xml_desc: str, flags: int, fds: Sequence[int]) -> DomainRef:
        """virDomainCreateXMLWithFiles; the descriptors are not looked at."""
        return await self.domain_create_xml(xml_desc, flags)

    async def domain_create_with_flags(self, dom: DomainRef, flags: int) -> DomainRef:
        """virDomainCreateWithFlags."""
        check_flags(flags, 0, "testDomainCreateWithFlags")
        guest = self.find(dom)
        if guest.active:
            raise internal(f"Domain '{guest.name}' is already running")
        self.start(guest, DomainRunningReason.BOOTED)
        self.publish(guest, DomainEventType.STARTED, DomainEventStartedDetailType.BOOTED)
        guest.has_managed_save = False
        return guest.ref

    async def domain_create_with_files(self, dom: DomainRef, flags: int, fds: Sequence[int]) -> DomainRef:
        """virDomainCreateWithFiles; the descriptors are not looked at."""
        return await self.domain_create_with_flags(dom, flags)

    def admit(self, definition: Domain, *, live: bool) -> Guest:
        """The domain a definition belongs to: a known one with it, or a new one. Raises ManorError.

        `live`: it is to start now, so it must not run yet.
        """
        uuid = UUID(definition.uuid).bytes
        known = self.node.guests.by_uuid(uuid)
        if known is None:
            namesake = self.node.guests.by_name(definition.name)
            if namesake is not None:
                text = f"domain '{definition.name}' already exists with uuid {UUID(bytes=namesake.uuid)}"
                raise domain_error(ErrorNumber.OPERATION_FAILED, text)
            known = Guest(definition, persistent=not live)
            self.node.guests.add(known)
            return known
        if known.name != definition.name:
            text = f"domain '{known.name}' is already defined with uuid {UUID(bytes=uuid)}"
            raise domain_error(ErrorNumber.OPERATION_FAILED, text)
        if live:
            if known.active:
                raise domain_error(ErrorNumber.OPERATION_INVALID, f"domain '{known.name}' is already active")
            known.run_as(definition)
        else:
            known.redefine(definition)
        return known

    def start(self, guest: Guest, reason: int) -> None:
        """Run a domain under a new id."""
        guest.start(self.node.next_id(), reason)

    # -- definition --------------------------------------------------------------------------------------

    async def domain_define_xml_flags(self, xml: str, flags: int) -> DomainRef:
        """virDomainDefineXMLFlags."""
        check_flags(flags, _DEFINE_VALIDATE, "testDomainDefineXMLFlags")
        definition = read_domain(xml, validate=bool(flags & _DEFINE_VALIDATE))
        if "\n" in definition.name:
            raise _xml_error(ErrorNumber.XML_DETAIL, "invalid char in name: \n")
        known = self.node.guests.by_uuid(UUID(definition.uuid).bytes)
        added = known is None or not known.persistent
        guest = self.admit(definition, live=False)
        guest.persistent = True
        details = DomainEventDefinedDetailType
        self.publish(guest, DomainEventType.DEFINED, details.ADDED if added else details.UPDATED)
        return guest.ref

    async def domain_undefine_flags(self, dom: DomainRef, flags: int) -> None:
        """virDomainUndefineFlags."""
        check_flags(flags, _UNDEFINE_MANAGED_SAVE | _UNDEFINE_SNAPSHOTS, "testDomainUndefineFlags")
        guest = self.find(dom)
        if guest.has_managed_save and not flags & _UNDEFINE_MANAGED_SAVE:
            raise not_valid("Refusing to undefine while domain managed save image exists")
        if not guest.active and len(guest.snapshots) and not flags & _UNDEFINE_SNAPSHOTS:
            text = f"cannot delete inactive domain with {len(guest.snapshots)} snapshots"
            raise not_valid(text)
        self.publish(guest, DomainEventType.UNDEFINED, DomainEventUndefinedDetailType.REMOVED)
        guest.has_managed_save = False
        if guest.active:
            guest.persistent = False
        else:
            self.node.guests.remove(guest)

    async def domain_rename(self, dom: DomainRef, new_name: str | None, flags: int) -> int:
        """virDomainRename."""
        check_flags(flags, 0, "testDomainRename")
        guest = self.find(dom)
        new_name = new_name or ""
        if "/" in new_name:
            raise test_error(ErrorNumber.XML_ERROR, f"name {new_name} cannot contain '/'")
        if guest.active:
            raise not_valid("cannot rename active domain")
        if not guest.persistent:
            raise not_valid("cannot rename a transient domain")
        if guest.name == new_name:
            raise domain_error(ErrorNumber.OPERATION_INVALID, "Can't rename domain to itself")
        if self.node.guests.by_name(new_name) is not None:
            raise domain_error(ErrorNumber.OPERATION_INVALID, f"domain with name '{new_name}' already exists")
        self.publish(guest, DomainEventType.UNDEFINED, DomainEventUndefinedDetailType.RENAMED)
        guest.definition.name = new_name
        self.publish(guest, DomainEventType.DEFINED, DomainEventDefinedDetailType.RENAMED)
        return 0

    # -- state -------------------------------------------------------------------------------------------

    async def domain_suspend(self, dom: DomainRef) -> None:
        """virDomainSuspend."""
        guest = self.find(dom)
        if guest.state != DomainState.RUNNING:
            raise internal(f"domain '{guest.name}' not running")
        guest.set_state(DomainState.PAUSED, DomainPausedReason.USER)
        self.publish(guest, DomainEventType.SUSPENDED, DomainEventSuspendedDetailType.PAUSED)

    async def domain_resume(self, dom: DomainRef) -> None:
        """virDomainResume."""
        guest = self.find(dom)
        if guest.state != DomainState.PAUSED:
            raise internal(f"domain '{guest.name}' not paused")
        guest.set_state(DomainState.RUNNING, DomainRunningReason.UNPAUSED)
        self.publish(guest, DomainEventType.RESUMED, 0)

    async def domain_destroy_flags(self, dom: DomainRef, flags: int) -> None:
        """virDomainDestroyFlags."""
        check_flags(flags, _DESTROY_GRACEFUL, "testDomainDestroyFlags")
        guest = self.find_active(dom)
        guest.stop(DomainShutoffReason.DESTROYED)
        self.publish(guest, DomainEventType.STOPPED, DomainEventStoppedDetailType.DESTROYED)
        self.forget_transient(guest)

    async def domain_shutdown_flags(self, dom: DomainRef, flags: int) -> None:
        """virDomainShutdownFlags."""
        check_flags(flags, 0, "testDomainShutdownFlags")
        guest = self.find(dom)
        if guest.state == DomainState.SHUTOFF:
            raise internal(f"domain '{guest.name}' not running")
        self._end(guest, guest.definition.on_poweroff)

    async def domain_reboot(self, dom: DomainRef, flags: int) -> None:
        """virDomainReboot."""
        check_flags(flags, _REBOOT_FLAGS, "testDomainReboot")
        guest = self.find_active(dom)
        self._end(guest, guest.definition.on_reboot)

    def _end(self, guest: Guest, action: str | None) -> None:
        """What a guest's own end leads to: another start, or a stop."""
        if action in ("restart", "rename-restart"):
            guest.set_state(DomainState.RUNNING, DomainRunningReason.BOOTED)
            return
        guest.stop(DomainShutoffReason.SHUTDOWN)
        self.publish(guest, DomainEventType.STOPPED, DomainEventStoppedDetailType.SHUTDOWN)
        self.forget_transient(guest)

    async def domain_reset(self, dom: DomainRef, flags: int) -> None:
        """virDomainReset."""
        check_flags(flags, 0, "testDomainReset")
        self.find_active(dom)

    async def domain_set_lifecycle_action(self, dom: DomainRef, type: int, action: int, flags: int) -> None:
        """virDomainSetLifecycleAction."""
        check_flags(flags, 3, "testDomainSetLifecycleAction")
        if action >= 4 and type != 2:
            text = f"Lifecycle event '{_EVENTS[type][3:]}' doesn't support '{_ACTIONS[action]}' action"
            raise domain_error(ErrorNumber.CONFIG_UNSUPPORTED, text)
        for definition in self.find(dom).affected(flags):
            setattr(definition, _EVENTS[type], _ACTIONS[action])

    # -- autostart, input, signals -----------------------------------------------------------------------

    async def domain_get_autostart(self, dom: DomainRef) -> int:
        """virDomainGetAutostart."""
        return int(self.find(dom).autostart)

    async def domain_set_autostart(self, dom: DomainRef, autostart: int) -> None:
        """virDomainSetAutostart."""
        self.find(dom).autostart = bool(autostart)

    async def domain_send_key(
        self, dom: DomainRef, codeset: int, holdtime: int, keycodes: list[int], flags: int
    ) -> None:
        """virDomainSendKey."""
        check_flags(flags, 0, "testDomainSendKey")
        self.find_active(dom)
        for keycode in keycodes:
            if not known_keycode(codeset, keycode):
                raise internal(f"invalid keycode {keycode} of {CODESETS[codeset]} codeset")

    async def domain_inject_nmi(self, dom: DomainRef, flags: int) -> None:
        """virDomainInjectNMI."""
        check_flags(flags, 0, "testDomainInjectNMI")
        self.find_active(dom)

    async def domain_send_process_signal(self, dom: DomainRef, pid_value: int, signum: int, flags: int) -> None:
        """virDomainSendProcessSignal: to the first process only, with no effect."""
        check_flags(flags, 0, "testDomainSendProcessSignal")
        if pid_value != 1:
            raise invalid_argument("only sending a signal to pid 1 is supported")
        if signum > _LAST_SIGNAL:
            raise invalid_argument(f"signum value {signum} is out of range")
        self.find(dom)
