# SPDX-License-Identifier: Apache-2.0
"""Commands and options that virsh learned after 9.0.0, against the newest stock virsh."""

from pathlib import Path

import pytest

from tests.interop.cli.compare import Outcome, cases, with_manor
from tests.support.clients import StockClients
from tests.support.libvirtd import Libvirtd
from tests.support.stock import virsh


@pytest.mark.parametrize("line", cases("newer"))
def test_newer_commands(libvirtd: Libvirtd, newest_clients: StockClients, folder: Path, line: str) -> None:
    uri, line = libvirtd.uri("test", "/default"), line.replace("{tmp}", str(folder))
    asked = virsh(uri, line, program=newest_clients.virsh)
    judged = Outcome(asked.returncode, asked.stdout, asked.stderr).settled()
    assert with_manor(uri, line).settled() == judged
