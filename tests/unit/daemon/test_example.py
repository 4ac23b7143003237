# SPDX-License-Identifier: Apache-2.0
"""The example configuration and the reference say what the daemon's declarations say."""

from __future__ import annotations

import configparser
import re
import textwrap

import pytest
from tools import generate_manord_config as generator

from manor.daemon.config import parse
from manor.daemon.example import example
from manor.daemon.settings import Settings
from tests.support import ROOT


def test_the_example_is_current() -> None:
    text = (ROOT / "packaging/manord.toml").read_text()
    assert text == example(), "run tools/generate_manord_config.py"


def test_the_reference_is_current() -> None:
    text = (ROOT / "docs/manord.md").read_text()
    assert text == generator.guide(text), "run tools/generate_manord_config.py"


def test_the_example_changes_nothing() -> None:
    assert parse(example()) == Settings()


def test_the_defaults_it_shows_are_the_defaults() -> None:
    shown = re.sub(r"^#(?=\w+ = \S)", "", example(), flags=re.MULTILINE)
    # Of the rule nothing is left but its keys, which would then belong to the section before.
    shown = shown[: shown.index("#[[access.rule]]")]
    assert parse(shown) == Settings()


def test_the_guides_examples_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # The groups of the examples are not this machine's.
    monkeypatch.setattr("manor.daemon.config._check_account", lambda *_: None)
    guide = (ROOT / "docs/manord.md").read_text()
    blocks = [textwrap.dedent(block) for block in re.findall(r"(?:^    .*\n|^\n)+", guide, re.MULTILINE)]
    configurations = [block for block in blocks if re.search(r"^\[", block, re.MULTILINE)]
    assert len(configurations) >= 5
    for text in configurations:
        lines = text.splitlines()
        first = next(number for number, line in enumerate(lines) if line.startswith("["))
        parse("\n".join(lines[first:]))


@pytest.mark.parametrize("unit", sorted(path.name for path in (ROOT / "packaging/systemd").iterdir()))
def test_the_units_can_be_read(unit: str) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((ROOT / "packaging/systemd" / unit).read_text())
    assert parser["Install"]["WantedBy"] in ("multi-user.target", "sockets.target")
