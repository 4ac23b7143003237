# SPDX-License-Identifier: Apache-2.0
"""The domain checkpoint document: from when on changes to disks are remembered."""

from __future__ import annotations

from typing import Literal

from manor.errors import ErrorDomain
from manor.schema.core import Element, attr, child, codec, internal, many, one
from manor.schema.domain import Domain


class CheckpointDisk(Element, tag="disk"):
    """How one disk takes part; `size` is a figure, in bytes."""

    name: str | None = attr()
    checkpoint: Literal["no", "bitmap"] | None = attr()
    bitmap: str | None = attr()
    size: int | None = attr(codec=codec.unsigned_long)


class DomainCheckpoint(Element, tag="domaincheckpoint", errors=ErrorDomain.DOMAIN_CHECKPOINT):
    """A checkpoint; creation time in seconds since the epoch."""

    name: str | None = child()
    description: str | None = child()
    parent: str | None = child("name", within="parent")
    creation_time: int | None = child(
        "creationTime", codec=codec.signed_long, error=internal("missing creationTime from existing checkpoint")
    )
    disks: list[CheckpointDisk] = many(within="disks")
    domain: Domain | None = one()
