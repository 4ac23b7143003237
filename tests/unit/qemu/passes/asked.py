# SPDX-License-Identifier: Apache-2.0
"""Questions put to libvirtd about fragments of domain documents, and its recorded answers.

`questions.txt` has the questions; `answers.json` what libvirtd answered to each: the document it shows for it, as
differences from the one it shows for an empty guest of the same machine, or its error. `python -m
tests.unit.qemu.passes.record` asks again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

_HERE = Path(__file__).parent
_PARTS = re.compile(r"(mem:|os:|dev:)")
_EMULATORS = {"i686": "i386", "armv7l": "arm"}
_UUID = "c7a5fdbd-edaf-9455-926a-d65c16db1809"
_MEMORY = "<memory>524288</memory>"
_GENERATED = (
    (re.compile(r"52:54:00(:[0-9a-f]{2}){3}"), "MAC"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
)

Answer = list[Any]
"""[code, domain, message] of an error, or [first line, last line, new lines] of each difference."""


class Machine(NamedTuple):
    """A kind of guest, whose empty document is the base of its answers."""

    arch: str
    machine: str
    virt: str

    def document(self, question: str = "") -> str:
        """The document that a question means."""
        head, memory, os, devices = _parts(question)
        return (
            f"<domain type='{self.virt}'><name>t</name><uuid>{_UUID}</uuid>{memory or _MEMORY}{head}"
            f"<os><type arch='{self.arch}' machine='{self.machine}'>hvm</type>{os}</os><devices>"
            f"<emulator>/usr/bin/qemu-system-{_EMULATORS.get(self.arch, self.arch)}</emulator>"
            f"{devices}</devices></domain>"
        )


class Question(NamedTuple):
    """One question."""

    machine: Machine
    text: str

    @property
    def document(self) -> str:
        """The whole document."""
        return self.machine.document(self.text)


def _parts(question: str) -> tuple[str, str, str, str]:
    pieces = _PARTS.split(question)
    named = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    return pieces[0], named.get("mem:", ""), named.get("os:", ""), named.get("dev:", "")


def questions() -> Iterator[Question]:
    """All questions."""
    machine = Machine("", "", "")
    for line in (_HERE / "questions.txt").read_text("utf-8").splitlines():
        if line.startswith("= "):
            machine = Machine(*line[2:].split())
        elif line and not line.startswith("#"):
            yield Question(machine, line)


def masked(text: str, asked: str) -> str:
    """Text without the hardware addresses and UUIDs that were made up for the answer."""
    for pattern, name in _GENERATED:
        text = pattern.sub(lambda found, name=name: found[0] if found[0] in asked else name, text)  # type: ignore[misc]
    return text


def lines_of(document: str, asked: str) -> list[str]:
    """A document as comparable lines."""
    return [line.strip() for line in masked(document, asked + _UUID).splitlines() if line.strip()]


def encode(base: list[str], lines: list[str]) -> Answer:
    """A document as its differences from the base."""
    codes = SequenceMatcher(None, base, lines, autojunk=False).get_opcodes()
    return [[start, end, lines[first:last]] for tag, start, end, first, last in codes if tag != "equal"]


def decode(base: list[str], answer: Answer) -> list[str]:
    """The document back again."""
    lines: list[str] = []
    position = 0
    for start, end, new in answer:
        lines += base[position:start] + new
        position = end
    return lines + base[position:]


def is_error(answer: Answer) -> bool:
    """Whether an answer is a refusal."""
    return len(answer) == 3 and isinstance(answer[0], int)


def answered() -> Iterator[tuple[Question, list[str] | Answer]]:
    """All questions with their answers: the lines of the document libvirtd shows, or its error."""
    recorded = json.loads((_HERE / "answers.json").read_text("utf-8"))
    answers = {key: (known["base"], iter(known["answers"])) for key, known in recorded.items()}
    for question in questions():
        base, following = answers[" ".join(question.machine)]
        answer = next(following)
        yield question, answer if is_error(answer) else decode(base, answer)
