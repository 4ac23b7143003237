# SPDX-License-Identifier: Apache-2.0
"""The reference documentation follows from the declarations, and these from the naming rules."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from manor.schema.core import Element, Kind, reachable, schema_of
from manor.schema.document import DOCUMENTS, main, reference
from manor.schema.domain import Domain

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_committed_reference_is_current(name: str) -> None:
    module, cls = DOCUMENTS[name]
    made = reference(getattr(importlib.import_module(module), cls))
    committed = (ROOT / "docs" / "reference" / f"{name}.md").read_text("utf-8")
    assert made == committed, "run python -m manor.schema.document"


def test_written_below_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["domain-xml"]) == 0
    assert (tmp_path / "docs" / "reference" / "domain-xml.md").read_text("utf-8").startswith("# The `<domain>`")
    assert main(["novel"]) == 1
    assert "unknown document 'novel'" in capsys.readouterr().err


def test_links_lead_somewhere() -> None:
    text = reference(Domain)
    anchors = {line[3:].lower() for line in text.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\]\(#([a-z0-9]+)\)", text)) <= anchors


@pytest.mark.parametrize("cls", reachable(Domain), ids=lambda cls: cls.__name__)
def test_declarations_follow_the_rules(cls: type[Element]) -> None:
    assert cls.__doc__, "an element says what it is"
    for field in schema_of(cls).fields:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name), field
        if field.kind in (Kind.ATTRIBUTE, Kind.VALUE) and field.at is None:
            # The Python name is the XML name in snake case; a child and an attribute of one name are told apart.
            spelt = re.sub(r"(?<=[a-z0-9])[A-Z]+", lambda found: "_" + found[0].lower(), field.xml).replace("-", "_")
            renamed = {"boot_dev", "firmware_type", "file_format", "dbus_from_config"}
            prefixed = field.namespace is not None
            assert prefixed or field.name.rstrip("_") == spelt.lower() or field.name in renamed, (field.name, spelt)
