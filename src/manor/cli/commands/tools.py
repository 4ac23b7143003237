# SPDX-License-Identifier: Apache-2.0
"""What helps with manor itself: completion for shells, and a doctor for the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed, SyntaxFailed
from manor.cli.model import command
from manor.cli.shells import SCRIPTS

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell


@command(
    "completion",
    "print a completion script for a shell",
    """
    --words  print what could stand at the end of the words given, which is what the scripts ask
    [word...]{shell}  bash, zsh or fish; with --words the words of a command line
    """,
    connect=False,
)
def completion(shell: Shell, args: Args) -> None:
    words = args.many("word")
    if args.flag("words"):
        found = _candidates(shell, words)
        shell.out.data(found)
        shell.out.write("".join(f"{word}\n" for word in found))
        return
    if len(words) != 1 or words[0] not in SCRIPTS:
        raise CommandFailed(f"expecting one of {', '.join(SCRIPTS)}")
    shell.out.write(SCRIPTS[words[0]])


def _candidates(shell: Shell, words: list[str]) -> list[str]:
    """What could be the last of the words; options of the program itself come before a command."""
    from manor.cli.candidates import complete
    from manor.cli.main import SWITCHES, apply_switch, read_switches

    *before, start = words or [""]
    if start.startswith("-") and not any(not word.startswith("-") for word in before):
        return sorted(f"--{switch.name}" for switch in SWITCHES if switch.name and f"--{switch.name}".startswith(start))
    try:
        for letter, value, written in read_switches(before):
            if letter in "cr":
                shell.disconnect()
                apply_switch(shell.settings, letter, value, written)
    except SyntaxFailed:
        return []
    return complete(shell, before, start)


@command(
    "doctor",
    "check whether this host can run guests, and say how to mend what keeps it from that",
    "--all  show what is well, too",
    description="Check whether this host can run guests. Fails if something is missing that guests need.",
    connect=False,
)
def doctor(shell: Shell, args: Args) -> None:
    from manor.cli.doctor import examine, print_findings

    findings = examine()
    print_findings(shell, findings, everything=args.flag("all"))
    if any(finding.serious for finding in findings):
        raise CommandFailed()
