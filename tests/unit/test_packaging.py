# SPDX-License-Identifier: Apache-2.0
"""The two distributions and the development requirements agree with each other and with the code."""

import re
import sys
import tomllib
from typing import Any

import manor
from manor.cli.version import HOST_PACKAGES
from tests.support import ROOT
from tests.unit.test_layers import imports, is_own, modules

# Distributions whose modules are named otherwise.
MODULES = {"dbus-fast": {"dbus_fast"}}


def project(path: str) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / path).read_text())["project"]
    return table


def requirement_name(line: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", line)
    assert match is not None, line
    return match.group().lower()


def extras() -> dict[str, set[str]]:
    declared = project("pyproject.toml")["optional-dependencies"]
    return {extra: {requirement_name(line) for line in lines} for extra, lines in declared.items()}


def test_the_client_depends_on_nothing() -> None:
    assert project("pyproject.toml")["dependencies"] == []


def test_the_command_line_knows_what_running_guests_takes() -> None:
    assert set(HOST_PACKAGES) == extras()["host"]


def test_one_version_everywhere() -> None:
    version = project("pyproject.toml")["version"]
    drop_in = project("packages/libvirt/pyproject.toml")
    assert manor.__version__ == version
    assert drop_in["version"] == version
    assert drop_in["dependencies"] == [f"manor=={version}"]


def test_every_package_the_code_imports_is_declared_in_an_extra() -> None:
    declared = {name for names in extras().values() for name in names}
    importable = {module for name in declared for module in MODULES.get(name, {name.replace("-", "_")})}
    used = {
        name.split(".")[0]
        for module in modules()
        for _, name in imports(module)
        if not is_own(name) and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert used <= importable, f"imported but in no extra of pyproject.toml: {sorted(used - importable)}"


def wanted_for_development() -> set[str]:
    lines = (ROOT / "requirements/dev.in").read_text().splitlines()
    return {requirement_name(line) for line in lines if line[:1].isalnum()}


def test_development_has_every_extra() -> None:
    for extra, names in extras().items():
        assert names <= wanted_for_development(), f"requirements/dev.in lacks packages of the extra '{extra}'"


def test_development_requirements_are_pinned_and_hashed_and_name_no_place() -> None:
    text = (ROOT / "requirements/dev.txt").read_text()
    logical = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.lstrip().startswith("#")]
    for line in logical:
        assert re.match(r"[a-z0-9.-]+==\S+(\s+--hash=sha256:[0-9a-f]{64})+\s*$", line), line[:80]
    assert "://" not in text
    assert wanted_for_development() <= {requirement_name(line) for line in logical}, "run tools/lock-requirements"
