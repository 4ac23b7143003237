# SPDX-License-Identifier: Apache-2.0
"""What libvirtd answered to fragments of documents is what the passes answer."""

from __future__ import annotations

import pytest

from manor.errors import ManorError
from tests.unit.qemu.passes.asked import Answer, Question, answered, is_error, lines_of, masked
from tests.unit.qemu.passes.emulators import shown


def _answer(question: Question) -> list[str] | Answer | None:
    document = question.document
    try:
        text = shown(document)
    except ManorError as error:
        return [int(error.code), int(error.domain), masked(error.message, document)]
    return None if text is None else lines_of(text, document)


def test_answers(capsys: pytest.CaptureFixture[str]) -> None:
    asked = right = 0
    wrong: list[str] = []
    for question, wanted in answered():
        got = _answer(question)
        if got is None:
            continue
        asked += 1
        if got == wanted:
            right += 1
        else:
            wrong.append(f"{' '.join(question.machine)}: {question.text}")
            if is_error(wanted) or is_error(got):
                wrong.append(
                    f"    {got if is_error(got) else 'taken'} instead of {wanted if is_error(wanted) else 'taken'}"
                )
    with capsys.disabled():
        print(f"\nquestions answered: {right}/{asked}", end=" ")
    assert right >= asked * LEAST, "\n".join(wrong)


LEAST = 0.7
"""The share of questions that must be answered as libvirtd does."""
