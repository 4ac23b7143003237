# SPDX-License-Identifier: Apache-2.0
"""Every class, method, function and constant of libvirt's Python modules is there, with the same parameters."""

from __future__ import annotations

import importlib
import inspect
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

API = Path(__file__).resolve().parents[4] / "shared" / "facts" / "api.json"
pytestmark = pytest.mark.skipif(not API.exists(), reason="the API description is not beside the repository")

MODULES = ("libvirt", "libvirt_qemu", "libvirt_lxc", "libvirtaio")


@cache
def described() -> dict[str, Any]:
    if not API.exists():
        return {module: {"classes": {}, "functions": {}, "constants": {}} for module in MODULES}
    found: dict[str, Any] = json.loads(API.read_text())["python_api"]
    return found


def parameters(function: Any) -> list[str]:
    """Parameters as the description writes them, without self; a default is marked, not compared."""
    shown = []
    for parameter in inspect.signature(function).parameters.values():
        star = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
        optional = "" if parameter.default is parameter.empty else "="
        shown.append(f"{star}{parameter.name}{optional}")
    return [name for name in shown if name != "self"]


def expected(method: dict[str, Any]) -> list[str]:
    return [one["name"] + ("=" if one.get("optional") else "") for one in method["params"]]


METHODS = [
    (module, name, method)
    for module in MODULES
    for name, entry in described()[module]["classes"].items()
    for method in entry["methods"]
]


@pytest.mark.parametrize(("module", "name", "method"), METHODS)
def test_method(module: str, name: str, method: str) -> None:
    entry = described()[module]["classes"][name]["methods"][method]
    found = getattr(getattr(importlib.import_module(module), name), method)
    assert parameters(found) == expected(entry)
    for parameter in entry["params"]:
        if parameter.get("optional"):
            default = inspect.signature(found).parameters[parameter["name"]].default
            assert default == parameter["default"]


@pytest.mark.parametrize("module", MODULES)
def test_functions(module: str) -> None:
    for name, entry in described()[module]["functions"].items():
        assert parameters(getattr(importlib.import_module(module), name)) == expected(entry), name


@pytest.mark.parametrize("module", MODULES)
def test_constants(module: str) -> None:
    found = importlib.import_module(module)
    for name, constant in described()[module]["constants"].items():
        assert getattr(found, name) == constant["value"], name


@pytest.mark.parametrize("module", MODULES)
def test_bases(module: str) -> None:
    for name, entry in described()[module]["classes"].items():
        found = getattr(importlib.import_module(module), name)
        assert set(entry["bases"]) <= {base.__name__ for base in found.__mro__}, name
        assert found.__module__ == module
