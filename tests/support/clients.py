# SPDX-License-Identifier: Apache-2.0
"""The newest stock clients beside the machine's own: virsh and libvirt-python of Debian's unstable suite.

They are unpacked below .cache/, never installed, and run with the libraries and the Python of that
suite. Where packages come from is taken from the machine's own apt sources when they are fetched.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from manor.demo.packages import PackageCache, PackageError, locked
from tests.support import CACHE
from tests.support.stock import environment

_SUITE = "sid"
_ROOTS = ("libvirt-clients", "python3-libvirt")
# Beyond these, dependencies only serve installing.
_WANTED = re.compile(r"lib|python3")
_APT = Path("/etc/apt")


@dataclass(frozen=True, slots=True)
class StockClients:
    """Programs of one version of libvirt."""

    version: str
    """As virsh prints it, for instance 12.8.0."""

    virsh: str
    """For the argument `program` of stock.virsh."""

    python: str
    """For the argument `python` of stock.stock_python."""


@cache
def newest_clients() -> StockClients:
    """The newest virsh and libvirt-python, fetched at the first use; skips when they cannot be had."""
    home = CACHE / "clients" / _SUITE
    try:
        with locked(home):
            if not (home / "complete").exists():
                _fetch(home)
                # The package lists are the largest part, and of no use any more.
                shutil.rmtree(home / "apt")
                (home / "complete").touch()
    except PackageError as failure:
        pytest.skip(f"no newer stock clients: {failure}")
    virsh, python = str(home / "virsh"), str(home / "python3")
    result = subprocess.run([virsh, "--version"], capture_output=True, text=True, check=True, env=environment())
    return StockClients(result.stdout.strip(), virsh, python)


def _fetch(home: Path) -> None:
    lists = home / "apt" / "lists"
    archives = home / "apt" / "archives"
    for folder in (lists, archives):
        (folder / "partial").mkdir(parents=True, exist_ok=True)
    sources = home / "apt" / "suite.sources"
    sources.write_text(_sources())
    packages = PackageCache(
        home / "packages",
        (
            *("-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache::Archives={archives}"),
            *("-o", f"Dir::Cache::pkgcache={home}/apt/pkgcache.bin", "-o", "Dir::Cache::srcpkgcache="),
            *("-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=-"),
            *("-o", "Dir::State::Status=/dev/null"),
            # A mirror may lag behind, and nothing of this is ever installed.
            *("-o", "Acquire::Check-Valid-Until=false"),
        ),
    )
    packages.refresh()
    root = home / "root"
    shutil.rmtree(root, ignore_errors=True)
    for tree in packages.trees(packages.closure(_ROOTS, _WANTED)):
        # Hard links: unpacked packages and the merged tree are one copy on disk.
        shutil.copytree(tree, root, symlinks=True, copy_function=_link, dirs_exist_ok=True)
    _write_starters(home, root)


def _link(source: str, target: str) -> None:
    if not os.path.lexists(target):
        os.link(source, target, follow_symlinks=False)


def _write_starters(home: Path, root: Path) -> None:
    loader = next(root.rglob("ld-linux-x86-64.so.2"), None)
    python = next(root.glob("usr/bin/python3.[0-9]*"), None)
    if loader is None or python is None:
        raise PackageError("the unpacked clients have no dynamic loader or no Python")
    libraries = ":".join(str(path) for path in root.glob("*/lib/x86_64-linux-gnu"))
    settings = {
        "virsh": (root / "usr/bin/virsh", ""),
        "python3": (python, f"PYTHONHOME='{root}/usr' "),
    }
    for name, (program, variables) in settings.items():
        starter = home / name
        starter.write_text(
            f"#!/bin/sh\nexec env {variables}'{loader}' --library-path '{libraries}' '{program}' \"$@\"\n"
        )
        starter.chmod(0o755)


def _sources() -> str:
    """The machine's own source of its distribution, turned to the other suite, as a deb822 text."""
    release = Path("/etc/os-release").read_text() if Path("/etc/os-release").exists() else ""
    codename = re.search(r'^VERSION_CODENAME="?(\w+)', release, re.MULTILINE)
    if codename is None or not re.search(r"^ID=debian$", release, re.MULTILINE):
        raise PackageError("this machine does not run a release of Debian")
    places = [_APT / "sources.list", *sorted(_APT.glob("sources.list.d/*"))]
    for path in places:
        for source in _entries(path):
            if codename.group(1) in source.get("Suites", "").split():
                kept = {name: value for name, value in source.items() if name in {"URIs", "Signed-By", "Trusted"}}
                kept.update({"Types": "deb", "Suites": _SUITE, "Components": "main"})
                return "".join(f"{name}: {value}\n" for name, value in kept.items())
    raise PackageError(f"apt's sources name no archive for {codename.group(1)}")


_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)", re.MULTILINE)


def _entries(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    text = path.read_text()
    if path.suffix == ".sources":
        stanzas = re.split(r"\n\s*\n", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
        return [dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE)) for stanza in stanzas]
    found = []
    for match in _LINE.finditer(text):
        options = dict(word.split("=", 1) for word in (match["options"] or "").split() if "=" in word)
        entry = {"URIs": match["uri"], "Suites": match["suite"]}
        if "signed-by" in options:
            entry["Signed-By"] = options["signed-by"]
        found.append(entry)
    return found
