# SPDX-License-Identifier: Apache-2.0
"""Commands about the shell itself."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed, Leave
from manor.cli.model import command

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell


@command("cd", "change the current directory", "--dir STRING{file}  where to go, home if not given", connect=False)
def cd(shell: Shell, args: Args) -> None:
    if not shell.interactive:
        raise CommandFailed("cd: command valid only in interactive mode")
    target = args.text("dir") or os.environ.get("HOME") or "/"
    try:
        os.chdir(target)
    except OSError as problem:
        raise CommandFailed(f"cd: {target}: {os.strerror(problem.errno or 0)}") from None


@command("pwd", "print the current directory", connect=False)
def pwd(shell: Shell, args: Args) -> None:
    here = str(Path.cwd())
    shell.out.value(here, directory=here)


def split_list(text: str) -> list[str]:
    """The parts of a list with commas, where two commas stand for one."""
    return [part.replace("\0", ",") for part in text.replace(",,", "\0").split(",")]


@command(
    "echo",
    "print the arguments",
    """
    --shell  quote them for a shell
    --xml  escape them for XML
    --split  split each at commas; two commas stand for one
    --err  print to standard error
    --prefix=STRING  print this in front
    [string...]  what to print
    """,
    connect=False,
)
def echo(shell: Shell, args: Args) -> None:
    words = args.many("string")
    if args.flag("split"):
        words = [part for word in words for part in split_list(word)]
    if args.flag("xml"):
        from manor.cli.xml import escape

        words = [escape(word) for word in words]
    if args.flag("shell"):
        words = [quote(word) for word in words]
    prefix = args.text("prefix")
    text = ("\n" if args.flag("split") else " ").join(words)
    if prefix is not None:
        text = f"{prefix} {text}"
    if args.flag("err"):
        shell.error(text)
    else:
        shell.out.write(text)


def quote(word: str) -> str:
    """A word as a POSIX shell would have to read it."""
    return shlex.quote(word).replace("'\"'\"'", "'\\''")


@command("exit", "leave the shell", connect=False)
def leave(shell: Shell, args: Args) -> None:
    raise Leave


@command("quit", "leave the shell", connect=False)
def leave_too(shell: Shell, args: Args) -> None:
    raise Leave


@command("help", "print help", "--command STRING{command}  about a command or a group of commands", connect=False)
def help_(shell: Shell, args: Args) -> None:
    from manor.cli.help import all_groups, command_help, group_help
    from manor.cli.index import find, group, suggest

    topic = args.values("command")
    if not topic or not topic[0]:
        shell.out.write(all_groups())
        return
    known = find(topic[0])
    if known is not None:
        shell.out.write(command_help(known))
        return
    family = group(topic[0])
    if family is not None:
        shell.out.write(group_help(family))
        return
    meant = suggest(topic[0], ())
    if meant:
        shell.hint(f"did you mean '{meant}'?")
    raise CommandFailed(f"command or command group '{topic[0]}' doesn't exist")


@command(
    "connect",
    "connect to a hypervisor, in place of the present connection",
    """
    --name STRING?{uri}  its URI
    --readonly  only look
    """,
    description="Connect to a hypervisor; without a URI to the default one.",
    connect=False,
)
def connect(shell: Shell, args: Args) -> None:
    shell.disconnect()
    uri = args.text("name")
    if uri is not None:
        shell.settings.uri = uri or None
    shell.settings.readonly = args.flag("readonly")
    shell.connect()
