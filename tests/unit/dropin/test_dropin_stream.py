# SPDX-License-Identifier: Apache-2.0
"""virStream over the fake backend's streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import libvirt
from manor.errors import ErrorNumber
from manor.records import StorageVolRef
from tests.unit.dropin.fake import DOM, FakeBackend, FakeStream, error


@pytest.fixture
def stream(conn: libvirt.virConnect) -> libvirt.virStream:
    """A stream in use."""
    made = conn.newStream()
    libvirt.virDomain(conn, DOM).openConsole(None, made)
    return made


@pytest.fixture
def far(stream: libvirt.virStream, backend: FakeBackend) -> FakeStream:
    """The other end."""
    return backend.streams[-1]


def test_calls_get_the_stream(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    stream = conn.newStream()
    dom = libvirt.virDomain(conn, DOM)
    volume = libvirt.virStorageVol(conn, StorageVolRef("a", "b", "c"))
    dom.openConsole(None, stream)
    dom.openChannel("org.x", stream, 1)
    assert dom.screenshot(stream, 2) == "text"
    volume.upload(stream, 5, 6)
    volume.download(stream, 7, 8, 1)
    far = backend.streams[-1]
    assert [arguments[1:] for _, arguments in backend.calls] == [
        (None, 0, far),
        ("org.x", 1, far),
        (2, 0, far),
        (5, 6, 0, far),
        (7, 8, 1, far),
    ]


def test_a_stream_is_needed(conn: libvirt.virConnect) -> None:
    with pytest.raises(libvirt.libvirtError) as caught:
        libvirt.virDomain(conn, DOM).openConsole(None, None)  # type: ignore[arg-type]
    assert caught.value.err is not None
    assert caught.value.err[:3] == (73, 38, "invalid stream pointer in virDomainOpenConsole")


def test_sending_and_receiving(stream: libvirt.virStream, far: FakeStream) -> None:
    far.incoming = [b"hello", 100, b"!"]
    assert stream.send(b"abc") == 3
    assert stream.sendHole(50) == 0
    assert far.sent == [b"abc", 50]
    assert stream.recv(3) == b"hel"
    assert stream.recv(30) == b"lo"
    assert stream.recvFlags(30, libvirt.VIR_STREAM_RECV_STOP_AT_HOLE) == -3
    assert stream.recvHole() == 100
    assert stream.recvFlags(30) == b"!"
    assert stream.recv(30) == b""
    assert stream.finish() == 0
    assert far.state == "finished"


def test_not_blocking(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    stream = conn.newStream(libvirt.VIR_STREAM_NONBLOCK)
    libvirt.virDomain(conn, DOM).openConsole(None, stream)
    far = backend.streams[-1]
    far.ended, far.room = False, 0
    assert stream.recv(10) == -2
    assert stream.send(b"x") == -2
    with pytest.raises(libvirt.libvirtError, match=r"virStreamSend\(\) failed"):
        stream.sendAll(lambda *_: b"x", None)
    with pytest.raises(libvirt.libvirtError, match=r"virStreamRecv\(\) failed"):
        stream.recvAll(lambda *_: None, None)


def test_send_all(stream: libvirt.virStream, far: FakeStream) -> None:
    far.room = 4
    pieces = [b"first piece", b"second", b""]
    stream.sendAll(lambda st, size, opaque: opaque.pop(0), pieces)
    assert b"".join(one for one in far.sent if isinstance(one, bytes)) == b"first piecesecond"
    assert far.state == ""


def test_recv_all(stream: libvirt.virStream, far: FakeStream) -> None:
    far.incoming = [b"one", b"two"]
    seen: list[Any] = []
    stream.recvAll(lambda st, data, opaque: opaque.append((st, data)), seen)
    assert seen == [(stream, b"one"), (stream, b"two")]


@pytest.mark.parametrize(("handler", "kind"), [(lambda *_: -1, RuntimeError), (lambda *_: int("x"), ValueError)])
def test_a_failing_handler_aborts(
    stream: libvirt.virStream, far: FakeStream, handler: Any, kind: type[Exception]
) -> None:
    far.incoming = [b"one"]
    with pytest.raises(kind):
        stream.recvAll(handler, None)
    assert far.state == "aborted"


def test_sparse_receiving(stream: libvirt.virStream, far: FakeStream) -> None:
    far.incoming = [b"one", 500, b"two", 7]
    seen: list[Any] = []
    stream.sparseRecvAll(lambda st, data, o: seen.append(data), lambda st, length, o: seen.append(length), None)
    assert seen == [b"one", 500, b"two", 7]


def test_sparse_sending(stream: libvirt.virStream, far: FakeStream) -> None:
    source: list[Any] = [b"data", 300, b"end"]

    def hole(st: libvirt.virStream, opaque: Any) -> list[Any]:
        if not source:
            return [False, 0]
        return [True, len(source[0])] if isinstance(source[0], bytes) else [False, source[0]]

    def skip(st: libvirt.virStream, length: int, opaque: Any) -> None:
        assert source.pop(0) == length

    stream.sparseSendAll(lambda st, size, o: source.pop(0), hole, skip, None)
    assert far.sent == [b"data", 300, b"end"]


def test_a_forgotten_stream_is_aborted(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    stream = conn.newStream()
    libvirt.virDomain(conn, DOM).openConsole(None, stream)
    del stream
    assert backend.streams[-1].state == "aborted"


def test_nothing_can_be_done_before_a_call_was_given_the_stream(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    stream = conn.newStream()
    backend.answers["domain_open_console"] = error(ErrorNumber.OPERATION_FAILED, "no console")
    with pytest.raises(libvirt.libvirtError, match="no console"):
        libvirt.virDomain(conn, DOM).openConsole(None, stream)
    calls: tuple[tuple[str, Callable[[], object]], ...] = (
        ("virStreamSend", lambda: stream.send(b"x")),
        ("virStreamSendHole", lambda: stream.sendHole(5)),
        ("virStreamRecv", lambda: stream.recv(5)),
        ("virStreamRecvFlags", lambda: stream.recvFlags(5)),
        ("virStreamRecvHole", lambda: stream.recvHole()),
        ("virStreamFinish", stream.finish),
        ("virStreamEventAddCallback", lambda: stream.eventAddCallback(1, print, None)),
        ("virStreamEventUpdateCallback", lambda: stream.eventUpdateCallback(1)),
        ("virStreamEventRemoveCallback", stream.eventRemoveCallback),
    )
    for function, call in calls:
        with pytest.raises(libvirt.libvirtError) as caught:
            call()
        text = f"this function is not supported by the connection driver: {function}"
        assert caught.value.err is not None
        assert caught.value.err[:3] == (3, 38, text)
    assert stream.abort() == 0


def run(times: int = 1) -> None:
    timer = libvirt.virEventAddTimeout(0, lambda *_: None, None)
    for _ in range(times):
        libvirt.virEventRunDefaultImpl()
    libvirt.virEventRemoveTimeout(timer)


def test_callbacks(fresh_loop: None, stream: libvirt.virStream, far: FakeStream, backend: FakeBackend) -> None:
    libvirt.virEventRegisterDefaultImpl()
    far.ended, far.room = False, 0
    seen: list[Any] = []

    def ready(st: libvirt.virStream, events: int, opaque: str) -> None:
        seen.append((events, opaque))
        if events & libvirt.VIR_STREAM_EVENT_READABLE:
            st.recv(10)

    stream.eventAddCallback(libvirt.VIR_STREAM_EVENT_READABLE, ready, "op")
    run()
    assert seen == []
    far.incoming = [b"a", b"b"]
    backend.wake()
    run(4)
    assert seen == [(1, "op")] * 2
    far.room = 10
    stream.eventUpdateCallback(libvirt.VIR_STREAM_EVENT_WRITABLE)
    run(3)
    assert seen[2:] == [(2, "op")] * 3
    assert stream.eventRemoveCallback() == 0
    run(2)
    assert len(seen) == 5


def test_one_callback_at_a_time(fresh_loop: None, stream: libvirt.virStream) -> None:
    libvirt.virEventRegisterDefaultImpl()
    for call in (stream.eventRemoveCallback, lambda: stream.eventUpdateCallback(1)):
        with pytest.raises(libvirt.libvirtError, match="no stream callback registered"):
            call()
    stream.eventAddCallback(1, lambda *_: None, None)
    with pytest.raises(libvirt.libvirtError, match="multiple stream callbacks not supported"):
        stream.eventAddCallback(1, lambda *_: None, None)
