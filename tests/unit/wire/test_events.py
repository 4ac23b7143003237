# SPDX-License-Identifier: Apache-2.0
"""Events: all of the tables carry a record, and every record has its procedures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from manor.records import DomainRef
from manor.records.events import EVENTS, ConnectionClosedEvent, DomainMonitorEvent, DomainPMWakeupEvent
from manor.wire.events import LAST_LEGACY_ID, REGISTRATIONS, codec_for, event_codec, key_of
from manor.wire.programs import QEMU, REMOTE, Procedure, operation
from tests.unit.wire.strategies import values

ALL = [*REMOTE.events(), *QEMU.events()]


def test_all_events_are_found() -> None:
    assert len(ALL) == 56
    assert [one for program in (REMOTE, QEMU) for one in program if one.is_event] == ALL
    named = operation("domain_create")
    assert named is not None
    assert event_codec(named) is None


def test_every_record_has_its_forms() -> None:
    for (kind, number), record in EVENTS.items():
        assert codec_for(record, callback_id=True).procedure.event_key == (kind, number)
        if kind == "domain" and number <= LAST_LEGACY_ID:
            assert codec_for(record, callback_id=False).procedure.event_key == (kind, number)
        else:
            with pytest.raises(LookupError):
                codec_for(record, callback_id=False)
    assert codec_for(DomainMonitorEvent, callback_id=True).procedure.name == "domain_monitor_event"
    closed = codec_for(ConnectionClosedEvent, callback_id=False)
    assert closed.decode(closed.encode(ConnectionClosedEvent(2), None)) == (None, ConnectionClosedEvent(2))


@pytest.mark.parametrize("procedure", ALL, ids=lambda one: one.name)
def test_round_trip(procedure: Procedure) -> None:
    codec = event_codec(procedure)
    assert codec is not None

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(values(procedure.ret))
    def check(raw: Any) -> None:
        payload = procedure.ret.encode(raw)
        callback_id, record = codec.decode(payload)
        assert type(record) is codec.record
        assert codec.encode(record, callback_id) == payload
        if procedure.event_key is not None:
            assert key_of(record) == procedure.event_key

    check()


def test_a_field_that_the_older_form_lacks() -> None:
    event = DomainPMWakeupEvent(DomainRef("vm", bytes(16), 1), 4)
    old, new = (codec_for(DomainPMWakeupEvent, callback_id=which) for which in (False, True))
    assert old.decode(old.encode(event, None)) == (None, event._replace(reason=0))
    assert new.decode(new.encode(event, 9)) == (9, event)


def test_registrations_exist() -> None:
    assert {kind for kind, _ in EVENTS} | {"qemu_monitor"} == set(REGISTRATIONS)
    for registration in REGISTRATIONS.values():
        for name in registration:
            assert operation(name) is not None
