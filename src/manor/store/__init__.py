# SPDX-License-Identifier: Apache-2.0
"""The store: what must be remembered between calls, and between runs of the daemon.

Definitions, autostart marks, the status of running guests, snapshots, secrets and leases live here, as
opaque payloads addressed by (kind, key), with a history of every definition.  Two implementations stand
behind one small interface: `SqliteStore`, a file per daemon instance, and `MemoryStore`, for ``test:///``
and unit tests.

What does not live here: the meaning of a payload (that is the drivers' and the schema's), caches that can
be computed again, and anything large (disk images, saved memory): the store names those files only.
"""

from manor.store.interface import Store, Watcher
from manor.store.memory import MemoryStore
from manor.store.model import (
    ABSENT,
    MAX_PAYLOAD,
    Batch,
    Change,
    ConflictError,
    Entry,
    Kind,
    Origin,
    Record,
    Version,
)
from manor.store.sqlite import SqliteStore

__all__ = [
    "ABSENT",
    "MAX_PAYLOAD",
    "Batch",
    "Change",
    "ConflictError",
    "Entry",
    "Kind",
    "MemoryStore",
    "Origin",
    "Record",
    "SqliteStore",
    "Store",
    "Version",
    "Watcher",
]
