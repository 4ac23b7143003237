# SPDX-License-Identifier: Apache-2.0
"""Starting a user's own daemon when a session URI finds none, as libvirt's clients do.

manord is preferred; otherwise the libvirt daemon whose socket is wanted. Of several clients one starts it, the others
wait for its socket.
"""

from __future__ import annotations

import errno
import fcntl
import shutil
import socket
import subprocess
import time
from pathlib import Path

from manor.client import sockets
from manor.client.dial import connect_unix
from manor.errors import ErrorDomain, ManorError, reporter

_error = reporter(ErrorDomain.RPC)

IDLE_SECONDS = 120
"""How long a daemon that was started so stays without a client."""

_PATIENCE = 30.0
_FIRST_WAIT, _LONGEST_WAIT = 0.005, 0.25


def _daemon(wanted: str) -> tuple[str, str] | None:
    """The program to start and the socket it will have; None where no daemon is installed."""
    ours = f"{sockets.runtime_folder(session=True)}/manor/manor-sock"
    name = Path(wanted).name
    libvirts = "libvirtd" if name.startswith("libvirt-") else name.partition("-sock")[0]
    for name, path in (("manord", ours), (libvirts, wanted)):
        program = shutil.which(name)
        if program is not None:
            return program, path
    return None


def start_session_daemon(wanted: str) -> socket.socket:
    """A socket connected to the user's daemon, which is started unless it runs. `wanted` is libvirt's own socket.

    Raises VIR_ERR_SYSTEM_ERROR where there is no daemon to start, or where it does not answer.
    """
    found = _daemon(wanted)
    if found is None:
        raise _error.system(errno.ENOENT, f"Failed to connect socket to '{wanted}', and no daemon can be started")
    program, path = found
    folder = Path(path).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "autostart.lock").open("w") as lock:
        # Released when the file is closed, also by our end.
        fcntl.lockf(lock, fcntl.LOCK_EX)
        try:
            return connect_unix(path)
        except ManorError:
            _spawn(program)
            return _await(path)


def _spawn(program: str) -> None:
    try:
        subprocess.Popen(
            [program, f"--timeout={IDLE_SECONDS}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        raise _error.system(error.errno or errno.ENOENT, f"Cannot run '{program}'") from error


def _await(path: str) -> socket.socket:
    """Connect as soon as the daemon listens."""
    deadline, wait = time.monotonic() + _PATIENCE, _FIRST_WAIT
    while True:
        try:
            return connect_unix(path)
        except ManorError:
            if time.monotonic() > deadline:
                raise
        time.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)
