# SPDX-License-Identifier: Apache-2.0
"""`make demo`, as a user runs it: a real guest from definition to shutdown, and nothing left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import CACHE
from tests.support.bareqemu import QEMU
from tests.support.guest import BANNER, GuestImage
from tests.support.leaks import Leaks

pytestmark = pytest.mark.skipif(QEMU is None, reason="qemu-system-x86_64 is not installed")


def demo(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "manor.demo", "--cache", str(CACHE / "guest")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where its own folder goes, so that the leak check looks there.
        env={**os.environ, "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"},
    )


def test_the_demonstration_runs_through(test_guest: GuestImage, leaks: Leaks) -> None:
    with demo(leaks.root) as process:
        output, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, output + complaints
    assert complaints == ""
    assert BANNER in output
    assert "Linux 6" in output or "Linux 7" in output
    assert "running" in output
    assert "Persistent:     yes" in output
    assert output.rstrip().endswith("nothing is left behind")
    assert list(leaks.root.iterdir()) == []


def test_interrupted_it_cleans_up(test_guest: GuestImage, leaks: Leaks) -> None:
    with demo(leaks.root) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("✓ Defining and starting"):
                break
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in complaints
    assert list(leaks.root.iterdir()) == []
