# SPDX-License-Identifier: Apache-2.0
"""The storage volume document.

What a document must fulfil beyond its shape, and what libvirt adds to one, is in volume_rules.py.
"""

from __future__ import annotations

from typing import Literal

from manor.errors import ErrorDomain
from manor.schema.common.encryption import Encryption
from manor.schema.common.figure import FIGURE
from manor.schema.core import Element, Raw, amount, attr, child, flag, many, one, raw_any, unsupported
from manor.schema.storage import Permissions

VolumeType = Literal["file", "block", "dir", "network", "netdir", "ploop"]


class Extent(Element, tag="extent"):
    """A part of a device; bytes. A figure: what a document says is not read."""

    start: int | None = attr(codec=FIGURE)
    end: int | None = attr(codec=FIGURE)


class VolumeDevice(Element, tag="device"):
    """A device the volume is on."""

    path: str | None = attr()
    extents: list[Extent] = many()


class VolumeSource(Element, tag="source"):
    """The devices the volume is on."""

    devices: list[VolumeDevice] = many()


class VolumeFormat(Element, tag="format"):
    """The format of the content; the words depend on the type of pool."""

    type: str | None = attr()


class Timestamps(Element, tag="timestamps"):
    """When the volume was used, changed and made; seconds.nanoseconds since the epoch."""

    atime: str | None = child()
    mtime: str | None = child()
    ctime: str | None = child()
    btime: str | None = child()


class ImageFeatures(Element, tag="features", keep_empty=True):
    """Features of a qcow2 image."""

    lazy_refcounts: bool = flag("lazy_refcounts")
    extended_l2: bool = flag("extended_l2")
    others: list[Raw] = raw_any()


class VolumeTarget(Element, tag="target"):
    """Where the volume is on the host, and what it is."""

    path: str | None = child()
    format_: VolumeFormat | None = one()
    permissions: Permissions | None = one()
    timestamps: Timestamps | None = one()
    encryption: Encryption | None = one()
    compat: str | None = child()
    nocow: bool = flag(status=True)
    cluster_size: int | None = amount("clusterSize", unit="B", path="./target/clusterSize")
    features: ImageFeatures | None = one()


class BackingStore(Element, tag="backingStore"):
    """The image under this one."""

    path: str | None = child()
    format_: VolumeFormat | None = one()
    permissions: Permissions | None = one()
    timestamps: Timestamps | None = one()


class Volume(Element, tag="volume", errors=ErrorDomain.STORAGE):
    """A volume; sizes in bytes."""

    type: VolumeType | None = attr(blank=True, error=unsupported("unknown volume type '{value}'"))
    name: str | None = child()
    key: str | None = child()
    source: VolumeSource | None = one()
    capacity: int | None = amount(unit="bytes")
    allocation: int | None = amount(unit="bytes")
    physical: int | None = amount(unit="bytes")
    target: VolumeTarget | None = one()
    backing_store: BackingStore | None = one()
