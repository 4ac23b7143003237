# SPDX-License-Identifier: Apache-2.0
"""Test domains written to files and back, screens, and simple questions about the state."""

from __future__ import annotations

import time

from manor.constants import (
    DomainEventStartedDetailType,
    DomainEventStoppedDetailType,
    DomainEventType,
    DomainRunningReason,
    DomainShutoffReason,
)
from manor.drivers.interface.stream import Stream
from manor.drivers.test import images
from manor.drivers.test.definition import read_domain
from manor.drivers.test.domain.lifecycle import Lifecycle
from manor.drivers.test.errors import check_flags, not_valid, test_error
from manor.drivers.test.screen import screenshot
from manor.errors import ErrorNumber
from manor.records import DomainControlInfo, DomainInfo, DomainRef, SecurityLabel
from manor.records import DomainState as State

_CRASH = 1  # VIR_DUMP_CRASH
_SAVE_FLAGS = 2 | 4  # VIR_DOMAIN_SAVE_RUNNING and _PAUSED
_MANAGED_SAVE_FLAGS = 1 | 2 | 4
_SECURE = 1


class Saving(Lifecycle):
    """Saved images, dumps, screenshots; state as clients ask for it."""

    # -- questions ---------------------------------------------------------------------------------------

    async def domain_get_info(self, dom: DomainRef) -> DomainInfo:
        """virDomainGetInfo; the CPU time is the time of day."""
        guest = self.find(dom)
        definition = guest.definition
        memory = definition.memory.value if definition.memory is not None else None
        vcpu = definition.vcpu
        count = (vcpu.current or vcpu.value or 0) if vcpu is not None else 0
        return DomainInfo(
            guest.state, memory or 0, definition.current_memory or 0, count, time.time_ns() // 1000 * 1000
        )

    async def domain_get_state(self, dom: DomainRef, flags: int) -> State:
        """virDomainGetState."""
        check_flags(flags, 0, "testDomainGetState")
        guest = self.find(dom)
        return State(guest.state, guest.reason)

    async def domain_get_control_info(self, dom: DomainRef, flags: int) -> DomainControlInfo:
        """virDomainGetControlInfo."""
        check_flags(flags, 0, "testDomainGetControlInfo")
        self.find_active(dom)
        return DomainControlInfo(0, 0, 0)

    async def domain_get_security_label(self, dom: DomainRef) -> SecurityLabel:
        """virDomainGetSecurityLabel."""
        return SecurityLabel("libvirt-test", 1) if self.find(dom).active else SecurityLabel("", 0)

    async def domain_get_messages(self, dom: DomainRef, flags: int) -> list[str]:
        """virDomainGetMessages: nothing is ever worth a message."""
        check_flags(flags, 3, "testDomainGetMessages")
        self.find(dom)
        return []

    # -- saved images ------------------------------------------------------------------------------------

    async def domain_save_flags(self, dom: DomainRef, to_file: str, dxml: str | None, flags: int) -> None:
        """virDomainSaveFlags."""
        check_flags(flags, 0, "testDomainSaveFlags")
        if dxml:
            raise test_error(ErrorNumber.ARGUMENT_UNSUPPORTED, "xml modification unsupported")
        guest = self.find_active(dom)
        images.save(to_file, guest.name, guest.describe(_SECURE))
        guest.stop(DomainShutoffReason.SAVED)
        self.publish(guest, DomainEventType.STOPPED, DomainEventStoppedDetailType.SAVED)
        self.forget_transient(guest)

    async def domain_restore_flags(self, from_file: str, dxml: str | None, flags: int) -> None:
        """virDomainRestoreFlags."""
        check_flags(flags, 0, "testDomainRestoreFlags")
        if dxml:
            raise test_error(ErrorNumber.ARGUMENT_UNSUPPORTED, "xml modification unsupported")
        guest = self.admit(read_domain(images.load(from_file)), live=True)
        self.start(guest, DomainRunningReason.RESTORED)
        self.publish(guest, DomainEventType.STARTED, DomainEventStartedDetailType.RESTORED)

    async def domain_save_image_get_xml_desc(self, file: str, flags: int) -> str:
        """virDomainSaveImageGetXMLDesc."""
        check_flags(flags, _SECURE, "testDomainSaveImageGetXMLDesc")
        return read_domain(images.load(file)).format(flags | 2)

    async def domain_save_image_define_xml(self, file: str, dxml: str, flags: int) -> None:
        """virDomainSaveImageDefineXML."""
        check_flags(flags, _SAVE_FLAGS, "testDomainSaveImageDefineXML")
        images.load(file)
        definition = read_domain(dxml)
        images.save(file, definition.name, definition.format(_SECURE))

    async def domain_managed_save(self, dom: DomainRef, flags: int) -> None:
        """virDomainManagedSave."""
        check_flags(flags, _MANAGED_SAVE_FLAGS, "testDomainManagedSave")
        guest = self.find_active(dom)
        if not guest.persistent:
            raise not_valid("cannot do managed save for transient domain")
        guest.stop(DomainShutoffReason.SAVED)
        self.publish(guest, DomainEventType.STOPPED, DomainEventStoppedDetailType.SAVED)
        guest.has_managed_save = True

    async def domain_has_managed_save_image(self, dom: DomainRef, flags: int) -> int:
        """virDomainHasManagedSaveImage."""
        check_flags(flags, 0, "testDomainHasManagedSaveImage")
        return int(self.find(dom).has_managed_save)

    async def domain_managed_save_remove(self, dom: DomainRef, flags: int) -> None:
        """virDomainManagedSaveRemove."""
        check_flags(flags, 0, "testDomainManagedSaveRemove")
        self.find(dom).has_managed_save = False

    # -- dumps and screens -------------------------------------------------------------------------------

    async def domain_core_dump_with_format(self, dom: DomainRef, to_file: str, dumpformat: int, flags: int) -> None:
        """virDomainCoreDumpWithFormat: the file has a few bytes in it."""
        check_flags(flags, _CRASH, "testDomainCoreDumpWithFormat")
        guest = self.find_active(dom)
        if dumpformat:
            text = "kdump-compressed format is not supported here"
            raise test_error(ErrorNumber.OPERATION_UNSUPPORTED, text)
        images.dump(to_file, guest.name)
        if flags & _CRASH:
            guest.stop(DomainShutoffReason.CRASHED)
            self.publish(guest, DomainEventType.STOPPED, DomainEventStoppedDetailType.CRASHED)
            self.forget_transient(guest)

    async def domain_screenshot(self, dom: DomainRef, screen: int, flags: int, stream: Stream) -> str | None:
        """virDomainScreenshot: always the same picture, as PNG."""
        check_flags(flags, 0, "testDomainScreenshot")
        picture = screenshot()

        async def send(stream: Stream) -> None:
            await stream.write(picture)

        stream.serve(send)
        return "image/png"
