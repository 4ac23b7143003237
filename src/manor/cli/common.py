# SPDX-License-Identifier: Apache-2.0
"""What many commands do with their options: collect flags, read a file, act on one object and say so."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.constants import DomainModificationImpact

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell

MAX_FILE = 10 * 1024 * 1024
"""The largest document that is read from a file, in bytes."""

LIVE, CONFIG = int(DomainModificationImpact.LIVE), int(DomainModificationImpact.CONFIG)


def bits(args: Args, table: Mapping[str, int]) -> int:
    """The flags of those options of `table` that were given."""
    return sum(flag for name, flag in table.items() if args.flag(name))


def affect(args: Args) -> int:
    """The virDomainModificationImpact of --live, --config and --current."""
    args.exclusive("current", "live")
    args.exclusive("current", "config")
    return (LIVE if args.flag("live") else 0) | (CONFIG if args.flag("config") else 0)


def absolute(path: str) -> str:
    """A path as the daemon must get it, whose own directory is another one."""
    return path if path.startswith("/") else f"{os.getcwd()}/{path}"  # noqa: PTH109 - pathlib takes its time


def system_reason(problem: OSError) -> str:
    """What the system says of a failure, in the C library's words."""
    return os.strerror(problem.errno or 0)


def read_bytes(path: str, limit: int = MAX_FILE) -> bytes:
    """The contents of a file. Raises CommandFailed as libvirt words it, also if it is larger than `limit` bytes."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - the message names the path as it was typed
            content = file.read(limit + 1)
    except IsADirectoryError as problem:
        raise CommandFailed(f"Failed to read file '{path}': {system_reason(problem)}") from None
    except OSError as problem:
        raise CommandFailed(f"Failed to open file '{path}': {system_reason(problem)}") from None
    if len(content) > limit:
        raise CommandFailed(f"Failed to read file '{path}': Value too large for defined data type")
    return content


def read_text(path: str) -> str:
    """The text of a file, usually an XML document; see `read_bytes`."""
    return read_bytes(path).decode("utf-8", "surrogateescape")


def descriptors(args: Args, option: str = "pass-fds") -> list[int]:
    """The descriptors of a list such as `3,5`. Raises CommandFailed."""
    text = args.text(option)
    if text is None:
        return []
    numbers = []
    for part in text.split(","):
        if not part.isdigit():
            raise CommandFailed(f"Unable to parse FD number '{part}'")
        numbers.append(int(part))
    return numbers


Finder = Callable[["Shell", "Args"], object]


def act(
    name: str,
    summary: str,
    options: str,
    find: Finder,
    operation: str,
    *,
    label: str,
    failed: str,
    done: str,
    arguments: Sequence[object] = (),
    by_name: bool = False,
) -> None:
    """Enter a command that does one thing to one object.

    `label` is the option that names the object; `failed` and `done` are messages with `{}` for what the user typed.
    `by_name` is for operations that take the object's name instead of its reference.
    """

    def run(shell: Shell, args: Args) -> None:
        found = find(shell, args)
        typed = args.required(label)
        with shell.failing(failed.format(typed)):
            shell.call(operation, found.name if by_name else found, *arguments)  # type: ignore[attr-defined]
        shell.out.note(done.format(typed))

    command(name, summary, options)(run)
