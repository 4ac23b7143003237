# SPDX-License-Identifier: Apache-2.0
"""The table of what is measured: title, unit, aim, and how a side (or the bare machine) is asked for samples.

Aims are for two processors with QEMU under emulation, as in the design's performance notes.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.floor import bare_destroy, bare_start, durable_write
from bench.sides import Side, cpu_seconds, resident_mebibytes
from tests.support.stock import environment

Measure = Callable[[Side], list[float]]

# Samples are seconds, or already what the unit says; the table shows them in the row's unit.
SCALE = {"µs": 1e6, "ms": 1e3, "/s": 1.0, "GB/s": 1e-9, "MiB": 1.0}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    key: str
    title: str
    unit: str
    measure: Measure
    aim: float | None = None
    """For manor, in the row's unit; None where only the ratio counts."""

    floor: Measure | None = None
    """The work with nothing around it; asked of libvirtd's side, which knows the same command line."""

    fresh: bool = False
    """Whether each round needs a side that has just been started."""

    rounds: int = 3
    slow: bool = False
    """Left out of a quick run."""

    daemons_only: bool = False
    """Whether it needs clients in several processes, or asks of the daemon's own process."""

    @property
    def more_is_better(self) -> bool:
        return self.unit.endswith("/s")


def _body(name: str, *, in_folder: bool = False, **arguments: object) -> Measure:
    """Samples of one function of client.py."""

    def measure(side: Side) -> list[float]:
        extra = {"folder": str(side.folder)} if in_folder else {}
        samples: list[float] = side.run(name, **arguments, **extra)
        return samples

    return measure


def _with_guests(guests: int, work: Measure) -> Measure:
    """The same while so many guests are defined."""

    def measure(side: Side) -> list[float]:
        side.run("fill", guests=guests)
        try:
            return work(side)
        finally:
            side.run("unfill")

    return measure


def _daemon_cpu(side: Side) -> list[float]:
    """Processor time the daemon spends on one small call."""
    pid, calls = side.pid(), 20_000
    assert pid is not None
    before = cpu_seconds(pid)
    side.run("lib_version", times=calls)
    return [(cpu_seconds(pid) - before) / calls]


def _daemon_start(side: Side) -> list[float]:
    return [took for took in (side.restart() for _ in range(5)) if took is not None]


def _memory(side: Side) -> list[float]:
    pid = side.pid()
    assert pid is not None
    side.run("lib_version", times=1)
    return [resident_mebibytes(pid)]


def _memory_running(side: Side) -> list[float]:
    side.run("start_many", guests=20)
    try:
        return _memory(side)
    finally:
        side.run("end_many")


def _list_command(side: Side) -> list[float]:
    return _processes(side.list_command())


def _bare_python(_side: Side) -> list[float]:
    return _processes([sys.executable, "-I", "-S", "-c", "pass"])


def _processes(argv: list[str], times: int = 20) -> list[float]:
    """Whole runs of a program that succeeds; the first one, which may have to read it from disk, not counted."""
    samples = []
    for _ in range(times + 1):
        begin = time.perf_counter()
        result = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environment(), text=True
        )
        if result.returncode != 0:
            raise RuntimeError(result.stderr.strip())
        samples.append(time.perf_counter() - begin)
    return samples[1:]


ROWS: tuple[Row, ...] = (
    Row("connection", "open and close a connection", "ms", _body("connection"), 0.4),
    Row("call", "one client, getLibVersion", "µs", _body("lib_version"), 60),
    Row("call-cpu", "the same, processor time of the daemon", "µs", _daemon_cpu, daemons_only=True),
    Row("info", "info", "µs", _body("info"), 65),
    Row("dumpxml", "dumpxml", "µs", _body("dump_xml"), 70),
    Row("lookup", "look up by name", "µs", _body("lookup"), 50),
    Row("calls-8", "8 clients, calls together", "/s", _body("throughput", clients=8), 45_000, daemons_only=True),
    Row("calls-64", "64 clients, calls together", "/s", _body("throughput", clients=64), 40_000, daemons_only=True),
    Row(
        "calls-8-p99",
        "a call among 8 clients, 99 %",
        "µs",
        _body("crowded", clients=8, quantile=0.99),
        daemons_only=True,
    ),
    Row("calls-64-p99", "64 clients, 99 %", "ms", _body("crowded", clients=64, quantile=0.99), 5, daemons_only=True),
    Row("define", "define", "ms", _body("define"), 0.8, durable_write),
    Row("define-1000", "define, with 1000 defined", "ms", _with_guests(1000, _body("define")), 0.8, slow=True),
    Row("undefine", "undefine", "µs", _body("undefine"), 150, durable_write),
    Row("list-10", "list 10 guests", "ms", _with_guests(10, _body("list_guests")), 0.1),
    Row("list-100", "list 100 guests", "ms", _with_guests(100, _body("list_guests")), 0.25),
    Row("list-1000", "list 1000 guests", "ms", _with_guests(1000, _body("list_guests")), 1.5, slow=True),
    Row("list-10000", "list 10,000 guests", "ms", _with_guests(10_000, _body("list_guests")), 15, rounds=1, slow=True),
    Row("start", "start to running", "ms", _body("start"), 45, bare_start),
    Row("start-paused", "start to paused", "ms", _body("start", paused=True), 45),
    Row("destroy", "destroy", "ms", _body("destroy"), 10, bare_destroy),
    Row("storm", "8 clients, each 2 starts and destroys", "ms", _body("storm"), 1000),
    Row("suspend", "suspend and resume", "ms", _body("suspend_resume")),
    Row("event", "suspend until its event in another connection", "ms", _body("event_latency"), 1.2),
    Row("save", "save", "ms", _body("save", in_folder=True), 30),
    Row("restore", "restore", "ms", _body("restore", in_folder=True), 60),
    Row("managed-save", "managed save", "ms", _body("managed_save"), 35),
    Row("managed-start", "start from managed save", "ms", _body("managed_save", start=True), 60),
    Row("stats-all", "20 guests, all stats", "ms", _body("all_stats"), 15),
    Row("stats-some", "20 guests, balloon and CPU stats", "ms", _body("all_stats", groups="balloon+cpu"), 4),
    Row("stats-state", "20 guests, state stats", "ms", _body("all_stats", groups="state"), 0.15),
    Row("bystander", "a bystander's call in the storm, median", "µs", _body("bystander"), 80, daemons_only=True),
    Row(
        "bystander-p99",
        "a bystander's call in the storm, 99 %",
        "µs",
        _body("bystander", quantile=0.99),
        1000,
        daemons_only=True,
    ),
    Row("capabilities-first", "first capabilities", "ms", _body("capabilities", first=True), 400, fresh=True),
    Row("capabilities", "capabilities, then", "ms", _body("capabilities"), 1),
    Row("upload", "upload to a volume", "GB/s", _body("volume", in_folder=True), 2.1),
    Row("download", "download from a volume", "GB/s", _body("volume", in_folder=True, download=True), 1.6),
    Row("daemon-start", "daemon start to its answer", "ms", _daemon_start, 90, daemons_only=True),
    Row(
        "daemon-start-1000",
        "the same, 1000 defined",
        "ms",
        _with_guests(1000, _daemon_start),
        150,
        slow=True,
        daemons_only=True,
    ),
    Row("memory", "memory, fresh", "MiB", _memory, 45, fresh=True, daemons_only=True),
    Row(
        "memory-1000",
        "memory, 1000 defined",
        "MiB",
        _with_guests(1000, _memory),
        60,
        fresh=True,
        rounds=1,
        slow=True,
        daemons_only=True,
    ),
    Row("memory-20", "memory, 20 running", "MiB", _memory_running, 60, fresh=True, rounds=1, daemons_only=True),
    Row("cli", "the command that lists guests", "ms", _list_command, 30, _bare_python),
)
