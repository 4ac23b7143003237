# SPDX-License-Identifier: Apache-2.0
"""Whom the figures are asked of: libvirtd, manord, and manor inside the client's own process.

A side runs bodies of `client.py` against itself: with the stock client for the two daemons, with manor's
drop-in module for the embedded connection. A side that cannot run here says why and its column stays
empty.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from tests.support.daemon import PrivateDaemon
from tests.support.libvirtd import Libvirtd
from tests.support.libvirtd import missing as missing_libvirtd
from tests.support.manord import Manord
from tests.support.manord import missing as missing_manord
from tests.support.stock import environment, missing_python

_BODIES = Path(__file__).with_name("client.py")
_STOCK_PYTHON = "/usr/bin/python3"
_MANOR = str(Path(sys.executable).with_name("manor"))


class Side(Protocol):
    """One column of the table."""

    name: str
    folder: Path
    """For what the bodies write: save images, pools."""

    def unavailable(self) -> str | None:
        """Why this side cannot be measured here, or None."""

    def open(self) -> None:
        """Start it fresh."""

    def close(self) -> None:
        """End it and whatever runs in it."""

    def run(self, body: str, **arguments: Any) -> Any:
        """Run a body of client.py against it, in a process of its own."""

    def pid(self) -> int | None:
        """The daemon's process, where there is one."""

    def restart(self) -> float | None:
        """Stop the daemon, start it again: seconds from its start to the first answer."""

    def list_command(self) -> list[str]:
        """The command line that lists this side's guests; the embedded one starts the driver for it."""


class BodyError(Exception):
    """A body failed; the text is its error output's last lines."""


def run_body(python: str, uri: str, body: str, arguments: dict[str, Any], *flags: str) -> Any:
    """Run a body under an interpreter and return its samples."""
    result = subprocess.run(
        [python, *flags, str(_BODIES), body, uri, json.dumps(arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    if result.returncode != 0:
        raise BodyError("\n".join(result.stderr.strip().splitlines()[-3:]))
    return json.loads(result.stdout.strip().splitlines()[-1])


def first_answer(python: str, uri: str, start: Callable[[], object], *flags: str) -> float:
    """Seconds from the start of a daemon until a client that was waiting for it has its first answer."""
    with subprocess.Popen(
        [python, *flags, str(_BODIES), "first_answer", uri, "{}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as client:
        assert client.stdout is not None
        client.stdout.readline()
        begin = time.monotonic()
        start()
        answered: float = json.loads(client.stdout.read().strip().splitlines()[-1])[0]
        return answered - begin


class DaemonSide(ABC):
    """A private daemon and the stock client."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemon: PrivateDaemon | None = None

    @abstractmethod
    def unavailable(self) -> str | None:
        """Why this side cannot be measured here, or None."""

    @abstractmethod
    def _new(self, state: Path) -> PrivateDaemon:
        """The daemon with its state in a folder of its own."""

    def open(self) -> None:
        self._daemon = self._new(self.folder / f"d{time.monotonic_ns()}").start()

    def close(self) -> None:
        if self._daemon is not None:
            self._daemon.close()
            self._daemon = None

    def run(self, body: str, **arguments: Any) -> Any:
        return run_body(_STOCK_PYTHON, self.daemon.uri(), body, arguments, "-I")

    def pid(self) -> int | None:
        return self.daemon.host_pid

    def restart(self) -> float | None:
        self.daemon.stop_daemon()
        return first_answer(_STOCK_PYTHON, self.daemon.uri(), self.daemon.start_daemon, "-I")

    def list_command(self) -> list[str]:
        return [self._client(), "--connect", self.daemon.uri(), "list"]

    @property
    def daemon(self) -> PrivateDaemon:
        """The running daemon."""
        assert self._daemon is not None
        return self._daemon

    def _client(self) -> str:
        return "virsh"


class LibvirtdSide(DaemonSide):
    """The distribution's libvirtd."""

    name = "libvirtd"

    def unavailable(self) -> str | None:
        return missing_libvirtd() or missing_python()

    def _new(self, state: Path) -> PrivateDaemon:
        return Libvirtd(state)


class ManordSide(DaemonSide):
    """manord; its command line is manor's."""

    name = "manord"

    def unavailable(self) -> str | None:
        return missing_manord() or missing_python()

    def _new(self, state: Path) -> PrivateDaemon:
        return Manord(state)

    def _client(self) -> str:
        return _MANOR


class EmbeddedSide:
    """manor's QEMU driver in the client's process, through the drop-in module; no daemon."""

    name = "embedded"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = folder

    def unavailable(self) -> str | None:
        if importlib.util.find_spec("libvirt") is None:
            return "the drop-in module is not installed"
        try:
            run_body(sys.executable, "test:///default", "lib_version", {"times": 1}, "-I")
        except BodyError as failure:
            return f"the drop-in module does not open a connection yet: {failure}"
        return None

    def open(self) -> None:
        self._root = self.folder / f"root{time.monotonic_ns()}"
        self._root.mkdir()

    def close(self) -> None:
        """Nothing runs between bodies."""

    def run(self, body: str, **arguments: Any) -> Any:
        return run_body(sys.executable, self._uri, body, arguments, "-I")

    def pid(self) -> int | None:
        return None

    def restart(self) -> float | None:
        return None

    def list_command(self) -> list[str]:
        return [_MANOR, "--connect", self._uri, "list"]

    @property
    def _uri(self) -> str:
        return f"qemu:///embed?root={self._root}"


def resident_mebibytes(pid: int) -> float:
    """A process's memory at work, shared libraries included."""
    text = Path(f"/proc/{pid}/status").read_text()
    kibibytes = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS:"))
    return kibibytes / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used, user and system together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
