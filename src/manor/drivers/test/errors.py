# SPDX-License-Identifier: Apache-2.0
"""Refusals that many operations of the test driver share, in libvirt's words."""

from __future__ import annotations

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

test_error = reporter(ErrorDomain.TEST)
"""Errors of the driver itself."""

domain_error = reporter(ErrorDomain.DOMAIN)
"""Errors of the part that keeps domains for all drivers of libvirt."""

not_valid = test_error.not_valid
internal = test_error.internal

LIVE, CONFIG = 1, 2  # VIR_DOMAIN_AFFECT_LIVE and _CONFIG; the same bits for vCPUs and memory


def check_flags(flags: int, supported: int, function: str) -> None:
    """Refuse flags that `function` of libvirt's driver does not know."""
    unknown = flags & ~int(supported)
    if unknown:
        raise test_error.unsupported_flags(unknown, function)


def check_impact(flags: int) -> None:
    """Refuse to look at the running and the stored definition at once."""
    if flags & LIVE and flags & CONFIG:
        text = "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive"
        raise domain_error.argument(text, "virDomainObjGetOneDefState", "flags")


def invalid_argument(text: str) -> ManorError:
    """VIR_ERR_INVALID_ARG of the driver."""
    return test_error(ErrorNumber.INVALID_ARG, text)


def not_running() -> ManorError:
    """A domain that would have to run."""
    return domain_error(ErrorNumber.OPERATION_INVALID, "domain is not running")


def unknown_cause() -> ManorError:
    """What callers see where libvirt fails without saying why."""
    text = "An error occurred, but the cause is unknown"
    return ManorError(ErrorNumber.INTERNAL_ERROR, text, ErrorDomain.NONE, int1=0, int2=0)
