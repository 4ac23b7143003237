# SPDX-License-Identifier: Apache-2.0
"""Pools of a manord that is killed, and of one whose clients may not do everything."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.manord import Manord, missing
from tests.support.stock import environment, missing_python, missing_virsh, stock_python, virsh

pytestmark = pytest.mark.skipif(
    (missing() or missing_virsh() or missing_python()) is not None, reason="no manord, or no stock clients"
)

UPLOAD = """
import sys, time, libvirt
libvirt.registerErrorHandler(lambda *_: None, None)
connection = libvirt.open(sys.argv[1])
volume = connection.storagePoolLookupByName("p").storageVolLookupByName("v")
stream = connection.newStream()
volume.upload(stream, 0, 0)
chunk = b"x" * 262120
stream.send(chunk)
print("begun", flush=True)
while True:
    stream.send(chunk)
"""


def test_killed_while_a_volume_is_filled(manord: Manord, tmp_path: Path) -> None:
    """The client is told, the pool is there again with its volume, and nothing is left of the transfer."""
    uri = manord.uri()
    virsh(uri, "pool-define-as", "p", "dir", "--target", str(tmp_path / "p"), check=True)
    virsh(uri, "pool-start", "p", "--build", check=True)
    virsh(uri, "pool-create-as", "t", "dir", "--target", str(tmp_path / "t"), "--build", check=True)
    virsh(uri, "vol-create-as", "p", "v", "1M", check=True)
    with subprocess.Popen(
        ["/usr/bin/python3", "-I", "-c", UPLOAD, uri],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        text=True,
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "begun\n"
        manord.stop_daemon(signal.SIGKILL)
        assert client.wait(timeout=60) != 0
    manord.start_daemon()
    assert virsh(uri, "pool-list", "--name", check=True).stdout.split() == ["p", "t"]
    assert virsh(uri, "pool-list", "--transient", "--name", check=True).stdout.split() == ["t"]
    assert [entry.name for entry in (tmp_path / "p").iterdir()] == ["v"]
    virsh(uri, "vol-delete", "v", "p", check=True)
    virsh(uri, "pool-destroy", "p", check=True)
    manord.stop_daemon()
    manord.start_daemon()
    assert virsh(uri, "pool-list", "--name", check=True).stdout.split() == ["t"]
    assert virsh(uri, "pool-list", "--inactive", "--name", check=True).stdout.split() == ["p"]


RULES = """
[access]
default = "deny"

[[access.rule]]
users = ["root"]
permissions = ["connect:*", "storage_pool:*", "storage_vol:*"]
names = ["web-*"]

[[access.rule]]
users = ["root"]
permissions = ["connect:*"]
"""

LOOK = """
def tried(function, *arguments):
    try:
        return function(*arguments)
    except libvirt.libvirtError as error:
        return error.get_error_message()
c = libvirt.open(URI)
answer([
    sorted(pool.name() for pool in c.listAllStoragePools()),
    c.numOfStoragePools(),
    tried(lambda: c.storagePoolLookupByName("web-1").isActive()),
    tried(lambda: c.storagePoolLookupByName("db-1").isActive()),
    tried(lambda: c.storagePoolDefineXML(ARGUMENTS["document"]).name()),
])
"""


def test_clients_see_the_pools_they_may_see(short_path: Path) -> None:
    state = short_path / "m"
    document = "<pool type='dir'><name>{0}</name><target><path>{1}/{0}</path></target></pool>"
    with Manord(state) as manord:
        for name in ("web-1", "db-1"):
            given = document.format(name, short_path)
            virsh(manord.uri(), "pool-create", "/dev/stdin", "--build", input=given, check=True)
        manord.stop_daemon()
        (state / "etc" / "manord.toml").write_text(RULES)
        manord.start_daemon()
        seen = stock_python(LOOK, manord.uri(), document=document.format("db-2", short_path))
    assert seen[:3] == [["web-1"], 1, 1]
    assert seen[3].startswith("access denied")
    assert seen[4].startswith("access denied")
