# SPDX-License-Identifier: Apache-2.0
"""The protocol's programs and procedures: the tables' rows as objects, each taken apart on first use.

How fields become bytes is manor.wire.codec's business, how they become arguments of operations manor.wire.calls's.
"""

from __future__ import annotations

from importlib import import_module

from manor.wire.codec import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Procedure:
    """One procedure: what the tables say of it. `args` and `ret` are the layouts of its structures.

    Of an event, `ret` is the message and `args` has no fields.
    """

    __slots__ = ("_permissions", "args", "name", "number", "program", "ret", "words")

    def __init__(self, program: Program, row: str) -> None:
        head, self._permissions, args, answer = row.split(";")
        number, self.name, *words = head.split()
        self.program = program
        self.number = int(number)
        self.words: dict[str, str] = dict(word.partition("=")[::2] for word in words)
        """The row's words with their values, "" for those without one."""
        self.args = Layout(program, args)
        self.ret = Layout(program, answer)

    @property
    def high_priority(self) -> bool:
        """Whether blocked calls must not keep this one waiting."""
        return "high" in self.words

    @property
    def before_authentication(self) -> bool:
        """Whether a client may call it before it has authenticated."""
        return "preauth" in self.words

    @property
    def is_event(self) -> bool:
        """Whether the server sends it on its own."""
        return "event" in self.words

    @property
    def event_key(self) -> tuple[str, int] | None:
        """The object kind and event id, as `manor.records.events.EVENTS` has them; None for events without one."""
        kind, _, number = self.words.get("event", "").partition("/")
        return (kind, int(number)) if number else None

    @property
    def stream(self) -> str | None:
        """ "read" or "write" (libvirt's annotation) where the call opens a stream."""
        return self.words.get("stream")

    @property
    def takes_fds(self) -> bool:
        """Whether descriptors come with the call."""
        return "in" in self.words.get("fds", "")

    @property
    def returns_fds(self) -> bool:
        """Whether descriptors come with the reply."""
        return "out" in self.words.get("fds", "")

    @property
    def permissions(self) -> tuple[str, ...]:
        """What a caller needs, as `OBJECT:PERMISSION[:CONDITION]`; empty where libvirt asks for none."""
        return tuple(word for word in self._permissions.split() if word != "none")

    def __repr__(self) -> str:
        return f"<{self.program.name} {self.number} {self.name}>"


class Program:
    """One program of the protocol, by number and version.

    `base` is the program whose structures this one uses beside its own.
    """

    __slots__ = ("_base", "_by_name", "_limits", "_rows", "_structures", "name", "number", "version")

    def __init__(self, name: str, number: int, base: Program | None = None) -> None:
        self.name = name
        self.number = number
        self.version = 1
        self._base = base
        self._rows: list[str | Procedure] = []
        self._by_name: dict[str, int] = {}
        self._limits: dict[str, int] = {}
        self._structures: dict[str, Layout] = {}

    def _load(self) -> None:
        """Read the table's text into rows, without looking into them."""
        table = import_module(f"manor.wire.tables.{self.name}")
        self._limits = {name: int(value) for name, _, value in (word.partition("=") for word in table.LIMITS.split())}
        for row in table.STRUCTURES.strip().splitlines():
            name, record, fields = row.split(" ", 2)
            self._structures[name] = Layout(self, fields if record == "-" else f"={record} {fields}")
        rows = table.PROCEDURES.strip().splitlines()
        self._by_name = {row.split(" ", 2)[1].rstrip(";"): index for index, row in enumerate(rows)}
        # Last, because another thread takes a filled list as a sign that all is loaded.
        self._rows = rows

    def limit(self, name: str) -> int:
        """The value of one of the protocol's limits, by its name without the program's prefix."""
        if not self._rows:
            self._load()
        return self._limits[name]

    def structure(self, name: str) -> Layout:
        """A shared structure, by its name without prefixes. Raises KeyError for one that is in no table."""
        if not self._rows:
            self._load()
        if name not in self._structures and self._base is not None:
            return self._base.structure(name)
        return self._structures[name]

    def find(self, number: int) -> Procedure | None:
        """The procedure of a number, None where the program has none."""
        if not self._rows:
            self._load()
        # Numbers are contiguous from 1, to which a test holds the tables.
        if not 0 < number <= len(self._rows):
            return None
        row = self._rows[number - 1]
        if isinstance(row, str):
            row = self._rows[number - 1] = Procedure(self, row)
        return row

    def named(self, name: str) -> Procedure | None:
        """The procedure of a name in lower case, None where the program has none."""
        if not self._rows:
            self._load()
        index = self._by_name.get(name)
        return None if index is None else self.find(index + 1)

    def events(self) -> list[Procedure]:
        """The procedures that the server sends on its own; the other rows are not taken apart for this."""
        if not self._rows:
            self._load()
        rows = [row if isinstance(row, str) else row.name for row in self._rows]
        found = [self.find(number) for number, row in enumerate(rows, 1) if "event" in row]
        return [procedure for procedure in found if procedure is not None and procedure.is_event]

    def __iter__(self) -> Iterator[Procedure]:
        if not self._rows:
            self._load()
        for number in range(1, len(self._rows) + 1):
            procedure = self.find(number)
            if procedure is not None:
                yield procedure

    def __repr__(self) -> str:
        return f"<program {self.name}>"


REMOTE = Program("remote", 0x20008086)
QEMU = Program("qemu", 0x20008087, REMOTE)
LXC = Program("lxc", 0x00068000, REMOTE)
ADMIN = Program("admin", 0x06900690)
KEEPALIVE = Program("keepalive", 0x6B656570)

HYPERVISOR = (REMOTE, QEMU, LXC)
"""The programs that share a connection to a hypervisor."""

PROGRAMS: dict[int, Program] = {program.number: program for program in (*HYPERVISOR, ADMIN, KEEPALIVE)}


def operation(name: str) -> Procedure | None:
    """The procedure behind an operation of the catalogue; None where the wire has none."""
    for program in HYPERVISOR:
        procedure = program.named(name)
        if procedure is not None:
            return procedure
    return None
