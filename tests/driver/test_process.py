# SPDX-License-Identifier: Apache-2.0
"""Starting, watching, finding again and ending real programs."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from manor.constants import ErrorNumber
from manor.errors import ManorError
from manor.system.process import ExitStatus, Process, ProcessIdentity, SpawnOptions, spawn

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to change the user")


@pytest.fixture
async def sleeper() -> AsyncIterator[Process]:
    process = spawn(["sleep", "600"])
    yield process
    if process.running:
        await process.kill(grace=0)


def run_script(script: str, *args: str, options: SpawnOptions) -> Process:
    return spawn([sys.executable, "-I", "-S", "-c", script, *args], options)


async def test_exit_code_is_reported_to_waiters_and_callbacks() -> None:
    process = spawn(["sh", "-c", "exit 7"])
    seen: list[ExitStatus] = []
    process.on_exit(seen.append)
    first, second = await asyncio.gather(process.wait(), process.wait())
    assert first == second == ExitStatus(7, None)
    assert str(first) == "exit status 7"
    process.on_exit(seen.append)
    await asyncio.sleep(0)
    assert seen == [first, first]
    assert not process.running and not Path(f"/proc/{process.pid}").exists()


async def test_fatal_signal(sleeper: Process) -> None:
    assert sleeper.send_signal(signal.SIGUSR1)
    assert await sleeper.wait() == ExitStatus(None, signal.SIGUSR1)
    assert not sleeper.send_signal(signal.SIGUSR1)


async def test_missing_program() -> None:
    with pytest.raises(ManorError, match="Cannot find 'no-such-program' in path: No such file") as caught:
        spawn(["no-such-program"])
    assert caught.value.code == ErrorNumber.SYSTEM_ERROR


async def test_program_that_may_not_be_executed(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("data")
    with pytest.raises(ManorError, match=r"cannot execute binary .*: Permission denied"):
        spawn([str(tmp_path / "data")])


async def test_only_given_descriptors_are_inherited(tmp_path: Path) -> None:
    read, write = os.pipe()
    other = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(other, True)
    with (tmp_path / "out").open("wb") as out:
        script = "import os, sys; sys.stdout.write(repr(sorted(map(int, os.listdir('/proc/self/fd')))))"
        process = run_script(script, options=SpawnOptions(pass_fds=[write], stdout=out.fileno()))
        await process.wait()
    for fd in (read, write, other):
        os.close(fd)
    fds = eval((tmp_path / "out").read_text())
    assert write in fds and other not in fds and read not in fds


async def test_own_session_directory_umask_environment(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        script = (
            "import os, sys; sys.stdout.write(repr("
            "(os.getsid(0) == os.getpid(), os.getcwd(), os.umask(0), os.environ.get('A'), os.environ.get('HOME'))))"
        )
        options = SpawnOptions(stdout=out.fileno(), umask=0o027, env={"A": "b"}, cwd=tmp_path)
        await run_script(script, options=options).wait()
    assert eval((tmp_path / "out").read_text()) == (True, str(tmp_path), 0o027, "b", None)


@as_root
async def test_user_and_groups(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        script = "import os, sys; sys.stdout.write(repr((os.getresuid(), os.getresgid(), os.getgroups())))"
        options = SpawnOptions(stdout=out.fileno(), uid=65534, gid=65533, groups=[65532])
        await spawn(["/usr/bin/python3", "-I", "-S", "-c", script], options).wait()
    expected = (65534,) * 3, (65533,) * 3, [65532]
    assert eval((tmp_path / "out").read_text()) == expected


async def test_limits_and_oom_score(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = {resource.RLIMIT_CORE: (0, 0), resource.RLIMIT_NOFILE: (100, 200)}
    process = spawn(["sleep", "600"], SpawnOptions(rlimits=limits, oom_score_adj=500))
    try:
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)
        assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE) == (100, 200)
        assert Path(f"/proc/{process.pid}/oom_score_adj").read_text() == "500\n"
        assert (resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE)) == before
    finally:
        await process.kill(grace=0)


async def test_a_limit_that_cannot_be_set_leaves_no_process_and_our_own_as_they_were() -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = {resource.RLIMIT_CORE: (1, 1), resource.RLIMIT_NOFILE: (2**40, 2**40)}
    with pytest.raises(ManorError, match=f"cannot limit number of open files to {2**40}: Operation not permitted"):
        spawn(["sleep", "600"], SpawnOptions(rlimits=limits))
    assert (resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE)) == before


async def test_kill_lets_the_program_end_by_itself(tmp_path: Path) -> None:
    ready, write = os.pipe()
    script = (
        "import os, signal, sys, time; signal.signal(signal.SIGTERM, lambda *a: sys.exit(3));"
        "os.write(int(sys.argv[1]), b'x'); time.sleep(600)"
    )
    process = run_script(script, str(write), options=SpawnOptions(pass_fds=[write]))
    await asyncio.to_thread(os.read, ready, 1)
    os.close(ready)
    os.close(write)
    assert await process.kill() == ExitStatus(3, None)
    assert await process.kill() == ExitStatus(3, None)


async def test_kill_of_a_program_that_ignores_sigterm() -> None:
    ready, write = os.pipe()
    script = (
        "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "os.write(int(sys.argv[1]), b'x'); time.sleep(600)"
    )
    process = run_script(script, str(write), options=SpawnOptions(pass_fds=[write]))
    await asyncio.to_thread(os.read, ready, 1)
    os.close(ready)
    os.close(write)
    assert await process.kill(grace=0.05) == ExitStatus(None, signal.SIGKILL)


async def test_identity_tells_processes_apart(sleeper: Process) -> None:
    identity = sleeper.identity
    assert ProcessIdentity.of(sleeper.pid) == identity and identity.is_running()
    for wrong in (replace(identity, start_time=identity.start_time + 1), replace(identity, boot_id="other")):
        assert not wrong.is_running()
        assert Process.attach(wrong, "x") is None
    await sleeper.kill(grace=0)
    assert not identity.is_running()
    assert Process.attach(identity, "x") is None


async def test_survives_its_starter_and_is_found_again(tmp_path: Path) -> None:
    """A program that starts another and is killed: the other one goes on, and is watched by a stranger."""
    script = f"""
import asyncio, sys, time
from manor.system.process import SpawnOptions, spawn
async def main():
    with open({str(tmp_path / "log")!r}, "ab") as log:
        p = spawn(["sh", "-c", "echo started; read x < {tmp_path}/go; echo ended; exec sleep 600"],
                  SpawnOptions(stdout=log.fileno(), stderr=log.fileno()))
    print(p.identity.pid, p.identity.start_time, p.identity.boot_id, flush=True)
    time.sleep(600)
asyncio.run(main())
"""
    os.mkfifo(tmp_path / "go")
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    pid, start_time, boot = (await starter.stdout.readline()).split()
    starter.kill()
    await starter.wait()
    identity = ProcessIdentity(int(pid), int(start_time), boot.decode())
    process = Process.attach(identity, "guest")
    assert process is not None
    try:
        await asyncio.to_thread((tmp_path / "go").write_text, "\n")
        deadline = time.monotonic() + 20
        while "ended" not in (tmp_path / "log").read_text() and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert (tmp_path / "log").read_text() == "started\nended\n"
        assert process.running
    finally:
        status = await process.kill()
    assert status == ExitStatus(None, None) and str(status) == "exit status unknown"
    assert not identity.is_running()


async def test_release_lets_it_go_on(sleeper: Process) -> None:
    waiter = asyncio.ensure_future(sleeper.wait())
    await asyncio.sleep(0)
    sleeper.release()
    await asyncio.wait([waiter])
    assert waiter.cancelled()
    assert sleeper.identity.is_running()
    again = Process.attach(sleeper.identity, "again")
    assert again is not None
    # Still our child, so even the second watcher learns how it ended.
    assert await again.kill(grace=0) == ExitStatus(None, signal.SIGKILL)
    sleeper.status = again.status
