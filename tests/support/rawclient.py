# SPDX-License-Identifier: Apache-2.0
"""A client without manners, for what no library would send: single frames, out of order, broken, or none at all.

It speaks through the project's own tables, which other tests hold against stock clients and daemons.
"""

from __future__ import annotations

import array
import contextlib
import socket
from pathlib import Path
from typing import Any, NamedTuple

from manor.errors import ErrorFields
from manor.wire.frame import (
    CALL,
    CALL_WITH_FDS,
    CONTINUE,
    ERROR,
    HEADER,
    OK,
    REPLY,
    STREAM,
    STREAM_HOLE,
    Framer,
    Packet,
    frame,
    hole_payload,
)
from manor.wire.keepalive import keepalive_frame
from manor.wire.programs import ADMIN, HYPERVISOR, PROGRAMS, Procedure
from manor.wire.remote_error import decode_error


class Closed(Exception):
    """The peer has hung up."""


class Raw(NamedTuple):
    """One packet from the daemon; `error` is what a packet of status ERROR carries."""

    packet: Packet
    error: ErrorFields | None

    @property
    def what(self) -> tuple[int, int, int, int, int]:
        """The header without the program and its version: procedure, type, serial, status, length of the payload."""
        return (*self.packet[2:6], len(self.packet.payload))


def named(name: str) -> Procedure:
    """A procedure by its name; `admin:` in front means the admin program."""
    if name.startswith("admin:"):
        found = ADMIN.named(name.removeprefix("admin:"))
    else:
        found = next((procedure for program in HYPERVISOR if (procedure := program.named(name))), None)
    assert found is not None, name
    return found


class RawClient:
    """A connection to the socket at `path` on which nothing has been said yet."""

    def __init__(self, path: Path | str, *, timeout: float = 30.0) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(str(path))
        self.serial = 0
        self._framer = Framer()
        self._packets: list[Packet] = []

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self.sock.close()

    # Sending

    def send(self, data: bytes) -> None:
        """Send any bytes; a peer that has hung up is no failure here."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.sock.sendall(data)

    def post(self, name: str, *values: Any, payload: bytes | None = None, fds: tuple[int, ...] = ()) -> int:
        """Send a call without waiting for its answer; gives its serial."""
        self.serial += 1
        procedure = named(name)
        if payload is None:
            payload = procedure.args.encode(values)
        kind = CALL_WITH_FDS if fds else CALL
        number, version = procedure.program.number, procedure.program.version
        self.send(frame(number, version, procedure.number, kind, self.serial, OK, payload, len(fds)))
        for fd in fds:
            socket.send_fds(self.sock, [b"\0"], [fd])
        return self.serial

    def stream(self, name: str, serial: int, data: bytes = b"", *, status: int = CONTINUE) -> None:
        """Send a packet of the stream that a call opened."""
        procedure = named(name)
        self.send(frame(procedure.program.number, 1, procedure.number, STREAM, serial, status, data))

    def hole(self, name: str, serial: int, length: int) -> None:
        """Send a hole."""
        procedure = named(name)
        payload = hole_payload(length)
        self.send(frame(procedure.program.number, 1, procedure.number, STREAM_HOLE, serial, CONTINUE, payload))

    def odd(self, program: int, version: int, procedure: int, kind: int, status: int, payload: bytes = b"") -> Raw:
        """Send a frame with any header, and wait for what comes."""
        self.serial += 1
        head = HEADER.pack(HEADER.size + len(payload), program, version, procedure, kind, self.serial, status)
        self.send(head + payload)
        return self.receive()

    def ping(self, number: int = 1) -> None:
        """Send a keepalive message."""
        self.send(keepalive_frame(number))

    # Receiving

    def receive(self) -> Raw:
        """The next packet. Raises Closed at the end, TimeoutError where nothing comes."""
        while not self._packets:
            try:
                data, ancillary, _, _ = self.sock.recvmsg(1 << 20, socket.CMSG_SPACE(32 * 4))
            except ConnectionResetError:
                raise Closed from None
            if not data:
                raise Closed
            fds = array.array("i")
            for _, _, content in ancillary:
                fds.frombytes(content)
            self._packets = self._framer.receive(data, fds)
        packet = self._packets.pop(0)
        error = decode_error(packet.payload).fields() if packet.status == ERROR else None
        return Raw(packet, error)

    def is_closed(self) -> bool:
        """Whether the peer hangs up without another word."""
        try:
            self.receive()
        except Closed:
            return True
        return False

    def is_silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for a while, not even the end."""
        before = self.sock.gettimeout()
        self.sock.settimeout(seconds)
        try:
            self.receive()
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(before)
        return False

    def call(self, name: str, *values: Any, payload: bytes | None = None) -> Raw:
        """A call and its answer; events and the like that come before it are dropped."""
        serial = self.post(name, *values, payload=payload)
        while True:
            raw = self.receive()
            if raw.packet.serial == serial and raw.packet.type >= REPLY:
                return raw

    def ask(self, name: str, *values: Any) -> tuple[Any, ...]:
        """The values of a good answer."""
        raw = self.call(name, *values)
        assert raw.error is None, raw.error
        return named(name).ret.decode(raw.packet.payload)

    def open(self, uri: str | None = "test:///default", flags: int = 0) -> RawClient:
        """Say what a library says first."""
        self.ask("auth_list")
        self.ask("connect_open", uri, flags)
        return self


def program_name(packet: Packet) -> str:
    """What a packet's program is called."""
    return PROGRAMS[packet.program].name
