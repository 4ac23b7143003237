# SPDX-License-Identifier: Apache-2.0
"""Text tables as virsh prints them: columns padded by what a terminal shows, control characters escaped."""

from __future__ import annotations

from collections.abc import Sequence


def char_width(char: str) -> int:
    """How many columns a character takes; combining marks take none."""
    from unicodedata import combining, east_asian_width

    if combining(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def text_width(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if text.isascii() else sum(map(char_width, text))


def printable(text: str) -> str:
    """The text with everything a terminal would not show as `\\x..`, byte by byte."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
        for char in text
    )


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, bare: bool = False) -> str:
    """The table as text; `bare` leaves out the header, whose words then do not widen the columns."""
    cells = [[printable(cell) for cell in row] for row in rows]
    shown = cells if bare else [list(header), *cells]
    if not shown:
        return ""
    widths = [max(text_width(row[column]) for row in shown) for column in range(len(header))]
    lines = [_line(row, widths) for row in shown]
    if not bare:
        lines.insert(1, "-" * sum(width + 3 for width in widths))
    return "".join(f"{line}\n" for line in lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = [f" {cell}{' ' * (width - text_width(cell))}" for cell, width in zip(row[:-1], widths, strict=False)]
    return "  ".join([*padded, f" {row[-1]}"])
