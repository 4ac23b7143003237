# SPDX-License-Identifier: Apache-2.0
"""Asks a real libvirtd about the made-up machines, and writes its answers to machines.json.

Run as root, by hand, when a machine is added: ``python -m tests.unit.system.record_libvirt``.  Each time a
libvirtd of its own runs in a mount namespace where the machine's tree lies over the real one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.unit.system.machines import MACHINES, Machine, build

ANSWERS = Path(__file__).with_name("machines.json")

COMMANDS = (
    "nodeinfo",
    "nodecpumap",
    "nodecpustats",
    "nodecpustats --cpu 1",
    "nodememstats",
    "nodememstats 0",
    "nodememstats 1",
    "freecell",
    "freecell --all",
    "freepages --all",
    "capabilities",
)

SCRIPT = r"""
set -e
mount --make-rprivate /
for place in run/libvirt var/lib/libvirt var/cache/libvirt etc/libvirt; do
    mkdir -p /$place "$1/$place"; mount --bind "$1/$place" /$place
done
for place in sys/devices/system proc/cpuinfo proc/stat proc/meminfo; do mount --bind "$1/$place" /$place; done
libvirtd -p "$1/pid" 2> "$1/log" & daemon=$!
trap 'kill $daemon; wait $daemon || true' EXIT
for i in $(seq 100); do test -S /run/libvirt/libvirt-sock && break; sleep 0.1; done
shift
for command; do
    echo "==> $command"
    virsh -c qemu:///system $command 2>&1 || true
done
"""


def ask(machine: Machine, commands: tuple[str, ...] = COMMANDS) -> dict[str, str]:
    """What virsh prints for each command on that machine."""
    with tempfile.TemporaryDirectory() as name:
        build(machine, Path(name))
        run = ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", name, *commands]
        output = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    parts = output.split("==> ")[1:]
    answers = {part.partition("\n")[0]: part.partition("\n")[2].rstrip() for part in parts}
    if "capabilities" in answers:
        answers["capabilities"] = shorten(answers["capabilities"])
    return answers


def shorten(capabilities: str) -> str:
    """Of the capabilities, what describes the machine and not its processor."""
    lines = capabilities.splitlines()
    parts = []
    for tag in ("topology", "cache"):
        start = [n for n, line in enumerate(lines) if line == f"    <{tag}>"]
        end = [n for n, line in enumerate(lines) if line == f"    </{tag}>"]
        parts += lines[start[0] : end[0] + 1] if start else []
    return "\n".join(line for line in [*[x for x in lines if "<topology sockets" in x], *parts])


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(MACHINES)
    known = json.loads(ANSWERS.read_text()) if ANSWERS.exists() else {}
    known.update({name: ask(MACHINES[name]) for name in wanted})
    ANSWERS.write_text(json.dumps(known, indent=1) + "\n")
