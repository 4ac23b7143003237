# SPDX-License-Identifier: Apache-2.0
"""Reading from a descriptor until something expected arrives: consoles, and lines of JSON."""

import json
import os
import re
import select
import socket
import time
from typing import Any


class ChannelTimeoutError(AssertionError):
    """What was waited for did not come; the text holds what came instead."""


class Channel:
    """A byte channel to a guest or to QEMU, over a connected socket or a terminal's descriptor."""

    def __init__(self, channel: socket.socket | int) -> None:
        self._owner = channel if isinstance(channel, socket.socket) else None
        self._fd = channel.fileno() if isinstance(channel, socket.socket) else channel
        self._pending = b""
        self.transcript = b""
        """Everything read so far."""

    def close(self) -> None:
        """Close the descriptor."""
        if self._owner is not None:
            self._owner.close()
        else:
            os.close(self._fd)

    def send(self, data: bytes) -> None:
        """Write all of these bytes."""
        while data:
            data = data[os.write(self._fd, data) :]

    def expect(self, pattern: str | bytes, timeout: float = 60.0) -> re.Match[bytes]:
        """Read until the regular expression matches; what precedes the end of the match is consumed."""
        compiled = re.compile(pattern.encode() if isinstance(pattern, str) else pattern, re.MULTILINE)
        deadline = time.monotonic() + timeout
        while (match := compiled.search(self._pending)) is None:
            self._pending += self._read(deadline, f"{compiled.pattern!r}")
        self._pending = self._pending[match.end() :]
        return match

    def run(self, command: str, prompt: str, timeout: float = 60.0) -> str:
        """Type a shell command and return what it printed before the next prompt."""
        self.send(command.encode() + b"\n")
        # The terminal echoes the command first; a narrow one may wrap it, so only its end is awaited.
        self.expect(r"\r?\n", timeout)
        output = self.expect(rb"(?s)(.*?)" + re.escape(prompt.encode()), timeout)
        return output.group(1).decode(errors="replace").replace("\r\n", "\n")

    def json_line(self, timeout: float = 60.0) -> dict[str, Any]:
        """The next line, as JSON."""
        line = self.expect(rb"([^\n]*)\n", timeout).group(1)
        value = json.loads(line.strip().lstrip(b"\xff"))
        assert isinstance(value, dict)
        return value

    def at_end(self, timeout: float = 60.0) -> bytes:
        """Read to the end of the channel and return what was left."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self._pending += self._read(deadline, "the end")
            except EOFError:
                return self._pending

    def _read(self, deadline: float, awaited: str) -> bytes:
        remaining = max(0.0, deadline - time.monotonic())
        if not select.select([self._fd], [], [], remaining)[0]:
            raise ChannelTimeoutError(f"no {awaited}; got so far: {self.transcript[-2000:]!r}")
        data = os.read(self._fd, 65536)
        if not data:
            raise EOFError(f"the channel ended before {awaited}; got: {self.transcript[-2000:]!r}")
        self.transcript += data
        return data
