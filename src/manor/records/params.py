# SPDX-License-Identifier: Apache-2.0
"""Typed parameters: named values that say which of seven types they are of.

Annotations are no strings here and beside: NamedTuple would compile each of them.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Uncounted(list[int]):
    """Numbers of a driver that says it gave none, as libvirt's test driver does of free pages.

    Who looks at them sees them (virsh); who trusts their count (libvirt's Python module) sees nothing.
    """


ParamValue = int | float | bool | str


class TypedParam(NamedTuple):
    """One typed parameter; type is a virTypedParameterType (INT 1 to STRING 7)."""

    field: str
    type: int
    value: ParamValue


_INT, _UINT, _LLONG, _ULLONG, _DOUBLE, _BOOLEAN, _STRING = range(1, 8)


def int_param(field: str, value: int) -> TypedParam:
    """A signed 32-bit parameter."""
    return TypedParam(field, _INT, value)


def uint_param(field: str, value: int) -> TypedParam:
    """An unsigned 32-bit parameter."""
    return TypedParam(field, _UINT, value)


def llong_param(field: str, value: int) -> TypedParam:
    """A signed 64-bit parameter."""
    return TypedParam(field, _LLONG, value)


def ullong_param(field: str, value: int) -> TypedParam:
    """An unsigned 64-bit parameter."""
    return TypedParam(field, _ULLONG, value)


def double_param(field: str, value: float) -> TypedParam:
    """A floating-point parameter."""
    return TypedParam(field, _DOUBLE, value)


def bool_param(field: str, value: bool) -> TypedParam:
    """A boolean parameter."""
    return TypedParam(field, _BOOLEAN, value)


def string_param(field: str, value: str) -> TypedParam:
    """A string parameter."""
    return TypedParam(field, _STRING, value)


def params_dict(params: Iterable[TypedParam]) -> dict[str, ParamValue]:
    """Typed parameters as a mapping of field to value; of a field given several times the last one stays."""
    return {param.field: param.value for param in params}


def merge_params(*parts: Mapping[str, TypedParam] | Iterable[TypedParam]) -> list[TypedParam]:
    """Several groups of typed parameters as one list, in order."""
    merged: list[TypedParam] = []
    for part in parts:
        merged.extend(part.values() if isinstance(part, Mapping) else part)
    return merged
