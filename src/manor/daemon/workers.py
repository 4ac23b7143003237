# SPDX-License-Identifier: Apache-2.0
"""How many calls may be under way at once in a server, and whose turn it is next.

A worker is no thread here, only the right of a call to be waited for; calls that answer without waiting need none. As
in libvirtd, calls of high priority may take ordinary workers and then some of their own, so that they never wait for
ordinary calls that are stuck.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

Start = Callable[[], None]


class Workers:
    """The workers of one server. `maximum` and `reserved` (for high priority) may be changed at any time.

    `minimum` is what libvirt's administrators can set as well: the number that is shown at least.
    """

    def __init__(self, minimum: int, maximum: int, reserved: int) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.reserved = reserved
        self.busy = 0
        self._high: deque[Start] = deque()
        self._low: deque[Start] = deque()

    @property
    def waiting(self) -> int:
        """How many calls wait for a worker."""
        return len(self._high) + len(self._low)

    @property
    def count(self) -> int:
        """How many workers there are: those at work, at least `minimum`."""
        return max(self.minimum, self.busy)

    @property
    def free(self) -> int:
        """How many of `count` have nothing to do."""
        return self.count - self.busy

    def admits(self, high: bool) -> bool:
        """Whether a call of this priority may begin now."""
        return self.busy < self.maximum or (high and self.busy < self.maximum + self.reserved)

    def wait(self, start: Start, high: bool) -> None:
        """Have `start()` called when a worker is free."""
        (self._high if high else self._low).append(start)

    def enter(self) -> None:
        """A call has begun to wait for something."""
        self.busy += 1

    def leave(self) -> None:
        """That call is over."""
        self.busy -= 1
        self.next()

    def next(self) -> None:
        """Begin whatever may begin now."""
        while self._high and self.admits(True):
            self._high.popleft()()
        while self._low and self.admits(False):
            self._low.popleft()()
