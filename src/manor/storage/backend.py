# SPDX-License-Identifier: Apache-2.0
"""What a backend does: pools of one type, and the volumes in them.

A backend is without state: everything it needs is in the pool's document and on the host. It is called with the pool's
lock held, but for `build_volume`, `wipe_volume` and the two transfers, which run as jobs beside other work. It works in
threads and processes, never on the event loop, and changes neither pool nor volumes: it returns new documents. A
failure leaves the host as it was. What a type of pools cannot do answers VIR_ERR_NO_SUPPORT by inheritance.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

from manor.drivers.interface import Stream
from manor.errors import ManorError
from manor.schema.pool import Pool
from manor.schema.volume import Volume
from manor.storage.errors import lacking


class Contents(NamedTuple):
    """What a refresh finds: the pool's document with figures and permissions, and its volumes."""

    document: Pool
    volumes: list[Volume]


class Clone(NamedTuple):
    """What a new volume is made from."""

    source: Volume
    reflink: bool = False


class Backend(ABC):
    """Serves pools of type `type`."""

    type: ClassVar[str]

    # -- pools ---------------------------------------------------------------------------------------------

    @abstractmethod
    async def is_there(self, pool: Pool) -> bool:
        """Whether the host still has what an active pool stands on, as a daemon asks that comes up again."""

    async def build(self, pool: Pool, flags: int) -> None:
        """Make what the pool shall stand on; flags of virStoragePoolBuild."""
        raise lacking("pool does not support building")

    async def start(self, pool: Pool) -> None:
        """Bring the pool's storage to this host."""
        return  # It is always there, unless a backend says otherwise.

    async def stop(self, pool: Pool) -> None:
        """Take back what `start` did."""
        return

    @abstractmethod
    async def refresh(self, pool: Pool) -> Contents:
        """Look at the pool's storage."""

    async def delete(self, pool: Pool, flags: int) -> None:
        """Remove what `build` has made; flags of virStoragePoolDelete."""
        raise lacking("pool does not support pool deletion")

    async def find_sources(self, spec: str | None, flags: int) -> str:
        """Storage on which pools of this type could be made, as a <sources> document."""
        raise lacking(f"pool type '{self.type}' does not support source discovery")

    # -- volumes -------------------------------------------------------------------------------------------

    async def place_volume(self, pool: Pool, volume: Volume) -> Volume:
        """Where a new volume will be: the document with path, key and type. Nothing is made yet."""
        raise lacking("storage pool does not support volume creation")

    async def build_volume(self, pool: Pool, volume: Volume, flags: int, clone: Clone | None = None) -> None:
        """Make a volume that has its place; flags of virStorageVolCreateXML."""
        raise self._no_clone() if clone is not None else lacking("storage pool does not support volume creation")

    def _no_clone(self) -> ManorError:
        return lacking("storage pool does not support volume creation from an existing volume")

    async def refresh_volume(self, pool: Pool, volume: Volume) -> Volume:
        """The volume's document with today's figures; what its format is, is not asked again."""
        return volume

    async def probe_volume(self, pool: Pool, volume: Volume) -> Volume:
        """The volume's document as a refresh of the pool would find it."""
        return volume

    async def delete_volume(self, pool: Pool, volume: Volume, flags: int) -> None:
        """Remove a volume; flags of virStorageVolDelete."""
        raise lacking("storage pool does not support vol deletion")

    async def resize_volume(self, pool: Pool, volume: Volume, capacity: int, flags: int) -> None:
        """Give a volume another capacity, in bytes; flags of virStorageVolResize."""
        raise lacking("storage pool does not support changing of volume capacity")

    async def wipe_volume(self, pool: Pool, volume: Volume, algorithm: int) -> None:
        """Make a volume's content unreadable; algorithms of virStorageVolWipePattern."""
        raise lacking("storage pool doesn't support volume wiping")

    async def upload(self, pool: Pool, volume: Volume, offset: int, length: int, flags: int) -> Transfer:
        """Open a volume for content that comes through a stream; bytes, a length of 0 is without end."""
        raise lacking("storage pool doesn't support volume upload")

    async def download(self, pool: Pool, volume: Volume, offset: int, length: int, flags: int) -> Transfer:
        """Open a volume whose content goes through a stream."""
        raise lacking("storage pool doesn't support volume download")


class Transfer(ABC):
    """A volume opened for a stream."""

    @abstractmethod
    async def run(self, stream: Stream) -> None:
        """Move the content; ends with the stream."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the volume; may be called again, and before `run`."""
