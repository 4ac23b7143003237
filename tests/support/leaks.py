# SPDX-License-Identifier: Apache-2.0
"""What a test left behind: processes, unix sockets, mounts, network interfaces and files.

A `Leaks` remembers the world when it is made and compares when it is asked. Tests of other workers
run at the same time, so only what can be traced to this test counts: processes that descend from
this one or work below the test's folder, sockets and mounts below that folder, and interfaces whose
name starts with a prefix the test chose.
"""

import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

# A process that was told to end needs a moment to be gone; only after that it counts as left behind.
_GRACE_SECONDS = 5.0


@dataclass
class Leaks:
    """The world before a test, for comparison after it."""

    root: Path
    """The folder below which the test keeps its state; what is in it before the test is not counted."""

    interface_prefixes: tuple[str, ...] = ()
    """Network interfaces with these prefixes must be gone again."""

    allowed: set[Path] = field(default_factory=set)
    """Files below `root` that may stay, as a test that defines something persistent declares."""

    def __post_init__(self) -> None:
        self.root = self.root.resolve()
        self._children = _descendants(os.getpid())
        self._files = set(_files_below(self.root))
        self._interfaces = set(_interfaces())

    def found(self) -> list[str]:
        """What is left now, one line each; empty when nothing is."""
        return [
            *(f"process {pid}: {_command(pid)}" for pid in sorted(self._processes())),
            *(f"socket {path}" for path in _unix_sockets() if path.is_relative_to(self.root)),
            *(f"mount {path}" for path in _mounts() if path.is_relative_to(self.root)),
            *(f"interface {name}" for name in sorted(self._new_interfaces())),
            *(f"file {path}" for path in sorted(_files_below(self.root)) if self._counts(path)),
        ]

    def check(self) -> None:
        """Fail the test when something is left, after a moment of grace for what is about to end."""
        deadline = time.monotonic() + _GRACE_SECONDS
        while (left := self.found()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not left, "left behind:\n  " + "\n  ".join(left)

    def _processes(self) -> set[int]:
        below = {pid for pid in _pids() if _works_below(pid, self.root)}
        return (below | _descendants(os.getpid())) - self._children - {os.getpid()}

    def _new_interfaces(self) -> set[str]:
        return {name for name in set(_interfaces()) - self._interfaces if name.startswith(self.interface_prefixes)}

    def _counts(self, path: Path) -> bool:
        if path in self._files:
            return False
        return not any(path == kept or path.is_relative_to(kept) for kept in self.allowed)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "(gone)"


def _descendants(ancestor: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for pid in _pids():
        try:
            # The name, in parentheses, may hold anything; the parent is the second field after it.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # A zombie is its parent's to reap: Python does so when the Popen object goes.
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(pid)
    found: set[int] = set()
    pending = [ancestor]
    while pending:
        for pid in children.get(pending.pop(), []):
            found.add(pid)
            pending.append(pid)
    return found


def _works_below(pid: int, root: Path) -> bool:
    """Whether a process has the folder, or one below it, in its arguments or as its working directory."""
    try:
        if Path(os.readlink(f"/proc/{pid}/cwd")).is_relative_to(root):
            return True
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    # Not followed by more of a name: "/tmp/state2" is another folder.
    return re.search(re.escape(os.fsencode(root)) + rb"(?![\w.-])", arguments) is not None


def _files_below(root: Path) -> Iterable[Path]:
    return (path for path in root.rglob("*") if not path.is_dir())


def _unix_sockets() -> list[Path]:
    lines = Path("/proc/net/unix").read_text().splitlines()[1:]
    return [Path(fields[7]) for line in lines if len(fields := line.split(maxsplit=7)) == 8]


def _mounts() -> list[Path]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [Path(line.split()[4]) for line in lines]


def _interfaces() -> list[str]:
    return os.listdir("/sys/class/net")
