# SPDX-License-Identifier: Apache-2.0
"""Events as JSON: the fields of their records, references by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli.lookup import uuid_text
from manor.records import SecretRef, TypedParam, params_dict
from manor.records.events import EVENT_IDS

if TYPE_CHECKING:
    from manor.records.events import Event


def event_record(event: Event) -> dict[str, object]:
    """An event as a JSON object; `event` is its kind and its number there."""
    kind, number = EVENT_IDS.get(type(event), ("qemu_monitor", 0))
    record: dict[str, object] = {"kind": kind, "id": number}
    for field, value in event._asdict().items():
        record[field] = _plain(value)
    return record


def _plain(value: object) -> object:
    if isinstance(value, SecretRef):
        return uuid_text(value.uuid)
    if isinstance(value, list):
        if value and isinstance(value[0], TypedParam):
            return params_dict(value)
        return [_plain(item) for item in value]
    if hasattr(value, "name"):
        return value.name
    if hasattr(value, "_asdict"):
        return {field: _plain(item) for field, item in value._asdict().items()}
    return value
