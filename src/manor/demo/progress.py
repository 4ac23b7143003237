# SPDX-License-Identifier: Apache-2.0
"""What the demonstration shows of its progress: one line for each step, with the time it took.

On a terminal the line of the running step is alive (a turning mark, the seconds so far); elsewhere only
finished lines are printed, so that a log stays readable.
"""

import itertools
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_TURN = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TICK_SECONDS = 0.1
_CLEAR = "\r\x1b[K"
_STYLES = {"bold": "1", "dim": "2", "green": "32", "red": "31", "cyan": "36"}


class Progress:
    """Prints steps, remarks and a guest's output, in order, from any thread."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._alive = out.isatty()
        self._lock = threading.Lock()
        self._current: tuple[str, float] | None = None
        self._turn = itertools.cycle(_TURN)

    def style(self, text: str, name: str) -> str:
        """The text in a colour or weight, on a terminal; as it is elsewhere."""
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self._alive else text

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """A step that takes time; its line ends with ✓ and the seconds, or with ✗ when it fails."""
        begin = time.monotonic()
        over = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(over,), daemon=True)
        with self._lock:
            self._current = (title, begin)
        if self._alive:
            ticker.start()
        mark, colour = "✓", "green"
        try:
            yield
        except BaseException:
            mark, colour = "✗", "red"
            raise
        finally:
            over.set()
            if self._alive:
                ticker.join()
            with self._lock:
                self._current = None
                took = self.style(f"{time.monotonic() - begin:.1f} s", "dim")
                self._write(f"{_CLEAR if self._alive else ''}{self.style(mark, colour)} {title}  {took}\n")

    def say(self, text: str) -> None:
        """A remark, indented under the step it belongs to."""
        for line in text.splitlines():
            self._line(f"  {line}")

    def guest_says(self, line: str) -> None:
        """A line the guest printed on its console."""
        self._line(f"  {self.style('│', 'cyan')} {self.style(_printable(line), 'dim')}")

    def command(self, words: str) -> None:
        """A command the user could type, about to be run."""
        self._line(f"  {self.style('$ ' + words, 'bold')}")

    def bar(self, share: float, width: int = 20) -> str:
        """A share between 0 and 1 as a bar."""
        full = round(min(max(share, 0.0), 1.0) * width)
        return "█" * full + "░" * (width - full)

    def _line(self, text: str) -> None:
        with self._lock:
            self._write(f"{_CLEAR if self._alive and self._current else ''}{text}\n")
            self._show_current()

    def _tick(self, over: threading.Event) -> None:
        while not over.wait(_TICK_SECONDS):
            with self._lock:
                self._show_current()

    def _show_current(self) -> None:
        if self._alive and self._current is not None:
            title, begin = self._current
            text = f"{next(self._turn)} {title}  {time.monotonic() - begin:.1f} s"
            self._write(_CLEAR + text[: shutil.get_terminal_size().columns - 1])

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _printable(line: str) -> str:
    """What a guest prints is not trusted: no control sequences reach the user's terminal."""
    return "".join(character if character.isprintable() else "" for character in line)
