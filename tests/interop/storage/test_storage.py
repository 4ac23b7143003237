# SPDX-License-Identifier: Apache-2.0
"""Stock libvirt-python on pools and volumes of manord and of a real libvirtd: the same results, errors and events."""

from __future__ import annotations

import difflib
import re
from typing import Final

import pytest

from tests.interop.qemu.sides import Pair, Side
from tests.support.stock import missing_python

NAMES = (
    *("definition", "foreign", "life", "transient", "volumes", "changes", "images", "layers", "looks", "clones"),
    *("wiping", "transfers", "holes", "reading", "domains", "mounted"),
)

MASKS: Final[dict[str, str]] = {
    r"NOW\.\d+": "NOW",
    r"((?:available|allocation) unit='bytes'>)\d{9,}": r"\1N",
    r"p\.info\(\) -> list\[2, .*": "p.info() -> active",
    r"(blockInfo\('vda'\) -> list\[\d+, )\d+": r"\1N",
    r"/dev/loop\d+": "/dev/loopN",
    r"0x[0-9a-f]{10,}": "ADDRESS",
    r"b'(?:a|b){100,}'": "BYTES",
}
"""What of a transcript is the moment's."""

DIFFERENCES: Final[dict[str, str]] = {
    r"failed to validate against schema": "manord names the element and its line",
    r"getStoragePoolCapabilities\(\)": "manord has fewer types of pools",
}
"""Lines of transcripts that may be on one side only."""

pytestmark = pytest.mark.skipif(missing_python() is not None, reason=str(missing_python()))


def play(side: Side, name: str) -> list[str]:
    """The masked transcript of one scenario."""
    return [_masked(side, line) for line in side.python("tests.interop.storage.play", name)]


def _masked(side: Side, line: str) -> str:
    line = line.replace(str(side.folder), "DIR").replace(str(side.daemon.socket), "SOCKET")
    line = line.replace(str(side.daemon.readonly_socket), "SOCKET")
    for pattern, replacement in MASKS.items():
        line = re.sub(pattern, replacement, line)
    return line


@pytest.mark.parametrize("name", NAMES)
def test_storage(pair: Pair, name: str) -> None:
    wanted, found = pair.both(lambda side: play(side, name))
    differences = [
        line
        for line in difflib.unified_diff(wanted, found, "libvirtd", "manord", n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@")) and not any(re.search(words, line) for words in DIFFERENCES)
    ]
    assert not differences, "\n".join(differences)
    assert not any("Traceback" in line or "did not come" in line or line.startswith("left") for line in wanted)
