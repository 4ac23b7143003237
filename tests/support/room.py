# SPDX-License-Identifier: Apache-2.0
"""A room for daemons under test: namespaces of its own, and nothing of it outlives it.

Mounts, processes, the cgroup hierarchy and (unless told otherwise) the network are the room's own, so rooms run
side by side, and closing one ends every process in it: a guest that a daemon left running, too. The first
process in it is `room_init.py`.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_INIT = Path(__file__).with_name("room_init.py")
_CGROUPS = Path("/sys/fs/cgroup")
_PREFIX = "manor-room-"


def missing(*programs: str) -> str | None:
    """Why no room with these programs can be had here, or None when one can."""
    if os.geteuid() != 0:
        return "a daemon in a room of its own needs root"
    for program in ("unshare", *programs):
        if shutil.which(program, path=search_path()) is None:
            return f"{program} is not installed"
    return None


def search_path() -> str:
    """Where programs in a room are looked for.

    The daemons are in sbin, which an ordinary PATH may lack; /usr/bin first, so that what they run is the machine's
    own and not the virtual environment's.
    """
    return f"/usr/sbin:/usr/bin:/sbin:/bin:{os.environ.get('PATH', '')}"


class Room:
    """One room; `logs` is an existing folder for what its programs print, `binds` says which folder covers what."""

    def __init__(self, logs: Path, binds: Mapping[Path, str] | None = None, *, private_network: bool = True) -> None:
        self._logs = logs
        self._cgroup = f"{_PREFIX}{os.getpid()}-{time.monotonic_ns()}"
        _remove_abandoned_cgroups()
        self._make_cgroups()
        namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
        if private_network:
            namespaces.append("--net")
        places = json.dumps({str(folder): place for folder, place in (binds or {}).items()})
        self._process = subprocess.Popen(
            ["unshare", *namespaces, "--", sys.executable, "-I", str(_INIT), str(logs), self._cgroup, places],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PATH": search_path(), "LC_ALL": "C.UTF-8"},
        )
        try:
            self._answer("ready")
        except BaseException:
            self.close()
            raise

    def start(self, name: str, *argv: str) -> int:
        """Start a program under a name; its number inside the room. What it prints goes to NAME.out in the logs."""
        return int(self._command("start", name, *argv))

    def is_running(self, name: str) -> bool:
        """Whether a program that was started has not ended."""
        return self._command("running", name) == "yes"

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a program a signal and wait for its end."""
        self._command("signal", name, str(int(number)))

    def output(self, name: str) -> str:
        """What a program has printed."""
        path = self._logs / f"{name}.out"
        return path.read_text(errors="replace") if path.exists() else ""

    def host_pid(self, pid: int) -> int:
        """A number inside the room as the machine sees it, for reading /proc; for the room's direct programs."""
        # Below `unshare` is the room's first process, and below that everything else in it.
        for first in _children(self._process.pid):
            for candidate in _children(first):
                numbers = re.search(r"^NSpid:\s+(.*)$", Path(f"/proc/{candidate}/status").read_text(), re.MULTILINE)
                if numbers is not None and int(numbers.group(1).split()[-1]) == pid:
                    return candidate
        raise ProcessLookupError(f"no process {pid} in the room")

    def close(self) -> None:
        """End everything in the room, and remove what it had outside of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        for part in _parts(self._cgroup):
            _remove_cgroup(part)

    def _command(self, *words: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write("\0".join(words) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self, expected: str | None = None) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().strip()
        if not answer or expected not in (None, answer):
            raise RuntimeError(f"the room failed: {answer or 'it ended'}")
        return answer

    def _make_cgroups(self) -> None:
        """A part of each cgroup hierarchy for the room alone: guests of two rooms may bear one name."""
        unified = (_CGROUPS / "cgroup.controllers").exists()
        hierarchies = [_CGROUPS] if unified else [path for path in _CGROUPS.glob("*") if path.is_dir()]
        for hierarchy in hierarchies:
            part = hierarchy / self._cgroup
            try:
                part.mkdir()
                for name in ("cpuset.cpus", "cpuset.mems"):
                    if not unified and (hierarchy / name).exists():
                        (part / name).write_text((hierarchy / name).read_text())
            except OSError:
                # A hierarchy that cannot be written is one a daemon does without, too.
                continue


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _parts(pattern: str) -> list[Path]:
    """A room's part of every hierarchy, in either layout."""
    return [*_CGROUPS.glob(f"*/{pattern}"), *_CGROUPS.glob(pattern)]


def _remove_abandoned_cgroups() -> None:
    """A test that was killed could not clean up; its room is gone, and the name tells whose it was."""
    for part in _parts(f"{_PREFIX}*"):
        owner = part.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            _remove_cgroup(part)


def _remove_cgroup(part: Path) -> None:
    for folder, _, _ in os.walk(part, topdown=False):
        # Processes in it were killed with the room, but the kernel lets go of them a moment later.
        for _attempt in range(100):
            try:
                Path(folder).rmdir()
                break
            except FileNotFoundError:
                break
            except OSError:
                time.sleep(0.02)
