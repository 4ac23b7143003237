# SPDX-License-Identifier: Apache-2.0
"""virsh's command language: words, quotes, `;`, `#`, and how words fill a command's options.

Pure functions: text or words in, `Invocation`s out. What a value means is the command's business (`args`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from manor.cli.failure import SyntaxFailed
from manor.cli.model import ALIAS, FLAG, LIST, Command, Option

HELP = "help"
OUTPUT = Option("output", "text", "json or table", completer="output")
"""Understood by every command, so it is in no command's own table."""

BLANK = " \t"
END_OF_COMMAND = None


class Invocation(NamedTuple):
    """A command with the values given to it: all values of each option, in order; flags have an empty one."""

    command: Command
    values: dict[str, list[str]]


Lookup = Callable[[str], Command | None]
Suggest = Callable[[str, Iterable[str]], str | None]


def split(text: str) -> Iterator[str | None]:
    """The words of a text; None stands for the end of a command (`;`, end of line, a comment).

    Raises SyntaxFailed for a missing `"` and for a backslash at the very end.
    """
    position = 0
    while True:
        position = _skip_blank(text, position)
        if position >= len(text):
            return
        if text[position] in ";\n":
            yield END_OF_COMMAND
            position += 1
        elif text[position] == "#":
            yield END_OF_COMMAND
            end = text.find("\n", position)
            position = len(text) if end < 0 else end + 1
        else:
            word, position = _read_word(text, position)
            yield word


def _skip_blank(text: str, position: int) -> int:
    while position < len(text):
        if text[position] in BLANK:
            position += 1
        elif text.startswith("\\\n", position):
            position += 2
        else:
            break
    return position


def _read_word(text: str, position: int) -> tuple[str, int]:
    word: list[str] = []
    quote = ""
    while position < len(text):
        char = text[position]
        position += 1
        if not quote and char in " \t;\n":
            position -= 1
            break
        if char == "'" and quote != '"':
            quote = "" if quote else "'"
        elif char == '"' and quote != "'":
            quote = "" if quote else '"'
        elif char == "\\" and quote != "'":
            if position >= len(text):
                raise SyntaxFailed("dangling \\")
            if text[position] != "\n":
                word.append(text[position])
            position += 1
        else:
            word.append(char)
    if quote == '"':
        raise SyntaxFailed('missing "')
    return "".join(word), position


def parse(words: Iterable[str | None], lookup: Lookup, suggest: Suggest) -> list[Invocation]:
    """Read whole commands from words. Raises SyntaxFailed before anything of the line has run."""
    invocations: list[Invocation] = []
    pending: list[str] = []
    for word in words:
        if word is not END_OF_COMMAND:
            pending.append(word)
        elif pending:
            invocations.append(parse_command(pending, lookup, suggest))
            pending = []
    if pending:
        invocations.append(parse_command(pending, lookup, suggest))
    return invocations


def parse_command(words: list[str], lookup: Lookup, suggest: Suggest) -> Invocation:
    """Read one command from its words."""
    command = lookup(words[0])
    if command is None:
        raise SyntaxFailed(f"unknown command: '{words[0]}'", hint=suggest(words[0], ()))
    filler = _Filler(command, suggest)
    filler.fill(words[1:])
    if HELP in filler.values and not any(option.name == HELP for option in command.options):
        shown = lookup(HELP)
        if shown is not None:
            return Invocation(shown, {"command": [command.name]})
    filler.check()
    return Invocation(command, filler.values)


class _Filler:
    """Gives the words of one command to its options."""

    def __init__(self, command: Command, suggest: Suggest) -> None:
        self.command = command
        self.suggest = suggest
        self.by_name = {option.name: option for option in command.options}
        self.values: dict[str, list[str]] = {}

    def fill(self, words: list[str]) -> None:
        """Read the words from left to right, as virsh does: names take the next word, data the next free option."""
        rest = iter(words)
        only_data = False
        for word in rest:
            if word == "--" and not only_data:
                only_data = True
            elif not only_data and word[:2] == "--" and word[2:3].isalnum():
                self.named(word[2:], rest)
            else:
                self.data(word)

    def named(self, word: str, rest: Iterator[str]) -> None:
        """`--name`, `--name=value` or `--name value`."""
        name, equals, value = word.partition("=")
        option = self.by_name.get(name)
        if option is not None and option.kind == ALIAS:
            name, fixed, target_value = option.target.partition("=")
            option = self.by_name[name]
            if fixed:
                if equals:
                    raise SyntaxFailed(f"invalid '=' after option --{word.partition('=')[0]}")
                self.take(option, target_value)
                return
        if option is None:
            option = self.universal(name)
        if option.kind == FLAG:
            if equals:
                raise SyntaxFailed(f"invalid '=' after option --{name}")
            self.take(option, "")
            return
        self.refuse_second(option)
        if not equals:
            following = next(rest, None)
            if following is None:
                raise SyntaxFailed(f"expected syntax: --{name} <{option.placeholder}>")
            value = following
        self.take(option, value)

    def universal(self, name: str) -> Option:
        """Options that every command has, or the complaint that there is no such option."""
        if name == HELP:
            return Option(HELP, FLAG)
        if name == OUTPUT.name:
            return OUTPUT
        known = [f"--{option}" for option in (*self.by_name, HELP, OUTPUT.name)]
        raise SyntaxFailed(
            f"command '{self.command.name}' doesn't support option --{name}", hint=self.suggest(f"--{name}", known)
        )

    def data(self, word: str) -> None:
        """A word without a name goes to the first option that can take it."""
        for option in self.by_name.values():
            if option.positional and (option.kind == LIST or option.name not in self.values):
                self.values.setdefault(option.name, []).append(word)
                return
        if self.command.name != HELP:
            raise SyntaxFailed(f"unexpected data '{word}'")

    def take(self, option: Option, value: str) -> None:
        """Record a value."""
        self.refuse_second(option)
        self.values.setdefault(option.name, []).append(value)

    def refuse_second(self, option: Option) -> None:
        """Only lists may be given more than once."""
        if option.name in self.values and option.kind != LIST:
            raise SyntaxFailed(f"option --{option.name} already seen")

    def check(self) -> None:
        """Complain about every option that must be given and is not."""
        missing = [
            option
            for option in self.by_name.values()
            if option.required and option.name not in self.values and option.unless not in self.values
        ]
        if missing:
            raise SyntaxFailed(
                *(
                    f"command '{self.command.name}' requires "
                    + (f"<{option.name}> option" if option.data else f"--{option.name} option")
                    for option in missing
                )
            )
