# SPDX-License-Identifier: Apache-2.0
"""Objects that images need beside their nodes: secrets, handed over encrypted, and certificates for TLS.

Which secrets a document needs is known before it is run (`needs`); whoever prepares the run looks them up, encrypts
them under the guest's master key and leaves them in the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from manor.constants import ErrorNumber
from manor.drivers.qemu.command import blockdev
from manor.drivers.qemu.command.blockdev import Image
from manor.drivers.qemu.command.line import Build, alias_of
from manor.drivers.qemu.passes.context import error
from manor.schema.common.encryption import SecretReference
from manor.schema.common.storage import NetworkSource
from manor.schema.domain import Domain
from manor.schema.domain.hostdev import Hostdev, ScsiHostdevSource

TLS_FOLDER: Final = "/etc/pki/qemu"
"""Where QEMU's own certificates are."""

_AUTH_USAGE: Final = {"rbd": "ceph", "iscsi": "iscsi"}
"""The usage type of the secret a storage protocol asks for."""


class Need(msgspec.Struct, frozen=True):
    """A secret object: its id, and the secret in it by reference and usage type, or its text where that is known."""

    alias: str
    usage: str
    reference: SecretReference | None = None
    text: str | None = None


def needs(document: Domain) -> list[Need]:
    """Every secret the command line of a document refers to."""
    devices = document.devices
    if devices is None:
        return []
    found = [need for disk in devices.disks for image in blockdev.chain(disk) for need in image_needs(image)]
    store = variable_store(document)
    found += image_needs(store) if store is not None else []
    for hostdev in devices.hostdevs:
        found += hostdev_needs(hostdev)
    return found


def image_needs(image: Image) -> list[Need]:
    """The secrets of one image."""
    return list(_image_needs(image))


def _image_needs(image: Image) -> Iterator[Need]:
    source = image.source
    if image.auth is not None and isinstance(source, NetworkSource):
        yield Need(blockdev.auth_secret(image), _AUTH_USAGE.get(source.protocol or "", "none"), image.auth.secret)
    if image.encryption is not None and image.encryption.secrets:
        yield Need(blockdev.format_secret(image), "volume", image.encryption.secrets[0])
    if isinstance(source, NetworkSource) and source.cookies:
        text = "; ".join(f"{cookie.name}={cookie.value or ''}" for cookie in source.cookies)
        yield Need(blockdev.cookie_secret(image), "none", text=text)


def hostdev_needs(hostdev: Hostdev) -> list[Need]:
    """The secret of a SCSI device on an iSCSI server."""
    source = hostdev.source
    if not isinstance(source, ScsiHostdevSource) or source.auth is None:
        return []
    return [Need(hostdev_secret(hostdev), "iscsi", source.auth.secret)]


def hostdev_secret(hostdev: Hostdev) -> str:
    """The object with the password of a host device's iSCSI server."""
    return f"{alias_of(hostdev)}-secret0"


def variable_store(document: Domain) -> Image | None:
    """The firmware's variables where they are storage of their own kind rather than a path."""
    nvram = document.os.nvram if document.os is not None else None
    if nvram is None or nvram.source is None:
        return None
    source = nvram.source
    return Image(
        "libvirt-pflash1", source, "raw", read_only=False, top=True, auth=source.auth, encryption=source.encryption
    )


def image_objects(build: Build, image: Image) -> None:
    """Add the objects an image's nodes refer to."""
    for need in image_needs(image):
        secret_object(build, need.alias)
    if isinstance(image.source, NetworkSource) and image.source.tls:
        build.object(
            "tls-creds-x509",
            blockdev.tls_credentials(image),
            **{"dir": TLS_FOLDER, "endpoint": "client", "verify-peer": True},
        )


def secret_object(build: Build, alias: str) -> None:
    """Add one secret, encrypted under the master key; raises VIR_ERR_INTERNAL_ERROR when nobody prepared it."""
    secret = build.plan.secrets.get(alias)
    if secret is None:
        raise error(ErrorNumber.INTERNAL_ERROR, f"secret object '{alias}' has not been prepared")
    build.object("secret", alias, data=secret.data, keyid="masterKey0", iv=secret.iv, format="base64")
