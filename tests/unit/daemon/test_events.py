# SPDX-License-Identifier: Apache-2.0
"""Events: registrations of both forms, their counts and ends, and that all 55 get through, in order."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

import pytest

from manor.daemon import hypervisor
from manor.daemon.registrations import event_frame
from manor.errors import ErrorNumber
from manor.records import DomainRef, TypedParam
from manor.records import events as records
from manor.records.events import EVENTS, DomainLifecycleEvent, DomainMonitorEvent, DomainRebootEvent
from manor.wire.events import LAST_LEGACY_ID, REGISTRATIONS, codec_for, event_codec
from manor.wire.frame import MESSAGE
from manor.wire.programs import PROGRAMS, REMOTE
from tests.support.rawclient import RawClient, named
from tests.unit.daemon.bed import Bed

DOM = DomainRef("a", b"a" * 16, 3)
OTHER = DomainRef("b", b"b" * 16, 4)
REGISTER = "connect_domain_event_callback_register_any"
DEREGISTER = "connect_domain_event_callback_deregister_any"


def made_up(kind: Any) -> Any:
    """A value of a type, records included."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return [made_up(inner[0])]
    if type(None) in inner:
        return made_up(inner[0])
    if kind is TypedParam:
        return TypedParam("p", 2, 5)
    hints = typing.get_type_hints(kind) if hasattr(kind, "_fields") else {}
    if hints:
        values = [made_up(hints[name]) for name in kind._fields]
        return kind(*values)
    return {int: 7, str: "t", bytes: b"u" * 16, bool: True, float: 1.5}[kind]


def event_of(raw: Any) -> tuple[int | None, Any]:
    """The callback id and the record of a packet."""
    packet = raw.packet
    assert (packet.type, packet.serial, packet.status) == (MESSAGE, 0, 0)
    procedure = PROGRAMS[packet.program].find(packet.procedure)
    assert procedure is not None
    codec = event_codec(procedure)
    assert codec is not None
    found: tuple[int | None, Any] = codec.decode(packet.payload)
    return found


def error_of(client: RawClient, name: str, *values: Any) -> tuple[int, str | None]:
    error = client.call(name, *values).error
    assert error is not None
    return error.code, error.message


@pytest.mark.parametrize("key", EVENTS, ids=str)
def test_every_event_gets_through(bed: Bed, key: tuple[str, int]) -> None:
    client = bed.client()
    (number,) = client.ask(REGISTRATIONS[key[0]].register, key[1], None)
    event = made_up(EVENTS[key])
    bed.publish(event)
    assert event_of(client.receive()) == (number, event)
    client.ask(REGISTRATIONS[key[0]].deregister, number)
    bed.publish(event)
    assert client.is_silent(0.01)


@pytest.mark.parametrize("number", range(LAST_LEGACY_ID + 1))
def test_every_older_event_gets_through(bed: Bed, number: int) -> None:
    client = bed.client()
    client.ask("connect_domain_event_register_any", number)
    event = made_up(EVENTS["domain", number])
    bed.publish(event)
    callback_id, found = event_of(client.receive())
    assert callback_id is None
    assert found[0] == event[0]
    client.ask("connect_domain_event_deregister_any", number)
    bed.publish(event)
    assert client.is_silent(0.01)


def test_all_event_procedures_are_covered() -> None:
    sent = {codec_for(kind, callback_id=True).procedure.number for kind in EVENTS.values()}
    sent |= {codec_for(EVENTS["domain", n], callback_id=False).procedure.number for n in range(LAST_LEGACY_ID + 1)}
    sent.add(codec_for(records.ConnectionClosedEvent, callback_id=False).procedure.number)
    assert sent == {procedure.number for procedure in REMOTE.events()}


def test_the_oldest_form(bed: Bed) -> None:
    client = bed.client()
    assert client.ask("connect_domain_event_register") == (0,)
    bed.publish(DomainLifecycleEvent(DOM, 1, 2))
    assert event_of(client.receive()) == (None, DomainLifecycleEvent(DOM, 1, 2))
    assert client.ask("connect_domain_event_deregister") == (0,)
    assert error_of(client, "connect_domain_event_deregister") == (
        ErrorNumber.INTERNAL_ERROR,
        "internal error: domain event 0 not registered",
    )


def test_events_of_one_object_only(bed: Bed) -> None:
    client = bed.client()
    (mine,) = client.ask(REGISTER, 1, DOM)
    (all_of_them,) = client.ask(REGISTER, 1, None)
    bed.publish(DomainRebootEvent(OTHER))
    bed.publish(DomainRebootEvent(DOM))
    got = [event_of(client.receive()) for _ in range(3)]
    assert got == [
        (all_of_them, DomainRebootEvent(OTHER)),
        (mine, DomainRebootEvent(DOM)),
        (all_of_them, DomainRebootEvent(DOM)),
    ]


def test_the_same_twice_is_refused(bed: Bed) -> None:
    client = bed.client()
    client.ask(REGISTER, 0, None)
    tracked = (ErrorNumber.INVALID_ARG, "invalid argument: event callback already tracked")
    assert error_of(client, REGISTER, 0, None) == tracked
    # Another form, another object, another client: not the same.
    client.ask("connect_domain_event_register_any", 0)
    client.ask(REGISTER, 0, DOM)
    bed.client().ask(REGISTER, 0, None)
    assert error_of(client, "connect_domain_event_register") == tracked


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        (REGISTER, (99, None), "unsupported event ID 99"),
        (REGISTER, (-1, None), "unsupported event ID -1"),
        ("connect_domain_event_register_any", (16,), "unsupported event ID 16"),
        ("connect_domain_event_deregister_any", (99,), "unsupported event ID 99"),
        ("connect_domain_event_deregister_any", (3,), "domain event 3 not registered"),
        ("connect_network_event_register_any", (99, None), "unsupported network event ID 99"),
        ("connect_storage_pool_event_register_any", (99, None), "unsupported storage pool event ID 99"),
        (DEREGISTER, (5,), "domain event callback 5 not registered"),
        ("connect_network_event_deregister_any", (0,), "network event callback 0 not registered"),
        ("connect_domain_monitor_event_deregister", (0,), "qemu monitor event callback 0 not registered"),
    ],
)
def test_registrations_that_cannot_be(bed: Bed, name: str, values: tuple[Any, ...], message: str) -> None:
    assert error_of(bed.client(), name, *values) == (ErrorNumber.INTERNAL_ERROR, f"internal error: {message}")


def test_a_callback_of_another_kind_is_not_ended(bed: Bed) -> None:
    client = bed.client()
    (number,) = client.ask(REGISTER, 0, None)
    assert error_of(client, "connect_network_event_deregister_any", number)[0] == ErrorNumber.INTERNAL_ERROR
    client.ask(DEREGISTER, number)


def test_raw_qmp_events(bed: Bed) -> None:
    async def command(*_: Any) -> str:
        return "{}"

    error = bed.client().call("connect_domain_monitor_event_register", None, None, 0).error
    assert error is not None
    assert error.code == ErrorNumber.NO_SUPPORT
    bed.bodies["domain_monitor_command"] = command
    client = bed.client()
    register = "connect_domain_monitor_event_register"
    (plain,) = client.ask(register, None, "RESET", 0)
    (pattern,) = client.ask(register, None, "^re", 3)
    event = DomainMonitorEvent(DOM, "RESET", 1, 2, None)
    bed.publish(event)
    bed.publish(event._replace(event="RESUME"))
    got = [event_of(client.receive()) for _ in range(3)]
    assert got == [(plain, event), (pattern, event), (pattern, event._replace(event="RESUME"))]
    code, message = error_of(client, register, None, "(", 1)
    assert code == ErrorNumber.INVALID_ARG
    assert message is not None
    assert "failed to compile regex" in message
    assert error_of(client, register, None, None, 8)[0] == ErrorNumber.INVALID_ARG


def test_events_stay_in_order_across_kinds(bed: Bed) -> None:
    client = bed.client()
    client.ask(REGISTER, 0, None)
    client.ask(REGISTER, 1, None)
    published = [DomainLifecycleEvent(DOM, n, 0) if n % 3 else DomainRebootEvent(OTHER) for n in range(300)]
    for event in published:
        bed.publish(event)
    assert [event_of(client.receive())[1] for _ in published] == published


def test_nobody_gets_what_it_did_not_ask_for(bed: Bed) -> None:
    quiet, listening = bed.client(), bed.client()
    listening.ask(REGISTER, 0, None)
    bed.publish(DomainLifecycleEvent(DOM, 1, 2))
    listening.receive()
    assert quiet.is_silent(0.01)


def test_registrations_end_with_the_connection(bed: Bed) -> None:
    client = bed.client()
    client.ask(REGISTER, 0, None)
    client.close()
    while bed.server.clients:
        bed.settle()
    assert not bed.bus.wanted(("domain", 0))


def test_a_client_that_does_not_read_its_events_is_given_up(
    make_bed: Callable[..., Bed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hypervisor, "EVENT_BACKLOG", 1 << 20)
    bed = make_bed()
    client = bed.client()
    client.ask(REGISTER, 0, None)
    event = DomainLifecycleEvent(DOM._replace(name="x" * 10000), 1, 2)

    def flood() -> None:
        for _ in range(1000):
            bed.bus.publish(event)

    bed.loop.call(flood)
    bed.settle()
    assert not bed.server.clients


def test_a_registration_without_a_connection(bed: Bed) -> None:
    client = bed.connect()
    client.ask("auth_list")
    for name in ("connect_domain_event_register", "connect_register_close_callback"):
        assert error_of(client, name)[1] == "internal error: hypervisor connection not open"


def test_close_callbacks_may_be_registered_any_number_of_times(bed: Bed) -> None:
    client = bed.client()
    for name in ("connect_register_close_callback", "connect_unregister_close_callback") * 2:
        client.ask(name)


def test_the_frame_of_an_event() -> None:
    data = event_frame(DomainRebootEvent(DOM), 5)
    assert data[:28] == len(data).to_bytes(4, "big") + REMOTE.number.to_bytes(4, "big") + (1).to_bytes(4, "big") + (
        named("domain_event_callback_reboot").number.to_bytes(4, "big") + (2).to_bytes(4, "big") + bytes(8)
    )
