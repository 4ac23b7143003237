# SPDX-License-Identifier: Apache-2.0
"""Help in virsh's layout: the same synopsis and the same options, in words of our own."""

import re
import subprocess
import sys

import pytest

from manor.cli.help import command_help
from manor.cli.index import all_names, find
from tests.support.stock import environment, missing_virsh

pytestmark = pytest.mark.skipif(missing_virsh() is not None, reason=str(missing_virsh()))

TITLES = ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS")


def virsh_help(topic: str) -> str:
    result = subprocess.run(
        ["virsh", "help", topic], capture_output=True, text=True, env=environment(), check=False, timeout=60
    )
    return result.stdout if result.returncode == 0 else ""


def sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    title = ""
    for line in text.splitlines():
        if line.startswith("  ") and line.strip() in TITLES:
            title = line.strip()
            found[title] = []
        elif line.startswith("    "):
            found[title].append(line[4:])
    return found


def heads(options: list[str]) -> list[str]:
    """The options without what is said of them; lines that go on with a text begin with a blank."""
    return [re.split(r"  +", line, maxsplit=1)[0] for line in options if line[:1] in ("-", "[", "<")]


@pytest.mark.parametrize("name", [name for name in all_names() if name not in ("completion", "doctor", "exit", "quit")])
def test_help_of_a_command(name: str) -> None:
    command, theirs = find(name), sections(virsh_help(name))
    assert command is not None
    if not theirs:
        pytest.skip(f"virsh here has no {name}")
    ours = sections(command_help(command))
    known = heads(theirs.get("OPTIONS", []))
    newer = [head for head in heads(ours.get("OPTIONS", [])) if head not in known]
    assert [head for head in heads(ours.get("OPTIONS", [])) if head in known] == known
    if not newer:
        assert ours["SYNOPSIS"] == theirs["SYNOPSIS"]


def test_help_of_a_group() -> None:
    for group in ("domain", "monitor", "host", "network", "pool", "volume", "snapshot"):
        theirs = [line.split()[0] for line in virsh_help(group).splitlines()[1:] if line.strip()]
        result = subprocess.run(
            [sys.executable, "-m", "manor.cli", "help", group],
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )
        ours = [line.split()[0] for line in result.stdout.splitlines()[1:] if line.strip()]
        assert [name for name in ours if name in theirs] == theirs
