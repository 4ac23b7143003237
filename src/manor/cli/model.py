# SPDX-License-Identifier: Apache-2.0
"""What a command is: its name, its options, and the function that runs it.

Options are written as text, one line each, and read only when the command is used or described:

    <file>                 XML of the device      data that must be given
    <type|mac>             ...                    data that must be given, unless --mac is
    <size:number>          new size in KiB        a number that must be given
    --config               affect the next boot   a flag
    --base STRING          ...                    a value; data without a name may fill it, in this order
    --xpath=STRING         ...                    a value that must be named
    --condition!=STRING    ...                    a named value that must be given
    <key...>  [text...]    ...                    all remaining data, at least one or optional
    --persistent -> config                        another spelling; `-> mode=shareable` also gives the value

`?` after that lets the value be empty, `{domain.active}` at the end names how to complete it, and a line `@domain`
stands for lines that many commands share (`SHARED`). No command lives here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell

    Run = Callable[[Shell, Args], None]

FLAG, TEXT, NUMBER, LIST, ALIAS = "flag", "text", "number", "list", "alias"

SHARED = {
    "domain": ("<domain>{domain}  domain name, id or UUID",),
    "active": ("<domain>{domain.active}  domain name, id or UUID",),
    "inactive": ("<domain>{domain.inactive}  domain name or UUID",),
    "affect": (
        "--config  change the definition, effective from the next start",
        "--live  change the running domain",
        "--current  change the domain as it is now",
    ),
    "persistent-affect": (
        "--persistent  make a change of the running domain last",
        "--config  change the definition, effective from the next start",
        "--live  change the running domain",
        "--current  change the domain as it is now",
    ),
    "xpath": (
        "--xpath=STRING  print only what this XPath expression selects",
        "--wrap  put the selected nodes into one root element",
    ),
    "event-wait": (
        "--loop  wait for more than one event, until the timeout or an interrupt",
        "--timeout NUMBER  seconds to wait at most",
        "--list  show the names of the events",
        "--timestamp  print when each event came",
    ),
}


class Option(NamedTuple):
    """One option; `data` is shown as `<name>`, `positional` says that data without a name may fill it."""

    name: str
    kind: str
    help: str = ""
    required: bool = False
    data: bool = False
    positional: bool = False
    empty: bool = False
    completer: str | None = None
    target: str = ""
    unless: str = ""

    @property
    def placeholder(self) -> str:
        """What stands for the value in messages and help."""
        return "number" if self.kind == NUMBER else "string"


class Command:
    """A command of the shell.

    `connect` false means that it works without a connection.
    """

    __slots__ = ("_options", "connect", "description", "name", "run", "summary", "text")

    def __init__(self, name: str, summary: str, text: str, description: str, connect: bool, run: Run) -> None:
        self.name = name
        self.summary = summary
        self.text = text
        self.description = description
        self.connect = connect
        self.run = run
        self._options: tuple[Option, ...] | None = None

    @property
    def options(self) -> tuple[Option, ...]:
        """The options in the order in which data fills them, aliases among them."""
        if self._options is None:
            self._options = tuple(read_options(self.text))
        return self._options


COMMANDS: dict[str, Command] = {}
"""Every command whose module has been imported, by name."""


def command(
    name: str, summary: str, options: str = "", *, description: str | None = None, connect: bool = True
) -> Callable[[Run], Run]:
    """Enter the decorated function as a command."""

    def enter(run: Run) -> Run:
        detail = description or f"{summary[0].upper()}{summary[1:]}."
        COMMANDS[name] = Command(name, summary, options, detail, connect, run)
        return run

    return enter


def read_options(text: str) -> list[Option]:
    """Read the notation described above. Raises ValueError for a line that is not in it."""
    options: list[Option] = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("@"):
            options.extend(read_option(shared) for shared in SHARED[line[1:]])
        elif line:
            options.append(read_option(line))
    return options


def read_option(line: str) -> Option:
    """Read one line of the notation."""
    head, _, text = line.partition("  ")
    head, completer = _take_completer(head)
    empty = head.endswith("?")
    head, text = head.rstrip("?"), text.strip()
    if " -> " in head:
        name, target = head[2:].split(" -> ")
        return Option(name, ALIAS, target=target)
    if head.startswith("<") and head.endswith("...>"):
        return Option(head[1:-4], LIST, text, required=True, data=True, positional=True, completer=completer)
    if head.startswith("[") and head.endswith("...]"):
        return Option(head[1:-4], LIST, text, data=True, positional=True, completer=completer)
    if head.startswith("<") and head.endswith(">"):
        inside, _, unless = head[1:-1].partition("|")
        name, _, kind = inside.partition(":")
        return Option(name, kind or TEXT, text, True, kind == "", True, empty, completer, unless=unless)
    if not head.startswith("--"):
        raise ValueError(f"option line {line!r} starts with none of <, [ and --")
    for separator, positional in (("=", False), (" ", True)):
        name, found, kind = head[2:].partition(separator)
        if found:
            required = name.endswith("!")
            kind = {"STRING": TEXT, "NUMBER": NUMBER}[kind]
            return Option(name.rstrip("!"), kind, text, required, False, positional, empty, completer)
    return Option(head[2:], FLAG, text)


def _take_completer(head: str) -> tuple[str, str | None]:
    if not head.endswith("}"):
        return head, None
    head, _, completer = head[:-1].rpartition("{")
    return head, completer
