# SPDX-License-Identifier: Apache-2.0
"""manord is killed while guests run and stock clients are connected."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.support.manord import Manord, missing
from tests.support.stock import environment, missing_virsh, virsh

pytestmark = pytest.mark.skipif((missing() or missing_virsh()) is not None, reason="no manord, or no stock virsh")

SMALL = "<domain type='qemu'><name>{name}</name><memory>32768</memory><os><type>hvm</type></os></domain>"


def test_guests_survive_the_daemon_and_clients_find_them_again(manord: Manord) -> None:
    """Killed with clients connected: guests run on, clients are told, and the next daemon knows every guest."""
    uri = manord.uri()
    virsh(uri, "define", "/dev/stdin", input=SMALL.format(name="kept"), check=True)
    virsh(uri, "start", "kept", check=True)
    virsh(uri, "create", "/dev/stdin", input=SMALL.format(name="transient"), check=True)
    virsh(uri, "suspend", "transient", check=True)
    before = virsh(uri, "dumpxml", "kept", check=True).stdout
    listed = virsh(uri, "list", "--all", check=True).stdout
    messages = virsh(uri, "dominfo", "kept", check=True).stdout.partition("Messages:")[2]
    with subprocess.Popen(
        ["virsh", "--connect", uri, "event", "--all", "--loop"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as listener:
        manord.stop_daemon(signal.SIGKILL)
        manord.start_daemon()
        assert listener.wait(timeout=60) != 0
    assert virsh(uri, "list", "--all", check=True).stdout == listed
    assert virsh(uri, "domstate", "transient", "--reason", check=True).stdout.strip() == "paused (user)"
    assert virsh(uri, "dumpxml", "kept", check=True).stdout == before
    assert virsh(uri, "dominfo", "kept", check=True).stdout.partition("Messages:")[2] == messages
    for words in (("suspend", "kept"), ("resume", "kept"), ("resume", "transient"), ("destroy", "transient")):
        done = virsh(uri, *words)
        assert done.returncode == 0, done.stderr
    assert virsh(uri, "domstate", "transient").returncode != 0
    virsh(uri, "destroy", "kept", check=True)
    virsh(uri, "undefine", "kept", check=True)
