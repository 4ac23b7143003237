# SPDX-License-Identifier: Apache-2.0
"""Helpers for the tests: the real guest, a private libvirtd as judge, stock clients, leak checks.

Nothing here simulates what the real tool can do, and no test lives here.
"""

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
"""The repository's root."""

CACHE = ROOT / ".cache"
"""Where what takes long to make is kept between runs: the guest, other versions of stock clients."""

SHARED = ROOT.parent / "shared"
"""The folder with the reference facts and corpora beside the checkout; tests skip where it is absent."""


@cache
def tool(name: str) -> ModuleType:
    """A program of tools/, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
