# SPDX-License-Identifier: Apache-2.0
"""<storagepoolCapabilities>: which types of storage pools there are, and the formats of their sources and volumes.

Only the document (virConnectGetStoragePoolCapabilities): what is in it is for the storage service to say.
"""

from __future__ import annotations

from manor.schema.core import Element, attr, children, many, one


class DefaultFormat(Element, tag="defaultFormat"):
    """The format where a document says none."""

    type: str | None = attr()


class FormatEnum(Element, tag="enum", keep_empty="open"):
    """The formats there are, by what of a document they stand in."""

    name: str | None = attr()
    values: list[str] = children("value")


class PoolOptions(Element, tag="poolOptions"):
    """Formats of what pools are made of."""

    default_format: DefaultFormat | None = one()
    formats: FormatEnum | None = one()


class VolumeOptions(Element, tag="volOptions"):
    """Formats of volumes."""

    default_format: DefaultFormat | None = one()
    formats: FormatEnum | None = one()


class PoolSupport(Element, tag="pool", keep_empty="open"):
    """A type of pools."""

    type: str | None = attr()
    supported: bool | None = attr()
    pool_options: PoolOptions | None = one()
    volume_options: VolumeOptions | None = one()


class PoolCapabilities(Element, tag="storagepoolCapabilities"):
    """All types of pools."""

    pools: list[PoolSupport] = many()
