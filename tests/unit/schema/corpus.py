# SPDX-License-Identifier: Apache-2.0
"""The shared corpus of libvirt XML and what libvirt made of it, and how the two are compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from manor.errors import ManorError

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not on this machine")

Normalise = Callable[[str], str]
"""What is measured: a document to the document libvirt shows for it, or a ManorError."""

_MASKS = (
    (re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "UUID"),
    (re.compile(r"52:54:00(:[0-9a-f]{2}){3}"), "MAC"),
    (re.compile(r"virbr\d+"), "virbrN"),
)


class Case(NamedTuple):
    """An input, and the recorded answer: a document or an error."""

    name: str
    given: str
    wanted: str


def normalise_cases(kind: str) -> Iterator[Case]:
    """Documents libvirt takes, with what it shows for them."""
    for path in sorted((CORPUS / "xml-normalise" / kind).glob("*.in.xml")):
        name = path.name.removesuffix(".in.xml")
        yield Case(name, path.read_text("utf-8"), path.with_name(f"{name}.out.xml").read_text("utf-8"))


def invalid_cases(kind: str) -> Iterator[Case]:
    """Documents libvirt refuses, with [code, domain, message] as JSON."""
    for path in sorted((CORPUS / "xml-invalid" / kind).glob("*.xml")):
        error = json.loads(path.with_name(f"{path.stem}.err.json").read_text("utf-8"))
        wanted = json.dumps([error["code"], error["domain"], error["message"]])
        yield Case(path.stem, path.read_text("utf-8", "surrogateescape"), wanted)


def canonical(text: str, given: str = "") -> object:
    """A document as a comparable tree; identifiers that are not in `given` are masked."""
    for pattern, mask in _MASKS:
        for found in set(pattern.finditer(text)):
            if found[0] not in given:
                text = text.replace(found[0], mask)
    return _tree(etree.fromstring(text.encode(), etree.XMLParser(remove_comments=True)))


def _tree(node: etree._Element) -> object:
    return (
        node.tag,
        tuple(sorted(node.attrib.items())),
        (node.text or "").strip(),
        tuple(_tree(child) for child in node),
    )


def failures_to_normalise(kind: str, normalise: Normalise, adapt: Normalise = str) -> tuple[list[str], int]:
    """Cases whose result differs, and how many there are; `adapt` masks recorded documents further."""
    failed: list[str] = []
    total = 0
    for case in normalise_cases(kind):
        total += 1
        try:
            same = canonical(adapt(normalise(case.given)), case.given) == canonical(adapt(case.wanted), case.given)
        except ManorError as error:
            failed.append(f"{case.name}: {error.message}")
        else:
            if not same:
                failed.append(case.name)
    return failed, total


def failures_to_refuse(kind: str, normalise: Normalise) -> tuple[list[str], int]:
    """Cases that are taken or refused in other words, and how many there are."""
    failed: list[str] = []
    total = 0
    for case in invalid_cases(kind):
        total += 1
        try:
            normalise(case.given)
        except ManorError as error:
            got = json.dumps([int(error.code), int(error.domain), error.message])
            if got != case.wanted:
                failed.append(f"{case.name}: {got} instead of {case.wanted}")
        else:
            failed.append(f"{case.name}: taken instead of {case.wanted}")
    return failed, total


def report(capsys: pytest.CaptureFixture[str], what: str, failed: list[str], total: int) -> None:
    """Print a score past pytest's capturing."""
    with capsys.disabled():
        print(f"\n{what}: {total - len(failed)}/{total}", end=" ")
    for line in failed:
        print(line)
