# SPDX-License-Identifier: Apache-2.0
"""The tables against the facts they were made from, and against themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from manor.wire import programs
from manor.wire.programs import PROGRAMS, Procedure

ROOT = Path(__file__).resolve().parents[3]
FACTS = ROOT.parent / "shared" / "facts" / "protocol.json"

ALL = [procedure for program in PROGRAMS.values() for procedure in program]


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    if not FACTS.exists():
        pytest.skip("the protocol facts are not on this machine")
    found: dict[str, Any] = json.loads(FACTS.read_text())
    return found


def test_tables_are_what_the_generator_writes() -> None:
    if not FACTS.exists():
        pytest.skip("the protocol facts are not on this machine")
    command = [sys.executable, str(ROOT / "tools" / "generate_wire_tables.py"), str(FACTS), "--check"]
    assert subprocess.run(command, check=False).returncode == 0


def test_every_procedure_of_the_facts_is_there(facts: dict[str, Any]) -> None:
    for program in PROGRAMS.values():
        described = facts["programs"][program.name]
        assert program.number == described["program"]
        assert program.version == described["version"]
        assert [one.number for one in program] == [one["number"] for one in described["procedures"]]
        for one, fact in zip(program, described["procedures"], strict=True):
            assert fact["name"].lower().endswith("_proc_" + one.name)
            assert one.high_priority == (fact.get("priority") == "high")
            assert one.is_event == fact["is_event"]
            assert one.before_authentication == fact.get("allowed_before_auth", False)
            assert one.stream == fact["stream"] if "stream" in fact else one.stream is None
            assert list(one.permissions) == [word for word in fact.get("acl") or () if word != "none"]


def flattened(facts: dict[str, Any], program: str, name: str | None) -> list[dict[str, Any]]:
    """The fields of a structure, wrappers called `msg` dissolved as the tables do."""
    found: list[dict[str, Any]] = []
    for field in facts["programs"][program]["structs"][name]["fields"] if name else ():
        found += flattened(facts, program, field["type"]) if field["name"] == "msg" else [field]
    return found


def test_fields_and_limits_are_those_of_the_facts(facts: dict[str, Any]) -> None:
    """Names without underscores and case, forms and limits, computed here in another way than the generator does."""
    for program in PROGRAMS.values():
        for one, fact in zip(program, facts["programs"][program.name]["procedures"], strict=True):
            answer = fact["msg"] if fact["is_event"] else fact["ret"]
            for layout, struct in ((one.args, fact["args"]), (one.ret, answer)):
                expected = flattened(facts, program.name, struct)
                assert len(layout.fields) == len(expected), one
                for field, described in zip(layout.fields, expected, strict=True):
                    if described["name"] not in ("to", "from", "srcSpec"):
                        assert field.name.replace("_", "") == described["name"].replace("_", "").lower()
                    if field.form == "<":
                        assert field.limit == described["max"]
                    if field.form == "[":
                        assert field.limit == described["length"]
                    assert (described["kind"] in ("var_array", "var_opaque")) == (field.form == "<")


def test_numbers_are_contiguous_and_names_unique() -> None:
    for program in PROGRAMS.values():
        assert [one.number for one in program] == list(range(1, len(list(program)) + 1))
    names = [one.name for program in programs.HYPERVISOR for one in program]
    assert len(names) == len(set(names))
    assert len([one for one in programs.REMOTE if one.is_event]) == 55


@pytest.mark.parametrize("procedure", ALL, ids=lambda one: f"{one.program.name}-{one.name}")
def test_every_structure_resolves(procedure: Procedure) -> None:
    for layout in (procedure.args, procedure.ret):
        for field in layout.fields:
            if field.base not in ("string", "uuid", "opaque", "octets", "text", "param", "int", "uint") and (
                field.base not in ("hyper", "uhyper", "double")
            ):
                assert procedure.program.structure(field.base).fields


def test_finding() -> None:
    assert programs.REMOTE.find(0) is None
    assert programs.REMOTE.find(457) is None
    assert programs.REMOTE.find(-1) is None
    assert programs.REMOTE.named("no_such_procedure") is None
    for name, program in (("domain_create", programs.REMOTE), ("domain_agent_command", programs.QEMU)):
        procedure = programs.operation(name)
        assert procedure is not None
        assert procedure.program is program
    # A structure of the remote program, asked for through one that borrows it.
    assert programs.LXC.structure("domain") is programs.REMOTE.structure("domain")
