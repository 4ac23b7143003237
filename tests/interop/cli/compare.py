# SPDX-License-Identifier: Apache-2.0
"""Running one line of commands with stock virsh and with manor, and what of their output must be equal."""

import contextlib
import io
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

from manor.cli.main import run
from tests.support.stock import virsh

CASES = Path(__file__).parent / "cases"

# What differs between any two runs: times, identities and figures of a living host.
VARYING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{3})?"), "DATE"),
    (re.compile(r"52:54:00(:[0-9a-f]{2}){3}"), "MAC"),
    (re.compile(r"CPU time: +[\d.]+s"), "CPU TIME"),
    (re.compile(r"/tmp/(virsh|manor)\w+"), "DRAFT"),
    (re.compile(r"\d{9,}(\.\d)?"), "N"),
)
HINT = re.compile(r"^hint: .*\n", re.MULTILINE)


class Outcome(NamedTuple):
    """What came of a line: exit code, standard output, standard error."""

    status: int
    out: str
    err: str

    def settled(self) -> "Outcome":
        """Without what differs between any two runs, and without manor's own hints."""
        out, err = self.out, HINT.sub("", self.err)
        for pattern, word in VARYING:
            out, err = pattern.sub(word, out), pattern.sub(word, err)
        return Outcome(self.status, out, err)


def cases(*names: str) -> list[str]:
    """The lines of some files of cases."""
    lines = [line for name in names for line in (CASES / f"{name}.txt").read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def with_virsh(uri: str, line: str) -> Outcome:
    """Stock virsh."""
    result = virsh(uri, line)
    return Outcome(result.returncode, result.stdout, result.stderr)


class _Stream(io.TextIOWrapper):
    """A standard stream that remembers what was written."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def text(self) -> str:
        self.flush()
        written: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return written.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def with_manor(uri: str, *words: str) -> Outcome:
    """manor, in this process: the program's own start is tested elsewhere."""
    out, err = _Stream(), _Stream()
    stdin, sys.stdin = sys.stdin, open(os.devnull)  # noqa: SIM115 - closed below
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run(["-c", uri, *words])
    finally:
        sys.stdin.close()
        sys.stdin = stdin
    return Outcome(status, out.text(), err.text())
