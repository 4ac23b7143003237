# SPDX-License-Identifier: Apache-2.0
"""The terminal as a guest's console: raw mode, both directions at once, and the escape character that leaves it."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from typing import TYPE_CHECKING

from manor.cli.events import EventQueue
from manor.cli.failure import CommandFailed
from manor.constants import DomainState
from manor.errors import ManorError

if TYPE_CHECKING:
    from types import FrameType

    from manor.cli.shell import Shell
    from manor.client.backend import ClientStream
    from manor.records import DomainRef

CHUNK = 64 * 1024
BACKLOG = 1024 * 1024
"""How much of the keyboard's input may wait for a guest that does not read, in bytes."""


def escape_byte(text: str) -> int:
    """The byte of an escape character such as `^]` or `x`."""
    if len(text) == 2 and text[0] == "^":
        return ord(text[1].upper()) & 0x1F
    return ord(text) & 0xFF


def attach(shell: Shell, dom: DomainRef, device: str | None, flags: int, *, resume: bool = False) -> None:
    """Connect the terminal with a console of a domain until either side has enough.

    `resume` lets a paused domain run once nothing of its output can be missed. Raises CommandFailed.
    """
    if not sys.stdin.isatty():
        raise CommandFailed("Cannot run interactive console without a controlling TTY")
    if shell.call("domain_get_state", dom, 0).state == DomainState.SHUTOFF:
        raise CommandFailed("The domain is not running")
    escape = shell.settings.escape
    shell.out.note(f"Connected to domain '{dom.name}'")
    hint = f" (Ctrl + {escape[1]})" if len(escape) == 2 else ""
    shell.out.note(f"Escape character is {escape}{hint}")
    shell.out.stream.flush()
    stream = shell.backend.new_stream()
    shell.call("domain_open_console", dom, device, flags, stream)
    if resume:
        shell.call("domain_resume", dom)
    with RawTerminal(sys.stdin.fileno()), EventQueue(shell.backend) as queue:
        ConsoleSession(stream, queue, escape_byte(escape)).run()


class RawTerminal:
    """Keys go through as they are until the end of the `with` block, whatever ends it."""

    SIGNALS = (signal.SIGQUIT, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> None:
        self._before = termios.tcgetattr(self._descriptor)
        self._handlers = [(number, signal.signal(number, self._end)) for number in self.SIGNALS]
        tty.setraw(self._descriptor)

    def __exit__(self, *exception: object) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, self._before)
        for number, handler in self._handlers:
            signal.signal(number, handler)

    @staticmethod
    def _end(number: int, frame: FrameType | None) -> None:
        raise CommandFailed()


class ConsoleSession:
    """Moves bytes between the terminal and the stream of a console."""

    def __init__(self, stream: ClientStream, queue: EventQueue, escape: int) -> None:
        self._stream = stream
        self._queue = queue
        self._escape = escape
        self._to_guest = bytearray()
        self._input = sys.stdin.fileno()
        self._output = sys.stdout.fileno()

    def run(self) -> None:
        """Go on until the escape character, or until the guest's side ends."""
        try:
            while self._receive() and self._send_pending():
                readable = self._queue.wait_for_input([self._input] if len(self._to_guest) < BACKLOG else [])
                if self._input in readable and not self._read_keys():
                    break
        finally:
            self._leave()

    def _receive(self) -> bool:
        """Write what the guest has written; false at the end."""
        while True:
            data = self._stream.recv(CHUNK, wait=False)
            if data is None:
                return True
            if not data:
                return False
            _write_all(self._output, bytes(data))

    def _read_keys(self) -> bool:
        """Take what was typed; false when it is time to go."""
        typed = os.read(self._input, 4096)
        if not typed:
            return False
        position = typed.find(self._escape)
        if position >= 0:
            self._to_guest += typed[:position]
            self._send_pending()
            return False
        self._to_guest += typed
        return True

    def _send_pending(self) -> bool:
        while self._to_guest:
            taken = self._stream.send(bytes(self._to_guest), wait=False)
            if taken is None:
                break
            del self._to_guest[:taken]
        return True

    def _leave(self) -> None:
        try:
            self._stream.abort()
        except ManorError:
            # The guest's side may have ended it already.
            return


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
