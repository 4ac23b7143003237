# SPDX-License-Identifier: Apache-2.0
"""The drop-in against a real libvirtd over time: lost daemons, shared connections, events in other loops."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import libvirt
import libvirtaio
from libvirt import _loop
from libvirt._default_loop import DefaultLoop
from tests.support import libvirtd, stock

pytestmark = pytest.mark.skipif(libvirtd.missing() is not None, reason=str(libvirtd.missing()))

LOST = """
import sys
import libvirt
libvirt.registerErrorHandler(lambda c, e: None, None)
libvirt.virEventRegisterDefaultImpl()
conn = libvirt.open(sys.argv[1])
print("keepalive", conn.setKeepAlive(1, 2))
told = []
conn.registerCloseCallback(lambda conn, reason, opaque: told.append((reason, opaque, conn.isAlive())), "op")
dom = conn.lookupByName("test")
print("ready", flush=True)
sys.stdin.readline()
timer = libvirt.virEventAddTimeout(100, lambda *a: None, None)
while not told:
    libvirt.virEventRunDefaultImpl()
print(told)
for call in (dom.info, conn.getHostname, conn.isAlive, dom.create, lambda: type(conn.newStream()),
             lambda: conn.domainEventRegisterAny(None, 0, print, None), dom.name, conn.close):
    try:
        print(call())
    except libvirt.libvirtError as error:
        print(error.err)
"""


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[libvirtd.Libvirtd]:
    with libvirtd.Libvirtd(tmp_path / "judge") as running:
        yield running


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_loop, "_current", None)
    monkeypatch.setattr(_loop, "_default", DefaultLoop())
    libvirt.registerErrorHandler(lambda context, error: None, None)
    yield
    libvirt.registerErrorHandler(None, None)


@pytest.mark.skipif(stock.missing_python() is not None, reason=str(stock.missing_python()))
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_a_lost_daemon_looks_the_same_through_both_bindings(tmp_path: Path, number: signal.Signals) -> None:
    """Killed, hanging (keepalive notices) and ended in good order: reason, errors, and what still works."""
    shown = []
    for name, interpreter in (("c", "/usr/bin/python3"), ("ours", sys.executable)):
        with libvirtd.Libvirtd(tmp_path / name) as judge:
            program = subprocess.Popen(
                [interpreter, "-c", LOST, judge.uri("test", "/default")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=stock.environment(),
            )
            assert program.stdout is not None
            lines = []
            while (line := program.stdout.readline()) and line.strip() != "ready":
                lines.append(line)
            pid = judge.host_pid
            os.kill(pid, number)
            rest, _ = program.communicate("go\n", timeout=60)
            if number is signal.SIGSTOP:
                os.kill(pid, signal.SIGKILL)
            shown.append("".join(lines) + rest)
    assert len(shown[0].splitlines()) == 10
    assert shown[1].replace("<class 'libvirt.virStream'>", "") == shown[0].replace("<class 'libvirt.virStream'>", "")


def test_threads_share_a_connection_while_events_arrive(quiet: None, judge: libvirtd.Libvirtd) -> None:
    libvirt.virEventRegisterDefaultImpl()
    conn = libvirt.open(judge.uri("test", "/default"))
    seen: list[int] = []
    stop = threading.Event()
    conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda c, d, e, *_: seen.append(e), None)

    def loop() -> None:
        timer = libvirt.virEventAddTimeout(20, lambda *_: None, None)
        while not stop.is_set():
            libvirt.virEventRunDefaultImpl()
        libvirt.virEventRemoveTimeout(timer)

    def read() -> None:
        for _ in range(100):
            assert conn.lookupByName("test").info()[3] == 2

    def change() -> None:
        dom = conn.lookupByName("test")
        for _ in range(20):
            dom.suspend()
            dom.resume()

    looping = threading.Thread(target=loop)
    looping.start()
    workers = [threading.Thread(target=work) for work in (read, read, read, read, change)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert not worker.is_alive()
    for _ in range(200):
        if len(seen) == 40:
            break
        stop.wait(0.05)
    stop.set()
    looping.join(60)
    assert seen == [libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_RESUMED] * 20
    conn.close()


async def test_events_in_asyncio(quiet: None, judge: libvirtd.Libvirtd) -> None:
    impl = libvirtaio.virEventRegisterAsyncIOImpl()
    conn = libvirt.open(judge.uri("test", "/default"))
    told: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
    lifecycle = libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE
    conn.domainEventRegisterAny(None, lifecycle, lambda c, dom, event, *_: told.put_nowait((dom.name(), event)), None)
    dom = conn.lookupByName("test")
    await asyncio.to_thread(dom.suspend)
    assert await asyncio.wait_for(told.get(), 30) == ("test", libvirt.VIR_DOMAIN_EVENT_SUSPENDED)
    dom.resume()
    assert await asyncio.wait_for(told.get(), 30) == ("test", libvirt.VIR_DOMAIN_EVENT_RESUMED)
    del dom
    conn.close()
    await asyncio.wait_for(impl.drain(), 30)
