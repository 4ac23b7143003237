# SPDX-License-Identifier: Apache-2.0
"""A storage pool: its documents, its state, its volumes, and the rule who may change it when.

What changes a pool holds `pool.lock`: starting, stopping, refreshing, making and removing volumes. Making, copying and
wiping a volume takes long; it lets go of the lock meanwhile and is counted as a job of the pool, which then can be
neither stopped nor refreshed, while its other volumes can be used. Questions never wait: they are answered from what
is held, which is replaced as a whole.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from uuid import UUID

from manor.constants import StoragePoolState
from manor.errors import ErrorNumber, ManorError
from manor.records import StoragePoolInfo, StoragePoolRef, StorageVolRef
from manor.schema.pool import Pool
from manor.schema.volume import Volume
from manor.storage.documents import path_of, pool_path
from manor.storage.errors import error, not_valid


class StorageVolume:
    """A volume of an active pool. `readers` counts what reads or writes its content now."""

    def __init__(self, document: Volume) -> None:
        self.document = document
        self.readers = 0
        self.building = False

    @property
    def name(self) -> str:
        """The volume's name in its pool."""
        return self.document.name or ""

    @property
    def key(self) -> str:
        """What identifies the volume on this host."""
        return self.document.key or ""

    @property
    def path(self) -> str:
        """Where the volume is."""
        return path_of(self.document)

    def check_free(self) -> None:
        """Refuse to change a volume that something works on. Raises VIR_ERR_OPERATION_INVALID."""
        if self.readers:
            raise not_valid(f"volume '{self.name}' is still in use.")
        self.check_built()

    def check_built(self) -> None:
        """Refuse to use a volume that is not yet there."""
        if self.building:
            raise not_valid(f"volume '{self.name}' is still being allocated.")


class StoragePool:
    """One pool. `following` is the definition that replaces the document when the pool stops."""

    def __init__(self, document: Pool, *, persistent: bool) -> None:
        self.document = document
        self.following: Pool | None = None
        self.persistent = persistent
        self.active = False
        self.starting = False
        self.autostart = False
        self.jobs = 0
        self.volumes: dict[str, StorageVolume] = {}
        self.lock = asyncio.Lock()

    @property
    def name(self) -> str:
        """The pool's name."""
        return self.document.name or ""

    @property
    def uuid(self) -> bytes:
        """The pool's UUID, 16 bytes."""
        return UUID(self.document.uuid).bytes

    @property
    def key(self) -> str:
        """The UUID as the store has it."""
        return self.document.uuid or ""

    @property
    def ref(self) -> StoragePoolRef:
        """The pool as operations and events name it."""
        return StoragePoolRef(self.name, self.uuid)

    @property
    def type(self) -> str:
        """What the pool is made of."""
        return self.document.type

    @property
    def path(self) -> str:
        """Where the pool is on this host."""
        return pool_path(self.document)

    def info(self) -> StoragePoolInfo:
        """State and figures, in bytes."""
        state = StoragePoolState.RUNNING if self.active else StoragePoolState.INACTIVE
        document = self.document
        return StoragePoolInfo(state, document.capacity or 0, document.allocation or 0, document.available or 0)

    def volume_ref(self, volume: StorageVolume) -> StorageVolRef:
        """A volume as operations name it."""
        return StorageVolRef(self.name, volume.name, volume.key)

    def volume(self, name: str) -> StorageVolume:
        """The volume of a name. Raises VIR_ERR_NO_STORAGE_VOL."""
        found = self.volumes.get(name)
        if found is None:
            raise error(ErrorNumber.NO_STORAGE_VOL, f"no storage vol with matching name '{name}'")
        return found

    def grew(self, size: int) -> None:
        """Count bytes that a volume has taken of the pool's room, or given back."""
        document = self.document
        self.document = document.evolve(
            allocation=(document.allocation or 0) + size, available=(document.available or 0) - size
        )

    def started(self) -> None:
        """A start is over, well or not."""
        self.starting = False
        if not self.active:
            self.settle()

    def settle(self) -> None:
        """The pool is off: the definition that waited for that is its document now."""
        if self.following is not None:
            self.document, self.following = self.following, None

    # -- what state an operation needs ---------------------------------------------------------------------

    def require_active(self) -> None:
        """Raises VIR_ERR_OPERATION_INVALID unless the pool is active."""
        if not self.active:
            raise not_valid(f"storage pool '{self.name}' is not active")

    def require_inactive(self, word: str) -> None:
        """Raises VIR_ERR_OPERATION_INVALID while the pool is active; `word` is "already" or "still"."""
        if self.active:
            raise not_valid(f"storage pool '{self.name}' is {word} active")
        if self.starting:
            raise not_valid(f"storage pool '{self.name}' is starting up")

    def require_quiet(self) -> None:
        """Raises VIR_ERR_INTERNAL_ERROR while volumes are being made or copied."""
        if self.jobs:
            raise self._busy()

    def _busy(self) -> ManorError:
        return error(ErrorNumber.INTERNAL_ERROR, f"pool '{self.name}' has asynchronous jobs running.")

    @contextlib.contextmanager
    def job(self) -> Iterator[None]:
        """Count long work on the pool's volumes."""
        self.jobs += 1
        try:
            yield
        finally:
            self.jobs -= 1
