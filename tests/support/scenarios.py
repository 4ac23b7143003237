# SPDX-License-Identifier: Apache-2.0
"""Playing the scenarios of tests/interop/testdriver, and what of a transcript may differ."""

import difflib
import json
import os
import subprocess
import sys
from functools import cache

from tests.support import ROOT
from tests.support.stock import missing_python

STOCK_PYTHON = "/usr/bin/python3"
VERSION = "9.0.0"
"""The libvirt whose test driver ours is."""

Transcripts = dict[str, list[str]]


def why_not_stock() -> str | None:
    """Why stock libvirt's own test driver cannot be the judge, or None."""
    missing = missing_python()
    if missing is not None:
        return missing
    script = "import libvirt; v = libvirt.getVersion(); print(v // 1000000, v // 1000 % 1000, v % 1000, sep='.')"
    probe = subprocess.run([STOCK_PYTHON, "-c", script], capture_output=True, text=True, check=False)
    found = probe.stdout.strip()
    return None if found == VERSION else f"libvirt {found} is not {VERSION}"


@cache
def play(*names: str, stock: bool = False) -> Transcripts:
    """The transcripts of scenarios or families, with stock libvirt or with our drop-in module."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIBVIRT_", "PYTHON"))}
    path = str(ROOT) if stock else os.pathsep.join((str(ROOT / "packages/libvirt/src"), str(ROOT / "src"), str(ROOT)))
    result = subprocess.run(
        [STOCK_PYTHON if stock else sys.executable, "-m", "tests.interop.testdriver.run", *names],
        cwd=ROOT,
        env={**kept, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert result.returncode == 0, result.stderr
    transcripts: Transcripts = json.loads(result.stdout)
    return transcripts


def differences(wanted: Transcripts, found: Transcripts) -> list[str]:
    """What differs, line by line, with the scenario it is in."""
    return [
        f"{name}: {line}"
        for name, lines in wanted.items()
        for line in difflib.unified_diff(lines, found.get(name, []), "libvirt", "ours", n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
