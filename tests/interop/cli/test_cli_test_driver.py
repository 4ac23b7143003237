# SPDX-License-Identifier: Apache-2.0
"""manor against stock virsh, command by command, on libvirt's test driver: equal output, equal exit code.

virsh asks a real libvirtd (in process, it hangs now and then when it closes its own test driver). manor asks the same
libvirtd, where only the clients differ, and then its own test driver in process.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.cli.compare import Outcome, cases, with_manor, with_virsh
from tests.support.libvirtd import Libvirtd
from tests.support.stock import missing_virsh

pytestmark = pytest.mark.skipif(missing_virsh() is not None, reason=str(missing_virsh()))

LINES = cases("grammar", "domains", "devices", "tuning", "storage", "networks", "host", "revisions", "events")

ABOUT_THE_WAY = {"uri"}
"""What is answered otherwise because the way to the driver is another."""

DRIVER_DIFFERS = {"numatune test --mode 1", "perf test --enable cmt,foo", "freepages --all"}
DRIVER_DIFFERS.add("freepages --cellno 0 --pagesize 4")
"""Where manor's test driver itself does not answer as libvirt's, whoever asks."""

Judge = Callable[[str], Outcome]


@pytest.fixture(scope="module")
def judge(libvirtd: Libvirtd) -> Judge:
    """What virsh says; asked once for each line."""
    known: dict[str, Outcome] = {}

    def ask(line: str) -> Outcome:
        if line not in known:
            known[line] = with_virsh(libvirtd.uri("test", "/default"), line).settled()
        return known[line]

    return ask


@pytest.mark.parametrize("line", LINES)
def test_through_a_daemon(libvirtd: Libvirtd, judge: Judge, folder: Path, line: str) -> None:
    line = line.replace("{tmp}", str(folder))
    assert with_manor(libvirtd.uri("test", "/default"), line).settled() == judge(line)


@pytest.mark.parametrize("line", [line for line in LINES if line not in ABOUT_THE_WAY])
def test_in_process(judge: Judge, folder: Path, line: str, request: pytest.FixtureRequest) -> None:
    if line in DRIVER_DIFFERS:
        request.node.add_marker(pytest.mark.xfail(strict=False, reason="the test driver answers otherwise"))
    line = line.replace("{tmp}", str(folder))
    assert with_manor("test:///default", line).settled() == judge(line)
