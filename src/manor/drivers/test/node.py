# SPDX-License-Identifier: Apache-2.0
"""The node a test connection is about: its figures and everything on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from manor.drivers.interface import EventBus
from manor.drivers.test.devices import HostDevice
from manor.drivers.test.guest import Guest
from manor.drivers.test.interfaces import HostInterface
from manor.drivers.test.networks import TestNetwork
from manor.drivers.test.pools import TestPool
from manor.records import NodeInfo


class Named(Protocol):
    """Anything with a name and a UUID."""

    @property
    def name(self) -> str: ...
    @property
    def uuid(self) -> bytes: ...


T = TypeVar("T", bound=Named)


class Collection(Generic[T]):
    """Objects of one kind, found by UUID or name, in the order they came."""

    def __init__(self) -> None:
        self._objects: dict[bytes, T] = {}

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._objects.values()))

    def __len__(self) -> int:
        return len(self._objects)

    def by_uuid(self, uuid: bytes) -> T | None:
        """The object with this UUID."""
        return self._objects.get(uuid)

    def by_name(self, name: str) -> T | None:
        """The object with this name."""
        return next((known for known in self._objects.values() if known.name == name), None)

    def add(self, new: T) -> None:
        """Take in an object."""
        self._objects[new.uuid] = new

    def remove(self, old: T) -> None:
        """Forget an object; one that is gone already is no error."""
        self._objects.pop(old.uuid, None)


@dataclass(frozen=True, slots=True)
class Cell:
    """A NUMA cell: memory and free memory in KiB, its CPUs, and its pages (size in KiB to number)."""

    memory: int
    free: int
    cpus: tuple[int, ...]
    socket: int
    pages: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class User:
    """Who may connect, where a description says so."""

    name: str
    password: str | None


DEFAULT_CELLS = tuple(
    Cell(
        memory=(number + 1) * 2048 * 1024,
        free=(number + 1) * 2048 * 1024,
        cpus=tuple(range(number * 8, number * 8 + 8)),
        socket=number,
        pages=((4 << number, 512 * 1024), (2048, 0), (1024 * 1024, 0)),
    )
    for number in range(2)
)
"""The two cells of libvirt's test host."""

DEFAULT_INFO = NodeInfo(model="i686", memory=3072 * 1024, cpus=16, mhz=1400, nodes=2, sockets=2, cores=2, threads=2)
"""The figures of libvirt's test host."""


@dataclass(slots=True)
class Node:
    """Everything a test connection shows; shared by the connections that share the node."""

    info: NodeInfo = DEFAULT_INFO
    cells: tuple[Cell, ...] = DEFAULT_CELLS
    users: tuple[User, ...] = ()
    events: EventBus = field(default_factory=EventBus)
    guests: Collection[Guest] = field(default_factory=Collection)
    networks: Collection[TestNetwork] = field(default_factory=Collection)
    pools: Collection[TestPool] = field(default_factory=Collection)
    interfaces: dict[str, HostInterface] = field(default_factory=dict)
    saved_interfaces: dict[str, HostInterface] | None = None
    devices: dict[str, HostDevice] = field(default_factory=dict)
    last_id: int = 0

    def next_id(self) -> int:
        """An id no guest has had."""
        self.last_id += 1
        return self.last_id
