# SPDX-License-Identifier: Apache-2.0
"""Unix sockets at paths of any length, and log descriptors."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from manor.system.fds import connect_unix, listen_unix, open_log


@pytest.mark.parametrize("depth", [0, 12])
def test_connect_before_accept(tmp_path: Path, depth: int) -> None:
    directory = tmp_path.joinpath(*["a" * 20] * depth)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "monitor.sock"
    with listen_unix(path) as listener, connect_unix(path) as client:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        client.send(b"early")
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.recv(10) == b"early"


def test_a_left_over_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listen_unix(path).close()
    with pytest.raises(ConnectionRefusedError):
        connect_unix(path)
    with listen_unix(path), connect_unix(path):
        pass


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(FileExistsError):
        listen_unix(path)
    assert path.read_text() == "precious"


def test_failures_leave_no_descriptor(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        connect_unix(tmp_path / "absent")
    with pytest.raises(FileNotFoundError):
        listen_unix(tmp_path / "absent" / "s")
    assert len(os.listdir("/proc/self/fd")) == before


def test_log_appends(tmp_path: Path) -> None:
    for text in (b"one\n", b"two\n"):
        fd = open_log(tmp_path / "log")
        os.write(fd, text)
        os.close(fd)
    assert (tmp_path / "log").read_text() == "one\ntwo\n"
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600
