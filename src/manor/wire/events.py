# SPDX-License-Identifier: Apache-2.0
"""Events on the wire: which procedure carries which record, in the older form and in the one with a callback id.

Registration and who gets what is the business of the daemon and the client.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from manor.records.events import (
    EVENT_IDS,
    EVENTS,
    ConnectionClosedEvent,
    DomainMonitorEvent,
    Event,
)
from manor.wire.programs import QEMU, REMOTE, Procedure

EventKey = tuple[str, int]

MONITOR_KEY: EventKey = ("qemu_monitor", 0)
"""Stands for raw QMP events, which have no id of their own."""

LAST_LEGACY_ID = 15
"""Domain events up to this id can also be had in the older form, without a callback id."""


class Registration(NamedTuple):
    """The procedures with which a client asks for an object kind's events and ends that."""

    register: str
    deregister: str


REGISTRATIONS: dict[str, Registration] = {
    "domain": Registration(
        "connect_domain_event_callback_register_any", "connect_domain_event_callback_deregister_any"
    ),
    "network": Registration("connect_network_event_register_any", "connect_network_event_deregister_any"),
    "storage_pool": Registration(
        "connect_storage_pool_event_register_any", "connect_storage_pool_event_deregister_any"
    ),
    "node_device": Registration("connect_node_device_event_register_any", "connect_node_device_event_deregister_any"),
    "secret": Registration("connect_secret_event_register_any", "connect_secret_event_deregister_any"),
    "qemu_monitor": Registration("connect_domain_monitor_event_register", "connect_domain_monitor_event_deregister"),
}
"""By object kind, as in `manor.records.events.EVENTS`; `qemu_monitor` stands for raw QMP events."""


class EventCodec:
    """One event procedure: its record, and where the record's fields are in the message."""

    __slots__ = ("has_callback_id", "order", "procedure", "record")

    def __init__(self, procedure: Procedure, record: type[Any]) -> None:
        self.procedure = procedure
        self.record = record
        names = [field.name for field in procedure.ret.fields]
        self.has_callback_id = names[0] == "callback_id"
        # The older messages of some events lack a field: it is 0 in those that have it.
        self.order = tuple(names.index(name) if name in names else -1 for name in record._fields)

    def decode(self, payload: bytes) -> tuple[int | None, Any]:
        """The callback id, None in the older form, and the record. Raises DecodeError."""
        values = self.procedure.ret.decode(payload)
        record = self.record._make(values[at] if at >= 0 else 0 for at in self.order)
        return values[0] if self.has_callback_id else None, record

    def encode(self, record: Any, callback_id: int | None) -> bytes:
        """The payload of the message. Raises EncodeError."""
        values: list[Any] = [callback_id] * len(self.procedure.ret.fields)
        for value, at in zip(record, self.order, strict=True):
            if at >= 0:
                values[at] = value
        return self.procedure.ret.encode(values)


@cache
def event_codec(procedure: Procedure) -> EventCodec | None:
    """The codec of an event procedure; None for any other procedure."""
    if not procedure.is_event:
        return None
    if procedure.event_key is not None:
        return EventCodec(procedure, EVENTS[procedure.event_key])
    return EventCodec(procedure, DomainMonitorEvent if procedure.program is QEMU else ConnectionClosedEvent)


@cache
def _codecs() -> dict[tuple[type[Any], bool], EventCodec]:
    """Codecs by record and by whether they carry a callback id."""
    found = {}
    for program in (REMOTE, QEMU):
        for procedure in program.events():
            codec = event_codec(procedure)
            if codec is not None:
                found[codec.record, codec.has_callback_id] = codec
    return found


def codec_for(record: type[Event] | type[ConnectionClosedEvent], *, callback_id: bool) -> EventCodec:
    """The codec that carries a record. Raises LookupError for an older form that does not exist."""
    return _codecs()[record, callback_id]


def key_of(event: Event) -> EventKey:
    """What an event was subscribed to as."""
    return MONITOR_KEY if isinstance(event, DomainMonitorEvent) else EVENT_IDS[type(event)]
