# SPDX-License-Identifier: Apache-2.0
"""The first process of a room; started by `room.py`, not imported.

    unshare --mount --pid … python room_init.py LOGS CGROUP BINDS

Binds folders over others (BINDS is JSON: folder to place), then starts and stops the programs it is told to on its
standard input, one command a line, one answer a line:

    start NAME PROGRAM [ARGUMENT…]      answers the process number
    running NAME                        answers yes or no
    signal NAME NUMBER                  sends a signal and waits for the end

Words are separated by NUL bytes. It reaps every process that loses its parent, at once: a QEMU
nobody waits for would look alive to a daemon. When the input ends, so does the room with everything
in it, however the test ended. Standard library only, and no asyncio: it runs under whatever Python
is at hand.
"""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def main() -> None:
    """Prepare the room, then serve commands until the input ends."""
    logs, cgroup, binds = sys.argv[1:]
    for folder, place in json.loads(binds).items():
        Path(place).mkdir(parents=True, exist_ok=True)
        _mount("--bind", folder, place)
    _bind_cgroups(cgroup)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    _serve(Path(logs))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _bind_cgroups(name: str) -> None:
    """Show the room only its own part of each cgroup hierarchy, which the starter made."""
    for part in [*_CGROUPS.glob(f"*/{name}"), *_CGROUPS.glob(name)]:
        _mount("--bind", str(part), str(part.parent))


def _serve(logs: Path) -> None:
    running: dict[str, int] = {}
    ended: set[int] = set()
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    commands = sys.stdin.fileno()
    print("ready", flush=True)
    pending = b""
    while True:
        readable, _, _ = select.select([commands, wake_read], [], [])
        if wake_read in readable:
            os.read(wake_read, 4096)
            _reap(ended)
        if commands in readable:
            data = os.read(commands, 65536)
            if not data:
                return
            pending += data
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                print(_obey(line.decode().split("\0"), logs, running, ended), flush=True)


def _obey(words: list[str], logs: Path, running: dict[str, int], ended: set[int]) -> str:
    command, name = words[0], words[1]
    if command == "start":
        with (logs / f"{name}.out").open("ab") as output:
            process = subprocess.Popen(words[2:], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        # Reaped below like any other process.
        process.returncode = 0
        running[name] = process.pid
        return str(process.pid)
    if command == "running":
        return "no" if running[name] in ended else "yes"
    pid = running.pop(name)
    if pid not in ended:
        os.kill(pid, int(words[2]))
        while pid not in ended:
            ended.add(os.wait()[0])
    return "ended"


def _reap(ended: set[int]) -> None:
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        ended.add(pid)


if __name__ == "__main__":
    main()
