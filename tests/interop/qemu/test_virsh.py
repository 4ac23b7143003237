# SPDX-License-Identifier: Apache-2.0
"""Stock virsh on manord and on a real libvirtd: the same exit codes, the same words."""

from __future__ import annotations

import difflib

import pytest

from tests.interop.qemu.commands import SECTIONS, commands
from tests.interop.qemu.intended import excused
from tests.interop.qemu.sides import Answer, Pair, Side, lasting


def play(side: Side, section: str) -> list[Answer]:
    """The answers to a section's commands, in order."""
    return [side.virsh(line) for line in commands(section)]


def difference(command: str, judge: Answer, ours: Answer) -> str:
    """A readable account of two answers."""
    lines = [f"$ virsh {command}"]
    for part, wanted, found in zip(Answer._fields, judge, ours, strict=True):
        if wanted != found:
            texts = (str(wanted).splitlines(), str(found).splitlines())
            lines += list(difflib.unified_diff(*texts, f"libvirtd {part}", f"manord {part}", n=0, lineterm=""))
    return "\n".join(lines)


@pytest.mark.parametrize("section", SECTIONS)
def test_virsh(pair: Pair, section: str) -> None:
    def compare() -> dict[str, str]:
        wanted, found = pair.both(lambda side: play(side, section))
        return {
            f"{number} {command}": difference(command, judge, ours)
            for number, (command, judge, ours) in enumerate(zip(commands(section), wanted, found, strict=True))
            if not excused(command, judge, ours)
        }

    differences = lasting(compare)
    assert not differences, f"{len(differences)} of {len(commands(section))} differ:\n" + "\n".join(differences)


def test_there_are_enough_commands() -> None:
    assert sum(len(commands(section)) for section in SECTIONS) >= 200
