# SPDX-License-Identifier: Apache-2.0
"""Measure all rows (or some) on all sides that can run here, and print the table.

    python -m bench.run [--only PATTERN] [--quick] [--json FILE] [--write]

Rounds of the sides alternate, so that a machine that slows down slows all of them down. `--write` puts the
table into bench/README.md.
"""

import argparse
import fnmatch
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.report import Result, Table, machine, write_figures
from bench.rows import ROWS, SCALE, Row
from bench.sides import BodyError, EmbeddedSide, LibvirtdSide, ManordSide, Side

_README = Path(__file__).with_name("README.md")


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the options, measure, report."""
    parser = argparse.ArgumentParser(prog="bench.run", description="manor's figures next to libvirtd's")
    parser.add_argument("--only", metavar="PATTERN", default="*", help="rows whose key matches, as in start*")
    parser.add_argument("--quick", action="store_true", help="one round of each row, without the slow rows")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all results to a file, too")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)

    # Installed programs have their bytecode; ours shall not be compiled at every start either.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows = [row for row in ROWS if fnmatch.fnmatchcase(row.key, options.only)]
    if not rows:
        parser.error(f"no row matches '{options.only}'; there are: {' '.join(row.key for row in ROWS)}")
    if options.quick:
        rows = [row for row in rows if not row.slow]
    folder = Path(tempfile.mkdtemp(prefix="manor-bench-"))
    try:
        table = measure(rows, _sides(folder), quick=options.quick)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table.markdown())
    if options.json is not None:
        options.json.write_text(json.dumps({"machine": machine(), "rows": table.plain()}, indent=2) + "\n")
    if options.write:
        write_figures(_README, table)


def measure(rows: Sequence[Row], sides: Sequence[Side], *, quick: bool = False) -> Table:
    """All rows on all sides."""
    table = Table(tuple(side.name for side in sides))
    for side in sides:
        side.open()
    try:
        for row in rows:
            print(f"{row.key} …", file=sys.stderr, flush=True)
            table.add(_measure_row(row, sides, 1 if quick else row.rounds))
    finally:
        for side in sides:
            side.close()
    return table


def _measure_row(row: Row, sides: Sequence[Side], rounds: int) -> Result:
    samples: dict[str, list[float]] = {side.name: [] for side in sides}
    floor: list[float] = []
    problems: dict[str, str] = {}
    for _ in range(rounds):
        for side in sides:
            if side.name in problems:
                continue
            if row.fresh:
                side.close()
                side.open()
            if row.daemons_only and side.pid() is None:
                continue
            try:
                samples[side.name] += row.measure(side)
            except (BodyError, RuntimeError) as failure:
                problems[side.name] = str(failure)
                print(f"  {side.name}: {failure}", file=sys.stderr)
            if row.floor is not None and side.name == LibvirtdSide.name:
                floor += row.floor(side)
    scale = SCALE[row.unit]
    scaled = {name: [value * scale for value in values] for name, values in samples.items() if values}
    return Result(row, scaled, [value * scale for value in floor], problems)


def _sides(folder: Path) -> list[Side]:
    chosen: list[Side] = []
    for side in (LibvirtdSide(folder / "l"), ManordSide(folder / "m"), EmbeddedSide(folder / "e")):
        side.folder.mkdir()
        if (reason := side.unavailable()) is not None:
            print(f"{side.name} is left out: {reason}", file=sys.stderr)
        else:
            chosen.append(side)
    return chosen


if __name__ == "__main__":
    main()
