# SPDX-License-Identifier: Apache-2.0
"""A stream socket in the event loop, for QEMU's monitor and for the guest agent.

Sends at once where the kernel takes it, passes descriptors, and reports loss once. Smaller and faster than
asyncio's transports, which cannot send descriptors. What the bytes mean is their protocol's business.
"""

from __future__ import annotations

import array
import asyncio
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

_CHUNK: Final = 65536
_CHUNKS_PER_TURN: Final = 16
"""Reads in a row before other sockets get their turn: 1 MiB."""


class QmpSocket:
    """Owns a connected, non-blocking socket; everything happens in the loop that made it."""

    __slots__ = ("_loop", "_on_data", "_on_lost", "_paused", "_queue", "_sock")

    def __init__(
        self,
        sock: socket.socket,
        on_data: Callable[[bytes], None],
        on_lost: Callable[[OSError | None], None],
    ) -> None:
        """Begin to read. ``on_lost`` gets None for the end of the stream; it is not called after `close`."""
        self._sock = sock
        self._on_data = on_data
        self._on_lost = on_lost
        self._queue: deque[tuple[memoryview, Sequence[int]]] = deque()
        self._paused = False
        self._loop = asyncio.get_running_loop()
        sock.setblocking(False)
        self._loop.add_reader(sock.fileno(), self._read)

    @property
    def closed(self) -> bool:
        return self._sock.fileno() < 0

    def send(self, data: bytes, fds: Sequence[int] = ()) -> None:
        """Send after what is queued; ``fds`` travel with the first byte and must stay open until then."""
        if self.closed:
            return
        waiting = bool(self._queue)
        self._queue.append((memoryview(data), fds))
        if not waiting:
            self._write()
            if self._queue and not self.closed:
                self._loop.add_writer(self._sock.fileno(), self._write_more)

    def pause(self) -> None:
        """Stop reading; the peer blocks once the kernel's buffer is full, and its end goes unnoticed."""
        if not self.closed and not self._paused:
            self._loop.remove_reader(self._sock.fileno())
            self._paused = True

    def resume(self) -> None:
        """Read again."""
        if not self.closed and self._paused:
            self._loop.add_reader(self._sock.fileno(), self._read)
            self._paused = False

    def close(self) -> None:
        """Close now; what was not sent is dropped. May be called again."""
        if not self.closed:
            self._loop.remove_reader(self._sock.fileno())
            self._loop.remove_writer(self._sock.fileno())
            self._sock.close()
        self._queue.clear()

    def _read(self) -> None:
        for _ in range(_CHUNKS_PER_TURN):
            try:
                data = self._sock.recv(_CHUNK)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as exc:
                self._lose(exc)
                return
            if not data:
                self._lose(None)
                return
            self._on_data(data)
            if len(data) < _CHUNK or self._paused or self.closed:
                return

    def _write(self) -> None:
        while self._queue:
            data, fds = self._queue[0]
            try:
                sent = self._sendmsg(data, fds)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as exc:
                # What the peer said before it went is still to be read; reading then finds the end.
                if isinstance(exc, BrokenPipeError | ConnectionResetError):
                    self._queue.clear()
                else:
                    self._lose(exc)
                return
            if sent == len(data):
                self._queue.popleft()
            else:
                self._queue[0] = (data[sent:], ())

    def _write_more(self) -> None:
        self._write()
        if not self._queue and not self.closed:
            self._loop.remove_writer(self._sock.fileno())

    def _sendmsg(self, data: memoryview, fds: Sequence[int]) -> int:
        if not fds:
            return self._sock.send(data)
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))
        return self._sock.sendmsg([data], [rights])

    def _lose(self, exc: OSError | None) -> None:
        if not self.closed:
            self.close()
            self._on_lost(exc)
