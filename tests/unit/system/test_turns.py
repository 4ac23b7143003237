# SPDX-License-Identifier: Apache-2.0
"""Turns: how many at once, in which order, and that nobody holds one for ever."""

from __future__ import annotations

import asyncio

import pytest

from manor.system.turns import Slices, Turns, processors

AGES = 3600.0


async def test_so_many_at_once_and_in_order() -> None:
    turns = Turns(2, AGES)
    working: list[int] = []
    begun: list[int] = []
    most = 0

    async def work(number: int) -> None:
        nonlocal most
        async with turns.turn():
            begun.append(number)
            working.append(number)
            most = max(most, len(working))
            for _ in range(3):
                await asyncio.sleep(0)
            working.remove(number)

    await asyncio.gather(*map(work, range(6)))
    assert begun == list(range(6))
    assert most == 2


async def test_a_turn_ends_before_a_work_that_takes_too_long() -> None:
    turns = Turns(1, 0.0)
    async with turns.turn():
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        async with turns.turn():
            pass


async def test_failure_and_cancellation_give_the_place_back() -> None:
    turns = Turns(1, AGES)
    with pytest.raises(ValueError, match="boom"):
        async with turns.turn():
            raise ValueError("boom")
    entered = asyncio.Event()

    async def hold() -> None:
        async with turns.turn():
            entered.set()
            await asyncio.sleep(AGES)

    holder = asyncio.create_task(hold())
    await entered.wait()
    waiter = asyncio.create_task(hold())
    await asyncio.sleep(0)
    for task in (waiter, holder):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(AGES), turns.turn():
        pass


async def test_long_computing_lets_others_go_first() -> None:
    slices = Slices()
    others = 0

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    while others < 3:
        await slices.rest()
    task.cancel()


def test_there_is_a_processor() -> None:
    assert processors() >= 1
