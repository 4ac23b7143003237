# SPDX-License-Identifier: Apache-2.0
"""manord as a plain process with everything below one folder, for tests of the daemon itself.

Tests that start guests or networks want it in a room of its own: see manord.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

_PATIENCE = 60.0


class ManordProcess:
    """A manord. Use it as a context manager, or call `start` and `close`.

    `root` is a folder for it alone (short: socket paths have a limit of 107 bytes); `config` is the text of its
    configuration file, `environment` what it gets beside the test's own.
    """

    def __init__(
        self,
        root: Path,
        *,
        config: str = "",
        arguments: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
    ) -> None:
        self.root = root
        self.socket = root / "run" / "manor-sock"
        self.readonly_socket = root / "run" / "manor-sock-ro"
        self.admin_socket = root / "run" / "manor-admin-sock"
        self.configuration = root / "etc" / "manord.toml"
        self._arguments = list(arguments)
        self._environment = {**os.environ, **(environment or {})}
        self._user = user
        self._process: subprocess.Popen[str] | None = None
        self.configuration.parent.mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(config)
        if user is not None:
            for path in (root, self.configuration.parent):
                os.chown(path, user, -1)

    @property
    def pid(self) -> int:
        """The daemon's process number."""
        assert self._process is not None
        return self._process.pid

    @property
    def process(self) -> subprocess.Popen[str]:
        """The daemon's process."""
        assert self._process is not None
        return self._process

    def uri(self, driver: str = "test", path: str = "/default", *, readonly: bool = False) -> str:
        """The URI with which a client reaches it."""
        where = self.readonly_socket if readonly else self.socket
        return f"{driver}+unix://{path}?socket={where}"

    @property
    def admin_uri(self) -> str:
        """The URI with which virt-admin reaches it."""
        return f"libvirtd:///system?socket={self.admin_socket}"

    @property
    def log(self) -> str:
        """What it has logged until now."""
        return (self.root / "stderr").read_text()

    def start(self) -> ManordProcess:
        """Start it; returns once it answers. Raises RuntimeError with its words where it does not."""
        with (self.root / "stderr").open("a") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "manor.daemon", "--root", str(self.root), "--foreground", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=self._environment,
                user=self._user,
                cwd="/",
            )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            self._process.wait(_PATIENCE)
            raise RuntimeError(f"manord did not start:\n{self.log}")
        return self

    def reload(self, config: str) -> None:
        """Give it another configuration."""
        self.configuration.write_text(config)
        os.kill(self.pid, signal.SIGHUP)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the daemon, by default in good order; gives its exit status."""
        process, self._process = self.process, None
        process.send_signal(number)
        try:
            status = process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        assert process.stdout is not None
        process.stdout.close()
        return status

    def close(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self.stop()

    def __enter__(self) -> ManordProcess:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
