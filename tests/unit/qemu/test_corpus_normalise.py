# SPDX-License-Identifier: Apache-2.0
"""The corpus of domain documents: what they become when they are defined, and in which words they are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from manor.errors import ManorError
from tests.unit.qemu.passes.emulators import shown
from tests.unit.schema.corpus import CORPUS, Case, canonical, invalid_cases, needs_corpus, normalise_cases, report

pytestmark = needs_corpus

KNOWN_NORMALISED: dict[str, str] = {}
"""Documents that come out differently, and why."""

KNOWN_REFUSED = {
    "schema-domain-parallels-ct-simple": "refused for its kind of guest before any of its devices is looked at",
}
"""Documents that are taken, or refused in other words, and why."""


def _wanted(kind: str, cases: Iterator[Case]) -> Iterator[Case]:
    """The cases whose emulators are installed."""
    index = json.loads((CORPUS / kind / "domain" / "index.json").read_text("utf-8"))
    for case in cases:
        needs = [need[5:] for need in index.get(case.name, {}).get("needs", ()) if need.startswith("file:")]
        if all(Path(path).exists() for path in needs):
            yield case


def _check(
    what: str, failed: list[str], passed: set[str], known: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = {line.partition(":")[0] for line in failed}
    report(capsys, what, [line for line in failed if line.partition(":")[0] not in known], len(names) + len(passed))
    assert names - known.keys() == set()
    assert passed & known.keys() == set(), "these are right now: take them off the list"


def test_defining(capsys: pytest.CaptureFixture[str]) -> None:
    failed: list[str] = []
    passed: set[str] = set()
    for case in _wanted("xml-normalise", normalise_cases("domain")):
        try:
            text = shown(case.given)
        except ManorError as error:
            failed.append(f"{case.name}: {error.message}")
            continue
        if text is None:
            continue
        if canonical(text, case.given) == canonical(case.wanted, case.given):
            passed.add(case.name)
        else:
            failed.append(case.name)
    _check("domains defined", failed, passed, KNOWN_NORMALISED, capsys)


def test_refusing(capsys: pytest.CaptureFixture[str]) -> None:
    failed: list[str] = []
    passed: set[str] = set()
    for case in _wanted("xml-invalid", invalid_cases("domain")):
        got = "taken"
        try:
            if shown(case.given) is None:
                continue
        except ManorError as error:
            got = json.dumps([int(error.code), int(error.domain), error.message])
        if got == case.wanted:
            passed.add(case.name)
        else:
            failed.append(f"{case.name}: {got} instead of {case.wanted}")
    _check("domains refused", failed, passed, KNOWN_REFUSED, capsys)
