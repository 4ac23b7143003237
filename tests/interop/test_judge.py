# SPDX-License-Identifier: Apache-2.0
"""The private libvirtd itself: it answers stock clients, survives a kill, and leaves nothing behind."""

import signal
from pathlib import Path

import pytest

from tests.support.clients import StockClients
from tests.support.leaks import Leaks
from tests.support.libvirtd import Libvirtd, missing
from tests.support.manord import Manord
from tests.support.stock import missing_python, stock_python, virsh

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

GUEST = "<domain type='qemu'><name>x</name><memory>65536</memory><os><type>hvm</type></os></domain>"


def test_guests_stay_over_a_kill_of_the_daemon_and_go_with_the_room(leaks: Leaks) -> None:
    with Libvirtd(leaks.root / "d") as daemon:
        leaks.allowed.add(daemon.state)
        created = virsh(daemon.uri(), "create", "/dev/stdin", input=GUEST)
        assert created.stdout.strip() == "Domain 'x' created from /dev/stdin", created.stderr
        daemon.stop_daemon(signal.SIGKILL)
        daemon.start_daemon()
        assert virsh(daemon.uri(), "domstate", "x").stdout.strip() == "running"


def test_two_daemons_run_side_by_side(tmp_path: Path) -> None:
    with Libvirtd(tmp_path / "1") as first, Libvirtd(tmp_path / "2") as second:
        for daemon in (first, second):
            started = virsh(daemon.uri(), "net-start", "default")
            assert started.returncode == 0, started.stderr
        assert virsh(first.uri(), "net-destroy", "default").returncode == 0
        assert "active" in virsh(second.uri(), "net-list").stdout


@pytest.mark.skipif(missing_python() is not None, reason=str(missing_python()))
def test_stock_python_gives_back_what_the_body_answers(libvirtd: Libvirtd) -> None:
    body = "answer([libvirt.open(URI).getType(), ARGUMENTS['text']])"
    assert stock_python(body, libvirtd.uri(), text="é") == ["QEMU", "é"]


@pytest.mark.skipif(missing_python() is not None, reason=str(missing_python()))
def test_the_newest_clients_speak_to_the_judge(libvirtd: Libvirtd, newest_clients: StockClients) -> None:
    body = "answer([libvirt.getVersion(), libvirt.open(URI).getLibVersion()])"
    newest, judge = stock_python(body, libvirtd.uri(), python=newest_clients.python)
    assert newest > judge
    assert virsh(libvirtd.uri(), "list", program=newest_clients.virsh).returncode == 0


def test_manord_has_the_same_handles(manord: Manord) -> None:
    assert virsh(manord.uri("test", "/default"), "list", "--name").stdout.strip() == "test"
    manord.stop_daemon(signal.SIGKILL)
    manord.start_daemon()
    assert virsh(manord.uri("test", "/default", readonly=True), "--readonly", "uri").returncode == 0
