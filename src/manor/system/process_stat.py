# SPDX-License-Identifier: Apache-2.0
"""Figures of running processes and threads from /proc (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

NS_PER_TICK: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
PAGE_KIB: Final = os.sysconf("SC_PAGE_SIZE") // 1024


class CpuTimes(NamedTuple):
    """CPU time in ns spent in user and in kernel mode, and the CPU last run on."""

    user: int
    system: int
    cpu: int


def read_small(path: str) -> bytes:
    """A file of the kernel's that has less than a page or two; five of them are read for each guest's statistics."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(handle, 8192)
    finally:
        os.close(handle)


def cpu_times(pid: int, tid: int | None = None) -> CpuTimes | None:
    """The times of a process, or of one of its threads; None once it is gone."""
    try:
        text = read_small(f"/proc/{pid}/stat" if tid is None else f"/proc/{pid}/task/{tid}/stat")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything, so fields are counted after its end.
    fields = text.rpartition(b")")[2].split()
    return CpuTimes(int(fields[11]) * NS_PER_TICK, int(fields[12]) * NS_PER_TICK, int(fields[36]))


def process_cpu_time(pid: int) -> int:
    """CPU time of a process in ns; 0 once it is gone."""
    times = cpu_times(pid)
    return 0 if times is None else times.user + times.system


def resident_kib(pid: int) -> int | None:
    """Memory of a process that is in RAM, in KiB; None once it is gone."""
    try:
        return int(read_small(f"/proc/{pid}/statm").split()[1]) * PAGE_KIB
    except (FileNotFoundError, ProcessLookupError):
        return None


def processes_in(folder: Path) -> list[int]:
    """The processes whose working directory is `folder`."""
    wanted = str(folder)
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str((entry / "cwd").readlink()) == wanted:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
