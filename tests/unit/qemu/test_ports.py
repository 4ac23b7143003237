# SPDX-License-Identifier: Apache-2.0
"""Ports for graphics servers: no two managers hand out the same one."""

from __future__ import annotations

import contextlib
import socket

import pytest

from manor.drivers.qemu.ports import PortAllocator
from manor.errors import ManorError


def _free_range(count: int) -> tuple[int, int]:
    """Ports nobody uses, far from those guests get."""
    for first in range(47000, 60000, count):
        try:
            with contextlib.ExitStack() as bound:
                for port in range(first, first + count):
                    bound.enter_context(socket.socket()).bind(("0.0.0.0", port))
        except OSError:
            continue
        return first, first + count - 1
    pytest.skip("no free ports")


def test_two_managers_share_a_range() -> None:
    first, last = _free_range(3)
    one, other = PortAllocator("vnc", first, last), PortAllocator("vnc", first, last)
    assert [one.acquire(), other.acquire(), one.acquire()] == [first, first + 1, first + 2]
    with pytest.raises(ManorError, match="Unable to find an unused port in range 'vnc'"):
        other.acquire()
    one.release(first)
    assert other.acquire() == first


def test_a_port_that_is_listened_on_is_passed_over() -> None:
    first, last = _free_range(2)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        ports = PortAllocator("vnc", first, last)
        assert ports.acquire() == last
    assert PortAllocator("vnc", first, last).acquire() == first
