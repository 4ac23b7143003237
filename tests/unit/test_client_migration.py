# SPDX-License-Identifier: Apache-2.0
"""The steps of a migration: their order, what each hands to the next, and what happens when one fails."""

from __future__ import annotations

from typing import Any

import pytest

from manor.client.migration import MIGRATION_KINDS, Migration, migrate, migrate_to_uri
from manor.constants import DomainMigrateFlags as Flags
from manor.constants import MigrateField
from manor.errors import ErrorNumber, ManorError
from manor.records import (
    MigrateBegin3Result,
    MigrateFinish3Result,
    MigratePrepare3Result,
    TypedParam,
    int_param,
    string_param,
)
from tests.unit.dropin.fake import DOM, FakeBackend, error

P2P, DIRECT, V3, PROTECTION, OFFLINE, PARAMS = 4, 5, 6, 7, 12, 13
THERE = DOM._replace(id=44)


class Sides:
    """Two connections whose calls are noted together."""

    def __init__(self, *features: int) -> None:
        self.features = set(features)
        self.source = FakeBackend("fake:///source")
        self.destination = FakeBackend("fake:///destination")
        self.log: list[tuple[str, tuple[Any, ...]]] = []
        for backend, side in ((self.source, "source"), (self.destination, "destination")):
            backend.answers["connect_supports_feature"] = lambda feature: int(feature in self.features)
            for step, answer in {
                "begin": MigrateBegin3Result(b"begun", "<domain/>"),
                "prepare": MigratePrepare3Result(b"prepared", "tcp:there:49152"),
                "perform": b"performed",
                "finish": MigrateFinish3Result(THERE, b"finished"),
                "confirm": None,
            }.items():
                for form in ("3", "3_params"):
                    self.answer(backend, side, step, form, answer)
        self.destination.answers["domain_lookup_by_name"] = THERE

    def answer(self, backend: FakeBackend, side: str, step: str, form: str, answer: Any) -> None:
        def run(*arguments: Any) -> Any:
            self.log.append((f"{side}.{step}", arguments))
            return answer

        backend.answers[f"domain_migrate_{step}{form}"] = run

    def fail(self, side: str, step: str) -> None:
        backend = self.source if side == "source" else self.destination

        def run(*arguments: Any) -> Any:
            self.log.append((f"{side}.{step}", arguments))
            raise error(ErrorNumber.OPERATION_FAILED, f"{step} failed")

        for form in ("3", "3_params"):
            backend.answers[f"domain_migrate_{step}{form}"] = run

    @property
    def steps(self) -> list[str]:
        return [name for name, _ in self.log]

    def migrate(self, migration: Migration) -> Any:
        return migrate(self.source, self.destination, DOM, migration, "virDomainMigrate3")


ALL = ["source.begin", "destination.prepare", "source.perform", "destination.finish", "source.confirm"]


def test_five_steps_with_parameters() -> None:
    sides = Sides(V3, PARAMS, PROTECTION)
    asked = Migration(Flags.LIVE, "new", None, 10, "<xml/>", (string_param(MigrateField.MIGRATE_DISKS, "vda"),))
    assert sides.migrate(asked) == THERE
    assert sides.steps == ALL
    flags = Flags.LIVE | Flags.CHANGE_PROTECTION
    (_, begin), (_, prepare), (_, perform), (_, finish), (_, confirm) = sides.log
    assert begin == (DOM, asked.params(), flags)
    sent = {param.field: param.value for param in prepare[0]}
    assert sent["destination_xml"] == "<domain/>"
    assert (sent["destination_name"], sent["bandwidth"], sent["migrate_disks"]) == ("new", 10, "vda")
    assert prepare[1:] == (b"begun", Flags.LIVE)
    assert {param.field: param.value for param in perform[2]}["migrate_uri"] == "tcp:there:49152"
    assert (perform[0], perform[1], perform[3:]) == (DOM, None, (b"prepared", flags))
    assert {param.field: param.value for param in finish[0]}["destination_name"] == "new"
    assert finish[1:] == (b"performed", Flags.LIVE, 0)
    assert (confirm[0], confirm[2:]) == (DOM, (b"finished", flags, 0))


def test_five_steps_without_parameters() -> None:
    sides = Sides(V3)
    assert sides.migrate(Migration(Flags.LIVE | Flags.ABORT_ON_ERROR, None, "tcp:own:1", 5, None)) == THERE
    assert sides.log == [
        ("source.begin", (DOM, None, 4097, None, 5)),
        ("destination.prepare", (b"begun", "tcp:own:1", 1, None, 5, "<domain/>")),
        ("source.perform", (DOM, None, b"prepared", None, "tcp:there:49152", 4097, None, 5)),
        ("destination.finish", ("web", b"performed", None, "tcp:there:49152", 1, 0)),
        ("source.confirm", (DOM, b"finished", 4097, 0)),
    ]


def test_failed_perform_cancels() -> None:
    sides = Sides(V3, PARAMS)
    sides.fail("source", "perform")
    with pytest.raises(ManorError, match="perform failed"):
        sides.migrate(Migration(0))
    assert sides.steps == ALL
    assert sides.log[3][1][1:] == (b"", 0, 1)
    assert sides.log[4][1][2:] == (b"finished", 0, 1)


def test_failed_finish_keeps_the_guest_here() -> None:
    sides = Sides(V3)
    sides.fail("destination", "finish")
    with pytest.raises(ManorError, match="finish failed"):
        sides.migrate(Migration(0))
    assert sides.log[-1] == ("source.confirm", (DOM, b"", 0, 1))


def test_the_first_failure_is_raised() -> None:
    sides = Sides(V3)
    for side, step in (("source", "perform"), ("destination", "finish"), ("source", "confirm")):
        sides.fail(side, step)
    with pytest.raises(ManorError, match="perform failed"):
        sides.migrate(Migration(0))
    assert sides.steps == ALL


@pytest.mark.parametrize(("protected", "steps"), [(True, [*ALL[:2], "source.confirm"]), (False, ALL[:2])])
def test_failed_prepare_lets_the_source_go(protected: bool, steps: list[str]) -> None:
    sides = Sides(V3, *([PROTECTION] if protected else []))
    sides.fail("destination", "prepare")
    sides.fail("source", "confirm")
    with pytest.raises(ManorError, match="prepare failed"):
        sides.migrate(Migration(0))
    assert sides.steps == steps


def test_failed_begin_touches_nothing_else() -> None:
    sides = Sides(V3)
    sides.fail("source", "begin")
    with pytest.raises(ManorError, match="begin failed"):
        sides.migrate(Migration(0))
    assert sides.steps == ["source.begin"]


def test_a_destination_without_an_address() -> None:
    sides = Sides(V3)
    sides.answer(sides.destination, "destination", "prepare", "3", MigratePrepare3Result(b"", None))
    with pytest.raises(ManorError, match="domainMigratePrepare3 did not set uri"):
        sides.migrate(Migration(0))
    assert sides.steps == [*ALL[:2], *ALL[3:]]


def test_offline_does_not_perform() -> None:
    sides = Sides(V3, OFFLINE)
    assert sides.migrate(Migration(Flags.OFFLINE)) == THERE
    assert sides.steps == [*ALL[:2], *ALL[3:]]
    sides.features.remove(OFFLINE)
    with pytest.raises(ManorError, match="offline migration is not supported by the source host"):
        sides.migrate(Migration(Flags.OFFLINE))


def test_peer_to_peer_is_one_step() -> None:
    sides = Sides(V3, P2P, PARAMS)
    asked = Migration(Flags.PEER2PEER, "new")
    assert sides.migrate(asked) == THERE
    assert sides.log == [
        ("source.perform", (DOM, "fake:///destination", asked.params(), b"", Flags.PEER2PEER)),
    ]
    assert sides.destination.calls[-1] == ("domain_lookup_by_name", ("new",))


def test_to_uri() -> None:
    sides = Sides(P2P)
    migrate_to_uri(sides.source, DOM, "qemu+ssh://b/system", Migration(2, "n", "tcp:b", 3, "<x/>"), "f")
    assert sides.log == [
        ("source.perform", (DOM, "<x/>", b"", "qemu+ssh://b/system", "tcp:b", 2, "n", 3)),
    ]
    direct = Sides(DIRECT)
    migrate_to_uri(direct.source, DOM, "xenmigr://b", Migration(1), "f")
    assert direct.log == [("source.perform", (DOM, None, b"", None, "xenmigr://b", 1, None, 0))]


DISKS = int_param(MigrateField.DISKS_PORT, 5)


@pytest.mark.parametrize(
    ("features", "migration", "text"),
    [
        ((), Migration(0), "not supported by the connection driver: virDomainMigrate3"),
        ((V3,), Migration(0, extended=(DISKS,)), "Migration APIs with extensible parameters are not supported"),
        ((V3,), Migration(Flags.PEER2PEER), "p2p migration is not supported by the source host"),
        ((V3,), Migration(Flags.TUNNELLED), "cannot perform tunnelled migration without using peer2peer flag"),
        (
            (V3,),
            Migration(64 | 128),
            "flags 'VIR_MIGRATE_NON_SHARED_DISK' and 'VIR_MIGRATE_NON_SHARED_INC' in function",
        ),
        ((P2P,), Migration(Flags.PEER2PEER, extended=(DISKS,)), "Peer-to-peer migration with extended parameters"),
    ],
)
def test_refused(features: tuple[int, ...], migration: Migration, text: str) -> None:
    sides = Sides(*features)
    with pytest.raises(ManorError) as caught:
        sides.migrate(migration)
    assert text in str(caught.value)
    assert sides.log == []


@pytest.mark.parametrize(
    ("features", "there", "migration", "text"),
    [
        ((), "x", Migration(0), "direct migration is not supported by the source host"),
        ((), "x", Migration(Flags.PEER2PEER), "p2p migration is not supported by the source host"),
        ((P2P,), None, Migration(Flags.PEER2PEER), "dconnuri in virDomainMigrateToURI3 must not be NULL"),
        ((DIRECT,), "x", Migration(0, extended=(DISKS,)), "direct migration does not support extensible"),
    ],
)
def test_to_uri_refused(features: tuple[int, ...], there: str | None, migration: Migration, text: str) -> None:
    sides = Sides(*features)
    with pytest.raises(ManorError) as caught:
        migrate_to_uri(sides.source, DOM, there, migration, "virDomainMigrateToURI3")
    assert text in str(caught.value)
    assert sides.log == []


def test_read_only_connections_do_not_migrate() -> None:
    sides = Sides(V3)
    sides.destination.readonly = True
    with pytest.raises(ManorError, match="read only access prevents virDomainMigrate3"):
        sides.migrate(Migration(0))


def test_parameters_find_their_places() -> None:
    params = [
        string_param("destination_name", "n"),
        TypedParam("bandwidth", 4, 5),
        string_param("migrate_uri", "u"),
        DISKS,
    ]
    asked = Migration.of_params([*params, string_param("destination_xml", "<x/>")], 1)
    assert asked == Migration(1, "n", "u", 5, "<x/>", (DISKS,))
    assert sorted(asked.params()) == sorted([*params, string_param("destination_xml", "<x/>")])
    assert MIGRATION_KINDS["bandwidth"].name == "ULLONG"
    assert MIGRATION_KINDS["migrate_disks"].name == "STRING"
    assert MIGRATION_KINDS["auto_converge.initial"].name == "INT"
