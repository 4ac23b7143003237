# SPDX-License-Identifier: Apache-2.0
"""manor.constants: enumerations made on first use, equal to libvirt's API description."""

from __future__ import annotations

import importlib
import json
import pickle
import subprocess
import sys
from enum import Enum, IntEnum, IntFlag, StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from manor import constants
from manor.constants import _loader
from manor.constants._data import ENUMS

REPOSITORY = Path(__file__).resolve().parents[2]
API = REPOSITORY.parent / "shared" / "facts" / "api.json"
needs_api = pytest.mark.skipif(not API.exists(), reason="the API description is not beside the repository")


@cache
def api() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(API.read_text())
    return loaded


def test_kinds_and_names() -> None:
    assert constants.DomainState.RUNNING.value == 1
    assert isinstance(constants.DomainState.RUNNING, IntEnum)
    both = constants.DomainXMLFlags.SECURE | constants.DomainXMLFlags.INACTIVE
    assert isinstance(both, IntFlag)
    assert both == 3
    assert isinstance(constants.MigrateField.URI, StrEnum)
    assert str(constants.MigrateField.URI) == "migrate_uri"
    assert constants.UUID_BUFLEN == 16
    assert constants.ErrorNumber.WAR_NO_NETWORK.value == 41


def test_same_class_every_time_and_picklable() -> None:
    assert constants.DomainState is constants.DomainState
    assert pickle.loads(pickle.dumps(constants.DomainState.PAUSED)) is constants.DomainState.PAUSED


def test_unknown_names_are_attribute_errors() -> None:
    name = "NoSuchThing"
    with pytest.raises(AttributeError, match="NoSuchThing"):
        getattr(constants, name)


def test_unknown_numbers_only_where_peers_send_them() -> None:
    assert constants.ErrorNumber(5000).name == "UNKNOWN_5000"
    with pytest.raises(ValueError, match="99"):
        constants.DomainState(99)
    with pytest.raises(ValueError, match="x"):
        constants.ErrorNumber("x")  # type: ignore[arg-type]


def test_import_brings_in_no_other_module() -> None:
    program = "import sys; a = set(sys.modules); import manor.constants; print(sorted(set(sys.modules) - a))"
    argv = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(REPOSITORY / 'src')!r}); {program}"]
    shown = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert json.loads(shown.replace("'", '"')) == [
        "__future__",
        "manor",
        "manor.constants",
        "manor.constants._data",
        "manor.constants._loader",
    ]


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_every_entry_builds(name: str) -> None:
    made = getattr(constants, name)
    assert issubclass(made, Enum)
    assert made.__doc__
    assert name in dir(constants)


@needs_api
def test_members_equal_the_api() -> None:
    found = {}
    for name, (source, _, _, prefix, text) in ENUMS.items():
        made = getattr(constants, name)
        for member, c_name, _ in _loader._split(prefix, text):
            found[c_name] = (source, made[member].value)
    for source, enum in api()["enums"].items():
        for member in enum["members"]:
            if member["name"] in found:
                assert found.pop(member["name"]) == (source, member["value"])
            else:
                assert member["name"].endswith(("_LAST", "_NR"))
    for name, macro in api()["string_macros"].items():
        assert found.pop(name) == ("", macro["value"])
    assert found == {}


@needs_api
def test_values_equal_the_python_modules() -> None:
    for library, module in (("libvirt", "libvirt"), ("libvirt-qemu", "libvirt_qemu")):
        shown = {name: c["value"] for name, c in api()["python_api"][module]["constants"].items()}
        assert constants.values(library) == shown
    assert constants.values("libvirt-admin")["VIR_CLIENT_TRANS_TLS"] == 2


@needs_api
def test_generated_files_are_current() -> None:
    sys.path.insert(0, str(REPOSITORY / "tools"))
    try:
        generator = importlib.import_module("generate_constants")
    finally:
        sys.path.pop(0)
    for path, text in generator.render(api()).items():
        assert path.read_text() == text, f"run tools/generate_constants.py: {path.name} is not current"
