# SPDX-License-Identifier: Apache-2.0
"""The same domain documents to libvirt's reader and to ours: what one takes or refuses, so does the other.

virsh's test driver reads documents in its own process, with the code all of libvirt's drivers share, so
each comparison is one short command. Values are replaced one at a time, here and there in our documents.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from manor.schema.core import DocumentError, Format
from manor.schema.domain import Domain

VIRSH = shutil.which("virsh")
pytestmark = pytest.mark.skipif(VIRSH is None, reason="virsh is not installed")

DOCUMENTS = Path(__file__).with_name("documents") / "inactive"
# Documents the test driver accepts; the others need a driver of their own.
COMMON = ("whole", "boots", "boots3", "misc", "disks", "disks2", "nets", "chars", "screens", "hosts")
VALUES = ("", "bogus")
EVERY = 9

# Places where we differ: libvirt words them by looking at another element, or does not look at all.
DIFFERENT = {
    "cpu/numa/cell/cache@level": "libvirt names the node",
    "cpu/numa/cell/cache/size@unit": "libvirt ignores it",
    "cpu/numa/cell/cache/line@unit": "libvirt ignores it",
    "devices/disk/backingStore/format/metadata_cache/max_size": "libvirt names the whole path",
    "devices/filesystem/source@units": "libvirt names the unit",
    "devices/graphics@port": "libvirt names the kind of graphics",
    "devices/hostdev/source/auth/secret@type": "libvirt has other words for host devices",
    "devices/interface/source/address@type": "libvirt takes an empty type for none",
    "devices/interface/vlan@trunk": "libvirt counts the tags first",
    "devices/video/model@type": "libvirt's next check fails instead",
}


class Damage(NamedTuple):
    """A document with one value replaced."""

    place: str
    value: str
    xml: bytes


def damaged() -> Iterator[Damage]:
    """Every EVERY-th place of every document, with each of VALUES."""
    seen: set[tuple[str, str]] = set()
    for name in COMMON:
        root = etree.parse(DOCUMENTS / f"{name}.xml").getroot()
        tree = root.getroottree()
        for node in root.iter(etree.Element):
            path = re.sub(r"\[\d+\]", "", tree.getpath(node)).removeprefix("/domain/")
            for attribute in (*map(str, node.attrib), None):
                text = node.get(attribute) if attribute else node.text
                place = f"{path}@{attribute}" if attribute else path
                if not (text or "").strip() or (place, node.get("type", "")) in seen:
                    continue
                seen.add((place, node.get("type", "")))
                if len(seen) % EVERY:
                    continue
                for value in VALUES:
                    put(node, attribute, value)
                    yield Damage(place, value, etree.tostring(root))
                put(node, attribute, text or "")


def put(node: etree._Element, attribute: str | None, value: str) -> None:
    if attribute:
        node.set(attribute, value)
    else:
        node.text = value


def libvirt(command: str) -> tuple[str, str]:
    """What virsh's test driver prints, and the error it reports."""
    done = subprocess.run([VIRSH or "", "-q", "-c", "test:///default", command], capture_output=True, text=True)
    return done.stdout, "\n".join(done.stderr.strip().split("\n")[1:]).removeprefix("error: ").strip()


# libvirt counts the ports of consoles anew each time it puts one in front for the first serial port.
@pytest.mark.parametrize("name", [name for name in COMMON if name != "chars"])
def test_libvirt_writes_what_we_write(name: str, tmp_path: Path) -> None:
    path = tmp_path / "domain.xml"
    domain = Domain.parse((DOCUMENTS / f"{name}.xml").read_bytes())
    path.write_text(domain.format(Format.SECURE | Format.INACTIVE))
    shown, error = libvirt(f"define {path}; dumpxml {domain.name} --inactive --security-info")
    assert error == ""
    assert shown.rstrip("\n") == path.read_text().rstrip("\n")


def test_values_are_taken_and_refused_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "domain.xml"
    wrong: list[str] = []
    total = later = 0
    for case in damaged():
        if case.place in DIFFERENT or case.place.startswith("devices/disk/mirror"):
            continue
        total += 1
        path.write_bytes(case.xml)
        _, theirs = libvirt(f"define {path}")
        try:
            Domain.parse(case.xml, source="(domain_definition)")
            ours = ""
        except DocumentError as error:
            ours = error.message.strip()
        if theirs and not ours:
            later += 1  # a matter of the passes, which look at more than one value
        elif ours != theirs:
            wrong.append(f"{case.place} = '{case.value}': {ours!r} instead of {theirs!r}")
    with capsys.disabled():
        print(f"\nvalues as libvirt takes them: {total - len(wrong)}/{total} ({later} left to the passes)", end=" ")
    assert wrong == []


MALFORMED = {
    "nothing": "",
    "blank": "  \n",
    "text": "hello",
    "unclosed": "<domain type='test'>\n  <name>x",
    "mismatch": "<domain type='test'>\n  <os>\r\n  </so></domain>",
    "quotes": "<domain type=test>",
    "twice": "<domain type='test' type='test'/>",
    "ampersand": "<domain>\n  <name>a & b</name></domain>",
    "entity": "<domain>\n\t<name>äö &foo;</name></domain>",
    "control": "<domain><name>a \x01 b</name></domain>",
    "two roots": "<domain/><domain/>",
    "comment": "<domain><!-- -- --></domain>",
    "encoding": '<?xml version="1.0" encoding="foo"?><domain/>',
    "bytes": "<domain><name>a \udcff b</name></domain>",
    "reference": "<domain><name>&#0;</name></domain>",
    "cdata": "<domain><name><![CDATA[ x</name></domain>",
    "long": "<domain><name>" + "x" * 300 + "<" + "y" * 100 + "</name></domain>",
    "root": "<network/>",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_syntax_errors_are_reported_alike(name: str, tmp_path: Path) -> None:
    path = tmp_path / "domain.xml"
    data = MALFORMED[name].encode("utf-8", "surrogateescape")
    path.write_bytes(data)
    done = subprocess.run([VIRSH or "", "-q", "-c", "test:///default", f"define {path}"], capture_output=True)
    theirs = done.stderr.decode("utf-8", "replace").split("\n", 1)[1].removeprefix("error: ").strip("\n")
    with pytest.raises(DocumentError) as caught:
        Domain.parse(data, source="(domain_definition)")
    assert caught.value.message == theirs
