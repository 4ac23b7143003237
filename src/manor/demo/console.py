# SPDX-License-Identifier: Apache-2.0
"""Talking to a guest's shell over its serial console."""

import re
from collections.abc import Callable

from manor.api import DataStream

# Cursor movements and the like: what a shell sends to a terminal besides text.
_CONTROL = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Za-z0-9]|[A-Za-z])")


class ConsoleEndedError(Exception):
    """The guest ended, or its console, before it said what was waited for."""


class GuestConsole:
    """A console stream, read by lines; every complete line is shown through `show`."""

    def __init__(self, stream: DataStream, show: Callable[[str], None]) -> None:
        self._stream = stream
        self._show = show
        self._pending = ""

    async def until_line(self, start: str) -> str:
        """Read on until a line that starts so, and return it. Raises ConsoleEndedError."""
        while True:
            line = await self._line()
            self._show(line)
            if line.startswith(start):
                return line

    async def run(self, command: str, prompt: str) -> None:
        """Type a command at the prompt and read on to the next prompt; what the command prints is shown."""
        await self._until(prompt)
        await self._stream.write(command.encode() + b"\n")
        # The shell shows what was typed.
        await self._line()
        output = await self._until(prompt)
        self._pending = prompt
        for line in output.splitlines():
            self._show(line)

    async def _until(self, text: str) -> str:
        while text not in self._pending:
            await self._more()
        before, _, self._pending = self._pending.partition(text)
        return before

    async def _line(self) -> str:
        return (await self._until("\n")).rstrip("\r")

    async def _more(self) -> None:
        data = await self._stream.read()
        if not isinstance(data, bytes):
            raise ConsoleEndedError("the guest's console ended too early")
        self._pending = _CONTROL.sub("", self._pending + data.decode(errors="replace")).replace("\r\n", "\n")
