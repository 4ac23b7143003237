# SPDX-License-Identifier: Apache-2.0
"""Joining the control groups of another process. This happens in the client: no daemon can move its caller."""

from __future__ import annotations

import os
from pathlib import Path

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.CGROUP)


PROC = Path("/proc")


def _hierarchies() -> dict[str, Path]:
    """Where each hierarchy is mounted, by controller; "" is the unified one."""
    found: dict[str, Path] = {}
    for line in (PROC / "self" / "mounts").read_text().splitlines():
        _, where, kind, options, *_ = line.split(" ")
        if kind == "cgroup2":
            found.setdefault("", Path(where))
        elif kind == "cgroup":
            found.update(dict.fromkeys(options.split(","), Path(where)))
    return found


def _folders(pid: int) -> list[Path]:
    """The folders of a process's groups: one line per hierarchy, `id:controllers:path`."""
    mounted = _hierarchies()
    folders = []
    for line in (PROC / str(pid) / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        top = mounted.get(controllers.split(",")[0])
        if top is not None:
            folders.append(top / path.lstrip("/"))
    return folders


def enter_cgroups_of(pid: int) -> None:
    """Move the calling process into the groups of `pid`.

    Raises VIR_ERR_OPERATION_INVALID without a process, VIR_ERR_SYSTEM_ERROR where it may not.
    """
    if pid <= 0:
        raise _error(ErrorNumber.OPERATION_INVALID, "domain is not running")
    try:
        for folder in _folders(pid):
            (folder / "cgroup.procs").write_text(f"{os.getpid()}\n")
    except OSError as error:
        raise _error.system(error.errno or 0, f"Unable to enter the control groups of process {pid}") from error
