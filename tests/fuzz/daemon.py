# SPDX-License-Identifier: Apache-2.0
"""Malformed frames and ill-mannered clients against a live manord; see README.md beside this file.

    python -m tests.fuzz.daemon [--frames N] [--clients N] [--driver test|qemu] [--seed N]

Everything is made from the seed, so a run can be repeated. After it the daemon must still answer, and have let go of
all connections, descriptors and memory; whatever it logged of failures it did not expect is printed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import select
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from manor.wire.codec import Layout
from manor.wire.frame import CALL, HEADER, HEADER_SIZE, OK
from manor.wire.programs import ADMIN, KEEPALIVE, PROGRAMS, REMOTE, Procedure
from tests.support.manord_process import ManordProcess
from tests.support.rawclient import RawClient

LEFT_OUT = frozenset(
    {
        # Leaving in good order is tested elsewhere, and would end every other connection here.
        "connect_close",
        # These write files wherever a frame says.
        "domain_core_dump",
        "domain_core_dump_with_format",
        "domain_save",
        "domain_save_flags",
        "domain_save_image_define_xml",
        "domain_save_params",
        # And these change the host that the fuzzer runs on, where the driver is a real one.
        "connect_find_storage_pool_sources",
        "interface_change_begin",
        "interface_change_commit",
        "interface_change_rollback",
        "node_alloc_pages",
        "node_set_memory_parameters",
        "node_suspend_for_duration",
    }
)

PROCEDURES: list[Procedure] = [
    procedure
    for program in PROGRAMS.values()
    if program not in (ADMIN, KEEPALIVE)
    for procedure in program
    if procedure.name not in LEFT_OUT
]

GUEST = (
    "<domain type='qemu'><name>test</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid><memory>32768</memory>"
    "<os><type arch='x86_64'>hvm</type></os><devices/></domain>"
)
"""Defined where the driver has no guest of its own: plausible frames are about it."""

URIS = {"test": "test:///default", "qemu": "qemu:///system" if os.geteuid() == 0 else "qemu:///session"}

AUTH_LIST, GET_HOSTNAME = 66, 59

PATIENCE = 60.0
MEMORY_GROWTH = 100 << 20
BATCH = 100
"""Frames that are sent before waiting until they were looked at."""


class Report(NamedTuple):
    """What a run did, and what it found wrong."""

    frames: int
    connections: int
    seconds: float
    memory_before: int
    memory_after: int
    problems: list[str]


# Frames


def header(payload: bytes, program: int, number: int, kind: int = CALL, serial: int = 1, status: int = OK) -> bytes:
    return HEADER.pack(HEADER_SIZE + len(payload), program, 1, number, kind, serial, status) + payload


def plausible(layout: Layout, chance: random.Random) -> bytes:
    """Bytes that begin like the structure's, field by field, with lengths and values that may be anything."""
    parts = []
    for field in layout.fields:
        if field.base in ("string", "opaque", "octets", "text") or field.form == "<":
            length = chance.choice((0, 1, 2, 5, 40, field.limit or 9, 1 << 31))
            text = bytes(chance.choice(b"test\0\xffdefault/:-1") for _ in range(min(length, 48)))
            parts.append(struct.pack(">I", length) + text + bytes(-len(text) % 4))
        elif field.base in ("hyper", "uhyper", "double"):
            parts.append(chance.randbytes(8))
        elif field.base == "uuid":
            parts.append(bytes.fromhex("6695eb01f6a4830479aa97f2502e193f"))
        elif field.base == "domain":
            parts.append(b"\0\0\0\4test" + bytes.fromhex("6695eb01f6a4830479aa97f2502e193f") + b"\0\0\0\1")
        else:
            parts.append(struct.pack(">I", chance.choice((0, 1, 2, 7, 1 << 16, 0xFFFFFFFF))))
    return b"".join(parts)


def noise(chance: random.Random) -> bytes:
    """A sound length and nothing else that is."""
    return struct.pack(">I", 4 + (size := chance.randrange(24, 200))) + chance.randbytes(size)


def any_payload(chance: random.Random) -> bytes:
    procedure = chance.choice(PROCEDURES)
    return header(chance.randbytes(chance.randrange(0, 120)), procedure.program.number, procedure.number)


def likely_payload(chance: random.Random) -> bytes:
    procedure = chance.choice(PROCEDURES)
    payload = plausible(procedure.args, chance)
    return header(payload, procedure.program.number, procedure.number, serial=chance.randrange(1, 50))


def shortened_payload(chance: random.Random) -> bytes:
    procedure = chance.choice(PROCEDURES)
    payload = plausible(procedure.args, chance)
    return header(payload[: chance.randrange(0, len(payload) + 1)], procedure.program.number, procedure.number)


def any_header(chance: random.Random) -> bytes:
    program = chance.choice((*PROGRAMS, chance.randrange(1 << 32)))
    number, status = chance.randrange(-2, 500), chance.randrange(-2, 4)
    # Not those with descriptors: where none come, the connection is over.
    kind = chance.choice((-1, 0, 0, 0, 1, 2, 3, 6, 7, 1 << 30))
    return header(chance.randbytes(chance.randrange(40)), program, number, kind, chance.randrange(40), status)


def stream_packet(chance: random.Random) -> bytes:
    procedure = chance.choice(PROCEDURES)
    payload = chance.randbytes(chance.choice((0, 3, 12, 1000)))
    kind, status = chance.choice((3, 6)), chance.randrange(3)
    return header(payload, procedure.program.number, procedure.number, kind, chance.randrange(50), status)


def keepalive(chance: random.Random) -> bytes:
    return header(b"", KEEPALIVE.number, chance.randrange(4), 2, 0)


FRAMES: tuple[Callable[[random.Random], bytes], ...] = (
    *(noise, any_payload, likely_payload, likely_payload, shortened_payload, any_header, stream_packet, keepalive),
)


def hopeless(chance: random.Random) -> bytes:
    """What the connection cannot survive: a length that cannot be, or descriptors that do not come."""
    if chance.random() < 0.5:
        return header(chance.randbytes(4), REMOTE.number, GET_HOSTNAME, chance.choice((4, 5))) + bytes(64)
    length = chance.choice((0, 3, 27, 33554437, 0xFFFFFFFF, chance.randrange(28)))
    return struct.pack(">I", length) + chance.randbytes(40)


LAST_SERIAL = 0x7FFFFFFF
LAST = header(b"", REMOTE.number, AUTH_LIST, serial=LAST_SERIAL)
"""A call that is answered at any time: when it is, everything before it was looked at."""


# Connections


class Stranger:
    """A connection that frames are thrown at."""

    def __init__(self, path: Path, chance: random.Random, uri: str) -> None:
        self._chance = chance
        with RawClient(path) as client:
            if chance.random() < 0.95:
                client.ask("auth_list")
                if chance.random() < 0.95:
                    client.ask("connect_open", uri, 0)
            # The socket lives on without its manners.
            self._sock = client.sock.dup()
        self._sock.setblocking(False)
        self._answers = bytearray()

    def throw(self, count: int) -> bool:
        """Send some frames and wait until all were looked at; False when the daemon has hung up, or has to.

        Whatever comes back is read, and has to be frames.
        """
        chance = self._chance
        data = b"".join(chance.choice(FRAMES)(chance) for _ in range(count))
        if chance.random() < 0.05:
            self._send(data + hopeless(chance))
            return False
        if chance.random() < 0.05:
            # What followed would be taken for the rest of a frame.
            self._send(data[: chance.randrange(len(data))])
            return False
        return self._send(data + LAST) and self._saw_the_last()

    def _send(self, data: bytes) -> bool:
        view = memoryview(data)
        deadline = time.monotonic() + PATIENCE
        while view:
            assert time.monotonic() < deadline, "the daemon reads no more from a connection"
            readable, writable, _ = select.select([self._sock], [self._sock], [], 1)
            if readable and self._receive() is None:
                return False
            try:
                if writable:
                    view = view[self._sock.send(view[: self._chance.choice((1, 100, 1 << 16))]) :]
            except BlockingIOError:
                continue
            except OSError:
                return False
        return True

    def _saw_the_last(self) -> bool:
        deadline = time.monotonic() + PATIENCE
        while (serials := self._receive()) is not None:
            if LAST_SERIAL in serials:
                return True
            assert time.monotonic() < deadline, "the daemon takes no more calls from a connection"
            select.select([self._sock], [], [], 1)
        return False

    def _receive(self) -> list[int] | None:
        """The serials of the frames that came meanwhile; None when the daemon has hung up."""
        try:
            data = self._sock.recv(1 << 20)
        except BlockingIOError:
            data = None
        except OSError:
            return None
        if data == b"":
            return None
        self._answers += data or b""
        serials = []
        while len(self._answers) >= 4:
            (length,) = struct.unpack_from(">I", self._answers)
            assert length >= HEADER_SIZE, "the daemon has sent something that is no frame"
            if len(self._answers) < length:
                break
            serials.append(HEADER.unpack_from(self._answers)[-2])
            del self._answers[:length]
        return serials

    def vanish(self) -> None:
        """Hang up, whatever is under way."""
        self._sock.close()


def throw_frames(path: Path, uri: str, frames: int, chance: random.Random, check: Callable[[], object]) -> int:
    """Throw so many frames; gives the number of connections it took. `check` is called now and then."""
    connections = thrown = 0
    while thrown < frames:
        stranger = Stranger(path, chance, uri)
        connections += 1
        alive = True
        while alive and thrown < frames:
            alive = stranger.throw(BATCH)
            # Only what was surely looked at.
            thrown += BATCH * alive
        stranger.vanish()
        if connections % 20 == 0:
            check()
    return connections


def come_and_go(path: Path, clients: int, chance: random.Random) -> None:
    """Many clients at once connect, flood, and vanish in the middle of what they do."""
    call = header(b"", REMOTE.number, GET_HOSTNAME)
    crowd: list[socket.socket] = []
    for _ in range(clients):
        sock = socket.socket(socket.AF_UNIX)
        sock.setblocking(False)
        try:
            sock.connect(str(path))
            sock.send(header(b"", REMOTE.number, AUTH_LIST))
            sock.send(call * chance.randrange(1, 400))
            if chance.random() < 0.3:
                sock.send(call[: chance.randrange(1, len(call))])
        except OSError:
            # The daemon lets no more in at once: this one has vanished already.
            pass
        crowd.append(sock)
        if chance.random() < 0.5:
            crowd.pop(chance.randrange(len(crowd))).close()
    for sock in crowd:
        sock.close()


# The run


def surprises(log: str) -> list[str]:
    """What the daemon logged of failures it did not expect: each with its traceback, once for each last line."""
    entries = re.split(r"^(?=\d{4}-\d\d-\d\d )", log, flags=re.MULTILINE)
    found = {entry.strip().splitlines()[-1]: entry for entry in entries if "failed unexpectedly" in entry}
    return list(found.values())


def resident(pid: int) -> int:
    """A process's memory in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid: int) -> int:
    """How many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def answers(path: Path, uri: str = URIS["test"]) -> bool:
    """Whether a client with manners is served, as ever."""
    with RawClient(path, timeout=PATIENCE) as client:
        return bool(client.open(uri).ask("connect_get_hostname"))


def run(folder: Path, frames: int, clients: int, seed: int, driver: str = "test") -> Report:
    """Throw everything at a manord of its own."""
    uri = URIS[driver]
    chance = random.Random(seed)
    problems: list[str] = []
    # Strangers come faster than they show who they are.
    config = "[limits]\nanonymous_clients = 1000\n"
    with ManordProcess(folder / "m", config=config) as manord:
        begin = time.monotonic()
        answers(manord.socket, uri)
        if driver == "qemu":
            with RawClient(manord.socket) as client:
                client.open(uri).ask("domain_define_xml", GUEST)
        # Tables are read and codecs compiled on first use, which is no leak.
        connections = throw_frames(
            manord.socket, uri, min(frames // 10, 20_000), chance, lambda: answers(manord.socket, uri)
        )
        before, fds = resident(manord.pid), descriptors(manord.pid)
        connections += throw_frames(manord.socket, uri, frames, chance, lambda: answers(manord.socket, uri))
        come_and_go(manord.socket, clients, chance)
        answers(manord.socket)
        deadline = time.monotonic() + PATIENCE
        while (left := descriptors(manord.pid)) > fds and time.monotonic() < deadline:
            time.sleep(0.1)
        if left > fds:
            problems.append(f"{left - fds} descriptors are still open")
        after = resident(manord.pid)
        if after - before > MEMORY_GROWTH:
            problems.append(f"memory grew by {(after - before) >> 20} MiB")
        if manord.process.poll() is not None:
            problems.append("the daemon is dead")
        seconds = time.monotonic() - begin
        problems += surprises(manord.log)
    return Report(frames, connections + clients, seconds, before, after, problems)


def main() -> int:
    """Run as told and print what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--driver", choices=URIS, default="test")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), options.frames, options.clients, options.seed, options.driver)
    print(
        f"{report.frames} frames on {report.connections} connections in {report.seconds:.0f} s; "
        f"memory {report.memory_before >> 20} MiB before, {report.memory_after >> 20} MiB after"
    )
    for problem in report.problems:
        print(f"PROBLEM: {problem}")
    return bool(report.problems)


if __name__ == "__main__":
    sys.exit(main())
