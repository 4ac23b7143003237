# SPDX-License-Identifier: Apache-2.0
"""The undo stack: order, failures, commitment and cancellation."""

from __future__ import annotations

import asyncio

import pytest

from manor.system.undo import Undo


async def test_unwinds_in_reverse_on_failure() -> None:
    seen: list[str] = []

    async def later(name: str) -> None:
        await asyncio.sleep(0)
        seen.append(name)

    with pytest.raises(ValueError, match="boom"):
        async with Undo() as undo:
            undo.push(seen.append, "first")
            undo.push(later, "second")
            undo.push(seen.append, "third")
            raise ValueError("boom")
    assert seen == ["third", "second", "first"]


async def test_commit_keeps_the_changes() -> None:
    seen: list[str] = []
    async with Undo() as undo:
        undo.push(seen.append, "x")
        undo.commit()
    assert seen == []


async def test_what_lasts_when_the_whole_succeeds_is_handed_to_nobody() -> None:
    seen: list[str] = []
    longer = Undo()
    async with Undo() as undo:
        undo.push(seen.append, "for the run")
        undo.push_for_failure(seen.append, "made")
        undo.commit(longer)
    await longer.unwind()
    assert seen == ["for the run"]
    async with Undo() as undo:
        undo.push_for_failure(seen.append, "taken back")
        undo.push(seen.append, "first")
    assert seen == ["for the run", "first", "taken back"]


async def test_leaving_without_commit_unwinds() -> None:
    seen: list[str] = []
    async with Undo() as undo:
        undo.push(seen.append, "x")
    assert seen == ["x"]


async def test_commit_into_a_longer_life() -> None:
    seen: list[str] = []
    outer = Undo()
    outer.push(seen.append, "outer")
    async with Undo() as inner:
        inner.push(seen.append, "inner")
        inner.commit(into=outer)
    assert seen == [] and len(outer) == 2
    assert await outer.unwind() == []
    assert seen == ["inner", "outer"] and len(outer) == 0


async def test_every_step_runs_and_failures_become_notes() -> None:
    seen: list[str] = []

    def broken() -> None:
        raise OSError("device busy")

    with pytest.raises(ValueError, match="boom") as caught:
        async with Undo() as undo:
            undo.push(seen.append, "x")
            undo.push(broken)
            raise ValueError("boom")
    assert seen == ["x"]
    assert any("device busy" in note for note in caught.value.__notes__)


async def test_failure_without_an_exception_is_raised() -> None:
    def broken() -> None:
        raise OSError("device busy")

    with pytest.raises(OSError, match="device busy"):
        async with Undo() as undo:
            undo.push(broken)


async def test_cancellation_does_not_interrupt_unwinding() -> None:
    seen: list[str] = []
    unwinding = asyncio.Event()
    go = asyncio.Event()

    async def slow() -> None:
        unwinding.set()
        await go.wait()
        seen.append("slow")

    async def work() -> None:
        async with Undo() as undo:
            undo.push(seen.append, "last")
            undo.push(slow)
            raise ValueError("boom")

    task = asyncio.create_task(work())
    await unwinding.wait()
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["slow", "last"]
