# SPDX-License-Identifier: Apache-2.0
"""The monitor against a real QEMU, and against peers that misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.monitor import Monitor, QmpError, Question, good
from manor.drivers.qemu.qmp_core import Event
from manor.errors import ManorError
from manor.system.fds import connect_unix, listen_unix
from manor.system.process import Process, SpawnOptions, spawn

QEMU = shutil.which("qemu-system-x86_64")
needs_qemu = pytest.mark.skipif(QEMU is None, reason="needs qemu-system-x86_64")

TIMEOUT = 60.0


@dataclass
class Guest:
    monitor: Monitor
    process: Process
    path: Path


@pytest.fixture
async def guest(tmp_path: Path) -> AsyncIterator[Guest]:
    """A paused QEMU whose monitor was connected to before QEMU ran."""
    path = tmp_path / "monitor.sock"
    with listen_unix(path) as listener:
        sock = connect_unix(path)
        assert QEMU is not None
        argv = [QEMU, "-S", "-no-user-config", "-nodefaults", "-nographic", "-machine", "q35,accel=tcg"]
        argv += ["-chardev", f"socket,id=charmonitor,fd={listener.fileno()},server=on,wait=off"]
        argv += ["-mon", "chardev=charmonitor,id=monitor,mode=control"]
        process = spawn(argv, SpawnOptions(pass_fds=[listener.fileno()]))
    monitor = await Monitor.open(sock, "guest")
    yield Guest(monitor, process, path)
    monitor.close()
    await process.kill(grace=0)


@needs_qemu
async def test_commands_in_flight_together(guest: Guest) -> None:
    assert guest.monitor.version >= (2, 12, 0)
    status, name, schema = await asyncio.gather(
        guest.monitor.execute("query-status"),
        guest.monitor.execute("query-name", result=dict[str, str]),
        guest.monitor.execute("query-qmp-schema", result=list[msgspec.Raw]),
    )
    assert status["status"] == "prelaunch" and name == {} and len(schema) > 500
    answers = await asyncio.gather(*(guest.monitor.execute("query-status") for _ in range(50)))
    assert answers == [status] * 50


@needs_qemu
async def test_questions_asked_together(guest: Guest) -> None:
    asked = [
        Question("query-status"),
        Question("device_del", {"id": "nothing"}),
        Question("query-name", result=list[int]),
        Question("query-name", result=dict[str, str]),
    ]
    early, late = guest.monitor.ask(asked), guest.monitor.ask([*asked, Question("query-status")] * 5)
    status, refusal, misread, name = await early.get()
    assert status["status"] == "prelaunch" and name == {}
    assert isinstance(refusal, QmpError) and refusal.error_class == "DeviceNotFound"
    assert isinstance(misread, ManorError) and "unexpected type" in misread.message
    with pytest.raises(QmpError):
        good(refusal)
    assert len(await late.get()) == 25
    assert await guest.monitor.ask([]).get() == []
    lost = guest.monitor.ask(asked)
    guest.monitor.close()
    assert all(isinstance(answer, ManorError) for answer in await lost.get())
    with pytest.raises(ManorError, match="was closed"):
        guest.monitor.ask(asked)


@needs_qemu
async def test_questions_to_a_qemu_that_does_not_answer(guest: Guest) -> None:
    guest.process.send_signal(signal.SIGSTOP)
    answers = await guest.monitor.ask([Question("query-status"), Question("query-name")], timeout=0.01).get()
    assert [answer.code for answer in answers] == [ErrorNumber.OPERATION_TIMEOUT] * 2
    guest.process.send_signal(signal.SIGCONT)
    assert (await guest.monitor.execute("query-status"))["status"] == "prelaunch"


@needs_qemu
async def test_refusals_are_worded_as_libvirt_does(guest: Guest) -> None:
    with pytest.raises(QmpError) as caught:
        await guest.monitor.execute("device_del", {"id": "nothing"})
    error = caught.value
    assert (error.code, error.domain) == (ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU)
    assert error.message == ("internal error: unable to execute QEMU command 'device_del': Device 'nothing' not found")
    assert (error.error_class, error.description) == ("DeviceNotFound", "Device 'nothing' not found")
    assert isinstance(await guest.monitor.execute("query-status"), dict)


@needs_qemu
async def test_events_reach_callbacks_before_the_answer(guest: Guest) -> None:
    seen: list[str] = []
    unsubscribe = guest.monitor.on_event(lambda event: seen.append(event.name))
    await guest.monitor.execute("cont")
    assert seen == ["RESUME"]
    unsubscribe()
    await guest.monitor.execute("stop")
    assert seen == ["RESUME"]


@needs_qemu
async def test_a_failing_handler_harms_nobody(guest: Guest) -> None:
    seen: list[Event] = []

    def broken(event: Event) -> None:
        raise RuntimeError(event.name)

    guest.monitor.on_event(broken)
    guest.monitor.on_event(seen.append)
    await guest.monitor.execute("cont")
    assert [event.name for event in seen] == ["RESUME"]


@needs_qemu
async def test_listening_for_one_event_of_many(guest: Guest) -> None:
    for ident in ("a", "b"):
        driver = {"driver": "pcie-root-port", "id": ident, "chassis": ord(ident)}
        with pytest.raises(QmpError, match="hotplug"):
            await guest.monitor.execute("device_add", driver)
    async with guest.monitor.listening("STOP", "RESUME") as queue:
        await guest.monitor.execute("cont")
        await guest.monitor.execute("stop")
        assert (await queue.get(TIMEOUT)).name == "RESUME"
        assert (await queue.where(TIMEOUT)).name == "STOP"
        with pytest.raises(ManorError, match=r"did not emit RESUME or STOP within 0\.01 seconds") as caught:
            await queue.get(0.01)
    assert caught.value.code == ErrorNumber.OPERATION_TIMEOUT


@needs_qemu
async def test_human_monitor(guest: Guest) -> None:
    assert "VM status: paused" in await guest.monitor.human("info status")


@needs_qemu
async def test_passthrough_answers_even_refusals(guest: Guest) -> None:
    answer = await guest.monitor.passthrough({"execute": "query-status"})
    assert list(json.loads(answer)) == ["return", "id"] and " " not in answer
    answer = await guest.monitor.passthrough({"execute": "no-such-command"})
    assert json.loads(answer)["error"]["class"] == "CommandNotFound"
    answer = await guest.monitor.passthrough({"foo": 1})
    assert json.loads(answer)["error"]["desc"] == "QMP input member 'foo' is unexpected"
    with pytest.raises(ManorError, match="internal error: Unable to append command 'id' string"):
        await guest.monitor.passthrough({"execute": "query-status", "id": "mine"})


@needs_qemu
async def test_descriptors_are_passed(guest: Guest) -> None:
    with tempfile.TemporaryFile() as file:
        before = len(os.listdir("/proc/self/fd"))
        await guest.monitor.execute("getfd", {"fdname": "disk"}, fds=[file.fileno()])
        assert len(os.listdir("/proc/self/fd")) == before
    added = await guest.monitor.execute("closefd", {"fdname": "disk"})
    assert added == {}
    with pytest.raises(QmpError, match="No file descriptor supplied via SCM_RIGHTS"):
        await guest.monitor.execute("getfd", {"fdname": "disk"})


@needs_qemu
async def test_reconnect_by_path(guest: Guest) -> None:
    guest.monitor.close()
    with pytest.raises(ManorError, match="QEMU monitor was closed"):
        await guest.monitor.execute("query-status")
    again = await Monitor.connect(guest.path, "guest")
    assert (await again.execute("query-status"))["status"] == "prelaunch"
    again.close()


@needs_qemu
async def test_death_of_qemu_fails_everyone_with_one_error(guest: Guest) -> None:
    closed: list[ManorError] = []
    guest.monitor.on_close(closed.append)
    assert guest.process.send_signal(signal.SIGSTOP)
    async with guest.monitor.listening("STOP") as queue:
        waiting = [asyncio.ensure_future(guest.monitor.execute("query-status")) for _ in range(20)]
        waiting.append(asyncio.ensure_future(queue.get(TIMEOUT)))
        await asyncio.sleep(0)
        await guest.process.kill(grace=0)
        results = await asyncio.gather(*waiting, return_exceptions=True)
    message = "internal error: End of file from qemu monitor (vm='guest')"
    assert [str(result) for result in results] == [message] * 21
    assert len({id(result) for result in results}) == 21
    await asyncio.sleep(0)
    assert [str(error) for error in closed] == [message]
    assert guest.monitor.closed
    with pytest.raises(ManorError, match="End of file from qemu monitor"):
        await guest.monitor.execute("query-status")


@needs_qemu
async def test_a_stopped_qemu_meets_the_deadline_and_recovers(guest: Guest) -> None:
    assert guest.process.send_signal(signal.SIGSTOP)
    # More than the window: the last ones are never sent, and must not take effect later.
    calls = [guest.monitor.execute("query-status", timeout=0.05) for _ in range(10)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        assert isinstance(result, ManorError) and result.code == ErrorNumber.OPERATION_TIMEOUT
    assert "'guest' did not answer 'query-status' within 0.05 seconds" in str(results[0])
    assert guest.process.send_signal(signal.SIGCONT)
    assert (await guest.monitor.execute("query-status"))["status"] == "prelaunch"


@needs_qemu
async def test_cancellation_leaves_the_monitor_usable(guest: Guest) -> None:
    task = asyncio.ensure_future(guest.monitor.execute("query-status"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert isinstance(await guest.monitor.execute("query-status"), dict)


@needs_qemu
async def test_out_of_band(guest: Guest) -> None:
    with pytest.raises(QmpError, match="migrate-pause is currently only supported"):
        await guest.monitor.execute_oob("migrate-pause")


@needs_qemu
async def test_a_result_of_another_type(guest: Guest) -> None:
    with pytest.raises(ManorError, match="unexpected type returned by QEMU command 'query-status'"):
        await guest.monitor.execute("query-status", result=list[int])
    assert not guest.monitor.closed


def pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(TIMEOUT)
    return ours, theirs


GREETING = b'{"QMP": {"version": {"qemu": {"major": 9, "minor": 0, "micro": 1}}, "capabilities": []}}\r\n'


async def test_a_qemu_that_never_greets() -> None:
    ours, theirs = pair()
    with theirs, pytest.raises(ManorError, match=r"'g' did not greet within 0\.01 seconds") as caught:
        await Monitor.open(ours, "g", timeout=0.01)
    assert caught.value.code == ErrorNumber.OPERATION_TIMEOUT
    assert ours.fileno() == -1


async def test_a_peer_that_goes_away_before_greeting() -> None:
    ours, theirs = pair()
    theirs.close()
    with pytest.raises(ManorError, match="End of file from qemu monitor"):
        await Monitor.open(ours, "g")


async def test_garbage_ends_the_session() -> None:
    ours, theirs = pair()
    with theirs:
        theirs.sendall(GREETING)
        opening = asyncio.ensure_future(Monitor.open(ours, "g"))
        await asyncio.to_thread(theirs.recv, 4096)
        theirs.sendall(b'{"return": {}, "id": 1}\r\n')
        monitor = await opening
        assert monitor.version == (9, 0, 1)
        call = asyncio.ensure_future(monitor.execute("query-status"))
        await asyncio.sleep(0)
        theirs.sendall(b"\x00\x01 not json\n")
        with pytest.raises(ManorError, match=r"Error while processing monitor IO \(vm='g'\): not a QMP message"):
            await call
    assert monitor.closed


async def test_more_than_the_socket_takes() -> None:
    """A peer that reads late: what did not fit follows in order, descriptors with their command."""
    ours, theirs = pair()
    with theirs, tempfile.TemporaryFile() as file:
        theirs.sendall(GREETING)
        opening = asyncio.ensure_future(Monitor.open(ours, "g"))
        await asyncio.to_thread(theirs.recv, 4096)
        theirs.sendall(b'{"return": {}, "id": 1}\r\n')
        monitor = await opening
        big = "x" * 4_000_000
        first = asyncio.ensure_future(monitor.execute("a", {"text": big}))
        second = asyncio.ensure_future(monitor.execute("b", fds=[file.fileno()]))
        await asyncio.sleep(0)

        def answer() -> int:
            data, descriptors = b"", 0
            while data.count(b"\n") < 2:
                part, fds, _, _ = socket.recv_fds(theirs, 1 << 20, 4)
                data += part
                descriptors += len(fds)
                for fd in fds:
                    os.close(fd)
            messages = [json.loads(line) for line in data.splitlines()]
            assert [m["execute"] for m in messages] == ["a", "b"]
            for message in reversed(messages):
                reply = {"return": len(message.get("arguments", {}).get("text", "")), "id": message["id"]}
                theirs.sendall(json.dumps(reply).encode() + b"\n")
            return descriptors

        assert await asyncio.to_thread(answer) == 1
        assert [await first, await second] == [4_000_000, 0]
        monitor.close()


async def test_connect_to_nothing(tmp_path: Path) -> None:
    with pytest.raises(ManorError, match="failed to connect to monitor socket: No such file") as caught:
        await Monitor.connect(tmp_path / "absent", "g")
    assert caught.value.code == ErrorNumber.SYSTEM_ERROR
