# SPDX-License-Identifier: Apache-2.0
"""Capabilities documents of this machine, compared with those of a real libvirtd."""

from __future__ import annotations

import asyncio
import re
import shutil
from typing import Any

import pytest

from manor.drivers.qemu.caps_service import CapsDocuments
from manor.drivers.qemu.probe import CapsCache
from manor.errors import ManorError
from manor.schema.capabilities import Capabilities
from manor.system.host import Host
from tests.support.libvirtd import Libvirtd
from tests.support.stock import missing_python, stock_python

X86_64 = shutil.which("qemu-system-x86_64") or ""
I386 = shutil.which("qemu-system-i386") or ""
MICROVM = shutil.which("qemu-system-x86_64-microvm") or ""

pytestmark = [
    pytest.mark.skipif(missing_python() is not None, reason=str(missing_python())),
    pytest.mark.skipif(not (X86_64 and I386 and MICROVM), reason="needs QEMU for x86"),
]

Request = tuple[str | None, str | None, str | None, str | None]

GOOD: list[Request] = [
    (emulator, arch, machine, virt_type)
    for virt_type in (None, "qemu")
    for emulator, arch, machine in (
        (None, None, None),
        (None, None, "q35"),
        (None, None, "isapc"),
        (None, None, "microvm"),
        (None, None, "pc-q35-4.2"),
        (None, "i686", None),
        (None, "i686", "q35"),
        (X86_64, "i686", None),
        (X86_64, None, "pc-i440fx-2.5"),
    )
]

BAD: list[Request] = [
    (None, "i386", None, None),
    (None, "aarch64", None, None),
    (None, "bogus", None, None),
    (None, "", None, None),
    (None, None, "bogus", None),
    (None, None, "", "qemu"),
    (None, None, "none", "qemu"),
    (None, None, None, "bogus"),
    (None, None, None, "xen"),
    (None, None, "pc", "vz"),
    (None, "bogus", None, "bogus"),
    ("/nonexistent", None, None, None),
    ("", None, None, None),
    ("qemu-system-x86_64", None, None, None),
    ("/tmp", None, None, None),
    ("/etc/passwd", None, None, None),
    (X86_64, "aarch64", None, None),
    (X86_64, "aarch64", "bogus", "bogus"),
    (I386, "x86_64", None, None),
    (I386, None, None, None),
    (I386, None, None, "xen"),
    (I386, None, "bogus", "xen"),
    (MICROVM, None, None, "qemu"),
    (MICROVM, None, "q35", "qemu"),
]

ASK = """
connection = libvirt.open(URI)
answers = []
for request in ARGUMENTS['requests']:
    try:
        answers.append(connection.getDomainCapabilities(*request))
    except libvirt.libvirtError as error:
        answers.append([error.get_error_code(), error.get_error_domain(), error.get_error_message()])
answer([connection.getCapabilities(), answers])
"""


@pytest.fixture(scope="module")
def judgement(libvirtd: Libvirtd) -> Any:
    return stock_python(ASK, libvirtd.uri(), requests=[*GOOD, *BAD])


@pytest.fixture(scope="module")
def documents(judgement: Any) -> CapsDocuments:
    host = Capabilities.parse(judgement[0]).host
    assert host is not None
    return CapsDocuments(CapsCache(), Host(), host.secmodels)


async def ask(documents: CapsDocuments, request: Request) -> object:
    try:
        return await documents.domain_capabilities(*request)
    except ManorError as error:
        return [error.code, error.domain, error.message]


def without_uuid(text: str) -> str:
    # A machine whose firmware has none gets a new one from each daemon.
    return re.sub("<uuid>.*</uuid>", "<uuid/>", text)


def of_x86(document: str) -> str:
    """The host and its own kind of guests: which other emulators are installed is not this test's business."""
    others = re.compile(
        r"  <guest>\n    <os_type>hvm</os_type>\n    <arch name='(?!x86_64|i686).*?</guest>\n\n", re.DOTALL
    )
    return others.sub("", document)


def test_capabilities(documents: CapsDocuments, judgement: Any) -> None:
    ours = asyncio.run(documents.capabilities())
    assert without_uuid(of_x86(ours)) == without_uuid(of_x86(judgement[0]))


@pytest.mark.parametrize("number", range(len(GOOD)), ids=lambda n: "-".join(map(str, GOOD[n])))
def test_domain_capabilities(documents: CapsDocuments, judgement: Any, number: int) -> None:
    assert asyncio.run(ask(documents, GOOD[number])) == judgement[1][number]


@pytest.mark.parametrize("number", range(len(BAD)), ids=lambda n: "-".join(map(str, BAD[n])))
def test_refusals(documents: CapsDocuments, judgement: Any, number: int) -> None:
    assert asyncio.run(ask(documents, BAD[number])) == judgement[1][len(GOOD) + number]
