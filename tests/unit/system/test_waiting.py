# SPDX-License-Identifier: Apache-2.0
"""Work that is waited for to its end."""

from __future__ import annotations

import asyncio

import pytest

from manor.system.waiting import to_the_end


async def test_results_and_failures_are_the_works_own() -> None:
    async def fail() -> None:
        raise OSError("broken")

    assert await to_the_end(asyncio.sleep(0, "done")) == "done"
    with pytest.raises(OSError, match="broken"):
        await to_the_end(fail())


@pytest.mark.parametrize("fails", [False, True])
async def test_cancellations_wait_for_the_end(fails: bool) -> None:
    go, ended = asyncio.Event(), []

    async def work() -> None:
        await go.wait()
        ended.append(True)
        if fails:
            raise OSError("nobody sees this")

    waiting = asyncio.ensure_future(to_the_end(work()))
    for _ in range(2):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended == [True]
