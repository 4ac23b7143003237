# SPDX-License-Identifier: Apache-2.0
"""The daemon's end of a data stream: between a driver's transfer and the client's packets.

Both directions are bounded. A client that does not read makes `write` wait; a driver that does not read makes the
connection's input wait (`Peer.watch_input`), which is the only flow control the protocol has.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any, Protocol

from manor.client.outgoing import Outgoing
from manor.drivers.interface import Hole, Stream
from manor.drivers.interface.stream import Transfer
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.wire.errors import DecodeError
from manor.wire.frame import (
    CONTINUE,
    ERROR,
    OK,
    STREAM,
    STREAM_CHUNK,
    STREAM_HOLE,
    Packet,
    hole_payload,
    procedure_frame,
    read_hole,
)
from manor.wire.programs import Procedure
from manor.wire.remote_error import encode_error

_error = reporter(ErrorDomain.RPC)
_log = logging.getLogger(__name__)

_HOLE_WEIGHT = 64


class Carrier(Protocol):
    """What a stream needs of its connection."""

    streams: dict[int, ServerStream]
    outgoing: Outgoing
    closed: bool

    def watch_input(self) -> None:
        """How much waits in a stream has changed."""

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """A task that has to be over before the connection's end is."""


class ServerStream(Stream):
    """One stream, opened by the call `serial`. `waiting` is what the driver has not read yet, in bytes."""

    def __init__(self, carrier: Carrier, procedure: Procedure, serial: int) -> None:
        self.waiting = 0
        self._carrier = carrier
        self._procedure = procedure
        self._serial = serial
        self._incoming: deque[bytes | Hole] = deque()
        self._arrival: asyncio.Future[None] | None = None
        self._transfer: Transfer = _nothing
        self._task: asyncio.Task[None] | None = None
        self._finished = False
        self._aborted = False
        self._ended = False

    # The driver's side

    def serve(self, transfer: Transfer) -> None:
        """Have `transfer(self)` run once the call was answered."""
        self._transfer = transfer

    async def read(self) -> bytes | Hole | None:
        """What the client sent next, None once it has finished."""
        while not self._incoming:
            if self._finished:
                return None
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        item = self._incoming.popleft()
        self.waiting -= _weight(item)
        self._carrier.watch_input()
        return item

    async def write(self, data: bytes) -> None:
        """Send data, waiting while the client does not read."""
        for start in range(0, len(data), STREAM_CHUNK):
            chunk = data if len(data) <= STREAM_CHUNK else data[start : start + STREAM_CHUNK]
            await self._send(STREAM, bytes(chunk))

    async def write_hole(self, length: int) -> None:
        """Send a hole."""
        await self._send(STREAM_HOLE, hole_payload(length))

    async def _send(self, kind: int, payload: bytes) -> None:
        if self._carrier.closed:
            raise asyncio.CancelledError
        # Data of no length would be the end of the stream.
        if payload:
            self._push(kind, CONTINUE, payload)
            await self._carrier.outgoing.room()
            # A client that reads as fast as we write must not have the loop to itself.
            await asyncio.sleep(0)

    # The connection's side

    def begin(self) -> None:
        """The call was answered: data may flow."""
        self._carrier.streams[self._serial] = self
        self._task = asyncio.get_running_loop().create_task(
            self._run(), name=f"stream {self._serial} of {self._procedure.name}"
        )
        self._task.add_done_callback(self._over)
        self._carrier.adopt(self._task)

    async def _run(self) -> None:
        await self._transfer(self)

    def receive(self, packet: Packet) -> None:
        """Take a packet of this stream."""
        if packet.status == CONTINUE:
            self._data(packet)
        elif packet.status == OK:
            self._finish()
        else:
            self._abort()

    def _data(self, packet: Packet) -> None:
        if self._finished or self._ended:
            return
        try:
            item = Hole(read_hole(packet.payload)) if packet.type == STREAM_HOLE else packet.payload
        except DecodeError:
            self._fail(_error(ErrorNumber.RPC, "Unable to decode message payload"))
            return
        if item:
            self._incoming.append(item)
            self.waiting += _weight(item)
            self._wake()

    def _finish(self) -> None:
        """The client sends and reads no more."""
        self._finished = True
        self._wake()
        if self._ended:
            self._confirm()
        elif self._procedure.stream == "read" and self._task is not None:
            # Nobody reads what is still to come.
            self._task.cancel()

    def _abort(self) -> None:
        self._aborted = True
        if self._ended or self._task is None:
            self._confirm()
        else:
            self._task.cancel()

    def abandon(self) -> None:
        """The connection is gone."""
        self._aborted = True
        self._clear()
        if self._task is not None:
            self._task.cancel()

    def _over(self, task: asyncio.Task[None]) -> None:
        """The transfer is over."""
        self._ended = True
        self._clear()
        failure = None if task.cancelled() else task.exception()
        if self._carrier.closed or self._serial not in self._carrier.streams:
            return
        if failure is not None and not self._aborted:
            self._fail(failure)
        elif self._finished or self._aborted or task.cancelled():
            self._confirm()
        elif self._procedure.stream == "read":
            self._push(STREAM, CONTINUE)

    def _fail(self, failure: BaseException) -> None:
        if not isinstance(failure, ManorError):
            _log.error("a stream of %s failed unexpectedly", self._procedure.name, exc_info=failure)
            failure = _error(ErrorNumber.INTERNAL_ERROR, f"stream failed unexpectedly: {failure}")
        self._drop()
        self._push(STREAM, ERROR, encode_error(failure))
        if self._task is not None:
            self._task.cancel()

    def _confirm(self) -> None:
        """Agree to the end."""
        self._drop()
        self._push(STREAM, OK)

    def _drop(self) -> None:
        self._carrier.streams.pop(self._serial, None)
        self._clear()

    def _clear(self) -> None:
        self._incoming.clear()
        self.waiting = 0
        self._carrier.watch_input()

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _push(self, kind: int, status: int, payload: bytes = b"") -> None:
        self._carrier.outgoing.push(procedure_frame(self._procedure, kind, self._serial, status, payload))


async def _nothing(stream: Stream) -> None:
    """The transfer of an operation that asked for none."""


def _weight(item: Any) -> int:
    # A hole weighs a little, or an endless row of holes would never fill anything.
    return _HOLE_WEIGHT if isinstance(item, Hole) else len(item)
