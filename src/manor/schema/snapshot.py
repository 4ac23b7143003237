# SPDX-License-Identifier: Apache-2.0
"""The domain snapshot document.

What a document must fulfil beyond its shape, and what libvirt adds to one, is in snapshot_rules.py.
"""

from __future__ import annotations

from typing import Literal

from manor.errors import ErrorDomain
from manor.schema.common.storage import StorageSource, StorageType
from manor.schema.core import Element, Raw, attr, child, codec, internal, many, one, raw, unsupported
from manor.schema.domain import Domain

SnapshotState = Literal[
    "nostate", "running", "blocked", "paused", "shutdown", "shutoff", "crashed", "pmsuspended", "disk-snapshot"
]
Location = Literal["default", "no", "internal", "external", "manual"]


class SnapshotMemory(Element, tag="memory"):
    """Where the memory of the guest is kept."""

    snapshot: Location | None = attr()
    file: str | None = attr()


class SnapshotDiskDriver(Element, tag="driver"):
    """The format of the new image."""

    type: str | None = attr()


class SnapshotDisk(Element, tag="disk"):
    """How one disk takes part."""

    name: str | None = attr()
    snapshot: Location | None = attr()
    type: StorageType | None = attr()
    driver: SnapshotDiskDriver | None = one()
    source: StorageSource | None = one()


class InactiveDomain(Domain, tag="inactiveDomain"):
    """The stored definition beside the running one."""


class DomainSnapshot(Element, tag="domainsnapshot", errors=ErrorDomain.DOMAIN_SNAPSHOT):
    """A snapshot; creation time in seconds since the epoch."""

    name: str | None = child()
    description: str | None = child()
    state: SnapshotState | None = child(error=unsupported("Invalid state '{value}' in domain snapshot XML"))
    parent: str | None = child("name", within="parent")
    creation_time: int | None = child(
        "creationTime",
        codec=codec.signed_long,
        error=internal("missing creationTime from existing snapshot"),
    )
    memory: SnapshotMemory | None = one()
    disks: list[SnapshotDisk] = many(within="disks")
    domain: Domain | None = one()
    inactive_domain: InactiveDomain | None = one()
    cookie: Raw | None = raw()
    active: str | None = child()
