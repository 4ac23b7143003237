# SPDX-License-Identifier: Apache-2.0
"""The page that says what each driver serves."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from tests.support import ROOT, tool


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    return tool("generate_support")


def test_the_page_is_current(generator: ModuleType) -> None:
    assert (ROOT / "docs" / "support.md").read_text() == generator.document(), "run tools/generate_support.py"


@pytest.mark.parametrize(
    ("function", "row"),
    [
        # Each driver's own; a short form of another; what nobody serves; what only one does.
        ("virDomainCreateXML", "| yes | yes |"),
        ("virDomainCreate", "| yes | yes |"),
        ("virDomainMigratePerform3Params", "| – | – |"),
        ("virDomainSnapshotCreateXML", "| – | yes |"),
        ("virDomainQemuMonitorCommand", "| yes | – |"),
    ],
)
def test_functions_are_judged_by_the_classes(generator: ModuleType, function: str, row: str) -> None:
    assert re.search(rf"^\| {function} {re.escape(row)}$", generator.document(), re.MULTILINE)
