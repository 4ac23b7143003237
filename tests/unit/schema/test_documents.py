# SPDX-License-Identifier: Apache-2.0
"""Our own domain documents: each is written back byte for byte, and together they use every declared field.

The documents are what libvirt 9.0.0 itself wrote of guests with everything in them, except those called rare,
namespaces and container, which hold what no single libvirt driver shows. `inactive` is dumpxml --inactive
--security-info, `live` the same of running guests, `status` holds what only a daemon's own records have.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from manor.schema.core import DocumentError, Element, Format, reachable, schema_of
from manor.schema.domain import Domain

DOCUMENTS = Path(__file__).with_name("documents")
FLAGS = {
    "inactive": Format.SECURE | Format.INACTIVE,
    "live": Format.SECURE,
    "status": Format.SECURE | Format.STATUS,
}
ALL = sorted(DOCUMENTS.glob("*/*.xml"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", ALL, ids=named)
def test_written_back_byte_for_byte(path: Path) -> None:
    text = path.read_text("utf-8")
    document = Domain.parse(text, validate=True)
    assert document.format(FLAGS[path.parent.name]) == text


@pytest.mark.parametrize("path", ALL, ids=named)
def test_copies_are_equal_and_share_nothing(path: Path) -> None:
    document = Domain.parse(path.read_bytes())
    other = document.copy()
    assert other == document
    elements = {id(element) for element in document.walk()}
    assert not any(id(element) in elements for element in other.walk())


def used(root: Element) -> Iterator[tuple[str, str]]:
    """The declarations a document uses: (class that declares it, field)."""
    for element in root.walk():
        for field in schema_of(type(element)).fields:
            if field.default is not None or getattr(element, field.name) != field.initial():
                yield field.owner, field.name


def test_every_declared_field_is_exercised() -> None:
    seen = {pair for path in ALL for pair in used(Domain.parse(path.read_bytes()))}
    declared = {(field.owner, field.name) for cls in reachable(Domain) for field in schema_of(cls).fields}
    assert sorted(declared - seen) == []


def test_every_class_is_exercised() -> None:
    seen = {type(element) for path in ALL for element in Domain.parse(path.read_bytes()).walk()}
    # Classes that only stand for their variants never occur themselves.
    concrete = {cls for cls in reachable(Domain) if not schema_of(cls).variants}
    # Nothing is written of a source that says nothing.
    assert {cls.__name__ for cls in concrete - seen} == {"NullInterfaceSource"}


def test_passwords_are_written_only_on_demand() -> None:
    document = Domain.parse((DOCUMENTS / "inactive" / "screens.xml").read_bytes())
    assert "secret&apos;1" in document.format(Format.SECURE)
    assert "secret&apos;" not in document.format()
    assert " passwd=" not in document.format()
    assert "secret'1" not in repr(document)
    document = Domain.parse((DOCUMENTS / "inactive" / "disks2.xml").read_bytes())
    assert "testcookievalue" in document.format(Format.SECURE)
    assert "cookie" not in document.format()


def test_inactive_xml_lacks_what_is_chosen_at_start() -> None:
    document = Domain.parse((DOCUMENTS / "live" / "blockcopy.xml").read_bytes())
    text = document.format(Format.INACTIVE)
    assert "mirror" not in text
    assert "/dev/pts" not in text
    assert "state=" not in text
    assert "<graphics type='vnc' port='-1' autoport='yes'" in text
    assert text.startswith("<domain type='qemu'>")
    assert document == Domain.parse((DOCUMENTS / "live" / "blockcopy.xml").read_bytes()), "writing changes nothing"


def test_runtime_state_can_be_dropped() -> None:
    document = Domain.parse((DOCUMENTS / "live" / "blockcopy.xml").read_bytes())
    document.drop_runtime()
    assert document.id is None
    assert document.devices is not None
    assert document.devices.disks[0].mirror is None
    assert document.devices.disks[0].source is not None
    assert document.devices.disks[0].source.index is None
    assert document.seclabels[0].imagelabel is None


@pytest.mark.parametrize("path", ALL, ids=named)
def test_an_unknown_element_is_dropped_or_refused_where_it_stands(path: Path) -> None:
    text = path.read_text("utf-8")
    marked = text.replace("<devices>", "<devices>\n    <surprise at='1'/>", 1)
    if marked == text:
        pytest.skip("no devices")
    assert Domain.parse(marked) == Domain.parse(text)
    with pytest.raises(DocumentError) as caught:
        Domain.parse(marked, validate=True)
    line = text[: text.index("<devices>")].count("\n") + 2
    assert caught.value.code.name == "XML_INVALID_SCHEMA"
    assert (caught.value.element, caught.value.line) == ("surprise", line)
    assert caught.value.message == (
        f"XML document failed to validate against schema: unknown element 'surprise' in 'devices' at line {line}"
    )
