# SPDX-License-Identifier: Apache-2.0
"""The schema core on small classes of its own: every kind of field, and how elements behave as values."""

from __future__ import annotations

import copy
from typing import Literal

import pytest

from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.core import (
    Bitmap,
    Choices,
    DocumentError,
    Early,
    Element,
    Format,
    Namespace,
    Raw,
    amount,
    attr,
    child,
    children,
    codec,
    differences,
    flag,
    internal,
    many,
    one,
    raw,
    raw_any,
    reachable,
    text,
    unsupported,
    xml_error,
)

SEA = Namespace("sea", "urn:sea")


class Position(Element, tag="position", by="type", unknown_kind=unsupported("unknown position type '{value}'")):
    type: str = attr(required=True, order=-1)


class Port(Position, kind="port"):
    bus: int | None = attr(codec=codec.hexadecimal(2))


class Anchor(Position, kind="anchor"):
    bus: int | None = attr()
    multi: bool | None = attr(codec=codec.on_off)


class Placed(Element):
    """A mixin: written after the fields of its heirs."""

    position: Position | None = one(order=90)


class Cargo(Element, tag="cargo", by="../kind", fallback="dry"):
    """What a parent's attribute selects."""


class DryCargo(Cargo, kind="dry"):
    sacks: int | None = attr()


class WetCargo(Cargo, kind=("wet", "oily")):
    barrels: int | None = attr()


class Sail(Element, tag="sail"):
    area: int | None = attr(codec=codec.non_zero)


class Oar(Element, tag="oar"):
    side: Literal["port", "starboard"] | None = attr()


class Flag(Element, tag="flag", namespace=SEA):
    code: str | None = attr()


class Log(Element, tag="log", keep_empty=True):
    value: str | None = text()


class Ship(Placed, tag="ship", errors=ErrorDomain.DOMAIN):
    kind: Literal["dry", "wet", "oily"] | None = attr()
    crew: int | None = attr(error=xml_error("cannot count '{value}'"), blank=True)
    secret: str | None = attr(secure=True)
    course: int | None = attr(live_only=True)
    planned: int | None = attr(inactive_only=True)
    fuel: int | None = attr(unit="KiB", unit_name="fuelUnit")
    rig: str | None = attr(choices=Choices("kind", {"dry": ("sloop",)}), error=unsupported("bad rig {value}"))
    name: str = child(required=True, missing=internal("a ship needs a name"))
    cabins: Bitmap | None = child()
    anchored: bool | None = child(at="state", codec=codec.on_off, bare=True)
    ports: list[str] = children("visited", at="port")
    hull: int | None = amount(pretty=True, unit="bytes", assumed="MiB")
    ballast: int | None = amount(migratable=False)
    afloat: bool = flag()
    movers: list[Sail | Oar] = many(within="movers")
    mast: Sail | None = one(early=Early("cargo", "kind", "wet"))
    cargo: Cargo | None = one()
    log: Log | None = one(duplicate=xml_error("only one log"))
    flags: list[Flag] = many()
    papers: Raw | None = raw()
    note: str | None = child(namespace=SEA)
    hidden: str | None = child(status=True)


SHIP = """\
<ship xmlns:sea='urn:sea' kind='dry' crew='3' fuel='2' fuelUnit='KiB' rig='sloop'>
  <name>Tom &amp; &quot;J&quot;</name>
  <cabins>0-2,5</cabins>
  <anchored state='off'/>
  <visited port='a'/>
  <visited port='b'/>
  <hull unit='MiB'>3</hull>
  <ballast unit='KiB'>7</ballast>
  <afloat/>
  <movers>
    <sail area='3'/>
    <oar side='port'/>
    <sail area='4'/>
  </movers>
  <cargo sacks='4'/>
  <log/>
  <sea:flag code='x'/>
  <papers>
    <any thing="1"/>
  </papers>
  <sea:note>n</sea:note>
  <position type='port' bus='0x0a'/>
</ship>
"""


def refused(xml: str, **options: bool) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        Ship.parse(xml, validate=options.get("validate", False))
    return caught.value


class TestReadingAndWriting:
    def test_round_trip(self) -> None:
        ship = Ship.parse(SHIP, validate=True)
        assert ship.format() == SHIP
        assert ship.name == 'Tom & "J"'
        assert ship.cabins == Bitmap((0, 1, 2, 5))
        assert ship.hull == 3 << 20
        assert [type(mover) for mover in ship.movers] == [Sail, Oar, Sail]
        assert isinstance(ship.cargo, DryCargo)
        assert isinstance(ship.position, Port)

    def test_comments_instructions_and_cdata_are_no_obstacle(self) -> None:
        ship = Ship.parse("<?x y?><ship><!-- a --><name>To<!-- b -->m<![CDATA[<>]]></name><?p?></ship><!-- c -->")
        assert ship.name == "Tom<>"

    def test_indentation(self) -> None:
        assert Sail(area=3).format(indent=2) == "    <sail area='3'/>\n"

    def test_a_bare_child_has_its_own_meaning(self) -> None:
        assert Ship.parse("<ship><name>x</name><anchored/></ship>").anchored is True

    def test_the_first_of_several_counts(self) -> None:
        xml = "<ship><name>x</name><name>y</name><cargo sacks='1'/><cargo sacks='2'/></ship>"
        ship = Ship.parse(xml)
        assert ship.name == "x"
        assert ship.cargo == DryCargo(sacks=1)
        assert refused(xml, validate=True).message.endswith("unknown second element 'name' at line 1")

    def test_empty_text_is_absent(self) -> None:
        assert Ship.parse("<ship><name>x</name><cabins></cabins><hull/></ship>") == Ship(name="x")

    def test_empty_elements_are_left_out_unless_they_mean_something(self) -> None:
        ship = Ship(name="x", cargo=DryCargo(), log=Log(), mast=Sail(), movers=[Sail()])
        assert ship.format() == "<ship>\n  <name>x</name>\n  <log/>\n</ship>\n"

    @pytest.mark.parametrize(
        ("kind", "cls", "field"),
        [("dry", DryCargo, "sacks"), ("wet", WetCargo, "barrels"), ("oily", WetCargo, "barrels")],
    )
    def test_the_parent_selects_the_class(self, kind: str, cls: type[Cargo], field: str) -> None:
        ship = Ship.parse(f"<ship kind='{kind}'><name>x</name><cargo {field}='2'/></ship>")
        assert type(ship.cargo) is cls

    def test_without_the_attribute_the_fallback_is_taken(self) -> None:
        assert Ship.parse("<ship><name>x</name><cargo sacks='2'/></ship>").cargo == DryCargo(sacks=2)

    def test_a_child_may_be_written_early(self) -> None:
        cargo = WetCargo(barrels=1)
        wet = Ship(name="x", kind="wet", cargo=cargo, mast=Sail(area=1)).format()
        assert wet.index("<sail") < wet.index("<cargo")
        oily = Ship(name="x", kind="oily", cargo=cargo, mast=Sail(area=1), afloat=True).format()
        assert oily.index("<afloat") < oily.index("<sail") < oily.index("<cargo")

    @pytest.mark.parametrize(
        ("flags", "shown"),
        [
            (0, "course ballast"),
            (Format.SECURE, "secret course ballast"),
            (Format.INACTIVE, "planned ballast"),
            (Format.MIGRATABLE, "course"),
            (Format.STATUS, "course ballast hidden"),
        ],
    )
    def test_flags_choose_what_is_written(self, flags: int, shown: str) -> None:
        ship = Ship(name="x", secret="s", course=1, planned=2, ballast=3, hidden="h")
        written = ship.format(flags)
        every = ("secret", "course", "planned", "ballast", "hidden")
        assert [word for word in every if f"{word}=" in written or f"<{word}" in written] == shown.split()

    def test_special_characters_and_what_xml_cannot_carry(self) -> None:
        ship = Ship(name="a<b>'\"&\x01\ud800é\n\t", secret="'")
        assert "<name>a&lt;b&gt;&apos;&quot;&amp;é\n\t</name>" in ship.format()
        assert "secret='&apos;'" in ship.format(Format.SECURE)

    def test_namespaces_are_declared_where_they_are_used(self) -> None:
        assert "xmlns" not in Ship(name="x").format()
        assert Ship(name="x", note="n").format().startswith("<ship xmlns:sea='urn:sea'>")
        other = Ship.parse("<ship xmlns:o='urn:sea'><name>x</name><o:note>n</o:note><o:flag code='1'/></ship>")
        assert (other.note, other.flags) == ("n", [Flag(code="1")])


class TestRefusing:
    @pytest.mark.parametrize(
        ("xml", "code", "domain", "message", "element"),
        [
            ("<ship/>", 1, 20, "internal error: a ship needs a name", "ship"),
            ("<ship crew='x'/>", 27, 20, "XML error: cannot count 'x'", "ship"),
            (
                "<ship kind='odd'/>",
                27,
                5,
                "XML error: Invalid value for attribute 'kind' in element 'ship': 'odd'.",
                "ship",
            ),
            (
                "<ship course='-1'/>",
                27,
                5,
                "XML error: Invalid value for attribute 'course' in element 'ship': '-1'. "
                "Expected non-negative integer value",
                "ship",
            ),
            ("<ship fuel='x'/>", 27, 5, "XML error: Invalid value 'x' for element or attribute './@fuel'", "ship"),
            ("<ship fuel='1' fuelUnit='q'/>", 8, 0, "invalid argument: unknown suffix 'q'", "ship"),
            ("<ship kind='dry' rig='raft'/>", 67, 20, "unsupported configuration: bad rig raft", "ship"),
            (
                "<ship><hull>x</hull></ship>",
                27,
                5,
                "XML error: Invalid value 'x' for element or attribute './hull[1]'",
                "hull",
            ),
            ("<ship><cabins>x</cabins></ship>", 8, 0, "invalid argument: Failed to parse bitmap 'x'", "cabins"),
            (
                "<ship><movers><sail area='0'/></movers></ship>",
                27,
                5,
                "XML error: Invalid value for attribute 'area' in element 'sail': Zero is not permitted",
                "sail",
            ),
            (
                "<ship><position/></ship>",
                27,
                5,
                "XML error: Missing required attribute 'type' in element 'position'",
                "position",
            ),
            (
                "<ship><position type='x'/></ship>",
                67,
                20,
                "unsupported configuration: unknown position type 'x'",
                "position",
            ),
            ("<ship><log/><log/></ship>", 27, 20, "XML error: only one log", "log"),
            ("<boat/>", 27, 5, "XML error: expecting root element of 'ship', not 'boat'", "boat"),
        ],
    )
    def test_in_libvirts_words(self, xml: str, code: int, domain: int, message: str, element: str) -> None:
        error = refused("\n\n" + xml)
        assert (int(error.code), int(error.domain), error.message) == (code, domain, message)
        assert (error.element, error.line) == (element, 3)

    @pytest.mark.parametrize(
        ("xml", "what"),
        [
            ("<ship><name>x</name>\n<odd/></ship>", "element 'odd' in 'ship' at line 2"),
            ("<ship\n odd='1'><name>x</name></ship>", "attribute 'odd' in element 'ship' at line 2"),
            ("<ship><name>x</name><afloat odd='1'/></ship>", "attribute 'odd' in element 'afloat' at line 1"),
            ("<ship><name>x<odd/></name></ship>", "element 'odd' in 'name' at line 1"),
            ("<ship><name>x</name><movers><odd/></movers></ship>", "element 'odd' in 'movers' at line 1"),
            ("<ship><name>x</name><hull odd='1'>1</hull></ship>", "attribute 'odd' in element 'hull' at line 1"),
            ("<ship><name>x</name><name xmlns='urn:x'/></ship>", "element 'name' in 'ship' at line 1"),
        ],
    )
    def test_the_unknown_only_when_asked_to(self, xml: str, what: str) -> None:
        Ship.parse(xml)
        error = refused(xml, validate=True)
        assert (error.code, error.domain) == (ErrorNumber.XML_INVALID_SCHEMA, ErrorDomain.XML)
        assert error.message == f"XML document failed to validate against schema: unknown {what}"

    def test_bad_values_are_a_matter_of_validation_when_asked_to(self) -> None:
        error = refused("<ship>\n<name>x</name><cabins>x</cabins></ship>", validate=True)
        assert (error.code, error.element, error.line) == (ErrorNumber.XML_INVALID_SCHEMA, "cabins", 2)
        assert error.message.endswith("against schema: Failed to parse bitmap 'x' at line 2")

    def test_lenient_and_blank_values_count_as_absent(self) -> None:
        class Lenient(Element, tag="lenient"):
            number: int | None = attr(lenient=True)
            word: Literal["a"] | None = attr(blank=True)

        assert Lenient.parse("<lenient number='x' word=''/>") == Lenient()
        with pytest.raises(DocumentError):
            Lenient.parse("<lenient word='b'/>")


class TestValues:
    def test_equal_by_content_and_type(self) -> None:
        assert Sail(area=1) == Sail(area=1)
        assert Sail(area=1) != Sail(area=2)
        assert DryCargo() != WetCargo()
        assert Sail() != "sail"

    def test_copy_is_deep(self) -> None:
        ship = Ship.parse(SHIP)
        for other in (ship.copy(), copy.copy(ship), copy.deepcopy(ship), ship.evolve()):
            assert other == ship
            other.movers.clear()
            other.ports.append("c")
            assert ship == Ship.parse(SHIP)

    def test_evolve_changes_fields_of_a_copy(self) -> None:
        ship = Ship(name="a", ports=["x"])
        other = ship.evolve(name="b", afloat=True)
        assert (other.name, other.afloat, other.ports) == ("b", True, ["x"])
        assert ship == Ship(name="a", ports=["x"])
        with pytest.raises(TypeError, match="no field 'colour'"):
            ship.evolve(colour="red")

    def test_making_one_checks_the_names(self) -> None:
        with pytest.raises(TypeError, match="needs 'name'"):
            Ship()
        with pytest.raises(TypeError, match="no field 'colour'"):
            Sail(colour="red")  # type: ignore[call-arg]
        with pytest.raises(AttributeError):
            Sail().colour = "red"  # type: ignore[attr-defined]

    def test_new_elements_share_no_list(self) -> None:
        Ship(name="a").ports.append("x")
        assert Ship(name="b").ports == []

    def test_walk_visits_parents_first_in_document_order(self) -> None:
        ship = Ship.parse(SHIP)
        kinds = [type(element).__name__ for element in ship.walk()]
        assert kinds == ["Ship", "Sail", "Oar", "Sail", "DryCargo", "Log", "Flag", "Port"]
        assert [sail.area for sail in ship.walk(Sail)] == [3, 4]

    def test_repr_shows_what_is_set_and_no_secrets(self) -> None:
        assert repr(Ship(name="x", secret="s")) == "Ship(secret=***, name='x')"

    def test_the_discriminator_is_set_by_the_class(self) -> None:
        assert Port(bus=10).format() == "<position type='port' bus='0x0a'/>\n"

    def test_differences_name_what_changed(self) -> None:
        old = Ship.parse(SHIP)
        new = old.evolve(crew=4, ports=["a", "c", "d"], log=None, cargo=WetCargo())
        new.movers[0] = Sail(area=9)
        del new.movers[2]
        assert list(differences(old, new)) == [
            ("crew", 3, 4),
            ("ports[1]", "b", "c"),
            ("ports[2]", None, "d"),
            ("movers[0]/area", 3, 9),
            ("movers[2]", Sail(area=4), None),
            ("cargo", DryCargo(sacks=4), WetCargo()),
            ("log", Log(), None),
        ]
        assert list(differences(old, old.copy())) == []

    def test_drop_runtime(self) -> None:
        ship = Ship(name="x", course=1, hidden="h", planned=2)
        ship.drop_runtime()
        assert ship == Ship(name="x", planned=2)

    def test_a_class_may_write_another_value(self) -> None:
        class Shy(Element, tag="shy"):
            name: str | None = attr()

            def written(self, flags: int) -> Shy:
                return Shy() if flags & Format.INACTIVE else self

        assert (Shy(name="x").format(), Shy(name="x").format(Format.INACTIVE)) == ("<shy name='x'/>\n", "")

    def test_a_field_must_not_hide_a_method(self) -> None:
        with pytest.raises(TypeError, match="call it format_"):

            class Bad(Element, tag="bad"):
                format: str | None = attr()  # type: ignore[assignment]

    def test_reachable_lists_classes_and_variants_once(self) -> None:
        names = [cls.__name__ for cls in reachable(Ship)]
        assert sorted(names) == sorted(set(names))
        assert {"Ship", "Port", "Anchor", "DryCargo", "WetCargo", "Flag", "Log", "Oar", "Sail"} <= set(names)


class TestSubtrees:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("<m/>", "<m/>"),
            ("<m>\n  <a/>\n\n <b>\n</b></m>", "<m>\n  <a/>\n  <b>\n</b>\n</m>"),
            ("<m><a> <b/> x <c/> </a></m>", "<m>\n  <a><b/> x <c/> </a>\n</m>"),
            ("<m><a> x <b/> <c/></a></m>", "<m>\n  <a> x <b/> <c/></a>\n</m>"),
            ("<m><a>  </a></m>", "<m>\n  <a>  </a>\n</m>"),
            ("<m><!-- c --><?p i?><a/></m>", "<m>\n  <!-- c -->\n  <?p i?>\n  <a/>\n</m>"),
            ("<m><a><![CDATA[<&]]></a></m>", "<m>\n  <a><![CDATA[<&]]></a>\n</m>"),
            ("<m a='&lt;&quot;&#10;'>x&lt;\"&gt;</m>", '<m a="&lt;&quot;&#10;">x&lt;"&gt;</m>'),
            ("<m xmlns:p='urn:p'><p:a p:b='1'/></m>", '<m xmlns:p="urn:p">\n  <p:a p:b="1"/>\n</m>'),
            (
                "<m><a xmlns='urn:a'><b xmlns='urn:b'/></a></m>",
                '<m>\n  <a xmlns="urn:a">\n    <b xmlns="urn:b"/>\n  </a>\n</m>',
            ),
        ],
    )
    def test_as_libxml2_writes_them(self, given: str, kept: str) -> None:
        class Holder(Element, tag="holder"):
            m: Raw | None = raw()

        holder = Holder.parse(f"<holder xmlns:unused='urn:u'>{given}</holder>", validate=True)
        assert holder.m is not None
        assert holder.m.format() == kept + "\n"
        assert Holder.parse(holder.format()) == holder

    def test_namespaces_from_around_come_along(self) -> None:
        class Holder(Element, tag="holder"):
            m: Raw | None = raw()

        holder = Holder.parse("<holder xmlns:b='urn:b' xmlns:a='urn:a' xmlns:c='urn:c'><m><a:x b:y='1'/></m></holder>")
        assert holder.m is not None
        assert holder.m.format() == '<m xmlns:a="urn:a" xmlns:b="urn:b">\n  <a:x b:y="1"/>\n</m>\n'
        assert next(holder.m.elements()).uri == "urn:a"

    def test_everything_unknown_can_be_kept(self) -> None:
        class Holder(Element, tag="holder"):
            known: str | None = child()
            others: list[Raw] = raw_any()

        text = "<holder>\n  <known>x</known>\n  <a/>\n  <b>t</b>\n</holder>\n"
        holder = Holder.parse(text, validate=True)
        assert [item.name for item in holder.others] == ["a", "b"]
        assert holder.format() == text
