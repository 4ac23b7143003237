# SPDX-License-Identifier: Apache-2.0
"""The conditions of a write, worded once for every store."""

from __future__ import annotations

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import reporter
from manor.store.model import ABSENT, ConflictError, Kind

_error = reporter(ErrorDomain.CONF)


def _conflict(code: ErrorNumber, text: str) -> ConflictError:
    plain = _error(code, text)
    return ConflictError(plain.code, plain.message, plain.domain, str1=plain.str1, str2=plain.str2)


def check_expected(kind: Kind, key: str, expected: int | None, actual: int) -> None:
    """Raise ConflictError unless the object's revision (`ABSENT` for none) is the expected one."""
    if expected is None or expected == actual:
        return
    if expected == ABSENT:
        text = f"{kind.label} '{key}' exists already"
    elif actual == ABSENT:
        text = f"{kind.label} '{key}' was removed in the meantime"
    else:
        text = f"{kind.label} '{key}' was changed in the meantime (revision {actual}, expected {expected})"
    raise _conflict(ErrorNumber.OPERATION_INVALID, text)


def name_taken(kind: Kind, name: str, holder: str) -> ConflictError:
    """The error for a name that another object of the kind has."""
    return _conflict(ErrorNumber.OPERATION_FAILED, f"{kind.label} '{name}' already exists with uuid {holder}")
