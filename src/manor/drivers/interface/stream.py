# SPDX-License-Identifier: Apache-2.0
"""The data stream of an operation, as a driver sees it.

An operation with a `stream` argument does its checks, calls `stream.serve(transfer)` and returns; the face answers the
call and then runs the transfer. `transfer` reads what the client sends and writes what it shall receive; when it
returns the stream ends well, when it raises the client gets the error, when the client aborts it is cancelled.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hole:
    """A run of zeros that is not transferred; length in bytes."""

    length: int


Transfer = Callable[["Stream"], Awaitable[None]]


class Stream(ABC):
    """The driver's end of a stream. Both directions are bounded: a slow peer makes `write` wait."""

    @abstractmethod
    def serve(self, transfer: Transfer) -> None:
        """Start `transfer(self)` once the operation has returned well; it is dropped if the operation fails."""

    @abstractmethod
    async def read(self) -> bytes | Hole | None:
        """The next chunk from the client, which may be any buffer of bytes; None once it has finished.

        Raises ManorError when the client aborts.
        """

    @abstractmethod
    async def write(self, data: bytes) -> None:
        """Send a chunk to the client, waiting while it is not reading."""

    @abstractmethod
    async def write_hole(self, length: int) -> None:
        """Send a hole of `length` bytes; only where the client asked for a sparse stream."""
