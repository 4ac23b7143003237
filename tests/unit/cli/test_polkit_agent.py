# SPDX-License-Identifier: Apache-2.0
"""When polkit's agent is started beside the command line, and how often it may be asked."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import cast

import pytest

from manor.cli.polkit_agent import AGENT, ATTEMPTS, retry
from manor.client.backend import Backend
from manor.errors import ErrorDomain, ErrorNumber, ManorError

BACKEND = cast("Backend", object())
NO_AGENT = ManorError(ErrorNumber.AUTH_UNAVAILABLE, "no polkit agent", ErrorDomain.POLKIT)
WRONG = ManorError(ErrorNumber.AUTH_FAILED, "wrong password", ErrorDomain.POLKIT)
OTHER = ManorError(ErrorNumber.AUTH_FAILED, "nobody knows you", ErrorDomain.RPC)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the agent's place that says what it was given and that it was ended; gives the file it writes."""
    log = tmp_path / "log"
    program = tmp_path / AGENT
    program.write_text(
        f"#!{sys.executable}\n"
        "import os, signal, sys\n"
        f"log = open({str(log)!r}, 'a', buffering=1)\n"
        "print(*sys.argv[1:], file=log)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        "os.close(int(sys.argv[4]))\n"
        "signal.sigwait({signal.SIGTERM})\n"
        "print('ended', file=log)\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    return log


class Attempts:
    """Fails as told, one after another, then connects."""

    def __init__(self, *failures: ManorError) -> None:
        self.left = list(failures)

    def __call__(self) -> Backend:
        if self.left:
            raise self.left.pop(0)
        return BACKEND


def test_it_is_there_while_we_connect(agent: Path) -> None:
    assert retry(Attempts(WRONG, WRONG), NO_AGENT) is BACKEND
    words, end = agent.read_text().splitlines()
    assert words.startswith(f"--process {os.getpid()} --notify-fd ")
    assert words.endswith(" --fallback")
    assert end == "ended"


def test_wrong_passwords_have_an_end(agent: Path) -> None:
    attempts = Attempts(*[WRONG] * (ATTEMPTS + 1))
    with pytest.raises(ManorError, match="wrong password"):
        retry(attempts, NO_AGENT)
    assert len(attempts.left) == 1
    assert agent.read_text().endswith("ended\n")


def test_other_failures_are_told_at_once(agent: Path) -> None:
    with pytest.raises(ManorError, match="nobody knows you"):
        retry(Attempts(OTHER), NO_AGENT)
    assert agent.read_text().endswith("ended\n")


def test_without_a_terminal_nobody_is_asked(agent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(ManorError, match="no polkit agent"):
        retry(Attempts(), NO_AGENT)
    assert not agent.exists()
