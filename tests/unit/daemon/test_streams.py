# SPDX-License-Identifier: Apache-2.0
"""Streams: both directions, holes, their ends, and that neither side can make the daemon's memory grow."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from manor.client.outgoing import BACKLOG
from manor.daemon.peer import READ_AHEAD
from manor.drivers.interface import Hole, Stream
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import DomainRef, StorageVolRef
from manor.wire.frame import CONTINUE, ERROR, OK, STREAM, STREAM_CHUNK, STREAM_HOLE
from tests.support.rawclient import RawClient
from tests.unit.daemon.bed import Bed

VOL = StorageVolRef("p", "v", "k")
DOM = DomainRef("a", bytes(16), -1)
UPLOAD, DOWNLOAD, CONSOLE = "storage_vol_upload", "storage_vol_download", "domain_open_console"
_error = reporter(ErrorDomain.STORAGE)


def serving(transfer: Any) -> Any:
    """An operation that serves a transfer."""

    async def body(*args: Any) -> None:
        args[-1].serve(transfer)

    return body


def download(client: RawClient) -> int:
    serial = client.post(DOWNLOAD, VOL, 0, 0, 0)
    assert client.receive().error is None
    return serial


def upload(client: RawClient) -> int:
    serial = client.post(UPLOAD, VOL, 0, 0, 0)
    assert client.receive().error is None
    return serial


def headers(client: RawClient, count: int) -> list[tuple[int, int, int, int]]:
    """Type, serial, status and payload length of the next packets."""
    found = [client.receive().packet for _ in range(count)]
    return [(packet.type, packet.serial, packet.status, len(packet.payload)) for packet in found]


def test_a_download_to_its_end(bed: Bed) -> None:
    async def transfer(stream: Stream) -> None:
        await stream.write(b"abc")
        await stream.write(b"")
        await stream.write_hole(5)
        await stream.write(bytes(STREAM_CHUNK + 1))

    bed.bodies[DOWNLOAD] = serving(transfer)
    client = bed.client()
    serial = download(client)
    assert headers(client, 5) == [
        (STREAM, serial, CONTINUE, 3),
        (STREAM_HOLE, serial, CONTINUE, 12),
        (STREAM, serial, CONTINUE, STREAM_CHUNK),
        (STREAM, serial, CONTINUE, 1),
        (STREAM, serial, CONTINUE, 0),
    ]
    # Silence until the client agrees.
    client.stream(DOWNLOAD, serial, status=OK)
    assert headers(client, 1) == [(STREAM, serial, OK, 0)]
    client.stream(DOWNLOAD, serial, status=OK)
    assert client.call("connect_get_lib_version").error is None


def test_an_upload_to_its_end(bed: Bed) -> None:
    got: list[Any] = []

    async def transfer(stream: Stream) -> None:
        while (item := await stream.read()) is not None:
            got.append(item)

    bed.bodies[UPLOAD] = serving(transfer)
    client = bed.client()
    serial = upload(client)
    client.stream(UPLOAD, serial, b"abc")
    client.hole(UPLOAD, serial, 7)
    client.stream(UPLOAD, serial, b"d")
    client.stream(UPLOAD, serial, status=OK)
    assert headers(client, 1) == [(STREAM, serial, OK, 0)]
    assert got == [b"abc", Hole(7), b"d"]


def test_a_console_carries_data_both_ways(bed: Bed) -> None:
    async def transfer(stream: Stream) -> None:
        while (item := await stream.read()) is not None:
            assert not isinstance(item, Hole)
            await stream.write(item.upper())

    bed.bodies[CONSOLE] = serving(transfer)
    client = bed.client()
    serial = client.post(CONSOLE, DOM, None, 0)
    client.receive()
    for text in (b"one", b"two"):
        client.stream(CONSOLE, serial, text)
        assert client.receive().packet.payload == text.upper()
    client.stream(CONSOLE, serial, status=OK)
    assert headers(client, 1) == [(STREAM, serial, OK, 0)]


def test_data_never_comes_before_the_answer(bed: Bed) -> None:
    async def transfer(stream: Stream) -> None:
        await stream.write(b"x")

    async def body(*args: Any) -> None:
        args[-1].serve(transfer)
        await asyncio.sleep(0.01)

    bed.bodies[DOWNLOAD] = body
    client = bed.client()
    client.post(DOWNLOAD, VOL, 0, 0, 0)
    assert [client.receive().packet.type for _ in range(2)] == [1, STREAM]


def test_an_operation_that_fails_opens_no_stream(bed: Bed) -> None:
    async def body(*args: Any) -> None:
        args[-1].serve(None)
        raise _error(ErrorNumber.NO_STORAGE_VOL, "none")

    bed.bodies[DOWNLOAD] = body
    client = bed.client()
    assert client.call(DOWNLOAD, VOL, 0, 0, 0).error is not None
    # What is sent for it all the same is dropped.
    client.stream(DOWNLOAD, client.serial, b"x")
    assert client.call("connect_get_lib_version").error is None


def test_an_abort_cancels_the_transfer(bed: Bed) -> None:
    cancelled = threading.Event()

    async def transfer(stream: Stream) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            cancelled.set()

    for name in (DOWNLOAD, UPLOAD):
        cancelled.clear()
        bed.bodies[name] = serving(transfer)
        client = bed.client()
        serial = client.post(name, VOL, 0, 0, 0)
        client.receive()
        client.stream(name, serial, status=ERROR)
        assert headers(client, 1) == [(STREAM, serial, OK, 0)]
        assert cancelled.is_set()


def test_a_failing_transfer_tells_the_client(bed: Bed, caplog: pytest.LogCaptureFixture) -> None:
    async def transfer(stream: Stream) -> None:
        await stream.read()
        raise _error(ErrorNumber.SYSTEM_ERROR, "disk full")

    async def bug(stream: Stream) -> None:
        await stream.read()
        raise ZeroDivisionError("oops")

    for body, message in ((transfer, "disk full"), (bug, "internal error: stream failed unexpectedly: oops")):
        bed.bodies[UPLOAD] = serving(body)
        client = bed.client()
        serial = upload(client)
        client.stream(UPLOAD, serial, b"x")
        raw = client.receive()
        assert (raw.packet.type, raw.packet.serial, raw.packet.status) == (STREAM, serial, ERROR)
        assert raw.error is not None
        assert raw.error.message == message
        # The client does not know yet.
        client.stream(UPLOAD, serial, b"y")
        client.stream(UPLOAD, serial, status=OK)
        assert client.call("connect_get_lib_version").error is None


def test_finishing_a_download_early_ends_it(bed: Bed) -> None:
    async def transfer(stream: Stream) -> None:
        while True:
            await stream.write(b"x" * 1000)

    bed.bodies[DOWNLOAD] = serving(transfer)
    client = bed.client()
    serial = download(client)
    client.stream(DOWNLOAD, serial, status=OK)
    while (packet := client.receive().packet).status == CONTINUE:
        pass
    assert (packet.serial, packet.status) == (serial, OK)


def test_a_hole_that_is_none_fails_the_stream(bed: Bed) -> None:
    async def transfer(stream: Stream) -> None:
        await stream.read()
        await stream.read()

    bed.bodies[UPLOAD] = serving(transfer)
    client = bed.client()
    serial = upload(client)
    client.hole(UPLOAD, serial, -1)
    assert client.receive().error is not None


def test_a_slow_reader_makes_the_driver_wait(bed: Bed) -> None:
    written = 0

    async def transfer(stream: Stream) -> None:
        nonlocal written
        while written < 100 * BACKLOG:
            await stream.write(bytes(STREAM_CHUNK))
            written += STREAM_CHUNK

    bed.bodies[DOWNLOAD] = serving(transfer)
    client = bed.client()
    serial = download(client)
    for _ in range(20):
        bed.settle()
    assert written < 3 * BACKLOG
    got = 0
    while payload := client.receive().packet.payload:
        got += len(payload)
    assert got == written
    client.stream(DOWNLOAD, serial, status=OK)


def test_a_slow_driver_makes_the_client_wait(bed: Bed) -> None:
    go = bed.loop.call(asyncio.Event)
    got = 0

    async def transfer(stream: Stream) -> None:
        nonlocal got
        await go.wait()
        while (item := await stream.read()) is not None:
            assert not isinstance(item, Hole)
            got += len(item)

    bed.bodies[UPLOAD] = serving(transfer)
    client = bed.client()
    serial = upload(client)
    size = 4 * READ_AHEAD

    def send() -> None:
        for _ in range(0, size, 1 << 16):
            client.stream(UPLOAD, serial, bytes(1 << 16))
        client.stream(UPLOAD, serial, status=OK)

    sender = threading.Thread(target=send)
    sender.start()
    sender.join(0.5)
    assert sender.is_alive()
    (served,) = bed.server.clients.values()
    assert served.peer.streams[serial].waiting < 2 * READ_AHEAD
    bed.loop.call(go.set)
    sender.join()
    assert headers(client, 1) == [(STREAM, serial, OK, 0)]
    assert got == size


def test_holes_have_a_weight(bed: Bed) -> None:
    async def transfer(stream: Stream) -> None:
        await asyncio.sleep(100)

    bed.bodies[UPLOAD] = serving(transfer)
    client = bed.client()
    serial = upload(client)
    client.hole(UPLOAD, serial, 1 << 60)
    client.ask("connect_get_lib_version")
    (served,) = bed.server.clients.values()
    assert 0 < served.peer.streams[serial].waiting < 1000


def test_streams_end_with_the_connection(bed: Bed) -> None:
    cancelled = threading.Event()
    order: list[str] = []

    async def transfer(stream: Stream) -> None:
        try:
            await stream.read()
        finally:
            order.append("stream")
            cancelled.set()

    bed.bodies[CONSOLE] = serving(transfer)
    client = bed.client()
    client.post(CONSOLE, DOM, None, 0)
    client.receive()
    ended = threading.Event()

    def end() -> None:
        order.append("session")
        ended.set()

    bed.sessions[0].on_close.append(end)
    client.close()
    assert cancelled.wait(10)
    assert ended.wait(10)
    assert order == ["stream", "session"]


def test_two_streams_and_calls_at_once(bed: Bed) -> None:
    async def transfer(stream: Stream) -> None:
        while (item := await stream.read()) is not None:
            assert not isinstance(item, Hole)
            await stream.write(item)

    bed.bodies[CONSOLE] = serving(transfer)
    client = bed.client()
    serials = []
    for _ in range(2):
        serials.append(client.post(CONSOLE, DOM, None, 0))
        client.receive()
    for serial in serials:
        client.stream(CONSOLE, serial, str(serial).encode())
        raw = client.receive()
        assert (raw.packet.serial, raw.packet.payload) == (serial, str(serial).encode())
        client.ask("connect_get_lib_version")
