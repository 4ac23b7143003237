# SPDX-License-Identifier: Apache-2.0
"""The asyncio shell and the remote driver against a scripted daemon: disorder, loss, healing, streams, events."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from manor.client.aio import READ_AHEAD
from manor.client.outgoing import BACKLOG
from manor.constants import ConnectCloseReason
from manor.drivers.interface import Hole
from manor.drivers.interface.driver import FAMILIES, operations
from manor.drivers.interface.events import MONITOR_KEY
from manor.drivers.remote import Gap, Healing, RemoteDriver, connect
from manor.errors import ErrorNumber, ManorError
from manor.records import DomainRef, StorageVolRef
from manor.records.events import (
    ConnectionClosedEvent,
    DomainLifecycleEvent,
    DomainMonitorEvent,
    DomainRebootEvent,
    Event,
)
from manor.wire import frame as wire
from manor.wire.frame import Packet, frame, hole_payload
from manor.wire.remote_error import encode_error
from tests.support.caller import CallerEnd
from tests.support.peer import LATER, Handler, ScriptedPeer, procedure_of

DOM = DomainRef("vm", bytes(16), 1)
VOL = StorageVolRef("pool", "vol", "key")
FAULT = ManorError(ErrorNumber.NO_DOMAIN, "Domain not found: no domain")


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[ScriptedPeer]:
    with ScriptedPeer(tmp_path / "sock") as peer:
        yield peer


@pytest.fixture
async def driver(peer: ScriptedPeer) -> AsyncIterator[RemoteDriver]:
    driver = await connect(uri(peer))
    yield driver
    await driver.close()


def uri(peer: ScriptedPeer) -> str:
    return f"qemu+unix:///system?socket={peer.path}"


async def wait_for(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def then(*steps: Callable[[], object]) -> Handler:
    """A handler that does `steps` and leaves the call without an answer."""

    def handler(*args: object) -> object:
        for step in steps:
            step()
        return LATER

    return handler


def refuse(*args: object) -> Any:
    raise FAULT


async def test_every_operation_is_there(driver: RemoteDriver) -> None:
    for name, family in operations().items():
        if name != "unsupported":
            assert getattr(type(getattr(driver, family)), name) is not getattr(FAMILIES[family], name), name
            assert driver.operation(name).__doc__


async def test_calls_and_their_errors(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    peer.handlers["domain_lookup_by_name"] = lambda name: DOM
    peer.handlers["connect_get_capabilities"] = refuse
    assert await driver.domain.domain_lookup_by_name("vm") == DOM
    assert await driver.domain.domain_lookup_by_name(name="vm") == DOM
    with pytest.raises(ManorError, match="Domain not found"):
        await driver.host.connect_get_capabilities()
    with pytest.raises(ManorError, match="Unable to encode"):
        await driver.domain.domain_lookup_by_name(b"vm")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="domain_lookup_by_name takes name"):
        await driver.domain.domain_lookup_by_name()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        await driver.domain.domain_lookup_by_name("vm", flags=1)  # type: ignore[call-arg]


async def test_replies_in_any_order(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    held: list[Packet] = []

    def hold(name: str) -> Any:
        held.append(peer.calls[-1])
        if len(held) == 50:
            for packet in reversed(held):
                lookup = procedure_of(packet)
                (asked,) = lookup.args.decode(packet.payload)
                peer.reply(packet, lookup.ret.encode((DomainRef(asked, bytes(16), 1),)))
        return LATER

    peer.handlers["domain_lookup_by_name"] = hold
    found = await asyncio.gather(*(driver.domain.domain_lookup_by_name(str(at)) for at in range(50)))
    assert [dom.name for dom in found] == [str(at) for at in range(50)]


async def test_a_cancelled_call_leaves_the_connection_whole(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    peer.handlers["domain_suspend"] = then()
    peer.handlers["domain_lookup_by_name"] = lambda name: DOM
    task = asyncio.ensure_future(driver.domain.domain_suspend(DOM))
    await wait_for(lambda: "domain_suspend" in peer.names)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    peer.reply(peer.calls[-1])
    assert await driver.domain.domain_lookup_by_name("vm") == DOM


async def test_events_are_asked_for_once_and_shared(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    first: list[Event] = []
    second: list[Event] = []
    other = DomainRef("other", bytes([1]) * 16, 2)
    one = driver.events.subscribe(("domain", 1), first.append)
    two = driver.events.subscribe(("domain", 1), second.append, DOM)
    await driver.settle()
    assert peer.names.count("connect_domain_event_callback_register_any") == 1
    peer.event(DomainRebootEvent(other), 1)
    peer.event(DomainRebootEvent(DOM), 1)
    await wait_for(lambda: len(first) == 2)
    assert first == [DomainRebootEvent(other), DomainRebootEvent(DOM)]
    assert second == [DomainRebootEvent(DOM)]
    one.cancel()
    await driver.settle()
    assert "connect_domain_event_callback_deregister_any" not in peer.names
    two.cancel()
    await driver.settle()
    assert peer.names[-1] == "connect_domain_event_callback_deregister_any"


async def test_calls_wait_for_the_registration_before_them(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    peer.handlers["domain_suspend"] = lambda dom: None
    driver.events.subscribe(("domain", 0), lambda event: None)
    await driver.domain.domain_suspend(DOM)
    assert peer.names[-2:] == ["connect_domain_event_callback_register_any", "domain_suspend"]


async def test_a_refused_subscription(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    peer.handlers["connect_domain_event_callback_register_any"] = refuse
    driver.events.subscribe(("domain", 0), lambda event: None)
    with pytest.raises(ManorError, match="Domain not found"):
        await driver.settle()
    await driver.settle()
    assert not driver.events.wanted(("domain", 0))


async def test_monitor_events(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    peer.handlers["connect_domain_monitor_event_register"] = lambda dom, event, flags: (3,)
    got: list[Event] = []
    driver.events.subscribe(MONITOR_KEY, got.append)
    await driver.settle()
    event = DomainMonitorEvent(DOM, "STOP", 1, 2, "{}")
    peer.event(event, 3)
    await wait_for(lambda: got == [event])


async def test_loss(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    reasons: list[ConnectCloseReason] = []
    driver.on_close.append(reasons.append)
    peer.handlers["domain_suspend"] = then(peer.hang_up)
    with pytest.raises(ManorError, match=r"^End of file while reading data: Input/output error$"):
        await driver.domain.domain_suspend(DOM)
    with pytest.raises(ManorError, match=r"^internal error: client socket is closed$"):
        await driver.domain.domain_suspend(DOM)
    assert reasons == [ConnectCloseReason.EOF]
    assert driver.closed_reason is ConnectCloseReason.EOF


async def test_the_daemon_loses_its_hypervisor(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    reasons: list[ConnectCloseReason] = []
    driver.on_close.append(reasons.append)
    peer.event(ConnectionClosedEvent(1), None)
    await wait_for(lambda: reasons == [ConnectCloseReason.EOF])


async def test_closing(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    peer.handlers["domain_suspend"] = then()
    pending = asyncio.ensure_future(driver.domain.domain_suspend(DOM))
    await wait_for(lambda: "domain_suspend" in peer.names)
    await driver.close()
    await driver.close()
    with pytest.raises(ManorError, match="client socket is closed"):
        await pending
    with pytest.raises(ManorError) as caught:
        await driver.domain.domain_suspend(DOM)
    assert caught.value.code == ErrorNumber.INVALID_CONN
    assert driver.closed_reason is ConnectCloseReason.CLIENT


async def test_keepalive_gives_up_a_silent_daemon(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    peer.handlers["domain_suspend"] = then()
    assert await driver.keep_alive(0.01, 3)
    await asyncio.sleep(0.1)
    assert driver.closed_reason is None
    peer.answers_pings = False
    with pytest.raises(ManorError, match="connection closed due to keepalive timeout"):
        await driver.domain.domain_suspend(DOM)
    assert driver.closed_reason is ConnectCloseReason.KEEPALIVE


async def test_healing_brings_back_events_and_reports_the_gap(peer: ScriptedPeer) -> None:
    gaps: list[Gap] = []
    got: list[Event] = []
    healing = Healing(first=0.01, longest=0.02, on_gap=gaps.append)
    driver = await connect(uri(peer), healing=healing)
    driver.events.subscribe(("domain", 0), got.append)
    driver.events.subscribe(("domain", 1), got.append)
    await driver.keep_alive(5, 5)
    await driver.settle()
    refusals = iter([refuse, refuse])
    peer.handlers["connect_open"] = lambda name, flags: next(refusals, lambda: ())()
    registered = peer.names.count("connect_domain_event_callback_register_any")
    peer.handlers["domain_suspend"] = then(peer.hang_up)
    peer.handlers["domain_resume"] = lambda dom: None
    with pytest.raises(ManorError, match="End of file"):
        await driver.domain.domain_suspend(DOM)
    # A call made meanwhile waits until the connection is there again.
    await driver.domain.domain_resume(DOM)
    (gap,) = gaps
    assert gap.healed
    assert gap.attempts == 3
    assert gap.reason is ConnectCloseReason.EOF
    assert gap.began <= gap.ended
    assert peer.names.count("connect_domain_event_callback_register_any") == registered + 2
    event = DomainLifecycleEvent(DOM, 2, 0)
    peer.event(event, 0)
    await wait_for(lambda: got == [event])
    assert driver.closed_reason is None
    await driver.close()


async def test_a_loss_in_the_midst_of_healing_forgets_no_subscription(peer: ScriptedPeer) -> None:
    driver = await connect(uri(peer), healing=Healing(first=0.01, longest=0.02))
    driver.events.subscribe(("domain", 0), lambda event: None)
    await driver.settle()
    losses = iter([peer.hang_up, peer.hang_up])

    def register(event_id: int, dom: object) -> Any:
        loss = next(losses, None)
        if loss is not None:
            loss()
            return LATER
        return (event_id,)

    peer.handlers["connect_domain_event_callback_register_any"] = register
    peer.handlers["domain_resume"] = lambda dom: None
    peer.hang_up()
    await wait_for(lambda: peer.names.count("connect_domain_event_callback_register_any") == 4)
    await driver.domain.domain_resume(DOM)
    assert driver.events.wanted(("domain", 0))
    await driver.close()


async def test_healing_gives_up(peer: ScriptedPeer) -> None:
    gaps: list[Gap] = []
    reasons: list[ConnectCloseReason] = []
    driver = await connect(uri(peer), healing=Healing(first=0.01, longest=0.01, give_up=0.05, on_gap=gaps.append))
    driver.on_close.append(reasons.append)
    peer.handlers["connect_open"] = refuse
    peer.hang_up()
    await wait_for(lambda: bool(reasons))
    (gap,) = gaps
    assert not gap.healed
    assert gap.error is not None
    with pytest.raises(ManorError, match="client socket is closed"):
        await driver.domain.domain_suspend(DOM)
    await driver.close()


async def test_patience_ends(peer: ScriptedPeer) -> None:
    driver = await connect(uri(peer), healing=Healing(first=30, patience=0.01))
    peer.hang_up()
    await wait_for(lambda: driver._channel is None)
    with pytest.raises(ManorError, match="client socket is closed"):
        await driver.domain.domain_suspend(DOM)
    await driver.close()


async def test_descriptors(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    ours, theirs = socket.socketpair()
    peer.handlers["domain_open_graphics_fd"] = then(lambda: peer.reply(peer.calls[-1], fds=(theirs.fileno(),)))
    fd = await driver.domain.domain_open_graphics_fd(DOM, 0, 0)
    os.write(fd, b"hello")
    assert ours.recv(9) == b"hello"
    for one in (ours, theirs, socket.socket(fileno=fd)):
        one.close()


def stream_frame(packet: Packet, status: int, payload: bytes = b"", kind: int = wire.STREAM) -> bytes:
    return frame(packet.program, packet.version, packet.procedure, kind, packet.serial, status, payload)


async def test_a_download(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    ends: list[int] = []

    def begin(vol: object, offset: int, length: int, flags: int) -> Any:
        call = peer.calls[-1]
        peer.reply(call)
        peer.send(stream_frame(call, wire.CONTINUE, b"abc"))
        peer.send(stream_frame(call, wire.CONTINUE, hole_payload(9), wire.STREAM_HOLE))
        peer.send(stream_frame(call, wire.CONTINUE))
        return LATER

    def end(packet: Packet) -> None:
        ends.append(packet.status)
        peer.send(stream_frame(packet, wire.OK))

    peer.handlers["storage_vol_download"] = begin
    peer.on_stream = end
    stream = CallerEnd()
    await driver.storage.storage_vol_download(VOL, 0, 0, 1, stream)
    await stream.run()
    assert stream.got == [b"abc", Hole(9)]
    assert ends == [wire.OK]


async def test_an_upload(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    received: list[tuple[int, int, bytes]] = []

    def take(packet: Packet) -> None:
        received.append((packet.type, packet.status, packet.payload))
        if packet.status == wire.OK:
            peer.send(stream_frame(packet, wire.OK))

    peer.handlers["storage_vol_upload"] = lambda *args: None
    peer.on_stream = take
    big = bytes(2 * BACKLOG)
    stream = CallerEnd(b"abc", Hole(5), big, None)
    await driver.storage.storage_vol_upload(VOL, 0, 0, 1, stream)
    await stream.run()
    assert received[:2] == [(wire.STREAM, wire.CONTINUE, b"abc"), (wire.STREAM_HOLE, wire.CONTINUE, hole_payload(5))]
    assert b"".join(payload for _, _, payload in received[2:-1]) == big
    assert received[-1] == (wire.STREAM, wire.OK, b"")


async def test_a_caller_that_aborts(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    statuses: list[int] = []

    def take(packet: Packet) -> None:
        statuses.append(packet.status)
        peer.send(stream_frame(packet, wire.OK))

    peer.handlers["domain_open_console"] = lambda *args: None
    peer.on_stream = take
    stream = CallerEnd()
    await driver.domain.domain_open_console(DOM, None, 0, stream)
    task = asyncio.ensure_future(stream.run())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert statuses == [wire.ERROR]


async def test_a_stream_that_fails(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    def begin(*args: object) -> Any:
        peer.reply(peer.calls[-1])
        peer.send(stream_frame(peer.calls[-1], wire.ERROR, encode_error(FAULT)))
        return LATER

    peer.handlers["storage_vol_download"] = begin
    stream = CallerEnd()
    await driver.storage.storage_vol_download(VOL, 0, 0, 0, stream)
    with pytest.raises(ManorError, match="Domain not found"):
        await stream.run()


async def test_a_slow_reader_stops_the_daemon_but_no_reply(driver: RemoteDriver, peer: ScriptedPeer) -> None:
    """Nobody takes the data: what waits here stays bounded, yet a call gets its answer."""
    chunk = bytes(wire.STREAM_CHUNK)

    def begin(*args: object) -> Any:
        call = peer.calls[-1]
        peer.reply(call)
        # More than what may wait here and what sockets hold.
        for _ in range(4 * READ_AHEAD // len(chunk)):
            peer.send(stream_frame(call, wire.CONTINUE, chunk))
        peer.send(stream_frame(call, wire.CONTINUE))
        return LATER

    peer.handlers["storage_vol_download"] = begin
    peer.on_stream = lambda packet: peer.send(stream_frame(packet, wire.OK))
    peer.handlers["connect_get_hostname"] = lambda: "host"
    stream = CallerEnd()
    stream.reading.clear()
    await driver.storage.storage_vol_download(VOL, 0, 0, 0, stream)
    task = asyncio.ensure_future(stream.run())
    channel = driver._channel
    assert channel is not None
    await wait_for(lambda: not channel._reading)
    assert channel._ahead < 2 * READ_AHEAD
    answer = asyncio.ensure_future(driver.host.connect_get_hostname())
    await asyncio.sleep(0)
    assert channel._reading
    stream.reading.set()
    assert await answer == "host"
    await task
    assert len(stream.data) == 4 * READ_AHEAD // len(chunk) * len(chunk)


async def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(ManorError) as caught:
        await connect(f"qemu+unix:///system?socket={tmp_path}/nobody")
    assert caught.value.code == ErrorNumber.SYSTEM_ERROR
