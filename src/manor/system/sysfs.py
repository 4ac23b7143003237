# SPDX-License-Identifier: Apache-2.0
"""Reading /proc and /sys, below a root that tests may choose.

What is absent or unreadable is None: kernels and machines differ in what they show, and who asks knows
what its absence means.  Which files there are, and what they mean, is the business of the other modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

#: Longest list of CPUs or nodes accepted; the kernel's own limit is 8192.
_MAX_ID: Final = 1 << 16


class Tree:
    """The files of a machine; `root` is the directory that stands for ``/``."""

    __slots__ = ("root",)

    def __init__(self, root: Path | str = "/") -> None:
        self.root = Path(root)

    def path(self, name: str) -> Path:
        """Where a file of the machine (``sys/…`` or ``/sys/…``) really is."""
        return self.root / name.lstrip("/")

    def text(self, name: str, limit: int = -1) -> str | None:
        """The file's contents (at most `limit` characters) without the trailing newline."""
        try:
            with self.path(name).open(errors="replace") as file:
                return file.read(limit).rstrip("\n")
        except OSError:
            return None

    def number(self, name: str) -> int | None:
        """The file's contents as a decimal number."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return int(text)
        except ValueError:
            return None

    def ids(self, name: str) -> tuple[int, ...] | None:
        """The file's contents as a list of numbers (``0-3,7``)."""
        text = self.text(name)
        return None if text is None else parse_ranges(text)

    def exists(self, name: str) -> bool:
        """Whether the file is there."""
        return self.path(name).exists()

    def numbered(self, directory: str, prefix: str) -> list[int]:
        """The N of the entries ``prefixN`` in a directory, ascending; empty when it is not there."""
        return sorted(self._numbers(directory, re.compile(rf"{re.escape(prefix)}(\d+)")))

    def _numbers(self, directory: str, pattern: re.Pattern[str]) -> Iterator[int]:
        try:
            entries = list(self.path(directory).iterdir())
        except OSError:
            return
        for entry in entries:
            if match := pattern.fullmatch(entry.name):
                yield int(match[1])

    def fields(self, name: str, limit: int = -1) -> dict[str, str]:
        """``name: value`` lines of a file (of its first `limit` characters), the first of each name."""
        found: dict[str, str] = {}
        for line in (self.text(name, limit) or "").splitlines():
            key, colon, value = line.partition(":")
            if colon:
                found.setdefault(key.strip(), value.strip())
        return found


def parse_ranges(text: str) -> tuple[int, ...]:
    """Numbers of a list as the kernel writes it (``0-3,7``), ascending; ValueError for anything else."""
    numbers: set[int] = set()
    for part in filter(None, text.strip().split(",")):
        first, dash, last = part.partition("-")
        start = int(first)
        end = int(last) if dash else start
        if not 0 <= start <= end < _MAX_ID:
            raise ValueError(f"'{text[:64]}' is not a list of numbers")
        numbers.update(range(start, end + 1))
    return tuple(sorted(numbers))


def format_ranges(numbers: Iterable[int]) -> str:
    """A list of numbers as the kernel and libvirt write it: ``0-3,7``."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
