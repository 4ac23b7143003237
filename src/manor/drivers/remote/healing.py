# SPDX-License-Identifier: Apache-2.0
"""What a connection that heals does after a loss: how long it waits between attempts, and what it reports.

The attempts themselves are the driver's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import uniform

from manor.constants import ConnectCloseReason
from manor.errors import ManorError


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which the connection was lost, reported once it is healed or given up.

    Events of the daemon in that time did not arrive. `began` and `ended` are seconds since the epoch; `error` is why
    the last attempt failed, for a connection that was given up.
    """

    reason: ConnectCloseReason
    began: float
    ended: float
    attempts: int
    error: ManorError | None = None

    @property
    def healed(self) -> bool:
        """Whether the connection is there again, with all its subscriptions."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class Healing:
    """How to heal. Times are in seconds.

    The wait doubles from `first` up to `longest`, each by chance up to a quarter longer or shorter, so that the
    clients of a daemon do not all return at once. After `give_up` seconds no more is attempted; None: never given up.
    Calls made meanwhile wait for `patience` seconds before they fail. `on_gap` is told of each gap.
    """

    first: float = 0.1
    longest: float = 10.0
    give_up: float | None = None
    patience: float = 30.0
    on_gap: Callable[[Gap], None] | None = None

    def waits(self) -> Iterator[float]:
        """How long to wait before each attempt."""
        wait = self.first
        while True:
            yield wait * uniform(0.75, 1.25)  # noqa: S311 - no secret depends on it
            wait = min(wait * 2, self.longest)
