# SPDX-License-Identifier: Apache-2.0
"""Running tools to their end."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from manor.constants import ErrorNumber
from manor.errors import ManorError
from manor.system.process import ExitStatus
from manor.system.process_run import Completed, run


def open_fds() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_output_and_status() -> None:
    before = open_fds()
    done = await run(["sh", "-c", "cat; echo oops >&2; exit 3"], stdin=b"hello\n")
    assert (done.status, done.stdout, done.stderr) == (ExitStatus(3, None), b"hello\n", b"oops\n")
    with pytest.raises(ManorError) as caught:
        done.check()
    assert str(caught.value) == (
        "internal error: Child process (sh -c 'cat; echo oops >&2; exit 3') unexpected exit status 3: oops\n"
    )
    assert open_fds() == before


async def test_success() -> None:
    done = await run(["true"])
    assert done.check() is done and done.stdout == b""


async def test_fatal_signal() -> None:
    done = await run(["sh", "-c", "kill -9 $$"])
    with pytest.raises(ManorError, match=r"unexpected fatal signal 9$"):
        done.check()


async def test_more_than_a_pipe_holds_both_ways() -> None:
    data = os.urandom(5_000_000)
    script = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
    done = await run([sys.executable, "-c", script], stdin=data)
    assert done.stdout == data


async def test_missing_tool() -> None:
    before = open_fds()
    with pytest.raises(ManorError, match="Cannot find 'no-such-tool' in path"):
        await run(["no-such-tool"])
    assert open_fds() == before


async def test_too_slow(tmp_path: Path) -> None:
    with pytest.raises(ManorError, match=r"did not end within 0\.3 seconds") as caught:
        await run(["sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 600"], timeout=0.3)
    assert caught.value.code == ErrorNumber.OPERATION_TIMEOUT
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


async def test_too_talkative() -> None:
    with pytest.raises(ManorError, match="printed more than 100000 bytes"):
        await run(["yes"], limit=100_000)


async def test_cancellation_ends_the_tool(tmp_path: Path) -> None:
    task = asyncio.ensure_future(run(["sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 600"]))
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


async def test_a_daemon_left_behind_does_not_hold_us(tmp_path: Path) -> None:
    done: Completed = await run(["sh", "-c", "sleep 5 & echo $!"], timeout=4)
    os.kill(int(done.stdout), 9)
    assert done.status == ExitStatus(0, None)
