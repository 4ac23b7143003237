# SPDX-License-Identifier: Apache-2.0
"""How a command ends badly."""

from __future__ import annotations


class CommandFailed(Exception):  # noqa: N818 - an outcome of a command, named as one
    """The command failed for a reason of its own; each message is printed after `error: `."""

    def __init__(self, *messages: str, status: int = 1) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages
        self.status = status


class SyntaxFailed(Exception):  # noqa: N818
    """A command line that cannot be understood; nothing of it runs. `hint` is a suggestion."""

    def __init__(self, *messages: str, hint: str | None = None) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages
        self.hint = hint


class Leave(Exception):  # noqa: N818
    """The user asked to leave the shell."""
