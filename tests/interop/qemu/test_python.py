# SPDX-License-Identifier: Apache-2.0
"""Stock libvirt-python on manord and on a real libvirtd: the same results, errors and events."""

from __future__ import annotations

import difflib
import re

import pytest

from tests.interop.qemu.intended import SCENARIO_DIFFERENCES
from tests.interop.qemu.sides import Pair, Side, lasting
from tests.support.stock import missing_python

NAMES = (
    *("host", "definition", "off", "lifecycle", "saving", "running", "guest", "tuning"),
    *("media", "screen", "sizes", "sleep", "watchdog", "panic", "clock", "unreadable"),
)

pytestmark = pytest.mark.skipif(missing_python() is not None, reason=str(missing_python()))


def play(side: Side, name: str) -> list[str]:
    """The masked transcript of one scenario."""
    return [side.mask(line) for line in side.python("tests.interop.qemu.play", name)]


CALLS: dict[str, int] = {}
"""How many calls each scenario that was played made."""


@pytest.mark.parametrize("name", NAMES)
def test_python(pair: Pair, name: str) -> None:
    def compare() -> dict[str, str]:
        wanted, found = pair.both(lambda side: play(side, name))
        CALLS[name] = int(wanted[-1].split()[0])
        assert not any("Traceback" in line or "did not come" in line for line in wanted)
        return {
            line: line
            for line in difflib.unified_diff(wanted, found, "libvirtd", "manord", n=0, lineterm="")
            if not line.startswith(("---", "+++", "@@"))
            and not any(re.search(pattern, line) for pattern in SCENARIO_DIFFERENCES)
        }

    differences = lasting(compare)
    assert not differences, "\n".join(differences)


def test_there_are_enough_calls() -> None:
    if set(CALLS) != set(NAMES):
        pytest.skip("not all scenarios were played")
    assert sum(CALLS.values()) >= 150
