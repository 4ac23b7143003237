# SPDX-License-Identifier: Apache-2.0
"""Secrets and encryption of storage, and the authentication of network storage."""

from __future__ import annotations

from typing import Literal

from manor.errors import ErrorDomain
from manor.schema.core import Element, attr, codec, many, one, unsupported, xml_error


class SecretReference(Element, tag="secret"):
    """A secret kept elsewhere, found by its UUID or its usage."""

    type: str | None = attr()
    uuid: str | None = attr(
        codec=codec.uuid, error=xml_error("invalid secret uuid '{value}'")._replace(domain=ErrorDomain.NONE)
    )
    usage: str | None = attr()


class EncryptionSecret(SecretReference):
    """The passphrase of an encrypted volume."""

    type: Literal["passphrase"] = attr(
        required=True,
        blank=True,
        missing=xml_error("unknown volume encryption secret type"),
        error=unsupported("unknown volume encryption secret type {value}"),
    )


class AuthSecret(SecretReference):
    """The secret that proves a user name."""

    type: Literal["none", "volume", "ceph", "iscsi", "tls", "vtpm"] | None = attr(
        error=unsupported("unknown secret type '{value}'")
    )


class Cipher(Element, tag="cipher"):
    """The cipher of an encrypted volume; `size` in bits."""

    name: str | None = attr()
    size: int | None = attr(lenient=True)
    mode: str | None = attr()
    hash: str | None = attr()


class InitVector(Element, tag="ivgen"):
    """How initialisation vectors are generated."""

    name: str | None = attr()
    hash: str | None = attr()


class Encryption(Element, tag="encryption", keep_empty="open"):
    """Encryption of a storage source."""

    format_: Literal["default", "qcow", "luks", "luks2", "luks-any"] = attr(
        "format",
        required=True,
        blank=True,
        missing=xml_error("unknown volume encryption format"),
        error=unsupported("unknown volume encryption format type {value}"),
    )
    engine: Literal["qemu", "librbd"] | None = attr()
    secrets: list[EncryptionSecret] = many()
    cipher: Cipher | None = one()
    ivgen: InitVector | None = one()


class Auth(Element, tag="auth"):
    """A user name and the secret that proves it."""

    type: Literal["chap", "ceph"] | None = attr(error=unsupported("unknown auth type '{value}'"))
    username: str = attr(required=True, blank=True, missing=xml_error("missing username for auth"))
    secret: AuthSecret | None = one()
