# SPDX-License-Identifier: Apache-2.0
"""Reading, writing and selecting XML; XPath is judged by libxml2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.cli.document import format_node, wrap
from manor.cli.failure import CommandFailed
from manor.cli.xml import Tag, escape, parse
from manor.cli.xpath import select
from manor.cli.xpath_model import Attribute, Document, XPathError, string_value

etree = pytest.importorskip("lxml.etree")

DOCUMENT = """<domain type='test' id='1'>
  <name>test</name>
  <memory unit='KiB'>8388608</memory>
  <!-- a remark -->
  <devices>
    <disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>
    <disk type='block' device='cdrom'><source dev='/b'/><target dev='sda' bus='sata'/></disk>
    <disk type='file' device='floppy'><target dev='fda' bus='fdc'/></disk>
    <graphics type='vnc' port='5900'/>
  </devices>
  <metadata><app:note xmlns:app='urn:app' level='2'>text <b>bold</b> more</app:note></metadata>
</domain>
"""

EXPRESSIONS = [
    "/",
    "/domain",
    "//disk",
    "//disk/@type",
    "//disk[1]",
    "//disk[last()]",
    "//disk[position() < 3]",
    "//disk[@device='cdrom']/source/@dev",
    "//disk[source]/target",
    "//disk[not(source)]",
    "//disk[target/@bus = 'sata' or @type='block']",
    "//*[@type='file' and @device!='disk']",
    "/domain/*[2]",
    "/domain/devices/*[self::graphics]",
    "//target[../@type='file']",
    "//target/..",
    "//disk/following-sibling::*",
    "//graphics/preceding-sibling::disk[1]",
    "//disk[2]/preceding::*",
    "//name/following::disk",
    "//source/ancestor::*",
    "//source/ancestor-or-self::node()",
    "//devices/descendant::target",
    "//devices/descendant-or-self::*",
    "//text()",
    "//comment()",
    "//memory/text()",
    "//@*",
    "//@dev[starts-with(., 's')]",
    "//*[contains(@file, 'a')]",
    "//*[string-length(name()) = 4]",
    "//*[count(*) > 1]",
    "//*[number(@port) + 1 = 5901]",
    "//*[@port div 2 = 2950 and @port mod 7 = 6]",
    "//disk[substring(target/@dev, 2) = 'da']",
    "//disk[substring-before(target/@dev, 'a') = 'vd']",
    "//disk[substring-after(target/@dev, 'v') = 'da']",
    "//disk[translate(@device, 'dr', 'DR') = 'cDRom'] | //disk[translate(@device, 'abc', 'A') = 'Drom']",
    "//*[normalize-space(.) = 'text bold more']",
    "//*[concat(@type, '-', @device) = 'file-disk']",
    "//*[boolean(@port) = true()]",
    "//*[sum(@port) = 5900]",
    "//*[floor(2.5) = 2 and ceiling(2.5) = 3 and round(2.5) = 3]",
    "//*[local-name() = 'disk']",
    "//disk[@type='file'][2]",
    "(//disk)[2]",
    "(//disk | //graphics)[last()]",
    "//name | /domain/@id | //memory",
    "//nope",
    "//disk[-1 < 0][2]",
    "//disk[true()]",
    "//disk[false()]",
    "//disk[1 = 1.0]",
    "//disk['']",
    "//disk['x']",
    "//disk[@type != //graphics/@type]",
    ".//disk",
    "//disk/./target",
    "child::devices",
    "/child::domain/child::devices/child::disk[attribute::type = 'file']",
    "//*[div]",
    "//disk[@type = 'file' and position() mod 2 = 1]",
    "//b/..",
    "//*[lang('de')]",
    "id('x')",
]


def theirs(expression: str) -> list[tuple[str, str]]:
    root = etree.fromstring(DOCUMENT)
    found = []
    for node in root.xpath(expression):
        if isinstance(node, str):
            kind = "attribute" if getattr(node, "is_attribute", False) else "text"
            found.append((kind, str(node)))
        elif node.tag is etree.Comment:
            found.append(("comment", node.text))
        else:
            found.append(("element", str(node.xpath("string()"))))
    return found


def ours(expression: str) -> list[tuple[str, str]]:
    found = []
    for node in select(parse(DOCUMENT), expression):
        if isinstance(node, Document):
            continue
        if isinstance(node, Attribute):
            kind = "attribute"
        elif hasattr(node, "children"):
            kind = "element"
        else:
            kind = "comment" if node.comment else "text"
        found.append((kind, string_value(node)))
    return found


@pytest.mark.parametrize("expression", [text for text in EXPRESSIONS if text != "/"])
def test_xpath_selects_what_libxml2_selects(expression: str) -> None:
    assert ours(expression) == theirs(expression)


def test_the_document_itself_can_be_selected() -> None:
    (node,) = select(parse(DOCUMENT), "/")
    assert isinstance(node, Document)


def test_prefixes_are_compared_as_they_are_written() -> None:
    assert [string_value(node) for node in select(parse(DOCUMENT), "//app:note")] == ["text bold more"]
    assert select(parse(DOCUMENT), "//note") == []
    assert len(select(parse(DOCUMENT), "//app:*")) == 1
    assert len(select(parse("<a xmlns='urn:x'><b/></a>"), "//b")) == 0


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "count(//disk)",
        "'x'",
        "//disk[",
        "//disk]",
        "foo(",
        "nosuch()",
        "//",
        "@",
        "disk::x",
        "1 +",
        "count()",
        "'unfinished",
        "$variable",
        "//disk[sum('x')]",
        "count('x')",
        "//a b",
        "#",
    ],
)
def test_expressions_that_cannot_be_used(expression: str) -> None:
    with pytest.raises(XPathError):
        select(parse(DOCUMENT), expression)


@given(st.text(alphabet="/@*[]()|'=<>!.:,+-ad1 \"$", max_size=25))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        select(parse(DOCUMENT), text)
    except XPathError:
        return


def test_deep_nesting_is_refused_not_crashed_on() -> None:
    with pytest.raises(XPathError):
        select(parse(DOCUMENT), "(" * 20000 + "1" + ")" * 20000)


def test_values_by_path() -> None:
    root = parse(DOCUMENT)
    assert root.value("name") == "test"
    assert root.value("@id") == "1"
    assert root.value("devices/disk/target/@dev") == "vda"
    assert root.value("devices/disk/source/@dev") == "/b"
    assert root.value("nope") is None
    assert root.value("nope/@x") is None
    assert [disk.get("device") for disk in root.findall("devices/disk")] == ["disk", "cdrom", "floppy"]


def test_a_document_that_cannot_be_read() -> None:
    with pytest.raises(CommandFailed) as failure:
        parse("<a>\n<b></a>", "(domain)")
    assert failure.value.messages == ("XML error: (domain):2: mismatched tag",)
    with pytest.raises(CommandFailed, match="no element found"):
        parse("")


def test_elements_are_written_as_they_stand() -> None:
    text = '<a x="1 &amp; &lt;&quot;">t &amp; <b/><!--c--> u</a>'
    assert parse(text).format() == text


def test_elements_can_be_removed_with_their_blanks() -> None:
    root = parse("<a>\n  <b/>\n  <c/>\n</a>")
    found = root.find("c")
    assert found is not None
    root.remove(found)
    assert root.format() == "<a>\n  <b/>\n</a>"


def test_tags_are_written_as_libvirt_writes_documents() -> None:
    disk = Tag("disk", type="file", device=None)
    disk.add("source", file="/a'b")
    disk.add("serial", "x<y")
    disk.extend(None, Tag("readonly"))
    assert disk.format() == (
        "<disk type='file'>\n  <source file='/a&apos;b'/>\n  <serial>x&lt;y</serial>\n  <readonly/>\n</disk>\n"
    )
    assert Tag("a").empty
    assert not disk.empty


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_escaped_text_comes_back(text: str) -> None:
    root = parse(f"<a x='{escape(text)}'>{escape(text)}</a>")
    assert root.text == text
    assert root.get("x") == text


def test_nodes_as_virsh_prints_them() -> None:
    root = parse("<d id='1'>\n    <os>\n        <type arch='i686'>hvm</type>\n    </os>\n</d>")
    (node,) = select(root, "//os")
    assert format_node(node) == '<os>\n  <type arch="i686">hvm</type>\n</os>'
    assert [format_node(node) for node in select(root, "//@id")] == [' id="1"']
    assert wrap(select(root, "//os | //@id")) == (
        '<nodes id="1">\n  <os>\n    <type arch="i686">hvm</type>\n  </os>\n</nodes>'
    )
    assert wrap([]) == "<nodes/>"
    assert wrap(select(root, "//os | //type/text()")) == '<nodes><os><type arch="i686">hvm</type></os>hvm</nodes>'
