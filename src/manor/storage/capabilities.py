# SPDX-License-Identifier: Apache-2.0
"""The document of virConnectGetStoragePoolCapabilities: which types of pools there are, and what formats they know."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from manor.schema.pool_capabilities import (
    DefaultFormat,
    FormatEnum,
    PoolCapabilities,
    PoolOptions,
    PoolSupport,
    VolumeOptions,
)
from manor.schema.pool_rules import TRAITS
from manor.schema.volume_rules import FORMATS, IMAGE_FORMATS

_RAW_ONLY: Final = ("rbd",)
"""Types whose volumes are of one format, which no document can choose."""


def document(served: Container[str]) -> str:
    """The document, where backends serve the types `served`."""
    return PoolCapabilities(pools=[_pool(kind, supported=kind in served) for kind in TRAITS]).format()


def _pool(kind: str, *, supported: bool) -> PoolSupport:
    traits = TRAITS[kind]
    options = None
    if traits.formats:
        options = PoolOptions(
            default_format=DefaultFormat(type=traits.default),
            formats=FormatEnum(name="sourceFormatType", values=list(traits.formats)),
        )
    return PoolSupport(type=kind, supported=supported, pool_options=options, volume_options=_volumes(kind))


def _volumes(kind: str) -> VolumeOptions | None:
    formats = FORMATS.get(kind, ())
    if kind in _RAW_ONLY:
        default, names = "raw", []
    elif formats:
        # A volume without a known format is said to have the format "none"; no document can ask for it.
        default, names = formats[0], ["none", *formats] if formats is IMAGE_FORMATS else list(formats)
    else:
        return None
    return VolumeOptions(
        default_format=DefaultFormat(type=default), formats=FormatEnum(name="targetFormatType", values=names)
    )
