# SPDX-License-Identifier: Apache-2.0
"""The smaller parts: first steps of coroutines, workers, the file of users, names in documents and certificates."""

from __future__ import annotations

import asyncio
import contextvars
import socket
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from manor.daemon.eager import begin, first_step
from manor.daemon.glimpse import name_in, texts_in
from manor.daemon.paths import DaemonPaths
from manor.daemon.pidfile import PidFile
from manor.daemon.systemd import notify
from manor.daemon.tls import distinguished_name
from manor.daemon.workers import Workers
from manor.errors import ManorError
from manor.users import UserFile

# First steps


async def begun(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Begin a coroutine from a callback of the loop, as the daemon does, and wait for its end."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Any] = loop.create_future()

    def call() -> None:
        try:
            task, value = begin(coroutine, loop, "test")
        except Exception as error:
            outcome.set_exception(error)
            return
        outcome.set_result(value if task is None else task)

    loop.call_soon(call)
    found = await outcome
    return await found if isinstance(found, asyncio.Task) else found


async def test_a_coroutine_that_does_not_wait_makes_no_task() -> None:
    async def body() -> int:
        assert len(asyncio.all_tasks()) == 1
        return 5

    assert await begun(body()) == 5


async def test_the_rest_runs_in_a_task() -> None:
    async def body() -> int:
        await asyncio.sleep(0)
        first = asyncio.current_task()
        await asyncio.sleep(0.001)
        assert asyncio.current_task() is first
        return 6

    assert await begun(body()) == 6


async def test_failures_of_both_parts() -> None:
    async def at_once() -> None:
        raise KeyError

    async def later() -> None:
        await asyncio.sleep(0)
        raise KeyError

    for body in (at_once, later):
        with pytest.raises(KeyError):
            await begun(body())


async def test_timeouts_and_groups_begun_in_the_first_step() -> None:
    async def slow() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(100)

    async def group() -> int:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.sleep(0.001))
            await asyncio.sleep(0)
        return 7

    with pytest.raises(TimeoutError):
        await begun(slow())
    assert await begun(group()) == 7


async def test_cancelling_before_the_task_has_run() -> None:
    ended = []

    async def body() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    loop = asyncio.get_running_loop()
    tasks: list[Any] = []
    loop.call_soon(lambda: tasks.append(begin(body(), loop, "test")[0]))
    loop.call_soon(lambda: tasks[0].cancel())
    while not tasks:
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    assert ended == [True]


async def test_context_stays_with_the_coroutine() -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)

    async def body() -> int:
        variable.set(5)
        await asyncio.sleep(0)
        return variable.get()

    assert await begun(body()) == 5
    assert variable.get() == 0


def test_only_the_first_step() -> None:
    async def at_once() -> int:
        return 5

    async def waits() -> int:
        await asyncio.sleep(1)
        return 5

    async def fails() -> int:
        raise KeyError

    assert [first_step(body(), default=-1) for body in (at_once, waits, fails)] == [5, -1, -1]


# Workers


def test_workers() -> None:
    workers = Workers(minimum=2, maximum=3, reserved=1)
    assert (workers.count, workers.free) == (2, 2)
    for _ in range(3):
        workers.enter()
    assert (workers.admits(False), workers.admits(True)) == (False, True)
    workers.enter()
    assert not workers.admits(True)
    began: list[str] = []
    workers.wait(lambda: began.append("low"), high=False)
    workers.wait(lambda: began.append("high"), high=True)
    assert workers.waiting == 2
    workers.leave()
    assert began == ["high"]
    workers.leave()
    assert began == ["high", "low"]
    assert (workers.count, workers.free, workers.waiting) == (2, 0, 0)


# Users


def test_users(tmp_path: Path) -> None:
    users = UserFile(tmp_path / "users")
    assert users.secret("fred", "sha256") is None
    users.set("fred", "correct horse")
    users.set("anna", "x")
    assert users.names() == ["anna", "fred"]
    secret = users.secret("fred", "sha512")
    assert secret is not None
    assert secret.matches("correct horse")
    assert not secret.matches("correct")
    assert users.path.stat().st_mode & 0o777 == 0o600
    assert "correct" not in users.path.read_text()
    users.delete("fred")
    assert users.names() == ["anna"]
    with pytest.raises(ManorError, match="no user 'fred'"):
        users.delete("fred")


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    first, second = UserFile(tmp_path / "users"), UserFile(tmp_path / "users")
    assert first.names() == []
    second.set("fred", "x")
    assert first.names() == ["fred"]
    first.path.unlink()
    assert first.names() == []


@pytest.mark.parametrize("name", ["", "a b", "a:b", "x" * 256])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManorError):
        UserFile(tmp_path / "users").set(name, "x")


def test_a_file_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text("# users\n\nfred:secret\n")
    with pytest.raises(ManorError, match=r"users:3: not NAME:SECRET"):
        UserFile(path).names()


# Names


@pytest.mark.parametrize(
    ("xml", "name"),
    [
        ("<domain><name>a</name></domain>", "a"),
        ("<domain type='x'><metadata><name>b</name></metadata><name>a<!-- -->b</name></domain>", "ab"),
        ("<domain><name>a</name><name>b</name></domain>", None),
        ("<domain/>", None),
        ("<domain><name>a</name>", None),
        ("<!DOCTYPE x [<!ENTITY n 'b'>]><domain><name>&n;</name></domain>", None),
        ("<name>a</name>", None),
        ("", None),
        ("<domain><name>a&amp;b</name></domain>", "a&b"),
    ],
)
def test_the_name_in_a_document(xml: str, name: str | None) -> None:
    assert name_in(xml) == name


@pytest.mark.parametrize(
    ("xml", "texts"),
    [
        ("<owner>fred</owner>", ["fred"]),
        ("<o:owner xmlns:o='http://example.org'>\n  <o:name>fred</o:name>\n</o:owner>", ["fred"]),
        ("<owner name='fred' since='1'/>", ["", "fred", "1"]),
        ("<owner><name of='fred'/></owner>", [""]),
        ("<!DOCTYPE o [<!ENTITY f 'fred'>]><owner>&f;</owner>", []),
        ("<owner>fred", []),
    ],
)
def test_the_texts_of_a_document(xml: str, texts: list[str]) -> None:
    assert texts_in(xml) == texts


def test_distinguished_names() -> None:
    subject = (
        (("countryName", "GB"),),
        (("organizationName", "Example, Ltd."),),
        (("commonName", " host"), ("userId", "x+y")),
    )
    assert distinguished_name({"subject": subject}) == r"C=GB,O=Example\, Ltd.,CN=\ host+UID=x\+y"
    assert distinguished_name({}) is None


# The process


def test_a_second_daemon_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    held = PidFile(path)
    program = f"from manor.daemon.pidfile import PidFile; from pathlib import Path; PidFile(Path({str(path)!r}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "another daemon is running there" in result.stderr
    held.release()
    assert not path.exists()


def test_paths_below_a_root(tmp_path: Path) -> None:
    paths = DaemonPaths.choose(tmp_path)
    assert {paths.state, paths.runtime, paths.logs, paths.cache, paths.configuration} == {
        tmp_path / name for name in ("lib", "run", "log", "cache", "etc")
    }


def test_paths_of_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    for name in ("XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(tmp_path))
    paths = DaemonPaths.choose(None)
    assert paths.runtime == tmp_path / "XDG_RUNTIME_DIR/manor"
    assert paths.state == tmp_path / "XDG_DATA_HOME/manor"
    assert paths.configuration == tmp_path / ".config/manor"
    assert paths.socket_names(libvirt=True) == (tmp_path / "XDG_RUNTIME_DIR/libvirt", "libvirt")


def test_telling_a_service_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "s"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
        notify("READY=1")
        assert listener.recv(100) == b"READY=1"
    notify("nobody listens")
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify("nobody is there")
