# SPDX-License-Identifier: Apache-2.0
"""Amounts with units: what libvirt accepts in `unit=` attributes, and scaling between units.

Source: libvirt's documentation of the memory element; suffixes are matched without regard to case.
"""

from __future__ import annotations

import re

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.NONE)

_NUMBER = re.compile(r"\s*\+?([0-9]{1,20})\s*\Z")
_POWERS = "kmgtpe"
_MAX_ULONG = (1 << 64) - 1


def factor(unit: str) -> int:
    """How many bytes one `unit` is: b, bytes, KB (1000), k, KiB (1024) … E, EiB.

    Raises VIR_ERR_INVALID_ARG for an unknown unit.
    """
    low = unit.lower()
    if low in ("", "b", "byte", "bytes"):
        return 1
    power = _POWERS.find(low[0]) + 1
    rest = low[1:]
    if power and rest in ("", "ib"):
        return 1 << (10 * power)
    if power and rest == "b":
        return int(1000**power)
    raise _error(ErrorNumber.INVALID_ARG, f"unknown suffix '{unit}'")


_BYTES = {"bytes": 1, "B": 1, "KiB": 1024, "MiB": 1 << 20, "M": 1 << 20}


def scaled(text: str, unit: str | None, target: str, assumed: str) -> int:
    """The amount `text` `unit` in `target` units, rounded up; without a unit it is in `assumed` units.

    Raises ValueError for what is not a number, VIR_ERR_INVALID_ARG for an unknown unit and
    VIR_ERR_OVERFLOW for an amount beyond 64 bits.
    """
    found = _NUMBER.match(text)
    if found is None:
        raise ValueError(text)
    number = int(found[1])
    if number > _MAX_ULONG:
        raise ValueError(text)
    per = _BYTES[target]
    amount = number * (_BYTES[assumed] if not unit else factor(unit))
    if amount > _MAX_ULONG:
        raise _error(ErrorNumber.OVERFLOW, f"value too large: {number}{unit or assumed}")
    return -(-amount // per)


def pretty(amount: int) -> tuple[int, str]:
    """An amount of bytes in the largest unit that divides it."""
    unit = "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB"):
        if amount % 1024 or not amount:
            break
        amount //= 1024
        unit = larger
    return amount, unit
