# SPDX-License-Identifier: Apache-2.0
"""Calls: their answers and refusals, their order and limits, and what happens to them when the client goes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from manor.daemon.settings import LimitSettings
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import DomainInfo, DomainRef, DomainStatsRecord, TypedParam
from manor.wire.frame import CALL, HEADER, MESSAGE, OK, REPLY, STREAM
from manor.wire.programs import REMOTE
from tests.support.rawclient import Closed, RawClient, named
from tests.unit.daemon.bed import Bed

DOM = DomainRef("a", bytes(16), -1)
_error = reporter(ErrorDomain.QEMU)

_OS_TYPE = named("domain_get_os_type")
_OS_TYPE_ARGS = _OS_TYPE.args.encode((DOM,))
OS_TYPE_CALL = (
    HEADER.pack(HEADER.size + len(_OS_TYPE_ARGS), REMOTE.number, 1, _OS_TYPE.number, CALL, 5, OK) + _OS_TYPE_ARGS
)


class Gate:
    """An operation that waits until it is let through; `begun` counts the calls that have come to it."""

    def __init__(self, bed: Bed) -> None:
        self.begun = threading.Semaphore(0)
        self.count = 0
        self._bed = bed
        self._open = bed.loop.call(asyncio.Event)

    async def __call__(self, *_: Any) -> None:
        self.count += 1
        self.begun.release()
        await self._open.wait()

    def open(self) -> None:
        self._bed.loop.call(self._open.set)


def answers(value: Any) -> Callable[..., Any]:
    async def body(*_: Any) -> Any:
        return value

    return body


def test_a_call_gets_its_answer(bed: Bed) -> None:
    bed.bodies["domain_get_info"] = answers(DomainInfo(1, 2, 3, 4, 5))
    client = bed.client()
    assert client.ask("domain_get_info", DOM) == (1, 2, 3, 4, 5)
    raw = client.call("domain_get_info", DOM)
    assert raw.packet[:6] == (REMOTE.number, 1, 16, REPLY, client.serial, OK)


def test_an_operation_gets_the_arguments_of_the_catalogue(bed: Bed) -> None:
    seen = []

    async def body(*args: Any) -> list[DomainStatsRecord]:
        seen.append(args)
        return []

    bed.bodies["connect_get_all_domain_stats"] = body
    bed.client().ask("connect_get_all_domain_stats", [DOM], 7, 5)
    assert seen == [([DOM], 7, 5)]


def test_errors_are_answered_with_all_their_fields(bed: Bed) -> None:
    async def body(*_: Any) -> None:
        raise _error(ErrorNumber.NO_DOMAIN, "no domain with matching name 'x'", int1=3)

    bed.bodies["domain_lookup_by_name"] = body
    error = bed.client().call("domain_lookup_by_name", "x").error
    assert error is not None
    assert error == (
        *(42, 10, "Domain not found: no domain with matching name 'x'", 2),
        *("Domain not found: %s", "no domain with matching name 'x'", None, 3, -1),
    )


def test_what_a_driver_lacks_is_not_supported(bed: Bed) -> None:
    error = bed.client().call("domain_suspend", DOM).error
    assert error is not None
    assert error.code == ErrorNumber.NO_SUPPORT


def test_a_bug_in_a_driver_is_an_internal_error(bed: Bed, caplog: pytest.LogCaptureFixture) -> None:
    async def at_once(*_: Any) -> None:
        raise ZeroDivisionError("oops")

    async def later(*_: Any) -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError("oops")

    bed.bodies.update(domain_suspend=at_once, domain_resume=later)
    client = bed.client()
    for name in ("domain_suspend", "domain_resume"):
        error = client.call(name, DOM).error
        assert error is not None
        assert error.code == ErrorNumber.INTERNAL_ERROR
        assert error.message == f"internal error: {name} failed unexpectedly: oops"


def test_a_driver_with_results_of_another_kind_leaves_the_connection_usable(bed: Bed) -> None:
    """Else the call would be under way for ever, and a few of them would be all that a client may have."""
    bed.bodies["domain_get_vcpus"] = answers([None])
    client = bed.client()
    for _ in range(LimitSettings().requests + 1):
        error = client.call("domain_get_vcpus", DOM, 1, 1).error
        assert error is not None
        assert error.message.startswith("internal error: domain_get_vcpus failed unexpectedly: ")
    client.ask("connect_get_lib_version")


def test_a_result_that_does_not_fit_is_an_error(bed: Bed) -> None:
    bed.bodies["domain_get_os_type"] = answers(5)
    bed.bodies["connect_get_cpu_model_names"] = answers(["x"] * 8193)
    client = bed.client()
    for name, args in (("domain_get_os_type", (DOM,)), ("connect_get_cpu_model_names", ("x86_64", 1, 0))):
        error = client.call(name, *args).error
        assert error is not None
        assert error.code == ErrorNumber.RPC


def test_counts_beside_results(bed: Bed) -> None:
    bed.bodies["domain_get_scheduler_type"] = answers("posix")
    bed.bodies["domain_get_scheduler_parameters"] = answers([TypedParam("a", 2, 1), TypedParam("b", 2, 1)])
    client = bed.client()
    assert client.ask("domain_get_scheduler_type", DOM) == ("posix", 2)


def test_pipelined_calls_are_answered_in_order(bed: Bed) -> None:
    bed.bodies["domain_get_os_type"] = answers("hvm")
    client = bed.client()
    serials = [client.post("domain_get_os_type", DOM) for _ in range(500)]
    assert [client.receive().packet.serial for _ in serials] == serials


def test_answers_overtake_calls_that_wait(bed: Bed) -> None:
    gate = Gate(bed)
    bed.bodies.update(domain_suspend=gate, domain_get_os_type=answers("hvm"))
    client = bed.client()
    slow = client.post("domain_suspend", DOM)
    fast = client.post("domain_get_os_type", DOM)
    assert client.receive().packet.serial == fast
    gate.open()
    assert client.receive().packet.serial == slow


def test_only_so_many_calls_of_a_client_at_once(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(limits=LimitSettings(requests=3))
    gate = Gate(bed)
    bed.bodies.update(domain_suspend=gate)
    client = bed.client()
    for _ in range(10):
        client.post("domain_suspend", DOM)
    for _ in range(3):
        gate.begun.acquire()
    bed.settle()
    assert gate.count == 3
    # Others are not kept waiting by it.
    bed.bodies["domain_get_os_type"] = answers("hvm")
    assert bed.client().ask("domain_get_os_type", DOM) == ("hvm",)
    gate.open()
    for _ in range(10):
        assert client.receive().error is None
    assert gate.count == 10


def test_a_flood_is_left_unread(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(limits=LimitSettings(requests=1))
    gate = Gate(bed)
    bed.bodies["domain_get_os_type"] = gate
    client = bed.client()
    client.sock.setblocking(False)
    sent = 0
    data = OS_TYPE_CALL
    # Until the socket's buffers are full and nobody empties them.
    try:
        while sent < 100 << 20:
            sent += client.sock.send(data * 1000)
    except BlockingIOError:
        pass
    assert sent < 100 << 20
    assert gate.count <= 1
    gate.open()


def test_a_client_that_does_not_read_is_not_served_for_ever(bed: Bed) -> None:
    calls = 0

    async def body(*_: Any) -> str:
        nonlocal calls
        calls += 1
        return "x" * 1_000_000

    bed.bodies["domain_get_xml_desc"] = body
    client = bed.client()
    for _ in range(40):
        client.post("domain_get_xml_desc", DOM, 0)
    bed.settle()
    assert calls < 20
    for _ in range(40):
        client.receive()
    assert calls == 40


def test_many_calls_behind_one_that_waits(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(limits=LimitSettings(requests=1))
    gate = Gate(bed)
    bed.bodies.update(domain_suspend=gate, domain_get_os_type=answers("hvm"))
    client = bed.client()
    client.post("domain_suspend", DOM)
    gate.begun.acquire()
    sender = threading.Thread(target=client.send, args=(OS_TYPE_CALL * 5000,))
    sender.start()
    bed.settle()
    gate.open()
    assert [client.receive().error for _ in range(5001)] == [None] * 5001
    sender.join()


def test_workers_are_limited_and_high_priority_never_waits(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(limits=LimitSettings(requests=100, workers=2, priority_workers=1))
    gate = Gate(bed)
    # Starting is of low priority, looking up of high.
    bed.bodies.update(domain_create=gate, domain_lookup_by_id=answers(DOM))
    client = bed.client()
    for _ in range(4):
        client.post("domain_create", DOM)
    for _ in range(2):
        gate.begun.acquire()
    bed.settle()
    assert (gate.count, bed.server.workers.waiting, bed.server.workers.busy) == (2, 2, 2)
    assert bed.client().ask("domain_lookup_by_id", 5) == (DOM,)
    gate.open()
    for _ in range(4):
        assert client.receive().error is None
    bed.settle()
    assert bed.server.workers.busy == 0


def test_calls_under_way_go_on_when_the_client_hangs_up(bed: Bed) -> None:
    gate = Gate(bed)
    done = threading.Event()

    async def body(*_: Any) -> None:
        await gate()
        done.set()

    bed.bodies["domain_create"] = body
    client = bed.client()
    client.post("domain_create", DOM)
    gate.begun.acquire()
    ended = threading.Event()
    bed.sessions[0].on_close.append(ended.set)
    client.close()
    while bed.server.clients:
        bed.settle()
    assert not ended.is_set()
    gate.open()
    assert done.wait(10)
    # What belongs to the connection ends once its last call has ended.
    assert ended.wait(10)


def test_close_hooks_run_when_a_client_leaves(bed: Bed) -> None:
    for says_so in (False, True):
        client = bed.client()
        ended = threading.Event()
        bed.sessions[-1].on_close.append(ended.set)
        if says_so:
            client.ask("connect_close")
        else:
            client.close()
        assert ended.wait(10)


def test_the_connection_is_closed_after_its_last_answer(bed: Bed) -> None:
    client = bed.client()
    client.post("connect_close")
    client.post("domain_get_os_type", DOM)
    assert client.receive().error is None
    assert client.is_closed()


@pytest.mark.parametrize("length", [0, 3, 4, 27, 33554437, 0xFFFFFFFF])
def test_lengths_that_cannot_be_end_the_connection(bed: Bed, length: int) -> None:
    client = bed.client()
    client.send(length.to_bytes(4, "big") + bytes(24))
    assert client.is_closed()


def test_an_announced_message_is_not_allocated(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(limits=LimitSettings(message_size=65536))
    client = bed.client()
    client.send((65541).to_bytes(4, "big"))
    assert client.is_closed()


def test_messages_may_come_in_pieces(bed: Bed) -> None:
    client = bed.connect()
    call = HEADER.pack(28, REMOTE.number, 1, 66, CALL, 1, OK)
    for octet in call:
        client.send(bytes([octet]))
        bed.settle()
    assert client.receive().error is None


def test_packets_that_are_no_calls_are_not_answered(bed: Bed) -> None:
    client = bed.client()
    for kind in (REPLY, MESSAGE, STREAM, 9, -1):
        client.send(HEADER.pack(28, REMOTE.number, 1, 59, kind, 77, OK))
    client.ping()
    raw = client.receive()
    assert (raw.packet.procedure, raw.packet.type) == (2, MESSAGE)


def test_nothing_but_authentication_before_it(bed: Bed) -> None:
    client = bed.connect()
    error = client.call("connect_open", "x", 0).error
    assert error is not None
    assert (error.code, error.message) == (ErrorNumber.RPC, "authentication required")
    assert client.ask("auth_list") == ([0],)
    client.ask("connect_open", "x", 0)


def test_opening_twice_is_refused_even_while_the_first_is_under_way(bed: Bed) -> None:
    client = bed.connect()
    client.ask("auth_list")
    serials = [client.post("connect_open", "x", 0) for _ in range(2)]
    found = {(raw := client.receive()).packet.serial: raw.error for _ in serials}
    error = found[serials[1]]
    assert found[serials[0]] is None
    assert error is not None
    assert error.message == "internal error: connection already open"


def test_too_many_anonymous_clients_wait_outside(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(limits=LimitSettings(anonymous_clients=2))
    first, second, third = (bed.connect() for _ in range(3))
    third.post("auth_list")
    assert third.is_silent()
    assert bed.server.anonymous == 2
    first.ask("auth_list")
    assert third.receive().error is None
    second.close()


def test_clients_over_the_limit_wait_outside(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(limits=LimitSettings(clients=2, anonymous_clients=2))
    first, _second, third = bed.client(), bed.client(), bed.connect()
    third.post("auth_list")
    assert third.is_silent()
    first.close()
    assert third.receive().error is None


def test_who_does_not_authenticate_is_given_up(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(limits=LimitSettings(anonymous_seconds=1))
    client, other = bed.connect(), bed.client()
    assert client.is_closed()
    other.ask("connect_get_lib_version")


def test_the_end_of_the_daemon_cancels_what_does_not_end(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed()
    gate = Gate(bed)
    bed.bodies["domain_create"] = gate
    client = bed.client()
    client.post("domain_create", DOM)
    gate.begun.acquire()
    bed.loop.run(bed.server.aclose(0.05))
    with pytest.raises(Closed):
        client.receive()


def test_a_client_on_the_same_machine_is_known(bed: Bed) -> None:
    bed.client()
    who = bed.sessions[0].identity
    assert who.user_id is not None
    assert who.process_id is not None


def test_setting_an_identity(bed: Bed) -> None:
    client = bed.client()
    client.ask("connect_set_identity", [TypedParam("user-name", 7, "fred"), TypedParam("unix-user-id", 4, 7)], 0)
    assert (bed.sessions[0].identity.user_name, bed.sessions[0].identity.user_id) == ("fred", 7)
    for params, code in (
        ([TypedParam("shoe-size", 4, 7)], ErrorNumber.ARGUMENT_UNSUPPORTED),
        ([TypedParam("user-name", 4, 7)], ErrorNumber.INVALID_ARG),
        ([TypedParam("user-name", 7, "a")] * 2, ErrorNumber.INVALID_ARG),
    ):
        error = client.call("connect_set_identity", params, 0).error
        assert error is not None
        assert error.code == code


def test_every_procedure_is_reachable(bed: Bed) -> None:
    """None of the 456 and the others is unknown to the server, whatever it answers to arguments that are none."""
    client = bed.client()
    for program in (REMOTE, named("domain_attach").program, named("domain_open_namespace").program):
        for procedure in program:
            if procedure.name == "connect_close":
                continue
            raw = RawClient.odd(client, program.number, 1, procedure.number, CALL, OK, b"\xff" * 4)
            text = raw.error.message if raw.error is not None else ""
            assert (text == f"unknown procedure: {procedure.number}") == procedure.is_event, procedure


def test_a_client_that_fails_to_authenticate_too_often_is_disconnected(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(auth="sasl")
    bed.rules.users.set("fred", "right")
    client = bed.connect()
    assert client.ask("auth_list") == ([1],)
    assert client.ask("auth_sasl_init") == ("SCRAM-SHA-256,PLAIN",)
    for _ in range(3):
        error = client.call("auth_sasl_start", "PLAIN", 0, b"\0fred\0wrong").error
        assert error is not None
        assert (error.code, error.message) == (45, "authentication failed: authentication failed")
    assert client.is_closed()
    client = bed.connect()
    client.ask("auth_list")
    assert client.ask("auth_sasl_start", "PLAIN", 0, b"\0fred\0right") == (1, 1, b"")
    client.ask("connect_open", "bed:///", 0)
    assert bed.sessions[0].identity.sasl_user_name == "fred"


def test_authentication_out_of_turn(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(auth="sasl")
    for name, values in (
        ("auth_polkit", ()),
        ("auth_sasl_step", (0, b"x")),
        ("auth_sasl_start", ("GSSAPI", 0, b"x")),
    ):
        client = bed.connect()
        client.ask("auth_list")
        assert client.call(name, *values).error is not None
        assert client.call("connect_open", "bed:///", 0).error is not None
    client = make_and_open(bed)
    assert client.call("auth_sasl_init").error is not None


def make_and_open(bed: Bed) -> RawClient:
    bed.rules.users.set("fred", "right")
    client = bed.connect()
    client.ask("auth_sasl_start", "PLAIN", 0, b"\0fred\0right")
    return client
