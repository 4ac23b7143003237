# SPDX-License-Identifier: Apache-2.0
"""manor against stock virsh, command by command, on libvirt's test driver: equal output, equal exit code.

virsh asks a real libvirtd (in process, it hangs now and then when it closes its own test driver). manor asks the same
libvirtd, where only the clients differ, and then its own test driver in process.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.interop.cli.compare import Outcome, cases, with_manor, with_virsh
from tests.support.libvirtd import Libvirtd
from tests.support.manord import Manord
from tests.support.manord import missing as missing_manord
from tests.support.stock import missing_virsh

pytestmark = pytest.mark.skipif(missing_virsh() is not None, reason=str(missing_virsh()))

LINES = cases("grammar", "domains", "devices", "tuning", "storage", "networks", "host", "revisions", "events")

ABOUT_THE_WAY = {"uri"}
"""What is answered otherwise because the way to the driver is another."""

UNCOUNTED = {"freepages --all", "freepages --cellno 0 --pagesize 4"}
"""What libvirt's test driver answers and libvirtd cannot pass on: there are numbers, but their count is none."""

COUNTED_LATER = {"domiftune test foo"}
"""What manord finds wrong in the first of virsh's two calls, and libvirtd in the second: other words before it."""

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


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The URI of manord's test driver."""
    if (reason := missing_manord()) is not None:
        pytest.skip(reason)
    with TemporaryDirectory(prefix="mt-") as state, Manord(Path(state) / "m") as daemon:
        yield daemon.uri("test", "/default")


@pytest.mark.parametrize("line", LINES)
def test_through_a_daemon(libvirtd: Libvirtd, judge: Judge, folder: Path, line: str) -> None:
    line = line.replace("{tmp}", str(folder))
    assert with_manor(libvirtd.uri("test", "/default"), line).settled() == judge(line)


@pytest.mark.parametrize("line", [line for line in LINES if line not in ABOUT_THE_WAY | UNCOUNTED])
def test_in_process(judge: Judge, folder: Path, line: str) -> None:
    line = line.replace("{tmp}", str(folder))
    assert with_manor("test:///default", line).settled() == judge(line)


@pytest.mark.parametrize("line", [line for line in LINES if line not in ABOUT_THE_WAY | UNCOUNTED | COUNTED_LATER])
def test_virsh_on_manord(served: str, judge: Judge, folder: Path, line: str) -> None:
    line = line.replace("{tmp}", str(folder))
    assert with_virsh(served, line).settled() == judge(line)


def test_free_pages() -> None:
    """As virsh has them of libvirt's own test driver in its process."""
    shown = "4KiB: 19\n8KiB: 45\n2048KiB: 97\n1048576KiB: 201\n\n"
    assert with_manor("test:///default", "freepages --all").out == f"Node 0:\n{shown}Node 1:\n{shown}\n"
    assert with_manor("test:///default", "freepages --cellno 0 --pagesize 4").out == "4KiB: 19\n\n"
