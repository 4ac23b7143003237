# SPDX-License-Identifier: Apache-2.0
"""Look-ups in QEMU's QMP schema: does a command, an argument, an event, a value exist.

A path starts with the name of a command or an event, then ``arg-type`` or ``ret-type``, then descends:

- ``name``: a member of an object
- ``+name``: a variant of a union
- ``^name``: a value of an enumeration
- ``$name``: a feature of what was reached

for example ``blockdev-add/arg-type/+file/aio/^io_uring``. Arrays and alternatives are seen through, as in
``query-block/ret-type/inserted/file``. (QEMU: qapi/introspect.json)
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Self

import msgspec


class _Member(msgspec.Struct):
    name: str = ""
    type: str = ""
    features: list[str] = []


class _Variant(msgspec.Struct, rename={"kind": "case"}):
    type: str
    kind: str


class _Entity(msgspec.Struct, rename="kebab"):
    """One entry of query-qmp-schema; which members are set depends on ``meta_type``."""

    name: str
    meta_type: str
    arg_type: str = ""
    ret_type: str = ""
    element_type: str = ""
    members: list[_Member] = []
    variants: list[_Variant] = []
    values: list[str] = []
    features: list[str] = []


class QmpSchema:
    """The schema of one binary, for look-ups by path."""

    def __init__(self, entities: Iterable[_Entity]) -> None:
        self._entities = {entity.name: entity for entity in entities}

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The schema from what `pack` made of it; an empty one from nothing."""
        return cls(msgspec.json.decode(zlib.decompress(data), type=list[_Entity]) if data else ())

    def __contains__(self, path: str) -> bool:
        root, *steps = path.split("/")
        found = [self._entities[root]] if root in self._entities else []
        features = [entity.features for entity in found]
        for step in steps:
            if step.startswith("$"):
                return any(step[1:] in names for names in features)
            if step.startswith("^"):
                return any(step[1:] in entity.values for entity in found)
            reached = [pair for entity in found for pair in _step(entity, step)]
            found = [entity for type_name, _ in reached for entity in self._seen_through(type_name)]
            features = [names for _, names in reached]
        return bool(features)

    def _seen_through(self, type_name: str) -> Iterator[_Entity]:
        entity = self._entities.get(type_name)
        if entity is None:
            return
        if entity.meta_type == "array":
            yield from self._seen_through(entity.element_type)
        elif entity.meta_type == "alternate":
            for member in entity.members:
                yield from self._seen_through(member.type)
        else:
            yield entity


def _step(entity: _Entity, step: str) -> Iterator[tuple[str, list[str]]]:
    """The types that a step leads to, with the features of the step."""
    if step == "arg-type" and entity.arg_type:
        yield entity.arg_type, []
    elif step == "ret-type" and entity.ret_type:
        yield entity.ret_type, []
    elif step.startswith("+"):
        yield from ((case.type, []) for case in entity.variants if case.kind == step[1:])
    elif entity.meta_type == "object":
        yield from ((member.type, member.features) for member in entity.members if member.name == step)


def pack(reply: bytes) -> bytes:
    """The reply to query-qmp-schema, small enough to be kept for every binary."""
    return zlib.compress(reply, 1)
