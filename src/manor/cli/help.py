# SPDX-License-Identifier: Apache-2.0
"""Help texts in virsh's layout: of the program, of a group, of a command. Pure functions over the table."""

from __future__ import annotations

from collections.abc import Iterator

from manor.cli.index import GROUPS, Group, find
from manor.cli.model import ALIAS, FLAG, LIST, NUMBER, Command, Option

USAGE = """
manor [options]... [<command_string>]
manor [options]... <command> [args...]

  options:
    -c | --connect=URI      hypervisor connection URI
    -d | --debug=NUM        debug level [0-4]
    -e | --escape <char>    set escape sequence for console
    -h | --help             this help
    -k | --keepalive-interval=NUM
                            keepalive interval in seconds, 0 for disable
    -K | --keepalive-count=NUM
                            number of possible missed keepalive messages
    -l | --log=FILE         output logging to file
    -o | --output=FORMAT    print results as 'table' or 'json'
    -q | --quiet            quiet mode
    -r | --readonly         connect readonly
    -t | --timing           print timing information
    -v                      short version
    -V                      long version
         --version[=TYPE]   version, TYPE is short or long (default short)
  commands (non interactive mode):

"""


def usage() -> str:
    """The help of `manor --help`."""
    groups = "".join(f"{group_help(group, '')}\n" for group in GROUPS)
    return (
        f"{USAGE}{groups}\n  (specify help <group> for details about the commands in the group)\n"
        "\n  (specify help <command> for details about the command)\n\n"
    )


def all_groups() -> str:
    """The help of `help` alone."""
    groups = "".join(f"{group_help(group, ':')}\n" for group in GROUPS)
    return f"Grouped commands:\n\n{groups}"


def group_help(group: Group, mark: str = ":") -> str:
    """The commands of a group, a line each; `mark` ends its title."""
    lines = [f" {group.title} (help keyword '{group.keyword}'){mark}"]
    lines += [f"    {name:<30} {command.summary}" for name in group.names() if (command := find(name))]
    return "".join(f"{line}\n" for line in lines)


def command_help(command: Command) -> str:
    """Everything about one command."""
    lines = ["  NAME", f"    {command.name} - {command.summary}", "", "  SYNOPSIS"]
    lines += ["    " + " ".join([command.name, *synopsis(command)]), "", "  DESCRIPTION", f"    {command.description}"]
    options = [option for option in command.options if option.kind != ALIAS]
    if options:
        lines += ["", "  OPTIONS"]
        lines += [f"    {_head(option, command):<15}  {option.help}" for option in options]
    return "".join(f"{line}\n" for line in [*lines, ""])


def synopsis(command: Command) -> Iterator[str]:
    """The words that stand for a command's options."""
    for option in command.options:
        if option.kind == FLAG:
            yield f"[--{option.name}]"
        elif option.kind == LIST:
            yield _list_synopsis(option, command)
        elif option.kind != ALIAS:
            yield _value_synopsis(option)


def _value_synopsis(option: Option) -> str:
    if option.data or (option.required and option.kind == NUMBER):
        return f"<{option.name}>"
    named = f"--{option.name} <{option.placeholder}>"
    return named if option.required else f"[{named}]"


def _list_synopsis(option: Option, command: Command) -> str:
    word = f"[--{option.name}] <string>" if _must_name(option, command) else f"<{option.name}>"
    if not _must_name(option, command):
        return f"{word}..." if option.required else f"[{word}]..."
    return f"{{{word}}}..." if option.required else f"[{word}]..."


def _must_name(option: Option, command: Command) -> bool:
    """Whether data before a list could be taken for it, so that naming it makes a difference."""
    return any(before.positional for before in command.options[: command.options.index(option)])


def _head(option: Option, command: Command) -> str:
    if option.kind == FLAG:
        return f"--{option.name}"
    if option.kind == LIST:
        return f"[--{option.name}] <string>" if _must_name(option, command) else f"<{option.name}>"
    if option.data or (option.required and option.kind == NUMBER):
        return f"[--{option.name}] <{option.placeholder}>"
    return f"--{option.name} <{option.placeholder}>"
