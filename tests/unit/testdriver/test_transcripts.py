# SPDX-License-Identifier: Apache-2.0
"""The test driver against transcripts of libvirt 9.0.0's own, where that is not at hand.

`python -m tests.unit.testdriver.test_transcripts` writes the transcripts again, with the stock binding.
"""

import gzip
import json
from pathlib import Path

import pytest

from tests.interop.testdriver.scenarios import FAMILIES
from tests.support.scenarios import Transcripts, differences, play

TRANSCRIPTS = Path(__file__).with_name("transcripts.json.gz")
PICTURE = Path("/usr/share/libvirt/test-screenshot.png")


def recorded() -> Transcripts:
    """What stock libvirt answered."""
    transcripts: Transcripts = json.loads(gzip.decompress(TRANSCRIPTS.read_bytes()))
    return transcripts


@pytest.mark.parametrize("family", FAMILIES)
def test_transcripts(family: str) -> None:
    wanted = {name: lines for name, lines in recorded().items() if name.startswith(f"{family}.")}
    found = play(family)
    if not PICTURE.exists():
        wanted.pop("domain_state.screenshot", None)
    assert wanted.keys() <= found.keys()
    assert not differences(wanted, found)


if __name__ == "__main__":
    data = json.dumps(play(stock=True), indent=0, sort_keys=True).encode()
    TRANSCRIPTS.write_bytes(gzip.compress(data, mtime=0))
