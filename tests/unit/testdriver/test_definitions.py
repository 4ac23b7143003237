# SPDX-License-Identifier: Apache-2.0
"""What the test driver makes of domain documents, against what libvirt 9.0.0's own made of them.

Asked about were the whole corpus and the questions to QEMU's driver, most of which concern what all drivers have in
common. answers.json.gz has, for each, the error, or a digest of the document that virDomainGetXMLDesc showed after
virDomainDefineXML, without what libvirt chooses at random. `/usr/bin/python3 -m tests.unit.testdriver.test_definitions`
asks again, with the stock binding.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.unit.qemu.passes.asked import masked, questions

ANSWERS = Path(__file__).with_name("answers.json.gz")
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"

MOST_WRONG = {"corpus": 2, "questions": 12}
"""Documents with parts that came after libvirt 9.0, and forms of elements without content. May only fall."""

Answer = str | list[Any]
Answers = dict[str, dict[str, Answer]]


def digest(text: str, asked: str) -> str:
    """A short stand-in for a document, without random identifiers."""
    return hashlib.sha256(masked(text, asked).encode()).hexdigest()[:12]


def ours(xml: str) -> Answer:
    """The digest or the error of our own answer."""
    # Whoever records has no more than the stock binding.
    from manor.drivers.test.definition import read_domain
    from manor.errors import ManorError
    from manor.schema.core import Format

    try:
        return digest(read_domain(xml).format(Format.INACTIVE | Format.SECURE), xml)
    except ManorError as error:
        return [int(error.code), int(error.domain), masked(error.message, xml)]


def corpus(names: list[str]) -> dict[str, str]:
    """The documents of the corpus, if it is on this machine."""
    return {name: (CORPUS / name).read_text("utf-8", "replace") for name in names} if CORPUS.is_dir() else {}


def fragments() -> dict[str, str]:
    """The documents that the questions mean."""
    return {f"{' '.join(question.machine)}: {question.text}": question.document for question in questions()}


def check(answers: dict[str, Answer], documents: dict[str, str], most_wrong: int) -> None:
    wrong = {name: answer for name, document in documents.items() if (answer := ours(document)) != answers[name]}
    print(f"{len(documents) - len(wrong)}/{len(documents)} answers are libvirt's")
    assert len(wrong) <= most_wrong, "\n".join(
        f"{name}: {answer} instead of {answers[name]}" for name, answer in wrong.items()
    )


def recorded() -> Answers:
    """What stock libvirt answered."""
    answers: Answers = json.loads(gzip.decompress(ANSWERS.read_bytes()))
    return answers


def test_corpus() -> None:
    answers = recorded()["corpus"]
    check(answers, corpus(list(answers)), MOST_WRONG["corpus"])


def test_questions() -> None:
    check(recorded()["questions"], fragments(), MOST_WRONG["questions"])


def _stock() -> Callable[[str], Answer]:
    """How libvirt's test driver answers."""
    import libvirt

    libvirt.registerErrorHandler(lambda *_: None, None)
    connection = libvirt.open("test:///default")

    def ask(xml: str) -> Answer:
        try:
            domain = connection.defineXML(xml)
            text = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
            domain.undefine()
        except libvirt.libvirtError as error:
            message = masked(error.get_error_message() or "", xml)
            return [error.get_error_code(), error.get_error_domain(), message]
        return digest(text, xml)

    return ask


def _answers(documents: dict[str, str]) -> dict[str, Answer]:
    """All answers, asked for in a child: distances of NUMA nodes that are wrong spoil libvirt's memory."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with os.fdopen(writer, "w") as stream:
            ask = _stock()
            json.dump({name: ask(document) for name, document in documents.items()}, stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        answers: dict[str, Answer] = json.load(stream)
    os.waitpid(child, 0)
    return answers


def main() -> None:
    answers = {"corpus": _answers(corpus(list(recorded()["corpus"]))), "questions": _answers(fragments())}
    data = json.dumps(answers, separators=(",", ":"), sort_keys=True)
    ANSWERS.write_bytes(gzip.compress(data.encode(), mtime=0))


if __name__ == "__main__":
    main()
