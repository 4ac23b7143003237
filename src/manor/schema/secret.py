# SPDX-License-Identifier: Apache-2.0
"""The secret document: what a secret is for; its value is never in it."""

from __future__ import annotations

from typing import Final

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.core import Element, attr, child, codec, internal, one, unsupported, xml_error

_error = reporter(ErrorDomain.SECRET)

USAGES: Final = {
    "none": ("", ""),
    "volume": ("volume", "volume usage specified, but volume path is missing"),
    "ceph": ("name", "Ceph usage specified, but name is missing"),
    "iscsi": ("target", "iSCSI usage specified, but target is missing"),
    "tls": ("name", "TLS usage specified, but name is missing"),
    "vtpm": ("name", "vTPM usage specified, but name is missing"),
}
"""What a secret may be for, by virSecretUsageType: the element that says whose, and what is said without it."""


class Usage(Element, tag="usage"):
    """What the secret is for; which child names it depends on the type."""

    type: str | None = attr(
        blank=True, codec=codec.one_of(USAGES), error=unsupported("unknown secret usage type {value}")
    )
    volume: str | None = child()
    name: str | None = child()
    target: str | None = child()


class Secret(Element, tag="secret", errors=ErrorDomain.SECRET):
    """A secret; a private one tells its value to nobody, an ephemeral one is not kept on disk."""

    ephemeral: bool | None = attr(blank=True, error=xml_error("invalid value of 'ephemeral'"))
    private: bool | None = attr(blank=True, error=xml_error("invalid value of 'private'"))
    uuid: str | None = child(codec=codec.uuid, error=internal("malformed uuid element"))
    description: str | None = child()
    usage: Usage | None = one()


def read(xml: str, *, validate: bool = False) -> Secret:
    """The secret a document describes, checked and completed. Raises ManorError."""
    secret = Secret.parse(xml, validate=validate, source="(definition_of_secret)")
    usage = secret.usage
    if usage is not None:
        if usage.type is None:
            raise _error(ErrorNumber.XML_ERROR, "unknown secret usage type")
        secret.usage = _completed(usage)
    secret.ephemeral, secret.private = bool(secret.ephemeral), bool(secret.private)
    return secret


def _completed(usage: Usage) -> Usage | None:
    """The usage with the one child its type has."""
    field, complaint = USAGES[usage.type or "none"]
    if not field:
        return None
    identity = getattr(usage, field)
    if not identity:
        raise _missing(complaint)
    return Usage(type=usage.type, **{field: identity})


def _missing(complaint: str) -> ManorError:
    return _error(ErrorNumber.INTERNAL_ERROR, complaint)


def usage_of(secret: Secret) -> tuple[int, str]:
    """The virSecretUsageType and whose secret it is; (0, "") for one without a usage."""
    if secret.usage is None or secret.usage.type is None:
        return 0, ""
    number = list(USAGES).index(secret.usage.type)
    return number, str(getattr(secret.usage, USAGES[secret.usage.type][0]))
