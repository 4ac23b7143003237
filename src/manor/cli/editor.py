# SPDX-License-Identifier: Apache-2.0
"""Editing a document in the user's editor, and asking what to do when it is refused."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.shell import Shell

DEFAULT_EDITORS = ("sensible-editor", "vi")

ANSWERS = {
    "y": "y - yes, start editor again",
    "n": "n - no, throw away my changes",
    "i": "i - turn off validation and try to redefine again",
    "f": "f - force, try to redefine again",
    "?": "? - print this help",
}


def editor_command() -> list[str]:
    """The user's editor, as an argument list: VISUAL, EDITOR, or what the system has."""
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if chosen:
        return shlex.split(chosen)
    from shutil import which

    return [next((name for name in DEFAULT_EDITORS if which(name)), DEFAULT_EDITORS[-1])]


class Draft:
    """A text in a temporary file that only its owner can read; gone at the end of the `with` block."""

    def __init__(self, text: str, suffix: str = ".xml") -> None:
        descriptor, name = tempfile.mkstemp(prefix="manor", suffix=suffix)  # created with mode 0600
        self.path = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *exception: object) -> None:
        self.path.unlink(missing_ok=True)

    def edit(self) -> str:
        """Have the user change it; returns the new text. Raises CommandFailed if the editor fails."""
        command = [*editor_command(), str(self.path)]
        try:
            status = subprocess.run(command, check=False).returncode
        except OSError as problem:
            raise CommandFailed(f"cannot execute binary {command[0]}: {os.strerror(problem.errno or 0)}") from None
        if status:
            shown = " ".join(command)
            raise CommandFailed(f"internal error: Child process ({shown}) unexpected exit status {status}")
        return self.path.read_bytes().decode("utf-8", "surrogateescape")


def edit_text(text: str, suffix: str = ".txt") -> str:
    """Have the user edit a text once; returns what it became."""
    with Draft(text, suffix) as draft:
        return draft.edit()


def edit_document(
    shell: Shell,
    fetch: Callable[[], str],
    define: Callable[[str], object],
    *,
    relax: Callable[[str], object] | None = None,
) -> bool:
    """Have the user edit a document until it is accepted; false if it was not changed.

    `relax` defines it without validation, where that is possible. Raises CommandFailed if it is given up, and if
    somebody else changed the object meanwhile and the user does not insist.
    """
    before = fetch()
    with Draft(before) as draft:
        accept = define
        while True:
            after = draft.edit()
            if after == before:
                return False
            try:
                if fetch() != before:
                    raise CommandFailed("The XML configuration was changed by another user.")
                accept(after)
            except (ManorError, CommandFailed) as failure:
                conflict = isinstance(failure, CommandFailed)
                answer = _ask(shell, failure, "f" if conflict else "i" if relax is not None else "")
                if answer == "n":
                    raise CommandFailed() from None
                if answer == "i" and relax is not None:
                    accept = relax
                elif answer == "f":
                    accept(after)
                    return True
            else:
                return True


def _ask(shell: Shell, failure: Exception, extra: str) -> str:
    """What to do about a refused document: one letter; without a terminal the answer is no."""
    messages = failure.messages if isinstance(failure, CommandFailed) else (str(failure), "Failed.")
    for message in messages:
        shell.error(message)
    if not sys.stdin.isatty():
        return "n"
    letters = ["y", "n", *extra, "?"]
    while True:
        answer = input(f"Try again? [{','.join(letters)}]: ").strip().lower()[:1]
        if answer == "?" or answer not in letters:
            for letter in letters:
                shell.out.line(ANSWERS[letter])
        else:
            return answer
