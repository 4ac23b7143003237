# SPDX-License-Identifier: Apache-2.0
"""What a storage volume document must fulfil, and what libvirt adds to one. Pure functions of the document."""

from __future__ import annotations

import re

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.encryption import Encryption
from manor.schema.core import DocumentError
from manor.schema.pool_rules import check_secret_reference, completed_permissions
from manor.schema.volume import BackingStore, Volume, VolumeFormat, VolumeTarget

_error = reporter(ErrorDomain.STORAGE)
_xml = _error.xml_error
_unsupported = _error.unsupported

IMAGE_FORMATS = (
    "raw", "dir", "bochs", "cloop", "dmg", "iso", "vpc", "vdi", "fat", "vhd", "ploop", "cow", "qcow", "qcow2", "qed",
    "vmdk",
)  # fmt: skip
PARTITION_TYPES = ("none", "linux", "fat16", "fat32", "linux-swap", "linux-lvm", "linux-raid", "extended")

FORMATS: dict[str, tuple[str, ...]] = {
    "dir": IMAGE_FORMATS,
    "fs": IMAGE_FORMATS,
    "netfs": IMAGE_FORMATS,
    "gluster": IMAGE_FORMATS,
    "vstorage": IMAGE_FORMATS,
    "disk": PARTITION_TYPES,
}
"""Formats of volumes by type of pool, the usual one first; other pools have none."""

_COMPAT = re.compile(r"[0-9.]+\Z")


def read(
    xml: str, pool_type: str, *, validate: bool = False, like_backing: bool = False, like_source: bool = False
) -> Volume:
    """The volume a document describes, for a pool of a type, checked and completed. Raises ManorError.

    `like_backing`: an image over another one need not say its capacity, which is then None. `like_source`: none need,
    because it is to be a copy.
    """
    try:
        volume = Volume.parse(xml, validate=validate, source="(storage_volume_definition)")
    except DocumentError as error:
        if error.element in ("capacity", "allocation", "physical") and error.code is ErrorNumber.XML_ERROR:
            # A bad unit has words of its own, a bad number these.
            raise _xml("malformed capacity element") from None
        raise
    return accept(volume, pool_type, like_backing=like_backing, like_source=like_source)


def accept(volume: Volume, pool_type: str, *, like_backing: bool = False, like_source: bool = False) -> Volume:
    """Check and complete a document that has been read."""
    check(volume, FORMATS.get(pool_type, ()), like_backing=like_backing, like_source=like_source)
    complete(volume, FORMATS.get(pool_type, ()))
    return volume


def check(volume: Volume, formats: tuple[str, ...], *, like_backing: bool = False, like_source: bool = False) -> None:
    """Refuse what no storage driver takes. Raises ManorError."""
    if not volume.name:
        raise _xml("missing volume name element")
    backed = volume.backing_store is not None and volume.backing_store.path
    if volume.capacity is None and not like_source and not (like_backing and backed):
        raise _xml("missing capacity element")
    target = volume.target or VolumeTarget()
    if volume.backing_store is not None and backed:
        _check_format(volume.backing_store.format_, formats)
    _check_format(target.format_, formats)
    if target.encryption is not None:
        check_encryption(target.encryption)
    if target.compat and not _COMPAT.match(target.compat):
        raise _xml("forbidden characters in 'compat' attribute")
    if target.features is not None and target.features.others:
        raise _unsupported(f"unsupported feature {target.features.others[0].name}")


def _check_format(given: VolumeFormat | None, formats: tuple[str, ...]) -> None:
    if formats and given is not None and given.type and given.type not in formats:
        raise _unsupported(f"unknown volume format type {given.type}")


def check_encryption(encryption: Encryption) -> None:
    """Refuse an encryption that lacks what it needs."""
    for secret in encryption.secrets:
        check_secret_reference(secret)
    if encryption.cipher is not None:
        if not encryption.cipher.name:
            raise _xml("cipher info missing 'name' attribute")
        if encryption.cipher.size is None:
            detail = "Missing required attribute 'size' in element 'cipher'"
            raise reporter(ErrorDomain.XML)(ErrorNumber.XML_ERROR, detail)
        if encryption.ivgen is not None and not encryption.ivgen.name:
            raise _xml("missing ivgen info name string")


def complete(volume: Volume, formats: tuple[str, ...]) -> None:
    """Write out what the document implies; where the volume is, the pool says."""
    volume.type = volume.type or "file"
    volume.key = volume.physical = volume.source = None
    if volume.allocation is None:
        volume.allocation = volume.capacity
    given = volume.target or VolumeTarget()
    volume.target = VolumeTarget(
        format_=_completed_format(given.format_, formats),
        permissions=completed_permissions(given.permissions),
        encryption=given.encryption,
        nocow=given.nocow,
        compat=given.compat or ("1.1" if given.features is not None else None),
        cluster_size=given.cluster_size,
        features=given.features,
    )
    backing = volume.backing_store
    if backing is not None:
        volume.backing_store = _completed_backing(backing, formats) if backing.path else None


def _completed_backing(backing: BackingStore, formats: tuple[str, ...]) -> BackingStore:
    return BackingStore(
        path=backing.path,
        format_=_completed_format(backing.format_, formats),
        permissions=completed_permissions(backing.permissions),
    )


def _completed_format(given: VolumeFormat | None, formats: tuple[str, ...]) -> VolumeFormat | None:
    """The format, or the usual one; None where volumes have none."""
    if not formats:
        return None
    return given if given is not None and given.type else VolumeFormat(type=formats[0])
