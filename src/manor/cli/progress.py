# SPDX-License-Identifier: Apache-2.0
"""Progress of long work: virsh's percentages, and on a terminal a bar with the time that is left."""

from __future__ import annotations

import sys
from time import monotonic

WIDTH = 24


def duration(seconds: float) -> str:
    """A time to come, as hours, minutes and seconds."""
    whole = int(seconds + 0.5)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


class Progress:
    """The progress of one piece of work, printed to standard error when it changes."""

    def __init__(self, label: str, *, bar: bool = True) -> None:
        self.label = label
        self.bar = bar and sys.stderr.isatty()
        self._started = monotonic()
        self._shown = -1

    def show(self, remaining: float, total: float) -> None:
        """Print how much is done; nothing remaining means all of it."""
        percent = self._percent(remaining, total)
        if percent == self._shown:
            return
        self._shown = percent
        sys.stdout.flush()
        text = f"\r{self.label}: [{percent:3d} %]"
        if self.bar:
            filled = WIDTH * percent // 100
            text += f" {'#' * filled}{'.' * (WIDTH - filled)} {self._left(percent)}\x1b[K"
        sys.stderr.write(text)
        sys.stderr.flush()

    def complete(self) -> None:
        """Print that all is done; whatever is printed next begins a line of its own."""
        self.show(0, 1)

    def finish(self) -> None:
        """Print that all is done, and end the line."""
        self.complete()
        sys.stderr.write("\n")

    def _percent(self, remaining: float, total: float) -> int:
        if remaining <= 0:
            return 100
        if total <= 0:
            return 0
        # Never complete before it is.
        return min(99, int(100 - remaining * 100 / total))

    def _left(self, percent: int) -> str:
        elapsed = monotonic() - self._started
        if percent == 100:
            return f"in {duration(elapsed)}" if elapsed >= 1 else ""
        if percent == 0 or elapsed < 1:
            return ""
        return f"{duration(elapsed * (100 - percent) / percent)} left"
