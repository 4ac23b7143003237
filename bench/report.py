# SPDX-License-Identifier: Apache-2.0
"""Turning samples into a table: medians, ratios to libvirtd, and whether the aim is met."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.rows import Row

_JUDGE = "libvirtd"
_MARKS = ("<!-- figures: begin -->", "<!-- figures: end -->")


@dataclass(frozen=True, slots=True)
class Result:
    """What one row gave, in the row's unit: samples by side, and those of the floor."""

    row: Row
    samples: Mapping[str, Sequence[float]]
    floor: Sequence[float] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    def ratio(self, side: str) -> float | None:
        """How many times better than libvirtd a side is (below 1: worse)."""
        if side not in self.samples or _JUDGE not in self.samples or side == _JUDGE:
            return None
        ours, theirs = median(self.samples[side]), median(self.samples[_JUDGE])
        return ours / theirs if self.row.more_is_better else theirs / ours

    def meets_aim(self, side: str) -> bool | None:
        """Whether a side reaches the aim; None without an aim or without samples."""
        if self.row.aim is None or side not in self.samples:
            return None
        value = median(self.samples[side])
        return value >= self.row.aim if self.row.more_is_better else value <= self.row.aim


class Table:
    """All results of a run, in the order of measuring."""

    def __init__(self, sides: Sequence[str]) -> None:
        self._sides = tuple(sides)
        self._results: list[Result] = []

    def add(self, result: Result) -> None:
        """Append a row's result."""
        self._results.append(result)

    def plain(self) -> dict[str, Any]:
        """For JSON: by row and side the number of samples, median and the spread around it."""
        return {
            result.row.key: {
                "unit": result.row.unit,
                "aim": result.row.aim,
                "floor": _summary(result.floor),
                **{side: _summary(samples) for side, samples in result.samples.items()},
                **({"problems": dict(result.problems)} if result.problems else {}),
            }
            for result in self._results
        }

    def markdown(self) -> str:
        """The table for people. A ratio says how many times better than libvirtd."""
        ours = [side for side in self._sides if side != _JUDGE]
        heads = ["work", "unit", *self._sides, *(f"{side}: ratio" for side in ours), "floor", "aim", "met"]
        rule = ["---"] * 2 + ["---:"] * (len(heads) - 3) + ["---"]
        return "\n".join(map(_line, [heads, rule, *(self._cells(result, ours) for result in self._results)])) + "\n"

    def _cells(self, result: Result, ours: Sequence[str]) -> list[str]:
        row = result.row
        verdicts = (_verdict(side, result.meets_aim(side), len(ours)) for side in ours)
        return [
            row.title,
            row.unit,
            *(_number(result.samples.get(side)) for side in self._sides),
            *(_ratio(result.ratio(side)) for side in ours),
            _number(result.floor),
            "" if row.aim is None else f"{row.aim:g}",
            ", ".join(filter(None, verdicts)),
        ]


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    return {
        "processors": str(os.cpu_count()),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "qemu": _first_line("qemu-system-x86_64", "--version"),
        "libvirt": _first_line("libvirtd", "--version"),
    }


def write_figures(readme: Path, table: Table) -> None:
    """Replace the figures between the marks of the README."""
    text = readme.read_text()
    facts = ", ".join(f"{name} {value}" for name, value in machine().items())
    begin, end = _MARKS
    figures = f"{begin}\nMedians; {facts}.\n\n{table.markdown()}{end}"
    replaced, count = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: figures, text, flags=re.DOTALL)
    if count != 1:
        raise RuntimeError(f"{readme} lacks the marks '{begin}' and '{end}'")
    readme.write_text(replaced)


def _first_line(*argv: str) -> str:
    try:
        output = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    except OSError:
        return "not installed"
    found = re.search(r"\d+\.\d+\.\d+", output)
    return found.group() if found else "unknown"


def _summary(samples: Sequence[float]) -> dict[str, float] | None:
    if not samples:
        return None
    ordered = sorted(samples)
    return {
        "count": len(ordered),
        "median": median(ordered),
        "p10": ordered[len(ordered) // 10],
        "p90": ordered[(len(ordered) * 9) // 10],
    }


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(samples: Sequence[float] | None) -> str:
    if not samples:
        return "–"
    value = median(samples)
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _verdict(side: str, met: bool | None, sides: int) -> str:
    if met is None:
        return ""
    answer = "yes" if met else "no"
    return answer if sides == 1 else f"{side} {answer}"
