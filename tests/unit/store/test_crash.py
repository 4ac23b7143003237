# SPDX-License-Identifier: Apache-2.0
"""kill -9 at any point: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from manor.store import SqliteStore
from tests.unit.store.killed_writer import DEFINITION, SECRET, STATUS

WRITER = Path(__file__).with_name("killed_writer.py")


def test_killed_at_many_points(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    dice = random.Random(2)
    last = 0
    for _ in range(20):
        last = run_and_kill(path, last + 1, dice.uniform(0, 0.15))
        check(path, last)
    assert last > 100


def run_and_kill(path: Path, start: int, seconds: float) -> int:
    """Let the writer write for a while; returns the last number it acknowledged."""
    with subprocess.Popen([sys.executable, WRITER, path, str(start)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        lines = first + process.stdout.read()
    return int(lines.rpartition(b"\n")[0].split()[-1])


def check(path: Path, acknowledged: int) -> None:
    store = SqliteStore(path)
    try:
        numbers = {}
        for record in store.records(DEFINITION):
            text = record.text
            number = int(text.partition(":")[0])
            assert record.name == f"vm{number}"
            for kind in (STATUS, SECRET):
                other = store.get(kind, record.key)
                assert other is not None
                assert other.text == text
            newest = store.history(DEFINITION, record.key)[-1]
            assert (newest.revision, newest.payload) == (record.revision, record.payload)
            numbers[record.key] = number
        latest = max(numbers.values())
        # One more may have reached the file without the news of it getting out.
        assert latest in (acknowledged, acknowledged + 1)
        assert sorted(numbers.values()) == list(range(latest - len(numbers) + 1, latest + 1))
    finally:
        store.close()
