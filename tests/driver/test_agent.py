# SPDX-License-Identifier: Apache-2.0
"""The agent client against a real qemu-ga (on a socket, without a guest), and against hostile guests."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from manor.constants import ErrorNumber
from manor.drivers.qemu.agent import Agent, AgentError
from manor.errors import ManorError
from manor.system.process import spawn

QEMU_GA = shutil.which("qemu-ga")
needs_qemu_ga = pytest.mark.skipif(QEMU_GA is None, reason="needs qemu-ga")

PATIENCE = 60.0


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    path = tmp_path / "agent.sock"
    assert QEMU_GA is not None
    process = spawn([QEMU_GA, "-m", "unix-listen", "-p", str(path), "-t", str(tmp_path), "-r", "guest-shutdown"])
    agent = await _connect_when_listening(path)
    yield agent
    agent.close()
    await process.kill(grace=0)


async def _connect_when_listening(path: Path) -> Agent:
    # qemu-ga cannot inherit a listening socket; QEMU, which it stands for here, can.
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return Agent.connect(path, "guest")
            except ManorError:
                await asyncio.sleep(0.005)


@needs_qemu_ga
async def test_real_agent(agent: Agent) -> None:
    assert await agent.execute("guest-ping", timeout=PATIENCE) == {}
    name = await agent.execute("guest-get-host-name", result=dict[str, str], timeout=PATIENCE)
    assert name == {"host-name": socket.gethostname()}
    answer = await agent.passthrough({"execute": "guest-get-host-name"}, timeout=PATIENCE)
    assert msgspec.json.decode(answer) == {"return": name}
    answers = await asyncio.gather(*(agent.execute("guest-get-time", timeout=PATIENCE) for _ in range(5)))
    assert all(isinstance(answer, int) for answer in answers)


@needs_qemu_ga
async def test_refusals_are_worded_as_libvirt_does(agent: Agent) -> None:
    with pytest.raises(AgentError) as caught:
        await agent.execute("guest-file-read", {"handle": 999}, timeout=PATIENCE)
    assert caught.value.code == ErrorNumber.INTERNAL_ERROR
    assert caught.value.message == (
        "internal error: unable to execute QEMU agent command 'guest-file-read': handle '999' has not been found"
    )
    with pytest.raises(AgentError) as caught:
        await agent.execute("guest-no-such-command", timeout=PATIENCE)
    assert caught.value.error_class == "CommandNotFound"
    assert await agent.execute("guest-ping", timeout=PATIENCE) == {}


@needs_qemu_ga
async def test_half_a_command_of_a_predecessor(agent: Agent, tmp_path: Path) -> None:
    agent.close()
    with socket.socket(socket.AF_UNIX) as other:
        other.connect(str(tmp_path / "agent.sock"))
        other.sendall(b'{"execute": "guest-get-host-name"}\n{"execute": "guest-')
    again = await _connect_when_listening(tmp_path / "agent.sock")
    assert await again.execute("guest-ping", timeout=PATIENCE) == {}
    again.close()


Script = Callable[[socket.socket], None]


@contextmanager
def guest(script: Script) -> Iterator[Agent]:
    """An agent whose guest follows a script in a thread."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(PATIENCE)

    def run() -> None:
        with theirs:
            script(theirs)

    thread = threading.Thread(target=run)
    thread.start()
    agent = Agent(ours, "guest")
    try:
        yield agent
    finally:
        agent.close()
        thread.join()


def hear(sock: socket.socket) -> dict[str, object]:
    data = b""
    while not data.endswith(b"\n"):
        part = sock.recv(65536)
        if not part:
            raise SystemExit
        data += part
    message: dict[str, object] = msgspec.json.decode(data.replace(b"\xff", b""))
    return message


def answer_sync(sock: socket.socket) -> None:
    message = hear(sock)
    assert message["execute"] == "guest-sync-delimited"
    arguments = message["arguments"]
    assert isinstance(arguments, dict)
    sock.sendall(b'\xff{"return": %d}\n' % arguments["id"])


async def test_no_agent() -> None:
    def leave(sock: socket.socket) -> None:
        hear(sock)

    with guest(leave) as agent, pytest.raises(ManorError, match="not responding: Guest agent disappeared"):
        await agent.execute("guest-ping")
    with pytest.raises(ManorError, match="QEMU guest agent is not connected"):
        await agent.execute("guest-ping")


async def test_silent_agent() -> None:
    def silent(sock: socket.socket) -> None:
        while sock.recv(65536):
            pass

    with guest(silent) as agent:
        with pytest.raises(ManorError) as caught:
            await agent.execute("guest-ping", timeout=0.02)
        assert caught.value.code == ErrorNumber.AGENT_UNRESPONSIVE
        assert str(caught.value) == "Guest agent is not responding: Guest agent not available for now"


async def test_a_late_answer_is_not_taken_for_the_next() -> None:
    late = threading.Event()

    def slow(sock: socket.socket) -> None:
        answer_sync(sock)
        hear(sock)
        late.wait(PATIENCE)
        sock.sendall(b'{"return": "late"}\n')
        answer_sync(sock)
        hear(sock)
        sock.sendall(b'{"return": "right"}\n')

    with guest(slow) as agent:
        with pytest.raises(ManorError, match="not available for now"):
            await agent.execute("guest-get-time", timeout=0.02)
        late.set()
        assert await agent.execute("guest-get-time", timeout=PATIENCE) == "right"


async def test_garbage_fails_one_command() -> None:
    def confused(sock: socket.socket) -> None:
        answer_sync(sock)
        hear(sock)
        sock.sendall(b"Segmentation fault\n")
        answer_sync(sock)
        hear(sock)
        sock.sendall(b'{"return": []}\n')

    with guest(confused) as agent:
        with pytest.raises(ManorError, match=r"not an answer of the guest agent .*Segmentation fault"):
            await agent.execute("guest-ping")
        with pytest.raises(ManorError, match="guest agent returned malformed or invalid return value"):
            await agent.execute("guest-ping", result=dict[str, int], timeout=PATIENCE)


async def test_cancellation_needs_synchronisation() -> None:
    asked = threading.Event()

    def script(sock: socket.socket) -> None:
        answer_sync(sock)
        hear(sock)
        asked.set()
        answer_sync(sock)
        hear(sock)
        sock.sendall(b'{"return": 2}\n')

    with guest(script) as agent:
        task = asyncio.ensure_future(agent.execute("guest-ping", timeout=None))
        await asyncio.to_thread(asked.wait, PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await agent.execute("guest-ping", timeout=PATIENCE) == 2


async def test_commands_without_an_answer() -> None:
    def shutdown(sock: socket.socket) -> None:
        answer_sync(sock)
        hear(sock)
        answer_sync(sock)
        hear(sock)
        sock.sendall(b'{"error": {"class": "GenericError", "desc": "inhibited"}}\n')
        hear(sock)

    with guest(shutdown) as agent:
        event = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(agent.execute("guest-shutdown", timeout=PATIENCE, until=event))
        asyncio.get_running_loop().call_later(0.05, event.set_result, None)
        assert await task is None
        never = asyncio.get_running_loop().create_future()
        with pytest.raises(AgentError, match="inhibited"):
            await agent.execute("guest-shutdown", timeout=PATIENCE, until=never)
        never = asyncio.get_running_loop().create_future()
        # The channel is lost instead of the event.
        assert await agent.execute("guest-shutdown", timeout=PATIENCE, until=never) is None


async def test_a_guest_that_floods_an_idle_channel_blocks_itself() -> None:
    stopped = threading.Event()

    def flood(sock: socket.socket) -> None:
        sock.settimeout(0.3)
        try:
            for _ in range(1000):
                sock.sendall(b"x" * 65535 + b"\n")
        except TimeoutError:
            stopped.set()
        sock.settimeout(PATIENCE)

    with guest(flood) as agent:
        assert await asyncio.to_thread(stopped.wait, PATIENCE)
        assert not agent.closed
