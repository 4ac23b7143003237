# SPDX-License-Identifier: Apache-2.0
"""The helpers that judge other tests must themselves see what they look for."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.channel import Channel, ChannelTimeoutError
from tests.support.leaks import Leaks


def test_leaks_sees_a_process_a_socket_and_a_file(leaks: Leaks) -> None:
    path = leaks.root / "socket"
    with (
        socket.socket(socket.AF_UNIX) as listener,
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process,
    ):
        listener.bind(str(path))
        found = "\n".join(leaks.found())
        assert f"process {process.pid}" in found
        assert f"socket {path}" in found
        assert f"file {path}" in found
        process.terminate()
    path.unlink()
    assert leaks.found() == []


def test_leaks_sees_a_process_that_went_its_own_way(leaks: Leaks) -> None:
    """Not a child of ours any more, and known only by the folder it works in or names."""
    program = "import os; print(os.getpid(), flush=True) if os.fork() == 0 else os._exit(0); os.read(0, 1)"
    ways: list[tuple[list[str], Path | None]] = [([], leaks.root), ([f"x=root={leaks.root}"], None)]
    for arguments, folder in ways:
        with subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            orphan = int(process.stdout.readline())
            process.wait()
            assert f"process {orphan}" in leaks.found()[0]
        # Its input has ended with the pipe, and so does it.
        leaks.check()


def test_leaks_keeps_what_is_declared(leaks: Leaks) -> None:
    (leaks.root / "kept").mkdir()
    (leaks.root / "kept" / "file").touch()
    assert leaks.found() != []
    leaks.allowed.add(leaks.root / "kept")
    assert leaks.found() == []


def test_channel_tells_what_came_instead() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    with theirs:
        theirs.sendall(b"login: ")
        with pytest.raises(ChannelTimeoutError, match="login: "):
            channel.expect("password: ", timeout=0.05)
        theirs.sendall(b"password: ")
        channel.expect("password: ")
    with pytest.raises(EOFError):
        channel.expect("more")
    channel.close()
