# SPDX-License-Identifier: Apache-2.0
"""A data stream of the blocking shell: its connection does the sending, receiving and waiting."""

from __future__ import annotations

from manor.client.backend import StreamHole
from manor.client.stream_end import StreamEnd
from manor.constants import StreamEventType
from manor.wire.frame import STREAM_CHUNK
from manor.wire.stream import ClientStreamCore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from manor.client.blocking import BlockingBackend


class BlockingStream(StreamEnd):
    """A `manor.client.backend.ClientStream` over a daemon's connection."""

    def __init__(self, backend: BlockingBackend) -> None:
        super().__init__()
        self._backend = backend

    def send(self, data: bytes, *, wait: bool) -> int | None:
        """Send up to one packet of `data`."""
        backend = self._backend
        with backend.held():
            core = self._open_core()
            if backend.backlog_full:
                if not wait:
                    return None
                backend.wait_until(lambda: core.error is not None or not backend.backlog_full)
                core = self._open_core()
            backend.push(core.data(data))
        return min(len(data), STREAM_CHUNK)

    def send_hole(self, length: int) -> None:
        """Send a hole."""
        with self._backend.held():
            self._backend.push(self._open_core().send_hole(length))

    def recv(self, size: int, *, wait: bool, stop_at_hole: bool = False) -> bytes | StreamHole | None:
        """Take up to `size` bytes of what has come."""
        with self._backend.held():
            core = self._open_core()
            if not core.incoming and not core.ended:
                if not wait:
                    return None
                self._backend.wait_until(lambda: bool(core.incoming) or core.ended)
            if core.incoming:
                length = core.hole()
                if length and stop_at_hole:
                    return StreamHole(length)
                return core.take(size)
            if core.error is not None:
                raise core.error
            return b""

    def recv_hole(self) -> int:
        """Take the hole in front."""
        with self._backend.held():
            return self._open_core().take_hole()

    def finish(self) -> None:
        """End the stream well and wait for the daemon's agreement."""
        self._end(ClientStreamCore.finish)
        if self._core is not None and self._core.error is not None:
            raise self._core.error

    def abort(self) -> None:
        """End the stream badly; what the daemon says to that does not matter any more."""
        self._end(ClientStreamCore.abort)

    def _end(self, how: Callable[[ClientStreamCore], bytes]) -> None:
        with self._backend.held():
            core = self._open_core()
            self._closed = True
            if not core.over:
                self._backend.push(how(core))
                self._backend.wait_until(lambda: core.over)

    def ready(self) -> StreamEventType:
        """What would not wait now."""
        core, events = self._core, StreamEventType(0)
        if core is None:
            return events
        if core.incoming or core.ended:
            events |= StreamEventType.READABLE
        if not core.over and not self._closed and not self._backend.backlog_full:
            events |= StreamEventType.WRITABLE
        if core.error is not None:
            events |= StreamEventType.ERROR
        if core.over:
            events |= StreamEventType.HANGUP
        return events
