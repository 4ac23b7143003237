# SPDX-License-Identifier: Apache-2.0
"""A scripted daemon in a thread, for what a real one cannot be made to do: silence, disorder, broken frames.

It speaks through the project's own tables; that those are right is for the tests against a real libvirtd to show.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from manor.errors import ManorError
from manor.wire import programs
from manor.wire.calls import CONNECTION_LAYER, call_of
from manor.wire.events import codec_for
from manor.wire.frame import ERROR, MESSAGE, OK, REPLY, REPLY_WITH_FDS, Framer, Packet, frame
from manor.wire.programs import Procedure
from manor.wire.remote_error import encode_error

Handler = Callable[..., Any]


class Later:
    """What a handler returns that answers later, with `ScriptedPeer.reply`."""


LATER = Later()


class ScriptedPeer:
    """Listens at `path` and answers calls with `handlers`, by procedure name.

    A handler of the connection layer gets and returns wire values, one of an operation the catalogue's; a handler may
    raise ManorError. `calls` are the packets received, `stream` receives stream packets.
    """

    def __init__(self, path: Path, **handlers: Handler) -> None:
        self.path = path
        self.handlers: dict[str, Handler] = {
            "auth_list": lambda: ([0],),
            "connect_open": lambda name, flags: (),
            "connect_close": lambda: (),
            "connect_register_close_callback": lambda: (),
            "connect_supports_feature": lambda feature: 1,
            "connect_domain_event_callback_register_any": lambda event_id, dom: (event_id,),
            "connect_domain_event_callback_deregister_any": lambda callback_id: (),
            **handlers,
        }
        self.calls: list[Packet] = []
        self.on_stream: Callable[[Packet], None] = lambda packet: None
        self.answers_pings = True
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.sock = socket.socket()

    @property
    def names(self) -> list[str]:
        """The names of the procedures called."""
        return [procedure_of(packet).name for packet in self.calls]

    def __enter__(self) -> ScriptedPeer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        self._thread.join()

    def hang_up(self) -> None:
        """End the connection that is served."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                self.sock, _ = self._listener.accept()
            except OSError:
                return
            with self.sock:
                self._converse()

    def _converse(self) -> None:
        framer = Framer()
        while True:
            try:
                data = self.sock.recv(65536)
            except OSError:
                return
            if not data:
                return
            for packet in framer.receive(data):
                self._take(packet)

    def _take(self, packet: Packet) -> None:
        if packet.program == programs.KEEPALIVE.number:
            if self.answers_pings:
                self.send(frame(packet.program, 1, 2, MESSAGE, 0, OK))
            return
        if packet.type not in (0, 4):
            self.on_stream(packet)
            return
        self.calls.append(packet)
        procedure = procedure_of(packet)
        handler = self.handlers[procedure.name]
        layer = procedure.name in CONNECTION_LAYER
        args, raw = (
            (procedure.args.decode(packet.payload),) * 2 if layer else call_of(procedure).decode_args(packet.payload)
        )
        try:
            result = handler(*args)
        except ManorError as error:
            self.fail(packet, error)
            return
        if result is LATER:
            return
        payload, _ = (procedure.ret.encode(result), ()) if layer else call_of(procedure).encode_ret(result, raw)
        self.reply(packet, payload)

    def send(self, data: bytes) -> None:
        """Send any bytes."""
        with contextlib.suppress(OSError):
            self.sock.sendall(data)

    def reply(self, packet: Packet, payload: bytes = b"", *, fds: tuple[int, ...] = ()) -> None:
        """Answer a call."""
        kind = REPLY_WITH_FDS if fds else REPLY
        self.send(
            frame(packet.program, packet.version, packet.procedure, kind, packet.serial, OK, payload, fds=len(fds))
        )
        for fd in fds:
            socket.send_fds(self.sock, [b"\0"], [fd])

    def fail(self, packet: Packet, error: ManorError) -> None:
        """Answer a call with an error."""
        self.send(
            frame(packet.program, packet.version, packet.procedure, REPLY, packet.serial, ERROR, encode_error(error))
        )

    def event(self, record: Any, callback_id: int | None) -> None:
        """Send an event."""
        self.send(event_frame(record, callback_id))


def event_frame(record: Any, callback_id: int | None) -> bytes:
    """The bytes of an event."""
    codec = codec_for(type(record), callback_id=callback_id is not None)
    program = codec.procedure.program
    payload = codec.encode(record, callback_id)
    return frame(program.number, program.version, codec.procedure.number, MESSAGE, 0, OK, payload)


def procedure_of(packet: Packet) -> Procedure:
    """The procedure a packet names."""
    procedure = programs.PROGRAMS[packet.program].find(packet.procedure)
    assert procedure is not None
    return procedure
