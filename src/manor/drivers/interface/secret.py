# SPDX-License-Identifier: Apache-2.0
"""Secrets and their values."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import SecretRef


class SecretFamily(Family):
    """Secrets and their values."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.SECRET

    async def connect_num_of_secrets(self) -> int:
        """virConnectNumOfSecrets."""
        raise self.unsupported("virConnectNumOfSecrets")

    async def connect_list_secrets(self) -> list[str]:
        """virConnectListSecrets."""
        raise self.unsupported("virConnectListSecrets")

    async def secret_lookup_by_uuid(self, uuid: bytes) -> SecretRef:
        """virSecretLookupByUUID."""
        raise self.unsupported("virSecretLookupByUUID")

    async def secret_define_xml(self, xml: str, flags: int) -> SecretRef:
        """virSecretDefineXML."""
        raise self.unsupported("virSecretDefineXML")

    async def secret_get_xml_desc(self, secret: SecretRef, flags: int) -> str:
        """virSecretGetXMLDesc."""
        raise self.unsupported("virSecretGetXMLDesc")

    async def secret_set_value(self, secret: SecretRef, value: bytes, flags: int) -> None:
        """virSecretSetValue."""
        raise self.unsupported("virSecretSetValue")

    async def secret_get_value(self, secret: SecretRef, flags: int) -> bytes:
        """virSecretGetValue."""
        raise self.unsupported("virSecretGetValue")

    async def secret_undefine(self, secret: SecretRef) -> None:
        """virSecretUndefine."""
        raise self.unsupported("virSecretUndefine")

    async def secret_lookup_by_usage(self, usage_type: int, usage_id: str) -> SecretRef:
        """virSecretLookupByUsage."""
        raise self.unsupported("virSecretLookupByUsage")

    async def connect_list_all_secrets(self, flags: int) -> list[SecretRef]:
        """virConnectListAllSecrets."""
        raise self.unsupported("virConnectListAllSecrets")
