# SPDX-License-Identifier: Apache-2.0
"""Numbers as virsh reads and writes them: plain, scaled with a unit, and pretty sizes. Pure functions."""

from __future__ import annotations

MAX_INT = 2**31 - 1
MAX_UINT = 2**32 - 1
MAX_LLONG = 2**63 - 1
MAX_ULLONG = 2**64 - 1

_POWERS = "kmgtpe"


def integer(text: str, low: int, high: int) -> int:
    """Read a decimal number in a range, as C's strtol does: leading blanks and a sign are allowed.

    Raises ValueError.
    """
    stripped = text.lstrip(" \t\n\v\f\r")
    digits = stripped[1:] if stripped[:1] in ("+", "-") else stripped
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"'{text}' is not a decimal number")
    value = int(stripped)
    if not low <= value <= high:
        raise ValueError(f"{text} is not between {low} and {high}")
    return value


class BadSuffix(ValueError):  # noqa: N818 - libvirt's own complaint, which virsh prints as well
    """The unit after a number is unknown; str() is libvirt's message."""


def scaled(text: str, scale: int, high: int) -> int:
    """Read a size such as `512`, `10MiB`, `2g`: without a unit it counts in `scale` bytes; the result is in bytes.

    `k`, `KiB` are 1024 bytes, `KB` 1000, and so on up to `E`; `b` and `bytes` are bytes. Raises ValueError.
    """
    stripped = text.lstrip(" \t\n\v\f\r")
    end = 0
    while end < len(stripped) and (stripped[end].isdigit() or (end == 0 and stripped[0] == "+")):
        end += 1
    number, unit = stripped[:end], stripped[end:]
    value = integer(number, 0, MAX_ULLONG)
    multiplied = value * _factor(unit, scale)
    if multiplied > high:
        raise BadSuffix(f"numerical overflow: value too large: {value}{unit}")
    return multiplied


def _factor(unit: str, scale: int) -> int:
    if not unit:
        return scale
    lower = unit.lower()
    if lower in ("b", "byte", "bytes"):
        return 1
    power = _POWERS.find(lower[0]) + 1
    if power and lower[1:] in ("", "ib"):
        return int(1024**power)
    if power and lower[1:] == "b":
        return int(1000**power)
    raise BadSuffix(f"invalid argument: unknown suffix '{unit}'")


def pretty(size: float) -> tuple[float, str]:
    """A size in bytes as a number below 1024 and its unit."""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB", "PiB"):
        if value < 1024:
            return value, unit
        value /= 1024
    return value, "EiB"
