# SPDX-License-Identifier: Apache-2.0
"""The table of commands: complete, consistent, and as virsh's where virsh has the command."""

import json
from pathlib import Path
from typing import Any

import pytest

from manor.cli.candidates import FILE, LISTERS, OF_OBJECT, WORDS
from manor.cli.help import command_help, usage
from manor.cli.index import ALIASES, GROUPS, PACKAGE, all_names, find, module_of
from manor.cli.model import ALIAS, FLAG, LIST, NUMBER, TEXT, Command

FACTS = Path(__file__).parents[4] / "shared" / "facts" / "virsh.json"

OWN = {"completion", "doctor", "passwd", "pki-ca", "pki-client", "pki-server"}
"""Commands that virsh does not have."""


@pytest.fixture(scope="module")
def virsh() -> dict[str, Any]:
    if not FACTS.exists():
        pytest.skip("the facts about virsh are not here")
    facts: dict[str, Any] = json.loads(FACTS.read_text())["virsh"]
    return facts


def command(name: str) -> Command:
    found = find(name)
    assert found is not None
    return found


def test_no_command_is_listed_twice() -> None:
    assert len(all_names()) == len(set(all_names()))


def test_every_module_of_commands_is_in_the_index() -> None:
    folder = Path(find.__code__.co_filename).parent / "commands"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == {module for group in GROUPS for module, _ in group.modules()}
    assert PACKAGE == "manor.cli.commands"


@pytest.mark.parametrize("name", all_names())
def test_each_command_can_be_described(name: str) -> None:
    known = command(name)
    assert known.name == name
    assert known.summary
    assert not known.summary.endswith(".")
    text = command_help(known)
    assert text.startswith(f"  NAME\n    {name} - ")
    options = {option.name: option for option in known.options}
    assert len(options) == len(known.options)
    for option in known.options:
        assert option.kind in (ALIAS, FLAG, LIST, NUMBER, TEXT)
        assert option.kind == ALIAS or option.help
        if option.kind == ALIAS:
            assert option.target.partition("=")[0] in options
        assert not option.required or option.kind in (TEXT, NUMBER, LIST)


@pytest.mark.parametrize("name", all_names())
def test_each_completer_is_known(name: str) -> None:
    completers = {option.completer.partition(".")[0] for option in command(name).options if option.completer}
    assert completers <= {FILE, *WORDS, *LISTERS}


def test_tables_of_words_can_be_read() -> None:
    assert all(list(words()) for words in WORDS.values())
    assert set(LISTERS) >= OF_OBJECT


def test_the_help_of_the_program_shows_every_command() -> None:
    text = usage()
    assert all(f"    {name:<30} {command(name).summary}\n" in text for name in all_names())


def test_aliases_lead_to_commands() -> None:
    for alias, name in ALIASES.items():
        assert module_of(alias) is None
        assert find(alias) is command(name)


def test_all_commands_of_virsh_are_here(virsh: dict[str, Any]) -> None:
    assert set(virsh["commands"]) | OWN == set(all_names())
    assert virsh["command_aliases"] == ALIASES


def test_groups_are_those_of_virsh(virsh: dict[str, Any]) -> None:
    for theirs, ours in zip(virsh["groups"], GROUPS, strict=True):
        assert theirs["keyword"] in (ours.keyword, ours.former)
        assert [name for name in ours.names() if name in theirs["commands"]] == theirs["commands"]
        assert set(theirs["commands_newer"]) <= set(ours.names())


KINDS = {FLAG: "bool", NUMBER: "int", TEXT: "string", LIST: "string"}


def test_options_are_those_of_virsh(virsh: dict[str, Any]) -> None:
    for name, theirs in virsh["commands"].items():
        ours = {option.name: option for option in command(name).options}
        for option in theirs["options"]:
            assert option["name"] in ours, (name, option["name"])
            mine = ours[option["name"]]
            assert KINDS[mine.kind] == option["type"], (name, option["name"])
            assert (mine.kind == LIST) == option["multiple"], (name, option["name"])
            required = option.get("changed_in_12.8.0", option)["required"] if mine.unless else option["required"]
            assert (mine.required and not mine.unless) == required, (name, option["name"])
            for alias in option.get("aliases", ()):
                spelling, _, value = alias.partition("=")
                target = f"{option['name']}={value}" if value else option["name"]
                assert ours[spelling].target == target, (name, alias)


def test_positional_options_keep_the_order_of_virsh(virsh: dict[str, Any]) -> None:
    for name, theirs in virsh["commands"].items():
        if "since" in theirs:
            continue
        known = {option["name"] for option in theirs["options"] if "since" not in option}
        ours = [option.name for option in command(name).options if option.name in known]
        assert ours == [option["name"] for option in theirs["options"] if option["name"] in known], name
