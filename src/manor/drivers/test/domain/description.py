# SPDX-License-Identifier: Apache-2.0
"""Documents and metadata of test domains."""

from __future__ import annotations

from manor.constants import DomainMetadataType
from manor.drivers.test.domain.base import DomainBase
from manor.drivers.test.errors import CONFIG, LIVE, check_flags, domain_error
from manor.errors import ErrorNumber
from manor.records import DomainRef
from manor.records.events import DomainMetadataChangeEvent
from manor.schema.common import metadata as elements
from manor.schema.domain import Domain

_XML_FLAGS = 1 | 2 | 8  # secure, inactive, migratable


class Description(DomainBase):
    """The document, and what programs keep in it."""

    async def domain_get_xml_desc(self, dom: DomainRef, flags: int) -> str:
        """virDomainGetXMLDesc."""
        check_flags(flags, _XML_FLAGS, "testDomainGetXMLDesc")
        return self.find(dom).describe(flags)

    async def domain_get_os_type(self, dom: DomainRef) -> str:
        """virDomainGetOSType."""
        return "linux"

    async def domain_get_metadata(self, dom: DomainRef, type: int, uri: str | None, flags: int) -> str:
        """virDomainGetMetadata."""
        check_flags(flags, LIVE | CONFIG, "testDomainGetMetadata")
        definition = self.find(dom).one(flags)
        if type == DomainMetadataType.ELEMENT:
            found = elements.find(definition.metadata, uri or "")
            text = elements.shown(found) if found is not None else None
        elif type in (DomainMetadataType.TITLE, DomainMetadataType.DESCRIPTION):
            text = definition.title if type == DomainMetadataType.TITLE else definition.description
        else:
            raise domain_error(ErrorNumber.INVALID_ARG, f"unknown metadata type '{type}'")
        if text is None:
            raise domain_error(ErrorNumber.NO_DOMAIN_METADATA, "Requested metadata element is not present")
        return text

    async def domain_set_metadata(
        self, dom: DomainRef, type: int, metadata: str | None, key: str | None, uri: str | None, flags: int
    ) -> None:
        """virDomainSetMetadata."""
        check_flags(flags, LIVE | CONFIG, "testDomainSetMetadata")
        guest = self.find(dom)
        for definition in guest.affected(flags):
            _set(definition, type, metadata, key or "", uri or "")
        self.node.events.publish(DomainMetadataChangeEvent(guest.ref, type, uri))


def _set(definition: Domain, kind: int, text: str | None, key: str, uri: str) -> None:
    if kind == DomainMetadataType.DESCRIPTION:
        definition.description = text or None
    elif kind == DomainMetadataType.TITLE:
        definition.title = text or None
    elif kind == DomainMetadataType.ELEMENT:
        element = elements.read(text, key, uri) if text else None
        definition.metadata = elements.replaced(definition.metadata, uri, element)
    else:
        raise domain_error(ErrorNumber.INVALID_ARG, f"unknown metadata type '{kind}'")
