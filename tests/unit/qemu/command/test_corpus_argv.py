# SPDX-License-Identifier: Apache-2.0
"""Command lines against those libvirt 9.0.0 gave for the whole corpus (`virsh domxml-to-native qemu-argv`).

Measured twice: from the documents as users wrote them, and from the same documents as libvirt had completed them, which
leaves the builder alone to answer for what differs. known_differences.json says of every difference why it is there;
a case that is right although it is listed is named, so that it can be taken off the list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from manor.drivers.interface import DriverContext
from manor.drivers.qemu import native
from manor.drivers.qemu.paths import DriverPaths
from manor.drivers.qemu.probe import CapsCache
from manor.errors import ManorError
from manor.schema.common.encryption import SecretReference
from manor.schema.domain import Domain
from tests.unit.qemu.command import argv
from tests.unit.schema.corpus import needs_corpus

EMULATOR: Final = Path("/usr/bin/qemu-system-x86_64")
KNOWN: Final = json.loads((Path(__file__).parent / "known_differences.json").read_text())

needs_emulator = pytest.mark.skipif(not EMULATOR.exists(), reason="qemu-system-x86_64 is not installed")

LEAST: Final = {"written": 0.99, "completed": 0.98}
"""The shares that must be right; they may only grow."""


async def _secret(_reference: SecretReference, _usage: str) -> bytes:
    return b"opensesame"


@pytest.mark.parametrize("kind", ["written", "completed"])
@needs_corpus
@needs_emulator
async def test_command_lines(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    caps = CapsCache(tmp_path / "capabilities")
    # Sockets below a long root, such as the folder of a test, are named from where QEMU runs.
    paths = DriverPaths(DriverContext.below(Path("/root-of-a-daemon"), privileged=True))
    found: Iterator[argv.Case] = argv.cases() if kind == "written" else argv.completed_cases()
    known = {name: reason for reason, names in KNOWN[kind].items() for name in names}
    total = right = ordered = 0
    news: list[str] = []
    for case in found:
        total += 1
        try:
            document = Domain.parse(case.document)
            command = await native.translate(document, await caps.for_domain(document), paths, _secret)
            got = argv.options(command.argv)
            different = argv.difference(case.wanted, got)
        except ManorError as error:
            got, different = [], [error.message]
        right += not different
        ordered += got == case.wanted
        elsewhere = case.host_cpu and all(line[2:].startswith("-cpu ") for line in different)
        if bool(different) != (case.name in known) and not (different and elsewhere):
            news.append(f"{case.name}: {different[:4] or 'is right now'}")
    with capsys.disabled():
        print(f"\ncommand lines of documents as {kind}: {right}/{total}, order too {ordered}", *news, sep="\n")
    assert right >= LEAST[kind] * total
    assert not [line for line in news if not line.endswith("is right now")]
