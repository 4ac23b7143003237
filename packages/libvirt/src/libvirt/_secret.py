# SPDX-License-Identifier: Apache-2.0
"""virSecret."""

from __future__ import annotations

from libvirt._api import UInt32, api
from libvirt._handle import UniqueObject
from manor.records import SecretRef


class virSecret(UniqueObject):
    """A secret: a passphrase or key that libvirt keeps for something."""

    _reference = SecretRef
    _o: SecretRef

    def usageType(self) -> int:
        """What the secret is for: a VIR_SECRET_USAGE_TYPE_*."""
        return int(self._o.usage_type)

    def usageID(self) -> str:
        """Which one of those it is for."""
        return self._o.usage_id

    @api("virSecretGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The secret as XML, without its value."""
        description: str = self._get("secret_get_xml_desc", flags)
        return description

    @api("virSecretGetValue")
    def value(self, flags: UInt32 = 0) -> bytes:
        """The secret's value."""
        value: bytes = self._get("secret_get_value", flags)
        return value

    @api("virSecretSetValue")
    def setValue(self, value: bytes | str, flags: UInt32 = 0) -> int:
        """Set the secret's value."""
        return self._do("secret_set_value", value.encode() if isinstance(value, str) else bytes(value), flags)

    @api("virSecretUndefine")
    def undefine(self) -> int:
        """Forget the secret and its value."""
        return self._do("secret_undefine")
