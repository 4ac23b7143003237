# SPDX-License-Identifier: Apache-2.0
"""Sets of small numbers as libvirt writes them: "0-3,^2,8" for CPUs, NUMA nodes and the like."""

from __future__ import annotations

import re
from typing import Self

_PART = re.compile(r"\s*(\^?)\s*([0-9]{1,9})(?:\s*-\s*([0-9]{1,9}))?\s*\Z")
# libvirt's own limit (VIR_DOMAIN_CPUMASK_LEN); keeps "0-999999999" from filling memory.
LIMIT = 16384


class Bitmap(frozenset[int]):
    """An immutable set of numbers below `LIMIT`, spelt as ranges."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ranges separated by commas; ^N takes N out again. Raises ValueError."""
        members: set[int] = set()
        for part in text.split(","):
            found = _PART.match(part)
            if found is None:
                raise ValueError(text)
            negated, first, last = found.groups()
            start, end = int(first), int(last or first)
            if end >= LIMIT or end < start or (negated and last):
                raise ValueError(text)
            if negated:
                members.discard(start)
            else:
                members.update(range(start, end + 1))
        return cls(members)

    def ranges(self) -> list[tuple[int, int]]:
        """The runs of neighbouring members, as (first, last), in ascending order."""
        runs: list[tuple[int, int]] = []
        for number in sorted(self):
            if runs and runs[-1][1] == number - 1:
                runs[-1] = (runs[-1][0], number)
            else:
                runs.append((number, number))
        return runs

    def __str__(self) -> str:
        return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in self.ranges())

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"Bitmap({str(self)!r})"
