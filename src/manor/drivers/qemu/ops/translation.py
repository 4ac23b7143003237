# SPDX-License-Identifier: Apache-2.0
"""Between domain documents and QEMU's command line: virConnectDomainXMLToNative and back."""

from __future__ import annotations

from manor.constants import ErrorNumber
from manor.drivers.qemu import native
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.schema.domain import Domain

NATIVE_FORMAT = "qemu-argv"


class TranslationOps(QemuDomainOps):
    """virConnectDomainXMLToNative. The way back is gone from libvirt as well: it answers NO_SUPPORT."""

    async def connect_domain_xml_to_native(self, native_format: str, domain_xml: str, flags: int) -> str:
        self.check_flags(flags, 0, "qemuConnectDomainXMLToNative")
        if native_format != NATIVE_FORMAT:
            raise error(ErrorNumber.INVALID_ARG, f"unsupported config type {native_format}")
        document = Domain.parse(domain_xml)
        caps = await self.core.capabilities(document)
        command = await native.translate(document, caps, self.core.paths, self.core.secret_lookup)
        return command.shell_line() + "\n"
