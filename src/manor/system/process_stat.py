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


def cpu_times(pid: int, tid: int | None = None) -> CpuTimes | None:
    """The times of a process, or of one of its threads; None once it is gone."""
    path = Path(f"/proc/{pid}/stat" if tid is None else f"/proc/{pid}/task/{tid}/stat")
    try:
        # The name in parentheses may hold anything, so fields are counted after its end.
        fields = path.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return CpuTimes(int(fields[11]) * NS_PER_TICK, int(fields[12]) * NS_PER_TICK, int(fields[36]))


def process_cpu_time(pid: int) -> int:
    """CPU time of a process in ns; 0 once it is gone."""
    times = cpu_times(pid)
    return 0 if times is None else times.user + times.system


def resident_kib(pid: int) -> int | None:
    """Memory of a process that is in RAM, in KiB; None once it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_KIB
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
