# SPDX-License-Identifier: Apache-2.0
"""Values the store takes and gives: kinds, records, versions, changes, and batches of writes.

Everything here is plain data without a database behind it; a `Batch` can therefore be built on the event
loop, handed to a worker thread, and later to a store on another host.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import ManorError, reporter

_error = reporter(ErrorDomain.CONF)

#: As the expected revision: the object must not exist yet.
ABSENT: Final = 0

#: Largest payload accepted, in bytes: four times what the wire protocol can carry in one string.
MAX_PAYLOAD: Final = 16 << 20

#: Longest key or name, in characters.
MAX_KEY: Final = 1024

#: Sorts after every key that is accepted, so that prefix searches are range searches.
KEY_END: Final = "\U0010ffff"


class ConflictError(ManorError):
    """The store refused a batch: an object changed since it was read, or a name is taken.

    The batch as a whole was not applied.  Callers that computed the batch from older records may read
    again and retry.
    """


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of stored objects, and how the store treats them.

    * `name`: unique and permanent; it is written into the database.
    * `label`: what error messages call one such object.
    * `durable`: a write reaches the disk before it is answered.  Otherwise it survives the daemon's death
      but may be lost with the machine's.
    * `history`: how many versions are remembered, the current one included; 1 remembers no past.
    * `secret`: payloads are kept apart from all others and overwritten when replaced.
    """

    name: str
    label: str
    durable: bool = True
    history: int = 1
    secret: bool = False

    def __post_init__(self) -> None:
        if self.secret and self.history != 1:
            raise ValueError(f"kind {self.name!r}: secrets have no history")


class Origin(msgspec.Struct, frozen=True):
    """Who asked for a change and by which operation, for the history.

    `who` identifies the client (``uid=1000``, a SASL or TLS name, ``manord`` itself); `what` names the
    operation (``domain_define_xml_flags``).
    """

    who: str
    what: str


#: Origin of changes nobody declared one for.
UNKNOWN_ORIGIN: Final = Origin("", "")


class Entry(msgspec.Struct, frozen=True):
    """An object without its payload: what a listing needs."""

    key: str
    name: str | None
    revision: int


class Record(msgspec.Struct, frozen=True):
    """An object as stored.  `revision` grows with every write to the store and is never used twice."""

    key: str
    name: str | None
    revision: int
    payload: bytes

    @property
    def text(self) -> str:
        """The payload as text (all of manor's documents are UTF-8)."""
        return self.payload.decode()


class Version(msgspec.Struct, frozen=True):
    """One step in the history of an object; `payload` is None when the step removed it.

    `time` is wall clock time in nanoseconds since the epoch.
    """

    revision: int
    time: int
    origin: Origin
    name: str | None
    payload: bytes | None


class Change(msgspec.Struct, frozen=True):
    """What a watcher is told after a commit.  `removed` distinguishes the two kinds of change."""

    kind: Kind
    key: str
    name: str | None
    revision: int
    removed: bool


class Put(msgspec.Struct, frozen=True):
    """Write an object.  `expected` is the revision it must have (`ABSENT`: none), or None for any."""

    kind: Kind
    key: str
    name: str | None
    payload: bytes
    expected: int | None


class Delete(msgspec.Struct, frozen=True):
    """Remove an object.  With `expected` None an object that is not there is no error."""

    kind: Kind
    key: str
    expected: int | None


class Require(msgspec.Struct, frozen=True):
    """Apply the batch only if the object has this revision (`ABSENT`: does not exist)."""

    kind: Kind
    key: str
    expected: int


Operation = Put | Delete | Require


class Batch(msgspec.Struct):
    """Writes that happen all together or not at all, in the order they were added."""

    origin: Origin = UNKNOWN_ORIGIN
    operations: list[Operation] = msgspec.field(default_factory=list)

    def put(
        self,
        kind: Kind,
        key: str,
        payload: bytes | str,
        *,
        name: str | None = None,
        expected: int | None = None,
    ) -> Batch:
        """Add a write; returns the batch.  Raises INVALID_ARG for an unusable key, name or payload."""
        check_text(kind, "key", key)
        if name is not None:
            check_text(kind, "name", name)
        data = payload.encode() if isinstance(payload, str) else payload
        if len(data) > MAX_PAYLOAD:
            raise _error(
                ErrorNumber.INVALID_ARG,
                f"{kind.label} '{name or key}' has {len(data)} bytes, the store takes at most {MAX_PAYLOAD}",
            )
        self.operations.append(Put(kind, key, name, data, expected))
        return self

    def delete(self, kind: Kind, key: str, *, expected: int | None = None) -> Batch:
        """Add a removal; returns the batch."""
        check_text(kind, "key", key)
        self.operations.append(Delete(kind, key, expected))
        return self

    def require(self, kind: Kind, key: str, expected: int) -> Batch:
        """Add a condition on an object the batch does not write; returns the batch."""
        check_text(kind, "key", key)
        self.operations.append(Require(kind, key, expected))
        return self

    @property
    def durable(self) -> bool:
        """Whether the batch must reach the disk before it is answered."""
        return any(operation.kind.durable for operation in self.operations)


def check_text(kind: Kind, what: str, value: str) -> None:
    """Refuse keys and names that could not be stored or searched for: empty, overlong, NUL, not Unicode."""
    if not value or len(value) > MAX_KEY or "\0" in value or KEY_END in value or not _encodable(value):
        raise _error(ErrorNumber.INVALID_ARG, f"unusable {what} {value[:64]!r} for {kind.label}")


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
