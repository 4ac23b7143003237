# SPDX-License-Identifier: Apache-2.0
"""Look-up, listing, definition, start, stop and description of domains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import DomainRef


class DomainLifecycle(Family):
    """Look-up, listing, definition, start, stop and description of domains."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN

    async def domain_create(self, dom: DomainRef) -> None:
        """virDomainCreate."""
        await self.domain_create_with_flags(dom, 0)

    async def domain_create_xml(self, xml_desc: str, flags: int) -> DomainRef:
        """virDomainCreateXML."""
        raise self.unsupported("virDomainCreateXML")

    async def domain_define_xml(self, xml: str) -> DomainRef:
        """virDomainDefineXML."""
        return await self.domain_define_xml_flags(xml, 0)

    async def domain_destroy(self, dom: DomainRef) -> None:
        """virDomainDestroy."""
        await self.domain_destroy_flags(dom, 0)

    async def domain_get_xml_desc(self, dom: DomainRef, flags: int) -> str:
        """virDomainGetXMLDesc."""
        raise self.unsupported("virDomainGetXMLDesc")

    async def domain_get_autostart(self, dom: DomainRef) -> int:
        """virDomainGetAutostart."""
        raise self.unsupported("virDomainGetAutostart")

    async def domain_get_os_type(self, dom: DomainRef) -> str:
        """virDomainGetOSType."""
        raise self.unsupported("virDomainGetOSType")

    async def connect_list_defined_domains(self) -> list[str]:
        """virConnectListDefinedDomains."""
        raise self.unsupported("virConnectListDefinedDomains")

    async def domain_lookup_by_id(self, id: int) -> DomainRef:
        """virDomainLookupByID."""
        raise self.unsupported("virDomainLookupByID")

    async def domain_lookup_by_name(self, name: str) -> DomainRef:
        """virDomainLookupByName."""
        raise self.unsupported("virDomainLookupByName")

    async def domain_lookup_by_uuid(self, uuid: bytes) -> DomainRef:
        """virDomainLookupByUUID."""
        raise self.unsupported("virDomainLookupByUUID")

    async def connect_num_of_defined_domains(self) -> int:
        """virConnectNumOfDefinedDomains."""
        raise self.unsupported("virConnectNumOfDefinedDomains")

    async def domain_reboot(self, dom: DomainRef, flags: int) -> None:
        """virDomainReboot."""
        raise self.unsupported("virDomainReboot")

    async def domain_resume(self, dom: DomainRef) -> None:
        """virDomainResume."""
        raise self.unsupported("virDomainResume")

    async def domain_set_autostart(self, dom: DomainRef, autostart: int) -> None:
        """virDomainSetAutostart."""
        raise self.unsupported("virDomainSetAutostart")

    async def domain_shutdown(self, dom: DomainRef) -> None:
        """virDomainShutdown."""
        await self.domain_shutdown_flags(dom, 0)

    async def domain_suspend(self, dom: DomainRef) -> None:
        """virDomainSuspend."""
        raise self.unsupported("virDomainSuspend")

    async def domain_undefine(self, dom: DomainRef) -> None:
        """virDomainUndefine."""
        await self.domain_undefine_flags(dom, 0)

    async def connect_list_domains(self) -> list[int]:
        """virConnectListDomains."""
        raise self.unsupported("virConnectListDomains")

    async def connect_num_of_domains(self) -> int:
        """virConnectNumOfDomains."""
        raise self.unsupported("virConnectNumOfDomains")

    async def connect_domain_xml_from_native(self, native_format: str, native_config: str, flags: int) -> str:
        """virConnectDomainXMLFromNative."""
        raise self.unsupported("virConnectDomainXMLFromNative")

    async def connect_domain_xml_to_native(self, native_format: str, domain_xml: str, flags: int) -> str:
        """virConnectDomainXMLToNative."""
        raise self.unsupported("virConnectDomainXMLToNative")

    async def domain_is_active(self, dom: DomainRef) -> int:
        """virDomainIsActive."""
        raise self.unsupported("virDomainIsActive")

    async def domain_is_persistent(self, dom: DomainRef) -> int:
        """virDomainIsPersistent."""
        raise self.unsupported("virDomainIsPersistent")

    async def domain_create_with_flags(self, dom: DomainRef, flags: int) -> DomainRef:
        """virDomainCreateWithFlags."""
        raise self.unsupported("virDomainCreateWithFlags")

    async def domain_is_updated(self, dom: DomainRef) -> int:
        """virDomainIsUpdated."""
        raise self.unsupported("virDomainIsUpdated")

    async def domain_inject_nmi(self, dom: DomainRef, flags: int) -> None:
        """virDomainInjectNMI."""
        raise self.unsupported("virDomainInjectNMI")

    async def domain_send_key(
        self, dom: DomainRef, codeset: int, holdtime: int, keycodes: list[int], flags: int
    ) -> None:
        """virDomainSendKey."""
        raise self.unsupported("virDomainSendKey")

    async def domain_undefine_flags(self, dom: DomainRef, flags: int) -> None:
        """virDomainUndefineFlags."""
        raise self.unsupported("virDomainUndefineFlags")

    async def domain_destroy_flags(self, dom: DomainRef, flags: int) -> None:
        """virDomainDestroyFlags."""
        raise self.unsupported("virDomainDestroyFlags")

    async def domain_reset(self, dom: DomainRef, flags: int) -> None:
        """virDomainReset."""
        raise self.unsupported("virDomainReset")

    async def domain_shutdown_flags(self, dom: DomainRef, flags: int) -> None:
        """virDomainShutdownFlags."""
        raise self.unsupported("virDomainShutdownFlags")

    async def domain_pm_suspend_for_duration(self, dom: DomainRef, target: int, duration: int, flags: int) -> None:
        """virDomainPMSuspendForDuration."""
        raise self.unsupported("virDomainPMSuspendForDuration")

    async def domain_set_metadata(
        self, dom: DomainRef, type: int, metadata: str | None, key: str | None, uri: str | None, flags: int
    ) -> None:
        """virDomainSetMetadata."""
        raise self.unsupported("virDomainSetMetadata")

    async def domain_get_metadata(self, dom: DomainRef, type: int, uri: str | None, flags: int) -> str:
        """virDomainGetMetadata."""
        raise self.unsupported("virDomainGetMetadata")

    async def domain_pm_wakeup(self, dom: DomainRef, flags: int) -> None:
        """virDomainPMWakeup."""
        raise self.unsupported("virDomainPMWakeup")

    async def connect_list_all_domains(self, flags: int) -> list[DomainRef]:
        """virConnectListAllDomains."""
        raise self.unsupported("virConnectListAllDomains")

    async def domain_send_process_signal(self, dom: DomainRef, pid_value: int, signum: int, flags: int) -> None:
        """virDomainSendProcessSignal."""
        raise self.unsupported("virDomainSendProcessSignal")

    async def domain_create_xml_with_files(self, xml_desc: str, flags: int, fds: Sequence[int]) -> DomainRef:
        """virDomainCreateXMLWithFiles."""
        raise self.unsupported("virDomainCreateXMLWithFiles")

    async def domain_create_with_files(self, dom: DomainRef, flags: int, fds: Sequence[int]) -> DomainRef:
        """virDomainCreateWithFiles."""
        raise self.unsupported("virDomainCreateWithFiles")

    async def domain_define_xml_flags(self, xml: str, flags: int) -> DomainRef:
        """virDomainDefineXMLFlags."""
        raise self.unsupported("virDomainDefineXMLFlags")

    async def domain_rename(self, dom: DomainRef, new_name: str | None, flags: int) -> int:
        """virDomainRename."""
        raise self.unsupported("virDomainRename")

    async def domain_set_lifecycle_action(self, dom: DomainRef, type: int, action: int, flags: int) -> None:
        """virDomainSetLifecycleAction."""
        raise self.unsupported("virDomainSetLifecycleAction")

    async def domain_get_autostart_once(self, dom: DomainRef) -> int:
        """virDomainGetAutostartOnce."""
        raise self.unsupported("virDomainGetAutostartOnce")

    async def domain_set_autostart_once(self, dom: DomainRef, autostart: int) -> None:
        """virDomainSetAutostartOnce."""
        raise self.unsupported("virDomainSetAutostartOnce")
