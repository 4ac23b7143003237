# SPDX-License-Identifier: Apache-2.0
"""The interactive shell: a prompt, completion, and a history that outlives it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from manor.cli.candidates import complete
from manor.cli.failure import CommandFailed, Leave, SyntaxFailed
from manor.cli.grammar import parse, split
from manor.cli.index import find, suggest
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.shell import Shell

WELCOME = """Welcome to manor, the virtualization interactive terminal.

Type:  'help' for help with commands
       'quit' to quit
"""
DEFAULT_HISTORY = 500
MOST_HISTORY = 2**31 - 1


def converse(shell: Shell) -> bool:
    """Read and run commands until the user leaves; false if there was no connection to begin with."""
    shell.interactive = True
    if not _first_connection(shell):
        return False
    shell.out.note(WELCOME)
    shell.out.stream.flush()
    line_editor = LineEditor(shell)
    try:
        while True:
            try:
                line = input(prompt(shell))
            except KeyboardInterrupt:
                # A line thought better of; the next one starts afresh.
                shell.out.line()
                continue
            except EOFError:
                shell.out.line()
                return True
            _run(shell, line)
    except Leave:
        return True
    finally:
        line_editor.save()
        shell.disconnect()


def _first_connection(shell: Shell) -> bool:
    """Connect if a URI was named; otherwise failing is no reason not to start."""
    try:
        shell.connect()
    except ManorError as failure:
        shell.error(failure.message)
        return not shell.settings.uri
    except CommandFailed as failure:
        for message in failure.messages:
            shell.error(message)
        return False
    return True


def prompt(shell: Shell) -> str:
    """Ends with # for those who may change things, with > for those who may not."""
    mark = ">" if shell.settings.readonly else "#"
    return f"manor {mark} "


def _run(shell: Shell, line: str) -> None:
    try:
        shell.run(parse(split(line), find, suggest))
    except SyntaxFailed as failure:
        for message in failure.messages:
            shell.error(message)
        if failure.hint:
            shell.hint(f"did you mean '{failure.hint}'?")
    finally:
        shell.out.stream.flush()


def history_size() -> int:
    """How many lines to remember: MANOR_HISTSIZE, or virsh's VIRSH_HISTSIZE."""
    text = os.environ.get("MANOR_HISTSIZE") or os.environ.get("VIRSH_HISTSIZE")
    if not text:
        return DEFAULT_HISTORY
    if text.isdigit() and int(text) <= MOST_HISTORY:
        return int(text)
    sys.stderr.write("error: Bad $VIRSH_HISTSIZE value.\n")
    return DEFAULT_HISTORY


def history_path() -> Path:
    """Where lines are remembered."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "manor" / "history"


class LineEditor:
    """Completion and history, where the terminal and Python have them."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._candidates: list[str] = []
        try:
            import readline
        except ImportError:
            self._readline = None
            return
        self._readline = readline
        self._path = history_path()
        readline.set_completer(self._complete)
        readline.set_completer_delims(" \t\n;")
        readline.parse_and_bind("tab: complete")
        readline.set_history_length(history_size())
        with suppress(OSError):
            readline.read_history_file(str(self._path))

    def _complete(self, text: str, number: int) -> str | None:
        if number == 0:
            self._candidates = self._find(text)
        return self._candidates[number] if number < len(self._candidates) else None

    def _find(self, text: str) -> list[str]:
        if self._readline is None:
            return []
        before = self._readline.get_line_buffer()[: self._readline.get_begidx()]
        words: list[str] = []
        try:
            for word in split(before):
                words = [] if word is None else [*words, word]
        except SyntaxFailed:
            return []
        found = complete(self._shell, words, text)
        # A single answer is finished, unless it is a folder that one goes on into.
        return [f"{found[0]} "] if len(found) == 1 and not found[0].endswith("/") else found

    def save(self) -> None:
        """Write the history down, for nobody else to read."""
        if self._readline is None:
            return
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            self._readline.write_history_file(str(self._path))
