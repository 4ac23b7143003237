# SPDX-License-Identifier: Apache-2.0
"""Leases: one holder at a time, tokens that grow, expiry."""

from __future__ import annotations

import pytest

from manor.constants import ErrorNumber
from manor.errors import ManorError
from manor.store import MemoryStore
from manor.store.lease import Leases


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_holder_at_a_time() -> None:
    leases = Leases(MemoryStore(), Clock())
    first = leases.acquire("disk/a", "guest 1")
    with pytest.raises(ManorError, match="'disk/a' is held by guest 1") as caught:
        leases.acquire("disk/a", "guest 2")
    assert caught.value.code == ErrorNumber.RESOURCE_BUSY
    assert leases.held() == leases.held("disk/") == [first]
    assert leases.held("net/") == []
    leases.release(first)
    second = leases.acquire("disk/a", "guest 2")
    assert second.token > first.token
    leases.release(first)
    assert leases.held() == [second]


def test_the_same_owner_may_take_it_again() -> None:
    leases = Leases(MemoryStore(), Clock())
    first = leases.acquire("a", "me")
    second = leases.acquire("a", "me")
    with pytest.raises(ManorError, match="held by me"):
        leases.renew(first)
    assert leases.renew(second).token > second.token


def test_expiry() -> None:
    clock = Clock()
    leases = Leases(MemoryStore(), clock)
    first = leases.acquire("a", "one", 10)
    assert first.expires == 1010
    clock.now = 1009
    with pytest.raises(ManorError):
        leases.acquire("a", "two")
    first = leases.renew(first, 10)
    clock.now = 1019
    assert leases.held() == []
    leases.acquire("a", "two", 10)
    with pytest.raises(ManorError, match="held by two"):
        leases.renew(first, 10)


def test_renewing_a_released_lease() -> None:
    leases = Leases(MemoryStore(), Clock())
    lease = leases.acquire("a", "one")
    leases.release(lease)
    with pytest.raises(ManorError, match="lease 'a' was lost"):
        leases.renew(lease)
