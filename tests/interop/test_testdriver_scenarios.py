# SPDX-License-Identifier: Apache-2.0
"""Programs of libvirt's test driver, played with stock libvirt-python and with our drop-in module.

Every call's result or error (all nine fields of it) and every event, with its detail and its place among the calls,
has to be the same.
"""

import pytest

from tests.interop.testdriver.scenarios import FAMILIES, SCENARIOS
from tests.support.scenarios import differences, play, why_not_stock

WHY_NOT = why_not_stock()


@pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))
@pytest.mark.parametrize("family", FAMILIES)
def test_scenarios(family: str) -> None:
    wanted, found = play(family, stock=True), play(family)
    lines = sum(len(transcript) for transcript in wanted.values())
    wrong = differences(wanted, found)
    print(f"{family}: {len(wanted)} scenarios, {lines} lines, {len(wrong)} of them different")
    assert not wrong


def test_every_family_has_scenarios() -> None:
    assert {name.partition(".")[0] for name in SCENARIOS} == set(FAMILIES)
