# SPDX-License-Identifier: Apache-2.0
"""Suspending the host: which ways it knows, and doing it with a wake-up alarm."""

from __future__ import annotations

import shutil
import subprocess
from typing import Final

from manor.constants import ErrorDomain, ErrorNumber, NodeSuspendTarget
from manor.errors import reporter
from manor.system.sysfs import Tree

_error = reporter(ErrorDomain.NONE)

#: Shortest suspension accepted, in seconds: the host needs some to go down.
MIN_DURATION: Final = 60

#: Per target: libvirt's words for it, the kernel's words in /sys/power/state and /sys/power/disk that it
#: needs, and the systemctl command.
_TARGETS: Final[dict[NodeSuspendTarget, tuple[str, frozenset[str], str]]] = {
    NodeSuspendTarget.MEM: ("Suspend-to-RAM", frozenset({"mem"}), "suspend"),
    NodeSuspendTarget.DISK: ("Suspend-to-Disk", frozenset({"disk"}), "hibernate"),
    NodeSuspendTarget.HYBRID: ("Hybrid-Suspend", frozenset({"mem", "disk", "suspend"}), "hybrid-sleep"),
}

#: The names of the targets in the capabilities document.
CAPABILITY_NAMES: Final[dict[NodeSuspendTarget, str]] = {
    NodeSuspendTarget.MEM: "suspend_mem",
    NodeSuspendTarget.DISK: "suspend_disk",
    NodeSuspendTarget.HYBRID: "suspend_hybrid",
}


def suspend_targets(tree: Tree) -> frozenset[NodeSuspendTarget]:
    """The ways the host can be suspended: none where no service manager is there to do it."""
    if not tree.exists("run/systemd/system"):
        return frozenset()
    words = f"{tree.text('sys/power/state') or ''} {tree.text('sys/power/disk') or ''}"
    known = {word.strip("[]") for word in words.split()}
    return frozenset(target for target, (_, needs, _) in _TARGETS.items() if needs <= known)


def suspend(tree: Tree, target: int, duration: int) -> None:
    """virNodeSuspendForDuration: set the alarm, then suspend; returns once the host is going down.

    Raises INVALID_ARG for an unknown target or too short a duration, ARGUMENT_UNSUPPORTED for a target the
    host has not, OPERATION_FAILED when the alarm or the suspension is refused.
    """
    if target not in _TARGETS:
        raise _error(ErrorNumber.INVALID_ARG, "Invalid suspend target")
    words, _, command = _TARGETS[NodeSuspendTarget(target)]
    if NodeSuspendTarget(target) not in suspend_targets(tree):
        raise _error(ErrorNumber.ARGUMENT_UNSUPPORTED, words)
    if duration < MIN_DURATION:
        raise _error(ErrorNumber.INVALID_ARG, "Suspend duration is too short")
    _run(["rtcwake", "-m", "no", "-s", str(duration)])
    _run(["systemctl", command])


def _run(command: list[str]) -> None:
    program = shutil.which(command[0], path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise _error(ErrorNumber.OPERATION_FAILED, f"{command[0]} is not installed")
    result = subprocess.run(
        [program, *command[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode:
        reason = result.stderr.strip() or f"exit status {result.returncode}"
        raise _error(ErrorNumber.OPERATION_FAILED, f"{command[0]}: {reason}")
