# SPDX-License-Identifier: Apache-2.0
"""The entry point of `manor`: reads its own options, then runs the commands given, or an interactive shell.

Imports are kept to what every start needs, and nothing is collected while they are made: what they leave behind stays.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from manor.cli.failure import CommandFailed, Leave, SyntaxFailed
from manor.cli.settings import DEBUG_LEVELS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manor.cli.grammar import Invocation
    from manor.cli.shell import Shell

CONTROL_ESCAPES = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"


class Switch(NamedTuple):
    """An option of the program: its letter, its long name, whether it takes a value (optional ones after `=`)."""

    letter: str
    name: str
    value: bool = False
    optional: bool = False


SWITCHES = (
    Switch("c", "connect", value=True),
    Switch("d", "debug", value=True),
    Switch("e", "escape", value=True),
    Switch("h", "help"),
    Switch("k", "keepalive-interval", value=True),
    Switch("K", "keepalive-count", value=True),
    Switch("l", "log", value=True),
    Switch("o", "output", value=True),
    Switch("q", "quiet"),
    Switch("r", "readonly"),
    Switch("t", "timing"),
    Switch("v", "version", optional=True),
    Switch("V", ""),
)


def read_switches(words: list[str]) -> Iterator[tuple[str, str, str]]:
    """The program's own options as (letter, value, how it was written), up to the first word that is none.

    The words used are removed from `words`. Long names may be shortened. Raises SyntaxFailed.
    """
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            return
        if word.startswith("--"):
            yield _long_switch(word, words)
        else:
            yield from _letters(word, words)


def _long_switch(word: str, words: list[str]) -> tuple[str, str, str]:
    name, equals, value = word[2:].partition("=")
    exact = [switch for switch in SWITCHES if switch.name == name and name]
    matches = exact or [switch for switch in SWITCHES if name and switch.name.startswith(name)]
    if len(matches) != 1:
        from manor.cli.index import suggest

        known = [f"--{switch.name}" for switch in SWITCHES if switch.name]
        raise SyntaxFailed(f"unsupported option '{word}'. See --help.", hint=suggest(f"--{name}", known))
    switch = matches[0]
    if switch.value and not equals:
        if not words:
            raise SyntaxFailed(f"option '-{switch.letter}'/'--{switch.name}' requires an argument")
        value = words.pop(0)
    elif equals and not (switch.value or switch.optional):
        raise SyntaxFailed(f"unsupported option '{word}'. See --help.")
    return switch.letter, value, f"--{switch.name}"


def _letters(word: str, words: list[str]) -> Iterator[tuple[str, str, str]]:
    position = 1
    while position < len(word):
        letter = word[position]
        position += 1
        switch = next((known for known in SWITCHES if known.letter == letter), None)
        if switch is None:
            raise SyntaxFailed(f"unsupported option '-{letter}'. See --help.")
        value = ""
        if switch.value:
            value, position = word[position:], len(word)
            if not value:
                if not words:
                    raise SyntaxFailed(f"option '-{letter}'/'--{switch.name}' requires an argument")
                value = words.pop(0)
        yield letter, value, f"-{letter}"


class Request(Exception):  # noqa: N818 - asks for a text instead of commands
    """The user wants to see something about the program, and nothing else."""


def apply_switch(settings: Settings, letter: str, value: str, written: str) -> None:
    """Enter one option. Raises SyntaxFailed for a bad value, Request for help and versions."""
    if letter == "c":
        settings.uri = value
    elif letter == "d":
        _set_debug(settings, value, written)
    elif letter == "e":
        settings.escape = _escape(value)
    elif letter in "kK":
        number = _positive(value, written)
        if letter == "k":
            settings.keepalive_interval = number
        else:
            settings.keepalive_count = number
    elif letter == "l":
        settings.log = value
    elif letter == "o":
        if value not in ("json", "table"):
            raise SyntaxFailed(f"Invalid value '{value}' for {written}, expecting 'json' or 'table'")
        settings.json = value == "json"
    elif letter in "qrt":
        setattr(settings, {"q": "quiet", "r": "readonly", "t": "timing"}[letter], True)
    else:
        raise Request(f"{letter}{value}")


def _set_debug(settings: Settings, value: str, written: str) -> None:
    if not value.lstrip("+-").isdigit():
        raise SyntaxFailed(f"option {written} takes a numeric argument")
    level = int(value)
    if 0 <= level <= DEBUG_LEVELS:
        settings.debug = level
    else:
        sys.stderr.write(f"error: ignoring debug level {level} out of range [0-{DEBUG_LEVELS}]\n")


def _positive(value: str, written: str) -> int:
    if not value.lstrip("+-").isdigit():
        raise SyntaxFailed(f"Invalid value for option {written}")
    number = int(value)
    if number < 0:
        raise SyntaxFailed(f"option {written} requires a positive integer argument")
    return number


def _escape(value: str) -> str:
    if len(value) == 1 or (len(value) == 2 and value[0] == "^" and value[1].upper() in CONTROL_ESCAPES):
        return value
    raise SyntaxFailed(f"Invalid string '{value}' for escape sequence")


def from_environment(settings: Settings) -> None:
    """Enter what the environment says: MANOR_DEBUG and MANOR_LOG_FILE, or virsh's names for the same."""
    level = os.environ.get("MANOR_DEBUG") or os.environ.get("VIRSH_DEBUG")
    if level:
        if level.isdigit() and int(level) <= DEBUG_LEVELS:
            settings.debug = int(level)
        else:
            sys.stderr.write("error: VIRSH_DEBUG not set with a valid numeric value\n")
    settings.log = os.environ.get("MANOR_LOG_FILE") or os.environ.get("VIRSH_LOG_FILE")


def show(request: str) -> None:
    """Answer a Request."""
    if request == "h":
        from manor.cli.help import usage

        sys.stdout.write(usage())
    else:
        from manor.cli.version import long_version, short_version

        sys.stdout.write(long_version() if request in ("V", "vlong") else short_version())


def read_commands(words: list[str]) -> list[Invocation]:
    """The commands of the command line: one word is a whole line of the shell, several are one command."""
    from manor.cli.grammar import parse, split
    from manor.cli.index import find, suggest

    return parse(split(words[0]) if len(words) == 1 else words, find, suggest)


def open_shell(settings: Settings) -> Shell:
    """A shell on the standard streams."""
    from manor.cli.output import Output
    from manor.cli.shell import Shell

    log = None
    if settings.log:
        from manor.cli.log import LogFile

        log = LogFile(settings.log)
    sys.stdout.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Shell(settings, Output(sys.stdout, quiet=settings.quiet, colour=colour), log)


def run(words: list[str]) -> int:
    """Run the program on its arguments; returns the exit status, 0 if all is well."""
    settings = Settings()
    from_environment(settings)
    try:
        for letter, value, written in read_switches(words):
            apply_switch(settings, letter, value, written)
        shell = open_shell(settings)
        if not words:
            from manor.cli.interactive import converse

            gc.enable()
            return 0 if converse(shell) else 1
        invocations = read_commands(words)
    except Request as request:
        show(str(request))
        return 0
    except SyntaxFailed as failure:
        return _complain(failure)
    except CommandFailed as failure:
        sys.stderr.write("".join(f"error: {message}\n" for message in failure.messages))
        return 1
    return _run_batch(shell, invocations, words)


def _run_batch(shell: Shell, invocations: list[Invocation], words: list[str]) -> int:
    if len(words) == 1:
        shell.debug(0, f'commands: "{words[0]}"')
        if not words[0]:
            return 1
    try:
        # With a URI on the command line, a connection is what the user wants first of all.
        if shell.settings.uri and not shell.ready():
            return 1
        gc.enable()
        return shell.run(invocations)
    except Leave:
        return 0
    finally:
        shell.disconnect()


def _complain(failure: SyntaxFailed) -> int:
    for message in failure.messages:
        sys.stderr.write(f"error: {message}\n")
    if failure.hint:
        sys.stderr.write(f"hint: did you mean '{failure.hint}'?\n")
    return 1


def main() -> None:
    """Run `manor` and exit with the status virsh would have."""
    gc.disable()
    try:
        status = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        os._exit(130)
    except BrokenPipeError:
        # Whoever read our output has had enough; the interpreter must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = 1
    if "atexit" in sys.modules:
        sys.exit(status)
    # Nothing waits for the end, and to take the interpreter apart would be a tenth of a short command's time.
    sys.stderr.flush()
    os._exit(status)
