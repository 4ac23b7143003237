# SPDX-License-Identifier: Apache-2.0
"""Stock clients and the connection itself: events, keepalive both ways, its end, and users with different rights."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import clients
from tests.support.manord_process import ManordProcess
from tests.support.rawclient import RawClient
from tests.support.stock import missing_python, missing_virsh, stock_python, virsh

_missing = missing_python() or missing_virsh()
pytestmark = pytest.mark.skipif(_missing is not None, reason=_missing or "")


@pytest.fixture
def manord(folder: Path) -> Iterator[ManordProcess]:
    with ManordProcess(folder / "m") as daemon:
        yield daemon


EVENTS = """
libvirt.virEventRegisterDefaultImpl()
conn, other = libvirt.open(URI), libvirt.open(URI)
seen = []
note = lambda c, thing, event, detail, o: seen.append([thing.name(), event])
conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, note, None)
net = conn.networkEventRegisterAny(None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE, note, None)
dom, network = other.lookupByName("test"), other.networkLookupByName("default")
for _ in range(5):
    dom.suspend()
    network.destroy()
    dom.resume()
    network.create()
while len(seen) < 20:
    libvirt.virEventRunDefaultImpl()
conn.networkEventDeregisterAny(net)
network.destroy()
dom.suspend()
while len(seen) < 21:
    libvirt.virEventRunDefaultImpl()
answer(seen)
"""


def test_events_come_in_order_and_only_where_asked_for(manord: ManordProcess) -> None:
    seen = stock_python(EVENTS, manord.uri())
    assert seen == [["test", 3], ["default", 3], ["test", 4], ["default", 2]] * 5 + [["test", 3]]


CLOSED = """
libvirt.virEventRegisterDefaultImpl()
conn = libvirt.open(URI)
conn.setKeepAlive(*ARGUMENTS["keepalive"])
reasons = []
conn.registerCloseCallback(lambda c, reason, o: reasons.append(reason), None)
open(ARGUMENTS["sign"], "w").close()
libvirt.virEventAddTimeout(100, lambda *_: None, None)
while not reasons:
    libvirt.virEventRunDefaultImpl()
answer([reasons, conn.isAlive()])
"""
EOF, KEEPALIVE = 1, 2


def when_there(sign: Path, action: Callable[[], object]) -> threading.Thread:
    """Do something to the daemon once a client has given the sign."""

    def run() -> None:
        while not sign.exists():
            time.sleep(0.02)
        action()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_the_end_of_the_daemon_is_told(folder: Path) -> None:
    manord = ManordProcess(folder / "m").start()
    thread = when_there(folder / "sign", manord.stop)
    assert stock_python(CLOSED, manord.uri(), keepalive=[5, 5], sign=str(folder / "sign")) == [[EOF], 0]
    thread.join()


def test_a_daemon_that_does_not_answer_is_given_up(folder: Path, manord: ManordProcess) -> None:
    thread = when_there(folder / "sign", lambda: os.kill(manord.pid, signal.SIGSTOP))
    try:
        assert stock_python(CLOSED, manord.uri(), keepalive=[1, 1], sign=str(folder / "sign")) == [[KEEPALIVE], 0]
    finally:
        thread.join()
        os.kill(manord.pid, signal.SIGCONT)


def test_a_client_that_does_not_answer_is_given_up(folder: Path) -> None:
    config = "[keepalive]\ninterval = 0.2\ncount = 2\n"
    with ManordProcess(folder / "m", config=config) as manord:
        silent, indifferent = RawClient(manord.socket).open(), RawClient(manord.socket).open()
        # Who asks is pinged, who does not ask is left alone.
        silent.ask("connect_supports_feature", 10)
        pings = [silent.receive().packet for _ in range(2)]
        assert [packet.procedure for packet in pings] == [1, 1]
        assert silent.is_closed()
        indifferent.ask("connect_get_hostname")
        # Stock clients answer pings, so they stay.
        script = """
libvirt.virEventRegisterDefaultImpl()
conn = libvirt.open(URI)
conn.setKeepAlive(5, 5)
import time
end = time.monotonic() + 2
libvirt.virEventAddTimeout(100, lambda *_: None, None)
while time.monotonic() < end:
    libvirt.virEventRunDefaultImpl()
answer(conn.isAlive() and conn.getHostname())
"""
        assert stock_python(script, manord.uri())


SCREENSHOT = """
conn = libvirt.open(URI)
stream = conn.newStream()
kind = conn.lookupByName("test").screenshot(stream, 0)
data = b""
while chunk := stream.recv(4096):
    data += chunk
stream.finish()
import hashlib
again = conn.newStream()
conn.lookupByName("test").screenshot(again, 0)
again.recv(10)
again.abort()
answer([kind, len(data), hashlib.sha256(data).hexdigest(), conn.getHostname() != ""])
"""


def test_a_stream(manord: ManordProcess) -> None:
    kind, size, _, alive = stock_python(SCREENSHOT, manord.uri())
    assert kind == "image/png"
    assert size > 10_000
    assert alive


def test_many_threads_on_one_connection(manord: ManordProcess) -> None:
    script = """
import threading
conn = libvirt.open(URI)
dom = conn.lookupByName("test")
counts = []
def work():
    counts.append(sum(dom.info()[0] == 1 and dom.name() == "test" and bool(dom.XMLDesc()) for _ in range(200)))
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
answer(counts)
"""
    assert stock_python(script, manord.uri()) == [200] * 8


RULES = """
[unix]
auth = "none"
[[access.rule]]
users = ["nobody"]
permissions = ["domain:read", "domain:suspend"]
names = ["web-*"]
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="another user needs root")
def test_users_with_different_rights(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")

    def as_nobody(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["virsh", "--connect", uri, *words],
            capture_output=True,
            text=True,
            check=False,
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"},
            cwd="/",
        )

    with ManordProcess(folder / "m", config=RULES) as manord, RawClient(manord.socket) as keeper:
        uri = manord.uri()
        # Objects of the test driver live as long as somebody is connected.
        keeper.open()
        xml = "<domain type='test'><name>web-1</name><memory>1024</memory><os><type>hvm</type></os></domain>"
        (folder / "guest.xml").write_text(xml)
        virsh(uri, "create", str(folder / "guest.xml"), check=True)
        assert virsh(uri, "list", "--name").stdout.split() == ["test", "web-1"]
        assert as_nobody("list", "--name").stdout.split() == ["web-1"]
        assert as_nobody("suspend", "web-1").returncode == 0
        assert virsh(uri, "domstate", "web-1").stdout.strip() == "paused"
        assert "access denied" in as_nobody("destroy", "web-1").stderr
        assert "failed to get domain" in as_nobody("suspend", "test").stderr
        assert "access denied" in as_nobody("define", str(folder / "guest.xml")).stderr
        assert as_nobody("net-list", "--all", "--name").stdout.split() == []
        assert virsh(uri, "domstate", "test").stdout.strip() == "running"


def test_the_newest_clients(manord: ManordProcess, newest_clients: clients.StockClients) -> None:
    result = virsh(manord.uri(), "list", "--name", program=str(newest_clients.virsh))
    assert result.stdout.split() == ["test"], result.stderr
