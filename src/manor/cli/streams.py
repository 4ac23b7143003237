# SPDX-License-Identifier: Apache-2.0
"""Moving data between a stream and a file, with holes where both know them, and progress."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from manor.client.backend import StreamHole

if TYPE_CHECKING:
    from manor.client.backend import ClientStream

CHUNK = 256 * 1024
"""How much is read and sent at a time, in bytes; the wire splits it further."""

Progress = Callable[[int], None]


def receive(stream: ClientStream, file: IO[bytes], *, sparse: bool, progress: Progress) -> None:
    """Write everything that comes to a file; holes become holes of the file."""
    total = 0
    while True:
        chunk = stream.recv(CHUNK, wait=True, stop_at_hole=sparse)
        if isinstance(chunk, StreamHole):
            length = stream.recv_hole()
            file.truncate(file.seek(length, os.SEEK_CUR))
            total += length
        elif chunk:
            file.write(chunk)
            total += len(chunk)
        else:
            return
        progress(total)


def send(stream: ClientStream, file: IO[bytes], length: int, *, sparse: bool, progress: Progress) -> None:
    """Send a file from its present position, `length` bytes or (0) all of it; holes are sent as such."""
    remaining = length or _rest(file)
    unbounded = remaining is None
    total = 0
    while unbounded or (remaining or 0) > 0:
        limit = CHUNK if remaining is None else min(CHUNK, remaining)
        hole = _hole_ahead(file, remaining) if sparse else 0
        if hole:
            stream.send_hole(hole)
            file.seek(hole, os.SEEK_CUR)
            moved = hole
        else:
            data = file.read(_data_ahead(file, limit) if sparse else limit)
            if not data:
                return
            _send_all(stream, data)
            moved = len(data)
        total += moved
        remaining = None if remaining is None else remaining - moved
        progress(total)


def _rest(file: IO[bytes]) -> int | None:
    """How much of a file is left; None for pipes and devices that cannot tell."""
    if not file.seekable():
        return None
    here = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(here)
    return end - here


def _send_all(stream: ClientStream, data: bytes) -> None:
    view = memoryview(data)
    while view:
        taken = stream.send(bytes(view), wait=True)
        view = view[taken or 0 :]


def _hole_ahead(file: IO[bytes], remaining: int | None) -> int:
    """The length of the hole at the present position, 0 where there is data."""
    here = file.tell()
    try:
        start = os.lseek(file.fileno(), here, os.SEEK_DATA)
    except OSError:
        # No data until the end of the file.
        start = os.fstat(file.fileno()).st_size
    file.seek(here)
    length = start - here
    return length if remaining is None else min(length, remaining)


def _data_ahead(file: IO[bytes], limit: int) -> int:
    """How much data there is before the next hole, at most `limit`."""
    here = file.tell()
    end = os.lseek(file.fileno(), here, os.SEEK_HOLE)
    file.seek(here)
    return max(1, min(limit, end - here))
