# SPDX-License-Identifier: Apache-2.0
"""Typed parameters of callers, checked against what an operation takes: one check, with libvirt's words, for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from manor.constants import ErrorNumber, TypedParameterType
from manor.errors import ErrorDomain, reporter
from manor.records import ParamValue, TypedParam

_error = reporter(ErrorDomain.NONE)

UINT: Final = TypedParameterType.UINT
INT: Final = TypedParameterType.INT
LLONG: Final = TypedParameterType.LLONG
ULLONG: Final = TypedParameterType.ULLONG
BOOLEAN: Final = TypedParameterType.BOOLEAN
STRING: Final = TypedParameterType.STRING


def checked(params: Iterable[TypedParam], known: Mapping[str, TypedParameterType]) -> dict[str, ParamValue]:
    """The parameters by name, in the order given.

    Raises VIR_ERR_ARGUMENT_UNSUPPORTED for an unknown name, VIR_ERR_INVALID_ARG for a wrong type or a name given twice.
    """
    found: dict[str, ParamValue] = {}
    for param in params:
        expected = known.get(param.field)
        if expected is None:
            raise _error(ErrorNumber.ARGUMENT_UNSUPPORTED, f"parameter '{param.field}' not supported")
        if param.type != expected:
            given = TypedParameterType(param.type).name.lower()
            text = f"invalid type '{given}' for parameter '{param.field}', expected '{expected.name.lower()}'"
            raise _error(ErrorNumber.INVALID_ARG, text)
        if param.field in found:
            raise _error(ErrorNumber.INVALID_ARG, f"parameter '{param.field}' occurs multiple times")
        found[param.field] = param.value
    return found
