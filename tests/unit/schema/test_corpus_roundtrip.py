# SPDX-License-Identifier: Apache-2.0
"""The domain documents of the shared corpus: what libvirt wrote is written back, what it refused is refused.

Only reading and writing are measured here; what libvirt fills in between is the passes' business.
"""

from __future__ import annotations

import json

import pytest

from manor.errors import ErrorNumber
from manor.schema.core import DocumentError, Format
from manor.schema.domain import Domain
from tests.unit.schema.corpus import canonical, invalid_cases, needs_corpus, normalise_cases, report

pytestmark = needs_corpus


def test_what_libvirt_writes_is_a_fixpoint(capsys: pytest.CaptureFixture[str]) -> None:
    failed: list[str] = []
    exact = total = 0
    for case in normalise_cases("domain"):
        total += 1
        try:
            text = Domain.parse(case.wanted, validate=True).format(Format.INACTIVE)
        except DocumentError as error:
            failed.append(f"{case.name}: {error.message}")
            continue
        exact += text == case.wanted
        if canonical(text, text) != canonical(case.wanted, case.wanted):
            failed.append(case.name)
    report(capsys, "domain XML read and written back", failed, total)
    assert failed == []
    assert exact == total, "the bytes differ somewhere"


def test_what_libvirt_takes_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    failed: list[str] = []
    total = 0
    for case in normalise_cases("domain"):
        total += 1
        try:
            text = Domain.parse(case.given).format(Format.SECURE)
            assert Domain.parse(text).format(Format.SECURE) == text
        except DocumentError as error:
            failed.append(f"{case.name}: {error.message}")
    report(capsys, "domain XML that libvirt takes, read", failed, total)
    assert failed == []


def test_refusals_are_worded_as_libvirt_words_them(capsys: pytest.CaptureFixture[str]) -> None:
    differing: list[str] = []
    refused = total = 0
    for case in invalid_cases("domain"):
        total += 1
        code = json.loads(case.wanted)[0]
        try:
            Domain.parse(case.given, source="(domain_definition)")
        except DocumentError as error:
            refused += 1
            got = json.dumps([int(error.code), int(error.domain), error.message])
            if got != case.wanted:
                differing.append(f"{case.name}: {got} instead of {case.wanted}")
        else:
            if code == ErrorNumber.XML_DETAIL and "(domain_definition)" in case.wanted:
                differing.append(f"{case.name}: taken, though not well-formed")
    report(capsys, "refusals by the reader alone worded as libvirt's", differing, refused)
    with capsys.disabled():
        print(f"({total - refused} of {total} are left to the passes)")
    assert differing == []
