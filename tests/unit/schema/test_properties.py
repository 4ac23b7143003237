# SPDX-License-Identifier: Apache-2.0
"""Properties of reading and writing, on documents made up from the declarations and on plain garbage."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manor.schema.core import Bitmap, DocumentError, Element, Format, Raw, codec, reachable, read_tree, schema_of
from manor.schema.core.units import pretty, scaled
from manor.schema.domain import Domain
from tests.unit.schema.generated import elements, subtrees

ALL_FLAGS = Format.SECURE | Format.STATUS
DOCUMENTS = sorted(Path(__file__).with_name("documents").glob("*/*.xml"))
# Classes that can be the root of a document: a parent's attribute need not choose their variant.
ROOTS = [cls for cls in reachable(Domain) if not (schema_of(cls).by or "").startswith("../")]
ROOTS = [cls for cls in ROOTS if not schema_of(cls).variants]

quick = settings(deadline=None, suppress_health_check=list(HealthCheck))


def round_trip(element: Element) -> None:
    cls = type(element)
    text = element.format(ALL_FLAGS)
    if not text:
        return  # nothing in it
    again = cls.parse(text, validate=True)
    # What holds nothing is not written, so it is the second writing that must not change any more.
    assert cls.parse(again.format(ALL_FLAGS), validate=True) == again
    assert cls.parse(again.format(ALL_FLAGS)).format(ALL_FLAGS) == again.format(ALL_FLAGS)
    assert again.copy() == again


@pytest.mark.parametrize("cls", ROOTS, ids=lambda cls: cls.__name__)
def test_every_class_reads_what_it_writes(cls: type[Element]) -> None:
    @settings(quick, max_examples=8)
    @given(elements(cls))
    def check(element: Element) -> None:
        round_trip(element)

    check()


@settings(quick, max_examples=40)
@given(elements(Domain, depth=4, most=8))
def test_whole_documents_are_read_as_written(domain: Element) -> None:
    round_trip(domain)


@settings(quick, max_examples=100)
@given(subtrees(4))
def test_subtrees_are_read_as_written(tree: Raw) -> None:
    assert Raw.from_node(read_tree(tree.format())) == tree


def survive(data: str | bytes) -> None:
    """Whatever is given, there is a document or a DocumentError."""
    for validate in (False, True):
        try:
            Domain.parse(data, validate=validate).format(ALL_FLAGS)
        except DocumentError as error:
            assert error.message


@settings(quick, max_examples=200)
@given(st.text() | st.binary())
def test_garbage_is_refused(data: str | bytes) -> None:
    survive(data)


@settings(quick, max_examples=200)
@given(st.data())
def test_damaged_documents_are_read_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(DOCUMENTS)).read_text("utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 40))
        junk = data.draw(st.sampled_from(["", "<", ">", "'", "/>", "<a/>", "&#0;", "<!--", "\ud800", "9" * 30, "]]>"]))
        text = text[:start] + junk + text[start + length :]
    survive(text)


@settings(quick, max_examples=100)
@given(st.data())
def test_any_value_anywhere_is_taken_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(DOCUMENTS)).read_text("utf-8")
    pieces = text.split("'")
    index = data.draw(st.integers(0, len(pieces) // 2 - 1)) * 2 + 1
    value = data.draw(st.text(max_size=8) | st.sampled_from(["", "-1", "0x", "1e9", "0-99999999", "9" * 5000, "٣"]))
    pieces[index] = codec.escape(value)
    survive("'".join(pieces))


class TestBombs:
    """Input made to exhaust memory or time; the limits hold before either is spent."""

    @pytest.fixture(autouse=True)
    def memory(self) -> object:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        yield
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 200 * 1024, f"{grown} KiB were taken"

    def refused(self, data: str | bytes) -> str:
        with pytest.raises(DocumentError) as caught:
            Domain.parse(data)
        return caught.value.message

    def laughs(self, use: str) -> str:
        entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        return f'<!DOCTYPE domain [<!ENTITY e0 "ha">{entities}]>{use}'

    def test_entities_in_text(self) -> None:
        self.refused(self.laughs("<domain type='kvm'><name>&e11;</name></domain>"))

    def test_entities_in_attributes(self) -> None:
        self.refused(self.laughs("<domain type='&e11;'/>"))

    def test_entities_from_files(self) -> None:
        message = self.refused('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><domain type="&x;"/>')
        assert "entit" in message.lower()
        message = self.refused(
            '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><domain><name>&x;</name></domain>'
        )
        assert message == "XML error: entity declarations are not accepted in documents"

    def test_external_definitions_are_not_fetched(self) -> None:
        text = '<!DOCTYPE domain SYSTEM "http://127.0.0.1:1/x.dtd"><domain type="kvm"><name>x</name></domain>'
        assert Domain.parse(text).name == "x"

    def test_entities_in_another_encoding(self) -> None:
        text = '<!DOCTYPE d [<!ENTITY x "y">]><domain type="kvm"><name>&x;</name></domain>'
        assert self.refused(text.encode("utf-16")).startswith("XML error: entity declarations")

    def test_depth(self) -> None:
        assert "Excessive depth" in self.refused("<domain>" + "<a>" * 100_000)

    def test_length(self) -> None:
        assert "exceeds" in self.refused(b"<domain>" + b" " * (16 << 20))

    def test_a_long_line_is_shown_in_part(self) -> None:
        assert len(self.refused("<domain a='" + "x" * 1_000_000 + "<'/>")) < 10_000

    def test_sets_and_numbers(self) -> None:
        vcpu = "<domain type='kvm'><name>x</name><vcpu cpuset='{}'>{}</vcpu></domain>"
        assert "Failed to parse bitmap" in self.refused(vcpu.format("0-4294967295", 1))
        assert "Failed to parse bitmap" in self.refused(vcpu.format("9" * 100_000, 1))
        assert "must be an integer" in self.refused(vcpu.format("1", "9" * 1_000_000))

    def test_many_children(self) -> None:
        text = "<domain type='kvm'><name>x</name><devices>" + "<disk/>" * 100_000 + "</devices></domain>"
        domain = Domain.parse(text)
        assert domain.devices is not None
        assert len(domain.devices.disks) == 100_000


class TestValues:
    """The small grammars inside attributes."""

    @given(st.frozensets(st.integers(0, 500)))
    def test_bitmaps(self, members: frozenset[int]) -> None:
        if members:
            assert Bitmap.parse(str(Bitmap(members))) == members

    @pytest.mark.parametrize(
        ("text", "members"),
        [("0", [0]), ("0-3", [0, 1, 2, 3]), ("1,3,2", [1, 2, 3]), ("0-3,^2", [0, 1, 3]), (" 1 , 2 - 3 ", [1, 2, 3])],
    )
    def test_bitmaps_as_written_by_people(self, text: str, members: list[int]) -> None:
        assert sorted(Bitmap.parse(text)) == members

    @pytest.mark.parametrize("text", ["", ",", "a", "3-1", "-1", "1-", "^1-2", "16384", "1;2"])
    def test_bitmaps_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            Bitmap.parse(text)

    @given(st.integers(0, 1 << 63))
    def test_amounts(self, amount: int) -> None:
        number, unit = pretty(amount)
        assert scaled(str(number), unit, "bytes", "bytes") == amount

    @pytest.mark.parametrize(
        ("text", "unit", "kib"),
        [
            ("1", None, 1),
            ("1", "KiB", 1),
            ("1", "k", 1),
            ("1", "KB", 1),
            ("1024", "b", 1),
            ("1025", "bytes", 2),
            ("1", "MiB", 1024),
            ("1", "MB", 977),
            ("2", "g", 2 << 20),
            (" +3 ", "T", 3 << 30),
            ("0", "E", 0),
        ],
    )
    def test_units(self, text: str, unit: str | None, kib: int) -> None:
        assert scaled(text, unit, "KiB", "KiB") == kib

    @pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "1e3", "0x10", "99999999999999999999"])
    def test_what_is_no_amount(self, text: str) -> None:
        with pytest.raises(ValueError):
            scaled(text, None, "KiB", "KiB")

    def test_amounts_too_large(self) -> None:
        with pytest.raises(Exception, match="value too large: 99999999999EiB"):
            scaled("99999999999", "EiB", "KiB", "KiB")

    @pytest.mark.parametrize(
        "each", [codec.unsigned, codec.signed, codec.unsigned_long, codec.hexadecimal(4), codec.uuid]
    )
    @given(st.text(max_size=70))
    def test_codecs_raise_nothing_else(self, each: codec.Codec, text: str) -> None:
        try:
            value = each.decode(text)
        except (ValueError, KeyError):
            return
        assert each.decode(each.encode(value)) == value

    def test_uuids_and_addresses_are_put_in_order(self) -> None:
        assert codec.uuid.decode(" C7A5FDBDedaf9455-926ad65c16db1809\n") == "c7a5fdbd-edaf-9455-926a-d65c16db1809"
        assert codec.mac.decode("52:54:0:A:B:c") == "52:54:00:0a:0b:0c"
        assert codec.ip_address.decode("2001:DB8:0::1") == "2001:db8::1"
