# SPDX-License-Identifier: Apache-2.0
"""Keepalive of either side as a state machine; whoever uses it has the clock.

After `interval` seconds of silence a ping is due; when `count` of them were sent and nothing at all came, the peer is
dead. Any byte from the peer counts as a sign of life, as libvirt has it.
"""

from __future__ import annotations

from manor.wire.frame import MESSAGE, OK, frame
from manor.wire.programs import KEEPALIVE

PING, PONG = 1, 2


def keepalive_frame(procedure: int) -> bytes:
    """A ping or pong."""
    return frame(KEEPALIVE.number, KEEPALIVE.version, procedure, MESSAGE, 0, OK)


class Keepalive:
    """Counts the pings of one connection; times are seconds of one monotonic clock."""

    __slots__ = ("_last", "_unanswered", "count", "interval")

    def __init__(self, interval: float, count: int, now: float) -> None:
        self.interval = interval
        self.count = count
        self._last = now
        self._unanswered = 0

    def heard(self, now: float) -> None:
        """Something came from the peer."""
        self._last = now
        self._unanswered = 0

    def due(self) -> float:
        """When `tick` has something to do."""
        return self._last + self.interval

    def tick(self, now: float) -> bytes | None:
        """The ping to send, b"" while none is due, None when the peer has to be given up."""
        if now < self.due():
            return b""
        if self._unanswered >= self.count:
            return None
        self._unanswered += 1
        self._last = now
        return keepalive_frame(PING)

    @property
    def silence(self) -> float:
        """Seconds without a sign of life after which a peer is given up."""
        return self.interval * (self.count + 1)
