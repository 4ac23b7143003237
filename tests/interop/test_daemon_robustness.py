# SPDX-License-Identifier: Apache-2.0
"""Strangers do what they like, manord goes on: a short run of the live fuzzer, and single ill manners.

The long run is described in tests/fuzz/README.md.
"""

from __future__ import annotations

import random
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manor.wire.frame import HEADER_SIZE
from tests.fuzz.daemon import FRAMES, answers, run
from tests.support.manord_process import ManordProcess
from tests.support.rawclient import RawClient


@pytest.fixture(scope="module")
def manord() -> Iterator[ManordProcess]:
    with tempfile.TemporaryDirectory() as folder, ManordProcess(Path(folder) / "m") as daemon:
        yield daemon


def test_a_short_run_of_the_fuzzer() -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), frames=40_000, clients=300, seed=1)
    assert report.problems == []


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(FRAMES), st.integers(0, 2**32)), max_size=20), st.data())
def test_frames_cut_anywhere(manord: ManordProcess, frames: list[tuple[object, int]], data: st.DataObject) -> None:
    thrown = b"".join(make(random.Random(seed)) for make, seed in frames)  # type: ignore[operator]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(thrown)), max_size=5)))
    with RawClient(manord.socket) as client:
        client.open()
        for begin, end in zip([0, *cuts], [*cuts, len(thrown)], strict=True):
            client.send(thrown[begin:end])
    assert answers(manord.socket)


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
def test_any_bytes_at_once(manord: ManordProcess, data: bytes) -> None:
    with RawClient(manord.socket) as client:
        client.send(data)
    assert answers(manord.socket)


def test_a_message_that_never_ends_holds_nothing_but_itself(manord: ManordProcess) -> None:
    with RawClient(manord.socket) as client:
        client.open()
        client.send((1 << 24).to_bytes(4, "big") + bytes(HEADER_SIZE))
        assert answers(manord.socket)


def test_hundreds_of_clients_at_once(manord: ManordProcess) -> None:
    clients = [RawClient(manord.socket).open() for _ in range(400)]
    serials = [client.post("connect_get_hostname") for client in clients]
    for client, serial in zip(clients, serials, strict=True):
        assert client.receive().packet.serial == serial
    for client in clients:
        client.close()
    assert answers(manord.socket)


def test_clients_that_flood_and_never_read(manord: ManordProcess) -> None:
    flooding = [RawClient(manord.socket).open() for _ in range(20)]
    stop = threading.Event()

    def flood(client: RawClient) -> None:
        client.sock.settimeout(0.05)
        while not stop.is_set():
            try:
                client.post("connect_get_capabilities")
            except (TimeoutError, OSError):
                continue

    threads = [threading.Thread(target=flood, args=(client,)) for client in flooding]
    for thread in threads:
        thread.start()
    for _ in range(20):
        assert answers(manord.socket)
    stop.set()
    for thread in threads:
        thread.join()
    for client in flooding:
        client.close()
    assert answers(manord.socket)


def test_only_half_of_a_connection(manord: ManordProcess) -> None:
    """A client that says it will send no more still gets its answers, or the end."""
    with RawClient(manord.socket) as client:
        client.open()
        client.post("connect_get_hostname")
        client.sock.shutdown(socket.SHUT_WR)
        assert client.receive().error is None
        assert client.is_closed()
