# SPDX-License-Identifier: Apache-2.0
"""File descriptors that come with calls and go with answers."""

from __future__ import annotations

import os
import socket
from typing import Any

from manor.records import DomainRef
from manor.wire.frame import CALL_WITH_FDS, HEADER, MAX_FDS, OK, REPLY_WITH_FDS
from manor.wire.programs import REMOTE
from tests.unit.daemon.bed import Bed

DOM = DomainRef("a", bytes(16), -1)


def open_fds() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_descriptors_come_with_a_call_and_are_closed_after_it(bed: Bed) -> None:
    got: list[str] = []

    async def body(dom: Any, idx: int, flags: int, fds: tuple[int, ...]) -> None:
        got.extend(os.read(fd, 10).decode() for fd in fds)

    bed.bodies["domain_open_graphics"] = body
    client = bed.client()
    read_end, write_end = os.pipe()
    os.write(write_end, b"hello")
    before = open_fds()
    client.post("domain_open_graphics", DOM, 0, 0, fds=(read_end,))
    assert client.receive().error is None
    assert got == ["hello"]
    bed.settle()
    assert open_fds() == before
    os.close(read_end)
    os.close(write_end)


def test_descriptors_go_with_an_answer(bed: Bed) -> None:
    read_end, write_end = os.pipe()

    async def body(*_: Any) -> int:
        return os.dup(write_end)

    bed.bodies["domain_open_graphics_fd"] = body
    client = bed.client()
    client.post("domain_open_graphics_fd", DOM, 0, 0)
    packet = client.receive().packet
    assert packet.type == REPLY_WITH_FDS
    (fd,) = packet.fds
    os.write(fd, b"x")
    assert os.read(read_end, 1) == b"x"
    bed.settle()
    before = open_fds()
    os.close(fd)
    # The daemon has kept none for itself.
    assert open_fds() == before - 1
    os.close(read_end)
    os.close(write_end)


def test_both_ways_at_once(bed: Bed) -> None:
    async def body(dom: Any, cmd: str, files: tuple[int, ...], flags: int) -> tuple[str, list[int]]:
        return cmd, [os.dup(fd) for fd in files]

    bed.bodies["domain_monitor_command_with_files"] = body
    client = bed.client()
    ends = os.pipe()
    client.post("domain_monitor_command_with_files", DOM, "cmd", 0, fds=ends)
    packet = client.receive().packet
    assert len(packet.fds) == 2
    os.write(packet.fds[1], b"y")
    assert os.read(ends[0], 1) == b"y"
    for fd in (*ends, *packet.fds):
        os.close(fd)


def test_descriptors_nobody_asked_for_are_closed(bed: Bed) -> None:
    client = bed.client()
    fd = os.open("/dev/null", os.O_RDONLY)
    before = open_fds()
    # With a call that takes none, with one that fails, with one that is unknown.
    client.post("connect_get_lib_version", fds=(fd,))
    client.receive()
    client.post("domain_open_graphics", payload=b"", fds=(fd, fd))
    client.receive()
    bed.settle()
    assert open_fds() == before
    os.close(fd)


def test_descriptors_of_a_lost_connection_are_closed(bed: Bed) -> None:
    before = open_fds()
    client = bed.client()
    fd = os.open("/dev/null", os.O_RDONLY)
    # Three announced, one sent.
    payload = (3).to_bytes(4, "big")
    client.send(HEADER.pack(HEADER.size + 4, REMOTE.number, 1, 59, CALL_WITH_FDS, 9, OK) + payload)
    socket.send_fds(client.sock, [b"\0"], [fd])
    bed.settle()
    client.close()
    os.close(fd)
    while bed.server.clients:
        bed.settle()
    bed.settle()
    assert open_fds() == before


def test_more_descriptors_than_the_protocol_admits(bed: Bed) -> None:
    client = bed.client()
    payload = (MAX_FDS + 1).to_bytes(4, "big")
    client.send(HEADER.pack(HEADER.size + 4, REMOTE.number, 1, 59, CALL_WITH_FDS, 9, OK) + payload)
    assert client.is_closed()


def test_announced_descriptors_that_do_not_come(bed: Bed) -> None:
    client = bed.client()
    payload = (1).to_bytes(4, "big")
    client.send(HEADER.pack(HEADER.size + 4, REMOTE.number, 1, 59, CALL_WITH_FDS, 9, OK) + payload + b"\0")
    assert client.is_closed()
