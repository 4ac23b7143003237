# SPDX-License-Identifier: Apache-2.0
"""The generated reference of the asyncio API."""

from __future__ import annotations

import inspect

import manor.api
from tests.support import ROOT, tool


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "reference" / "asyncio-api.md").read_text()
    assert page == tool("generate_api_reference").document(), "run tools/generate_api_reference.py"


def test_no_public_class_is_left_out() -> None:
    public = {getattr(manor.api, name) for name in manor.api.__all__}
    assert {one for one in public if inspect.isclass(one)} <= set(tool("generate_api_reference").CLASSES)


def test_everything_says_what_it_is() -> None:
    page = (ROOT / "docs" / "reference" / "asyncio-api.md").read_text()
    assert not [line for line in page.splitlines() if line.startswith("- ") and line.rstrip().endswith("`:")]
