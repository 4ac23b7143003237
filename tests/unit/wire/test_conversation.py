# SPDX-License-Identifier: Apache-2.0
"""The client's side of a connection, without one: replies, events, streams, subscriptions in any order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manor.errors import ErrorDomain, ErrorNumber, ManorError
from manor.records import DomainRef
from manor.records.events import ConnectionClosedEvent, DomainLifecycleEvent, DomainMonitorEvent, DomainRebootEvent
from manor.wire import frame as wire
from manor.wire.conversation import ORPHANS_MAX, Conversation
from manor.wire.events import MONITOR_KEY
from manor.wire.frame import Packet, frame, hole_payload
from manor.wire.keepalive import PING, PONG, Keepalive, keepalive_frame
from manor.wire.programs import REMOTE, Procedure, operation
from manor.wire.remote_error import encode_error
from tests.support.peer import event_frame

DOM = DomainRef("vm", bytes(16), 1)
LOST = ManorError(ErrorNumber.INTERNAL_ERROR, "internal error: client socket is closed", ErrorDomain.RPC)
FAULT = ManorError(ErrorNumber.NO_DOMAIN, "Domain not found", ErrorDomain.QEMU)


class Waiter:
    def __init__(self) -> None:
        self.outcomes: list[Packet | ManorError] = []

    def resolve(self, packet: Packet) -> None:
        self.outcomes.append(packet)

    def fail(self, error: ManorError) -> None:
        self.outcomes.append(error)


def procedure(name: str) -> Procedure:
    found = operation(name)
    assert found is not None
    return found


def reply(serial: int, payload: bytes = b"", status: int = wire.OK) -> bytes:
    return frame(REMOTE.number, 1, 3, wire.REPLY, serial, status, payload)


def calls(conversation: Conversation, count: int) -> list[Waiter]:
    waiters = [Waiter() for _ in range(count)]
    for waiter in waiters:
        conversation.call(procedure("connect_get_type"), b"", waiter)
    return waiters


@settings(deadline=None)
@given(st.permutations(range(1, 6)), st.data())
def test_replies_find_their_calls_in_any_order_and_any_pieces(order: list[int], data: st.DataObject) -> None:
    conversation = Conversation()
    waiters = calls(conversation, 5)
    stream = b"".join(reply(serial, bytes([serial])) for serial in order)
    cut = data.draw(st.integers(0, len(stream)))
    conversation.receive(stream[:cut])
    conversation.receive(stream[cut:])
    for serial, waiter in enumerate(waiters, 1):
        (packet,) = waiter.outcomes
        assert isinstance(packet, Packet)
        assert packet.payload == bytes([serial])
    assert not conversation.waiting


def test_a_call_on_the_wire() -> None:
    conversation = Conversation()
    serial, data = conversation.call(procedure("domain_agent_command"), b"args", Waiter())
    assert serial == 1
    assert data == wire.HEADER.pack(32, 0x20008087, 1, 3, wire.CALL, 1, wire.OK) + b"args"
    _, data = conversation.call(procedure("domain_fd_associate"), b"args", Waiter(), fds=2)
    assert data == wire.HEADER.pack(36, 0x20008086, 1, 443, wire.CALL_WITH_FDS, 2, wire.OK) + b"\0\0\0\2args"


def test_errors_and_forgotten_calls() -> None:
    conversation = Conversation()
    failing, forgotten = calls(conversation, 2)
    conversation.forget(2)
    conversation.receive(reply(2, b"late"))
    conversation.receive(reply(1, encode_error(FAULT), wire.ERROR))
    assert forgotten.outcomes == []
    (error,) = failing.outcomes
    assert isinstance(error, ManorError)
    assert error.fields() == FAULT.fields()


def test_loss_fails_everything_once() -> None:
    conversation = Conversation()
    waiters = calls(conversation, 2)
    stream = conversation.open_stream(procedure("storage_vol_download"), 2)
    conversation.fail(LOST)
    conversation.fail(FAULT)
    assert [waiter.outcomes for waiter in waiters] == [[LOST], [LOST]]
    assert stream.error is LOST
    assert conversation.noticed


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (reply(7), "no call waiting for reply with prog 536903814 vers 1 serial 7"),
        (frame(REMOTE.number, 1, 3, wire.CALL, 1, wire.OK), "got unexpected RPC call prog 536903814"),
        (frame(REMOTE.number, 1, 3, 99, 1, wire.OK), "type 99"),
        (b"\xff\xff\xff\xff", "too large"),
    ],
)
def test_breaches_of_the_protocol(data: bytes, message: str) -> None:
    with pytest.raises(ManorError, match=message) as caught:
        Conversation().receive(data)
    assert caught.value.code == ErrorNumber.RPC
    assert caught.value.domain == ErrorDomain.RPC


def run(conversation: Conversation, steps: Any, *answers: tuple[Any, ...] | ManorError, before: bytes = b"") -> Any:
    """Drive steps with prepared answers; `before` arrives before the first answer."""
    request = next(steps)
    for answer in answers:
        conversation.receive(before)
        before = b""
        try:
            if isinstance(answer, ManorError):
                request = steps.throw(answer)
            else:
                request = steps.send(request.procedure.ret.encode(answer))
        except StopIteration as done:
            return done.value
    return None


def test_events_go_to_their_subscriptions_in_order() -> None:
    conversation = Conversation()
    first = run(conversation, conversation.subscribe(("domain", 0)), (5,))
    second = run(conversation, conversation.subscribe(("domain", 1), DOM), (6,))
    events = [DomainLifecycleEvent(DOM, 2, 0), DomainRebootEvent(DOM), DomainLifecycleEvent(DOM, 3, 1)]
    conversation.receive(b"".join(event_frame(event, number) for event, number in zip(events, (5, 6, 5), strict=True)))
    assert list(conversation.events) == [(first, events[0]), (second, events[1]), (first, events[2])]
    assert conversation.noticed
    assert run(conversation, conversation.unsubscribe(first), ()) is None
    assert list(conversation.events) == [(second, events[1])]
    conversation.receive(event_frame(events[0], 5))
    assert list(conversation.events) == [(second, events[1])]


def test_events_that_nobody_asked_for_are_dropped() -> None:
    conversation = Conversation()
    conversation.receive(event_frame(DomainRebootEvent(DOM), 3))
    conversation.receive(event_frame(DomainRebootEvent(DOM), None))
    conversation.receive(frame(REMOTE.number, 1, 107, wire.MESSAGE, 0, wire.OK, b"rubbish"))
    conversation.receive(frame(REMOTE.number, 1, 9999, wire.MESSAGE, 0, wire.OK))
    conversation.receive(frame(77, 1, 1, wire.MESSAGE, 0, wire.OK))
    assert not conversation.events
    assert not conversation.noticed


def test_an_event_may_come_before_the_reply_to_its_registration() -> None:
    conversation = Conversation()
    event = DomainLifecycleEvent(DOM, 2, 0)
    early = event_frame(event, 8) + event_frame(event, 9)
    number = run(conversation, conversation.subscribe(("domain", 0)), (8,), before=early)
    assert list(conversation.events) == [(number, event)]
    assert conversation._orphans == []


def test_early_events_are_limited_and_end_with_a_refusal() -> None:
    conversation = Conversation()
    flood = event_frame(DomainRebootEvent(DOM), 8) * (ORPHANS_MAX + 5)
    with pytest.raises(ManorError):
        run(conversation, conversation.subscribe(("domain", 0)), FAULT, before=flood)
    assert conversation._orphans == []
    assert not conversation.subscriptions


def test_monitor_events() -> None:
    conversation = Conversation()
    steps = conversation.subscribe_monitor("STOP", 1, DOM)
    request = next(steps)
    assert request.procedure.args.decode(request.payload) == (DOM, "STOP", 1)
    with pytest.raises(StopIteration) as done:
        steps.send(request.procedure.ret.encode((4,)))
    event = DomainMonitorEvent(DOM, "STOP", 1, 2, None)
    conversation.receive(event_frame(event, 4))
    assert list(conversation.events) == [(done.value.value, event)]
    assert conversation.subscriptions[done.value.value].key == MONITOR_KEY


def test_the_daemon_lost_its_hypervisor() -> None:
    conversation = Conversation()
    conversation.receive(event_frame(ConnectionClosedEvent(1), None))
    assert conversation.remote_close_reason == 1


def test_pings_are_answered() -> None:
    conversation = Conversation()
    conversation.receive(keepalive_frame(PING) + keepalive_frame(PONG))
    assert conversation.outgoing == [keepalive_frame(PONG)]


def stream_packet(serial: int, status: int, payload: bytes = b"", kind: int = wire.STREAM) -> bytes:
    return frame(REMOTE.number, 1, 209, kind, serial, status, payload)


def test_a_stream_is_read_with_its_holes() -> None:
    conversation = Conversation()
    stream = conversation.open_stream(procedure("storage_vol_download"), 1)
    hole = stream_packet(1, wire.CONTINUE, hole_payload(10), wire.STREAM_HOLE)
    nothing = stream_packet(1, wire.CONTINUE, hole_payload(0), wire.STREAM_HOLE)
    conversation.receive(
        stream_packet(1, wire.CONTINUE, b"abcdef") + hole + nothing + stream_packet(1, wire.CONTINUE, b"xy")
    )
    conversation.receive(stream_packet(1, wire.CONTINUE))
    assert stream.size == 8
    assert [stream.take(4), stream.take(4)] == [b"abcd", b"ef"]
    assert stream.hole() == 10
    assert [stream.take(4), stream.take(4), stream.take(4)] == [bytes(4), bytes(4), bytes(2)]
    assert stream.take(9) == b"xy"
    assert (stream.take(9), stream.size, stream.ended, stream.over) == (b"", 0, True, False)
    assert stream.finish() == stream_packet(1, wire.OK)
    conversation.receive(stream_packet(1, wire.OK))
    assert stream.over
    assert conversation.streams == {}


def test_a_hole_is_taken_whole() -> None:
    conversation = Conversation()
    stream = conversation.open_stream(procedure("storage_vol_download"), 1)
    conversation.receive(stream_packet(1, wire.CONTINUE, hole_payload(7), wire.STREAM_HOLE))
    assert (stream.take_hole(), stream.take_hole(), stream.incoming) == (7, 0, type(stream.incoming)())


def test_frames_of_a_stream() -> None:
    conversation = Conversation()
    stream = conversation.open_stream(procedure("storage_vol_download"), 3)
    assert stream.data(b"data") == stream_packet(3, wire.CONTINUE, b"data")
    assert len(stream.data(bytes(wire.STREAM_CHUNK + 9))) == wire.HEADER_SIZE + wire.STREAM_CHUNK
    assert stream.send_hole(9) == stream_packet(3, wire.CONTINUE, hole_payload(9), wire.STREAM_HOLE)
    assert stream.abort() == stream_packet(3, wire.ERROR)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (stream_packet(1, wire.ERROR, encode_error(FAULT)), ErrorNumber.NO_DOMAIN),
        (stream_packet(1, 9), ErrorNumber.RPC),
        (stream_packet(1, wire.CONTINUE, b"", wire.STREAM_HOLE), ErrorNumber.RPC),
    ],
)
def test_a_stream_that_fails(data: bytes, code: ErrorNumber) -> None:
    conversation = Conversation()
    stream = conversation.open_stream(procedure("storage_vol_download"), 1)
    conversation.receive(data)
    assert stream.error is not None
    assert stream.error.code == code
    assert stream.over
    # What still comes of it is nobody's.
    conversation.receive(stream_packet(1, wire.CONTINUE, b"late"))


def test_a_call_that_fails_opens_no_stream() -> None:
    conversation = Conversation()
    serial, _ = conversation.call(procedure("storage_vol_download"), b"", Waiter())
    conversation.open_stream(procedure("storage_vol_download"), serial)
    conversation.receive(reply(serial, encode_error(FAULT), wire.ERROR))
    assert conversation.streams == {}


def test_keepalive_counts() -> None:
    keepalive = Keepalive(5, 2, now=100)
    assert keepalive.due() == 105
    assert keepalive.tick(104) == b""
    assert keepalive.tick(105) == keepalive_frame(PING)
    assert keepalive.tick(106) == b""
    keepalive.heard(107)
    assert keepalive.due() == 112
    assert [keepalive.tick(at) for at in (112, 117, 122)] == [keepalive_frame(PING)] * 2 + [None]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.binary(max_size=80), max_size=6))
def test_noise_raises_nothing_but_manor_errors(pieces: list[bytes]) -> None:
    conversation = Conversation()
    calls(conversation, 2)
    try:
        for piece in pieces:
            conversation.receive(piece)
    except ManorError:
        pass


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 3, 6, 0]),
            st.integers(0, 460),
            st.integers(0, 3),
            st.integers(0, 3),
            st.binary(max_size=60),
        ),
        max_size=5,
    )
)
def test_sound_frames_with_any_content(packets: list[tuple[int, int, int, int, bytes]]) -> None:
    conversation = Conversation()
    calls(conversation, 2)
    conversation.open_stream(procedure("storage_vol_download"), 3)
    try:
        for kind, number, serial, status, payload in packets:
            conversation.receive(frame(REMOTE.number, 1, number, kind, serial, status, payload))
    except ManorError:
        pass
