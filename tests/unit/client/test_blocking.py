# SPDX-License-Identifier: Apache-2.0
"""The blocking shell against a scripted daemon: threads, disorder, loss, keepalive, streams, descriptors."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from manor.client import sockets
from manor.client.backend import Backend, StreamHole
from manor.client.blocking import BACKLOG, BlockingBackend, connect
from manor.client.link import UnixLink
from manor.constants import ConnectCloseReason, StreamEventType
from manor.errors import ErrorNumber, ManorError
from manor.records import DomainRef, StorageVolRef
from manor.records.events import ConnectionClosedEvent, DomainLifecycleEvent, DomainRebootEvent
from manor.uri import ConnectURI
from manor.wire import frame as wire
from manor.wire.frame import Packet, frame, hole_payload
from manor.wire.remote_error import encode_error
from tests.support.peer import LATER, Handler, ScriptedPeer, event_frame, procedure_of

DOM = DomainRef("vm", bytes(16), 1)
VOL = StorageVolRef("pool", "vol", "key")
FAULT = ManorError(ErrorNumber.NO_DOMAIN, "Domain not found: no domain")


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[ScriptedPeer]:
    with ScriptedPeer(tmp_path / "sock") as peer:
        yield peer


@pytest.fixture
def backend(peer: ScriptedPeer) -> Iterator[BlockingBackend]:
    backend = connect(ConnectURI.parse(f"qemu+unix:///system?socket={peer.path}"))
    yield backend
    backend.close()


def wait_for(condition: Callable[[], bool]) -> None:
    """A scripted thread is a moment behind; the suite's time limit is the deadline."""
    while not condition():
        threading.Event().wait(0.001)


def pump_until(backend: BlockingBackend, condition: Callable[[], bool]) -> None:
    while not condition():
        backend.pump()


def then(*steps: Callable[[], object]) -> Handler:
    """A handler that does `steps` and leaves the call without an answer."""

    def handler(*args: object) -> object:
        for step in steps:
            step()
        return LATER

    return handler


def test_it_is_a_backend(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    face: Backend = backend
    assert face.uri == f"qemu+unix:///system?socket={peer.path}"
    assert face.closed_reason is None
    assert not face.is_encrypted()
    assert peer.names == ["auth_list", "connect_open"]
    assert peer.calls[1].payload[8:].startswith(b"qemu:///system")


def test_no_uri_becomes_the_daemons_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "SYSTEM_RUNTIME", str(tmp_path))
    (tmp_path / "libvirt").mkdir()
    asked: list[str | None] = []
    with ScriptedPeer(tmp_path / "libvirt" / "libvirt-sock") as peer:

        def open_default(name: str | None, flags: int) -> tuple[()]:
            asked.append(name)
            return ()

        peer.handlers["connect_open"] = open_default
        peer.handlers["connect_get_uri"] = lambda: "qemu:///system"
        backend = connect(ConnectURI.parse("remote:///system"))
        assert (asked, backend.uri) == ([None], "qemu:///system")
        backend.close()


def test_calls_and_their_errors(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    def refuse(name: str) -> Any:
        raise FAULT

    peer.handlers["connect_get_hostname"] = lambda: "host"
    peer.handlers["domain_lookup_by_name"] = refuse
    assert backend.call("connect_get_hostname") == "host"
    with pytest.raises(ManorError) as caught:
        backend.call("domain_lookup_by_name", "vm")
    assert caught.value.fields() == FAULT.fields()
    with pytest.raises(ManorError, match="Unable to encode message payload"):
        backend.call("domain_lookup_by_name", 7)
    with pytest.raises(LookupError):
        backend.call("no_such_operation")
    assert backend.call("connect_get_hostname") == "host"


def test_an_answer_that_cannot_be_read(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    def short() -> Any:
        peer.reply(peer.calls[-1], b"\0\0")
        return LATER

    peer.handlers["connect_get_hostname"] = short
    for _ in range(2):
        with pytest.raises(ManorError, match=r"^Unable to decode message payload$"):
            backend.call("connect_get_hostname")
    assert backend.closed_reason is None


def test_string_parameters_are_asked_for_once(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    peer.handlers["domain_get_memory_parameters"] = lambda dom, flags: []
    backend.call("domain_get_memory_parameters", DOM, 1)
    backend.call("domain_get_memory_parameters", DOM, 2)
    assert peer.names.count("connect_supports_feature") == 1
    assert [packet.payload[-1] for packet in peer.calls[-2:]] == [5, 6]


def test_threads_share_a_connection(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    """Eight threads call at once; the daemon answers the newest call first."""
    held: list[Packet] = []

    def hold(name: str) -> Any:
        held.append(peer.calls[-1])
        if len(held) == 8:
            for packet in reversed(held):
                lookup = procedure_of(packet)
                (name,) = lookup.args.decode(packet.payload)
                peer.reply(packet, lookup.ret.encode((DomainRef(name, bytes(16), 1),)))
            held.clear()
        return LATER

    peer.handlers["domain_lookup_by_name"] = hold
    with ThreadPoolExecutor(8) as pool:
        for turn in range(30):
            names = [f"{turn}-{number}" for number in range(8)]
            found = list(pool.map(lambda name: backend.call("domain_lookup_by_name", name), names))
            assert [dom.name for dom in found] == names


def test_a_slow_call_does_not_hold_up_others(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    started = threading.Event()

    def slow(dom: DomainRef) -> Any:
        started.set()
        return LATER

    peer.handlers["domain_suspend"] = slow
    peer.handlers["connect_get_hostname"] = lambda: "host"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(backend.call, "domain_suspend", DOM)
        started.wait()
        for _ in range(20):
            assert backend.call("connect_get_hostname") == "host"
        assert not waiting.done()
        peer.reply(next(packet for packet in peer.calls if packet.procedure == 34))
        assert waiting.result() is None


def test_the_reading_is_passed_on(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    """The thread that reads gets its reply first; the one that sleeps must take over."""
    peer.handlers["domain_suspend"] = peer.handlers["domain_resume"] = then()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(backend.call, "domain_suspend", DOM)
        wait_for(lambda: "domain_suspend" in peer.names)
        second = pool.submit(backend.call, "domain_resume", DOM)
        wait_for(lambda: "domain_resume" in peer.names)
        peer.reply(peer.calls[-2])
        first.result()
        peer.reply(peer.calls[-1])
        second.result()


def test_events_are_queued_while_calls_run(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    wakeups = []
    backend.set_wakeup(lambda: wakeups.append(1))
    number = backend.subscribe(("domain", 0))
    event = DomainLifecycleEvent(DOM, 2, 0)

    def noisy() -> str:
        peer.send(event_frame(event, 0) * 3)
        return "host"

    peer.handlers["connect_get_hostname"] = noisy
    assert backend.call("connect_get_hostname") == "host"
    assert backend.take_events() == [(number, event)] * 3
    assert backend.take_events() == []
    assert wakeups
    backend.unsubscribe(number)


def test_events_arrive_without_calls(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    woken = threading.Event()
    backend.set_wakeup(woken.set)
    number = backend.subscribe(("domain", 1), DOM)
    watched = select.poll()
    watched.register(backend.fileno(), select.POLLIN)
    assert watched.poll(0) == []
    peer.event(DomainRebootEvent(DOM), 1)
    assert watched.poll()
    backend.pump()
    assert woken.is_set()
    assert backend.take_events() == [(number, DomainRebootEvent(DOM))]
    assert watched.poll(0) == []


def test_a_wakeup_may_use_the_backend(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    taken = []
    backend.set_wakeup(lambda: taken.extend(backend.take_events()))
    backend.subscribe(("domain", 1))
    peer.event(DomainRebootEvent(DOM), 1)
    peer.handlers["connect_get_hostname"] = lambda: "host"
    backend.call("connect_get_hostname")
    assert [event for _, event in taken] == [DomainRebootEvent(DOM)]


def test_the_daemon_hangs_up(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    watched = select.poll()
    watched.register(backend.fileno(), select.POLLIN)
    woken = threading.Event()
    backend.set_wakeup(woken.set)
    peer.handlers["domain_suspend"] = then(peer.hang_up)
    with pytest.raises(ManorError) as caught:
        backend.call("domain_suspend", DOM)
    assert caught.value.message == "End of file while reading data: Input/output error"
    assert (caught.value.code, caught.value.int1) == (ErrorNumber.SYSTEM_ERROR, 5)
    with pytest.raises(ManorError, match=r"^internal error: client socket is closed$"):
        backend.call("domain_suspend", DOM)
    assert backend.closed_reason is ConnectCloseReason.EOF
    assert woken.is_set()
    # Nobody who watches is told of the end again and again.
    assert watched.poll(0) == []
    backend.close()
    with pytest.raises(ManorError) as caught:
        backend.call("domain_suspend", DOM)
    assert caught.value.code == ErrorNumber.INVALID_CONN


def test_loss_without_a_call(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    watched = select.poll()
    watched.register(backend.fileno(), select.POLLIN)
    peer.hang_up()
    assert watched.poll()
    backend.pump()
    assert backend.closed_reason is ConnectCloseReason.EOF


def test_the_daemon_loses_its_hypervisor(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    woken = threading.Event()
    backend.set_wakeup(woken.set)
    backend.set_wakeup(woken.set)
    peer.handlers["connect_get_hostname"] = lambda: "host"
    backend.call("connect_get_hostname")
    assert peer.names[2:] == ["connect_register_close_callback", "connect_get_hostname"]
    peer.event(ConnectionClosedEvent(2), None)
    pump_until(backend, woken.is_set)
    assert backend.closed_reason is ConnectCloseReason.KEEPALIVE


def test_all_threads_learn_of_the_loss(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    peer.handlers["domain_suspend"] = then()
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(backend.call, "domain_suspend", DOM) for _ in range(5)]
        wait_for(lambda: peer.names.count("domain_suspend") == 5)
        peer.hang_up()
        for call in waiting:
            with pytest.raises(ManorError, match="End of file"):
                call.result()


def test_closing_ends_calls_of_other_threads(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    peer.handlers["domain_suspend"] = then()
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(backend.call, "domain_suspend", DOM) for _ in range(3)]
        wait_for(lambda: peer.names.count("domain_suspend") == 3)
        backend.close()
        for call in waiting:
            with pytest.raises(ManorError, match="client socket is closed"):
                call.result()
    assert backend.closed_reason is ConnectCloseReason.CLIENT
    assert backend.fileno() == -1
    backend.close()


@pytest.mark.parametrize("rubbish", [b"\xff" * 40, frame(1, 1, 1, wire.REPLY, 99, 0)])
def test_a_breach_of_the_protocol_ends_the_connection(
    backend: BlockingBackend, peer: ScriptedPeer, rubbish: bytes
) -> None:
    peer.handlers["domain_suspend"] = then(lambda: peer.send(rubbish))
    with pytest.raises(ManorError) as caught:
        backend.call("domain_suspend", DOM)
    assert caught.value.code == ErrorNumber.RPC
    assert backend.closed_reason is ConnectCloseReason.ERROR


def test_a_large_call_and_a_large_answer(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    text = "x" * 4_000_000
    peer.handlers["connect_domain_xml_to_native"] = lambda kind, xml, flags: xml
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: backend.call("connect_domain_xml_to_native", "f", text, 0), range(8))
        assert all(answer == text for answer in answers)


def test_keepalive_gives_up_a_silent_daemon(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    peer.handlers["domain_suspend"] = then()
    peer.answers_pings = False
    assert backend.set_keepalive(1, 0)
    with pytest.raises(ManorError, match=r"^internal error: connection closed due to keepalive timeout$"):
        backend.call("domain_suspend", DOM)
    assert backend.closed_reason is ConnectCloseReason.KEEPALIVE


def test_keepalive_can_be_switched_off_and_may_be_unknown(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    peer.handlers["connect_supports_feature"] = lambda feature: 0
    assert not backend.set_keepalive(1, 3)
    assert backend.set_keepalive(0, 3)
    assert peer.names.count("connect_supports_feature") == 1


def test_descriptors_come_with_a_reply(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    ours, theirs = socket.socketpair()

    def answer(dom: DomainRef, idx: int, flags: int) -> Any:
        peer.reply(peer.calls[-1], fds=(theirs.fileno(),))
        return LATER

    peer.handlers["domain_open_graphics_fd"] = answer
    fd = backend.call("domain_open_graphics_fd", DOM, 0, 0)
    os.write(fd, b"hello")
    assert ours.recv(9) == b"hello"
    os.close(fd)
    ours.close()
    theirs.close()


def test_a_descriptor_that_nobody_wants_any_more_is_closed(peer: ScriptedPeer, backend: BlockingBackend) -> None:
    ours, theirs = socket.socketpair()
    calls = []

    def interrupt(dom: DomainRef, idx: int, flags: int) -> Any:
        calls.append(peer.calls[-1])
        # Once the caller waits: an interrupt before that ends the connection, since the call may be half sent.
        threading.Timer(0.2, os.kill, (os.getpid(), 2)).start()
        return LATER

    peer.handlers["domain_open_graphics_fd"] = interrupt
    peer.handlers["connect_get_hostname"] = lambda: "host"
    with pytest.raises(KeyboardInterrupt):
        backend.call("domain_open_graphics_fd", DOM, 0, 0)
    peer.reply(calls[0], fds=(theirs.fileno(),))
    theirs.close()
    # The connection goes on, and the only copy of the descriptor left is not ours.
    assert backend.call("connect_get_hostname") == "host"
    assert ours.recv(1) == b""
    ours.close()


def stream_frame(packet: Packet, status: int, payload: bytes = b"", kind: int = wire.STREAM) -> bytes:
    return frame(packet.program, packet.version, packet.procedure, kind, packet.serial, status, payload)


def downloads(peer: ScriptedPeer, *frames: tuple[int, bytes, int]) -> None:
    """Have the daemon send these once a download was opened, and agree to every end."""

    def begin(vol: StorageVolRef, offset: int, length: int, flags: int) -> Any:
        call = peer.calls[-1]
        peer.reply(call)
        for status, payload, kind in frames:
            peer.send(stream_frame(call, status, payload, kind))
        return LATER

    peer.handlers["storage_vol_download"] = begin
    peer.on_stream = lambda packet: peer.send(stream_frame(packet, wire.OK)) if packet.status != wire.CONTINUE else None


def test_an_interrupt_in_the_middle_of_reading_ends_the_connection(
    backend: BlockingBackend, peer: ScriptedPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read then is lost, and the next answers would be waited for for ever."""
    peer.handlers["connect_get_hostname"] = lambda: "host"
    receive = UnixLink.receive

    def interrupted(link: UnixLink, missing: int) -> object:
        receive(link, missing)
        raise KeyboardInterrupt

    monkeypatch.setattr(UnixLink, "receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        backend.call("connect_get_hostname")
    with pytest.raises(ManorError, match="client socket is closed"):
        backend.call("connect_get_hostname")
    assert backend.closed_reason == ConnectCloseReason.ERROR


def test_a_download(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    downloads(
        peer,
        (wire.CONTINUE, b"abcdef", wire.STREAM),
        (wire.CONTINUE, hole_payload(5), wire.STREAM_HOLE),
        (wire.CONTINUE, b"xyz", wire.STREAM),
        (wire.CONTINUE, b"", wire.STREAM),
    )
    stream = backend.new_stream()
    assert stream.ready() == StreamEventType(0)
    with pytest.raises(ManorError, match="stream is not open"):
        stream.recv(1, wait=True)
    backend.call("storage_vol_download", VOL, 0, 0, 1, stream)
    assert stream.recv(4, wait=True, stop_at_hole=True) == b"abcd"
    assert stream.recv_hole() == 0
    assert stream.recv(4, wait=True, stop_at_hole=True) == b"ef"
    assert stream.recv(4, wait=True, stop_at_hole=True) == StreamHole(5)
    assert stream.recv(4, wait=True) == bytes(4)
    assert stream.recv_hole() == 1
    assert stream.recv(4, wait=True) == b"xyz"
    assert stream.recv(4, wait=True) == b""
    stream.finish()
    with pytest.raises(ManorError, match="stream is not open"):
        stream.recv(4, wait=True)
    assert StreamEventType.HANGUP in stream.ready()


def test_not_waiting_for_data(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    downloads(peer)
    stream = backend.new_stream()
    backend.call("storage_vol_download", VOL, 0, 0, 0, stream)
    assert stream.recv(4, wait=False) is None
    assert stream.ready() == StreamEventType.WRITABLE
    peer.send(stream_frame(peer.calls[-1], wire.CONTINUE, b"data"))
    woken = threading.Event()
    backend.set_wakeup(woken.set)
    pump_until(backend, woken.is_set)
    assert StreamEventType.READABLE in stream.ready()
    assert stream.recv(9, wait=False) == b"data"
    stream.abort()


def test_a_stream_that_fails(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    downloads(peer, (wire.ERROR, encode_error(FAULT), wire.STREAM))
    stream = backend.new_stream()
    backend.call("storage_vol_download", VOL, 0, 0, 0, stream)
    for _ in range(2):
        with pytest.raises(ManorError, match="Domain not found"):
            stream.recv(4, wait=True)
    assert StreamEventType.ERROR in stream.ready()


def test_an_upload_waits_for_the_daemon(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    """The daemon stops reading: a sender that may not wait is told so, one that waits goes on later."""
    received: list[bytes] = []
    go_on = threading.Event()

    def take(packet: Packet) -> None:
        go_on.wait()
        if packet.status == wire.CONTINUE:
            received.append(packet.payload)
        else:
            peer.send(stream_frame(packet, wire.OK))

    peer.handlers["storage_vol_upload"] = lambda vol, offset, length, flags: None
    peer.on_stream = take
    stream = backend.new_stream()
    backend.call("storage_vol_upload", VOL, 0, 0, 0, stream)
    chunk, sent = bytes(range(256)) * 1024, 0
    while (taken := stream.send(chunk, wait=False)) is not None:
        sent += taken
    assert sent >= BACKLOG
    assert StreamEventType.WRITABLE not in stream.ready()
    go_on.set()
    for _ in range(20):
        taken = stream.send(chunk, wait=True)
        assert taken is not None
        sent += taken
    stream.send_hole(77)
    stream.finish()
    assert sum(map(len, received[:-1])) == sent
    assert received[-1] == hole_payload(77)


def test_two_threads_of_one_stream(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    """A console: one thread waits for output while another sends input."""
    peer.handlers["domain_open_console"] = lambda dom, name, flags: None
    peer.on_stream = lambda packet: peer.send(stream_frame(packet, packet.status, packet.payload.upper()))
    stream = backend.new_stream()
    backend.call("domain_open_console", DOM, None, 0, stream)
    with ThreadPoolExecutor(1) as pool:
        for text in (b"one", b"two", b"three"):
            output = pool.submit(stream.recv, 100, wait=True)
            stream.send(text, wait=True)
            assert output.result() == text.upper()
    stream.finish()


def test_streams_end_with_the_connection(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    downloads(peer)
    stream = backend.new_stream()
    backend.call("storage_vol_download", VOL, 0, 0, 0, stream)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stream.recv, 1, wait=True)
        peer.hang_up()
        with pytest.raises(ManorError, match="End of file"):
            waiting.result()
    with pytest.raises(ManorError):
        stream.finish()


def test_a_refused_stream(backend: BlockingBackend, peer: ScriptedPeer) -> None:
    def refuse(*args: Any) -> Any:
        raise FAULT

    peer.handlers["storage_vol_download"] = refuse
    stream = backend.new_stream()
    with pytest.raises(ManorError, match="Domain not found"):
        backend.call("storage_vol_download", VOL, 0, 0, 0, stream)
    with pytest.raises(ManorError, match="stream is not open"):
        stream.finish()
    assert backend._conversation.streams == {}


def test_no_daemon(tmp_path: Path) -> None:
    path = tmp_path / "nobody"
    with pytest.raises(ManorError) as caught:
        connect(ConnectURI.parse(f"qemu+unix:///system?socket={path}"))
    assert caught.value.message == f"Failed to connect socket to '{path}': No such file or directory"
    assert (caught.value.code, caught.value.int1) == (ErrorNumber.SYSTEM_ERROR, 2)


def test_a_refused_opening_leaves_nothing_open(peer: ScriptedPeer) -> None:
    def refuse(name: str, flags: int) -> Any:
        assert flags == 1
        raise FAULT

    peer.handlers["connect_open"] = refuse
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ManorError, match="Domain not found"):
        connect(ConnectURI.parse(f"qemu+unix:///system?socket={peer.path}"), readonly=True)
    wait_for(lambda: len(os.listdir("/proc/self/fd")) <= before)
