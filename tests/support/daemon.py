# SPDX-License-Identifier: Apache-2.0
"""What private daemons of the tests have in common: a room, a state folder, a socket, a life."""

import signal
import socket
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.room import Room

_START_SECONDS = 30.0


class PrivateDaemon(ABC):
    """A daemon in a room of its own. Use it as a context manager, or call `start` and `close`.

    `state` is a folder for it alone (short: socket paths have a limit of 107 bytes). With `private_network` it has a
    network stack of its own, where virtual networks clash with nobody; without, it shares the machine's, as a test of
    TCP or of migration over TCP needs.
    """

    name: str

    def __init__(self, state: Path, *, private_network: bool = True) -> None:
        self.state = state.resolve()
        self.pid = 0
        """The daemon's process number inside its room."""
        self._private_network = private_network
        self._room: Room | None = None

    @property
    @abstractmethod
    def socket(self) -> Path:
        """The socket for reading and writing."""

    @property
    @abstractmethod
    def readonly_socket(self) -> Path:
        """The socket for read-only connections."""

    def uri(self, driver: str = "qemu", path: str = "/system", *, readonly: bool = False) -> str:
        """The URI with which a client outside reaches this daemon."""
        return f"{driver}+unix://{path}?socket={self.readonly_socket if readonly else self.socket}"

    @abstractmethod
    def _enter_room(self) -> Room:
        """Make the room, with what the daemon needs beside it already running."""

    @abstractmethod
    def _argv(self) -> list[str]:
        """The daemon's command line."""

    @property
    def host_pid(self) -> int:
        """The daemon's process number as the machine sees it, for reading /proc."""
        return self.room.host_pid(self.pid)

    @property
    def room(self) -> Room:
        """The room it runs in."""
        assert self._room is not None, f"this {self.name} has not been started"
        return self._room

    def start(self) -> Self:
        """Start the room and the daemon in it; returns when the daemon answers on its socket."""
        self._room = self._enter_room()
        try:
            self.start_daemon()
        except BaseException:
            self.close()
            raise
        return self

    def start_daemon(self) -> None:
        """Start the daemon (again) in the room and wait until it answers."""
        self.pid = self.room.start(self.name, *self._argv())
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or not self.room.is_running(self.name):
                raise RuntimeError(f"{self.name} does not answer on {self.socket}:\n{self.complaints()}")
            time.sleep(0.005)

    def stop_daemon(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the daemon, by default in good order; guests stay."""
        self.room.stop(self.name, number)

    def complaints(self) -> str:
        """What the daemon printed and logged."""
        return self.room.output(self.name)

    def close(self) -> None:
        """End everything in the room, guests too."""
        if self._room is not None:
            self._room.close()
            self._room = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.socket))
            except OSError:
                return False
            return True
