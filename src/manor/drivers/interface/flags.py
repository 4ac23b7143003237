# SPDX-License-Identifier: Apache-2.0
"""Checks of flag arguments, with libvirt's errors."""

from __future__ import annotations

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter


def unsupported_flags(flags: int, function: str, domain: ErrorDomain) -> ManorError:
    """VIR_ERR_INVALID_ARG for flags a driver's function does not know."""
    return reporter(domain).unsupported_flags(flags, function)


def check_flags(flags: int, allowed: int, function: str, domain: ErrorDomain = ErrorDomain.NONE) -> None:
    """Refuse flags outside `allowed`; `function` is the name libvirt's message gives (qemuDomainUndefineFlags)."""
    # As a plain number: the complement of an enumeration's members is without what it does not know.
    unknown = flags & ~int(allowed)
    if unknown:
        raise unsupported_flags(unknown, function, domain)


def exclusive_flags(flags: int, first: int, second: int, names: tuple[str, str], function: str) -> None:
    """Refuse two flags given together; `names` as in the message."""
    if flags & first and flags & second:
        raise reporter(ErrorDomain.NONE)(
            ErrorNumber.INVALID_ARG,
            f"flags '{names[0]}' and '{names[1]}' in function {function} are mutually exclusive",
        )
