# SPDX-License-Identifier: Apache-2.0
"""The clock of the blocking shell's keepalive: a thread that pings in silence and gives up a peer that stays silent."""

from __future__ import annotations

import threading
from time import monotonic

from manor.wire.keepalive import Keepalive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from manor.client.blocking import BlockingBackend


class Pulse:
    """Runs until `stop`, or until the connection ends. `interval` is in seconds."""

    def __init__(self, backend: BlockingBackend, interval: float, count: int) -> None:
        self._backend = backend
        self._keepalive = Keepalive(interval, count, monotonic())
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name="manor-keepalive", daemon=True).start()

    def heard(self) -> None:
        """Something came from the peer."""
        self._keepalive.heard(monotonic())

    def stop(self) -> None:
        """Ping no more."""
        self._stopped.set()

    def _run(self) -> None:
        backend, keepalive = self._backend, self._keepalive
        while not self._stopped.wait(max(keepalive.due() - monotonic(), 0)):
            # What arrived while nobody read counts as a sign of life.
            backend.pump()
            if backend.closed_reason is not None:
                return
            ping = keepalive.tick(monotonic())
            if ping is None:
                backend.give_up()
                return
            if ping:
                backend.send_ping(ping)
