# SPDX-License-Identifier: Apache-2.0
"""Stock libvirt-python on manord and on a real libvirtd: the same results, errors and events."""

from __future__ import annotations

import difflib
import json
import re
import subprocess

import pytest

from tests.interop.qemu.intended import SCENARIO_DIFFERENCES
from tests.interop.qemu.sides import Pair, Side
from tests.support import ROOT
from tests.support.stock import environment, missing_python

PYTHON = "/usr/bin/python3"
NAMES = ("host", "definition", "off", "lifecycle", "saving", "running", "guest", "tuning")

pytestmark = pytest.mark.skipif(missing_python() is not None, reason=str(missing_python()))


def play(side: Side, name: str) -> list[str]:
    """The masked transcript of one scenario."""
    done = subprocess.run(
        [PYTHON, "-m", "tests.interop.qemu.play", side.daemon.uri(), str(side.folder), name],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return [side.mask(line) for line in json.loads(done.stdout)[name]]


CALLS: dict[str, int] = {}
"""How many calls each scenario that was played made."""


@pytest.mark.parametrize("name", NAMES)
def test_python(pair: Pair, name: str) -> None:
    wanted, found = pair.both(lambda side: play(side, name))
    differences = [
        line
        for line in difflib.unified_diff(wanted, found, "libvirtd", "manord", n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
        and not any(re.search(pattern, line) for pattern in SCENARIO_DIFFERENCES)
    ]
    assert not differences, "\n".join(differences)
    CALLS[name] = int(wanted[-1].split()[0])
    assert not any("Traceback" in line or "did not come" in line for line in wanted)


def test_there_are_enough_calls() -> None:
    if set(CALLS) != set(NAMES):
        pytest.skip("not all scenarios were played")
    assert sum(CALLS.values()) >= 150
