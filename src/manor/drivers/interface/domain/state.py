# SPDX-License-Identifier: Apache-2.0
"""Saving, restoring, dumping; jobs; consoles, channels and screens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.drivers.interface.stream import Stream
from manor.errors import ErrorDomain
from manor.records import DomainJobInfo, DomainJobStats, DomainRef, TypedParam


class DomainState(Family):
    """Saving, restoring, dumping; jobs; consoles, channels and screens."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN

    async def domain_core_dump(self, dom: DomainRef, to_file: str, flags: int) -> None:
        """virDomainCoreDump."""
        await self.domain_core_dump_with_format(dom, to_file, 0, flags)

    async def domain_restore(self, from_file: str) -> None:
        """virDomainRestore."""
        await self.domain_restore_flags(from_file, None, 0)

    async def domain_save(self, dom: DomainRef, to_file: str) -> None:
        """virDomainSave."""
        await self.domain_save_flags(dom, to_file, None, 0)

    async def domain_get_job_info(self, dom: DomainRef) -> DomainJobInfo:
        """virDomainGetJobInfo."""
        raise self.unsupported("virDomainGetJobInfo")

    async def domain_abort_job(self, dom: DomainRef) -> None:
        """virDomainAbortJob."""
        await self.domain_abort_job_flags(dom, 0)

    async def domain_managed_save(self, dom: DomainRef, flags: int) -> None:
        """virDomainManagedSave."""
        raise self.unsupported("virDomainManagedSave")

    async def domain_has_managed_save_image(self, dom: DomainRef, flags: int) -> int:
        """virDomainHasManagedSaveImage."""
        raise self.unsupported("virDomainHasManagedSaveImage")

    async def domain_managed_save_remove(self, dom: DomainRef, flags: int) -> None:
        """virDomainManagedSaveRemove."""
        raise self.unsupported("virDomainManagedSaveRemove")

    async def domain_open_console(self, dom: DomainRef, dev_name: str | None, flags: int, stream: Stream) -> None:
        """virDomainOpenConsole."""
        raise self.unsupported("virDomainOpenConsole")

    async def domain_screenshot(self, dom: DomainRef, screen: int, flags: int, stream: Stream) -> str | None:
        """virDomainScreenshot."""
        raise self.unsupported("virDomainScreenshot")

    async def domain_save_flags(self, dom: DomainRef, to_file: str, dxml: str | None, flags: int) -> None:
        """virDomainSaveFlags."""
        raise self.unsupported("virDomainSaveFlags")

    async def domain_restore_flags(self, from_file: str, dxml: str | None, flags: int) -> None:
        """virDomainRestoreFlags."""
        raise self.unsupported("virDomainRestoreFlags")

    async def domain_save_image_get_xml_desc(self, file: str, flags: int) -> str:
        """virDomainSaveImageGetXMLDesc."""
        raise self.unsupported("virDomainSaveImageGetXMLDesc")

    async def domain_save_image_define_xml(self, file: str, dxml: str, flags: int) -> None:
        """virDomainSaveImageDefineXML."""
        raise self.unsupported("virDomainSaveImageDefineXML")

    async def domain_open_graphics(self, dom: DomainRef, idx: int, flags: int, fds: Sequence[int]) -> None:
        """virDomainOpenGraphics."""
        raise self.unsupported("virDomainOpenGraphics")

    async def domain_open_channel(self, dom: DomainRef, name: str | None, flags: int, stream: Stream) -> None:
        """virDomainOpenChannel."""
        raise self.unsupported("virDomainOpenChannel")

    async def domain_get_job_stats(self, dom: DomainRef, flags: int) -> DomainJobStats:
        """virDomainGetJobStats."""
        raise self.unsupported("virDomainGetJobStats")

    async def domain_core_dump_with_format(self, dom: DomainRef, to_file: str, dumpformat: int, flags: int) -> None:
        """virDomainCoreDumpWithFormat."""
        raise self.unsupported("virDomainCoreDumpWithFormat")

    async def domain_open_graphics_fd(self, dom: DomainRef, idx: int, flags: int) -> int:
        """virDomainOpenGraphicsFD."""
        raise self.unsupported("virDomainOpenGraphicsFD")

    async def domain_managed_save_get_xml_desc(self, dom: DomainRef, flags: int) -> str:
        """virDomainManagedSaveGetXMLDesc."""
        raise self.unsupported("virDomainManagedSaveGetXMLDesc")

    async def domain_managed_save_define_xml(self, dom: DomainRef, dxml: str | None, flags: int) -> None:
        """virDomainManagedSaveDefineXML."""
        raise self.unsupported("virDomainManagedSaveDefineXML")

    async def domain_save_params(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSaveParams."""
        raise self.unsupported("virDomainSaveParams")

    async def domain_restore_params(self, params: list[TypedParam], flags: int) -> None:
        """virDomainRestoreParams."""
        raise self.unsupported("virDomainRestoreParams")

    async def domain_abort_job_flags(self, dom: DomainRef, flags: int) -> None:
        """virDomainAbortJobFlags."""
        raise self.unsupported("virDomainAbortJobFlags")

    async def domain_fd_associate(self, dom: DomainRef, name: str, flags: int, fds: Sequence[int]) -> None:
        """virDomainFDAssociate."""
        raise self.unsupported("virDomainFDAssociate")

    async def domain_graphics_reload(self, dom: DomainRef, type: int, flags: int) -> None:
        """virDomainGraphicsReload."""
        raise self.unsupported("virDomainGraphicsReload")
