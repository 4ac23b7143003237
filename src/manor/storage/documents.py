# SPDX-License-Identifier: Apache-2.0
"""What is often asked of a volume's document, whose parts may be missing."""

from __future__ import annotations

from manor.schema.common.encryption import Encryption
from manor.schema.pool import Pool
from manor.schema.storage import Permissions
from manor.schema.volume import Volume


def pool_path(pool: Pool) -> str:
    """Where a pool is on this host."""
    return (pool.target.path if pool.target is not None else None) or ""


def path_of(volume: Volume) -> str:
    """Where a volume is on this host."""
    return (volume.target.path if volume.target is not None else None) or ""


def format_of(volume: Volume) -> str:
    """The format of a volume's content."""
    form = volume.target.format_ if volume.target is not None else None
    return (form.type if form is not None else None) or "raw"


def encryption_of(volume: Volume) -> Encryption | None:
    """How a volume's content is encrypted."""
    return volume.target.encryption if volume.target is not None else None


def permissions_of(volume: Volume) -> Permissions:
    """Whose a volume shall be; what the document leaves out is None."""
    given = volume.target.permissions if volume.target is not None else None
    return given or Permissions()
