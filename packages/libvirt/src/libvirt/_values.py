# SPDX-License-Identifier: Apache-2.0
"""Values as the C binding takes and gives them: typed parameters as dicts, CPU maps as tuples of bool, UUIDs."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from manor.client.functions import error_domain
from manor.constants import TypedParameterType as Kind
from manor.errors import ErrorNumber, ManorError, reporter
from manor.records import ParamValue, TypedParam

if TYPE_CHECKING:
    from manor.client.backend import Backend

Params = dict[str, ParamValue]
"""Typed parameters as they are returned."""

GivenParams = Mapping[str, Any]
"""Typed parameters as programs give them: a list or tuple stands for several values of one name."""

_UUID = re.compile(r"([0-9a-fA-F]{2}-*){16}")


def plain(value: Any) -> Any:
    """A value as C would give it: a driver in this process may answer with members of enumerations."""
    return value.value if isinstance(value, Enum) else value


def plain_list(record: Iterable[Any]) -> list[Any]:
    """The values of a record."""
    return [plain(value) for value in record]


def plain_dict(record: NamedTuple) -> dict[str, Any]:
    """The values of a record by field."""
    return {name: plain(value) for name, value in zip(record._fields, record, strict=True)}


def params_dict(params: Iterable[TypedParam]) -> Params:
    """Typed parameters by name."""
    return {plain(param.field): plain(param.value) for param in params}


def cpu_tuple(cpumap: bytes, cpus: int) -> tuple[bool, ...]:
    """A CPU map as one bool per host CPU."""
    return tuple(bool(cpu // 8 < len(cpumap) and cpumap[cpu // 8] >> cpu % 8 & 1) for cpu in range(cpus))


def cpu_map(chosen: object, cpus: int) -> bytes:
    """One bool per host CPU as a CPU map; what is missing at the end is False."""
    if not isinstance(chosen, tuple):
        raise TypeError("Unexpected type, tuple is required")
    bits = bytearray((cpus + 7) // 8)
    for cpu, wanted in enumerate(chosen[:cpus]):
        if wanted:
            bits[cpu // 8] |= 1 << cpu % 8
    return bytes(bits)


def uuid_text(uuid: bytes) -> str:
    """The usual form of 16 raw bytes."""
    digits = uuid.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def parse_uuid(text: str, function: str) -> bytes:
    """Read a UUID: 16 pairs of digits, with or without hyphens between them.

    Raises VIR_ERR_INVALID_ARG in the name of the C function that was called.
    """
    if _UUID.fullmatch(text.strip()) is None:
        problem = f"uuidstr in {function} must be a valid UUID"
        if function.startswith("virDomain"):
            problem = "Invalid UUID"
        raise reporter(error_domain(function)).argument(problem, function, "uuidstr")
    return bytes.fromhex(text.strip().replace("-", ""))


_UNSIGNED_64, _SIGNED_64 = (0, (1 << 64) - 1), (-(1 << 63), (1 << 63) - 1)
_LIMITS: dict[int, tuple[int, int]] = {
    Kind.INT: (-(1 << 31), (1 << 31) - 1),
    Kind.UINT: (0, (1 << 32) - 1),
    Kind.LLONG: _SIGNED_64,
    Kind.ULLONG: _UNSIGNED_64,
}


def _convert(name: str, kind: int, value: object) -> TypedParam:
    if kind == Kind.STRING:
        if not isinstance(value, str):
            raise TypeError("bad argument type for built-in operation")
        return TypedParam(name, kind, value)
    if kind == Kind.DOUBLE:
        if not isinstance(value, int | float):
            raise TypeError(f"must be real number, not {type(value).__name__}")
        return TypedParam(name, kind, float(value))
    if kind == Kind.BOOLEAN:
        return TypedParam(name, kind, bool(value))
    if kind in (Kind.LLONG, Kind.ULLONG) and not isinstance(value, int):
        raise TypeError("an integer is required")
    number = operator.index(value)  # type: ignore[arg-type]
    lowest, highest = _LIMITS[kind]
    if number < lowest:
        raise OverflowError("can't convert negative int to unsigned" if not lowest else "int too small to convert")
    if number > highest:
        raise OverflowError("int too big to convert")
    return TypedParam(name, kind, number)


def _guess(name: str, value: object) -> int:
    """The type of a value nobody declared."""
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, int):
        return Kind.LLONG if value < 0 else Kind.ULLONG
    if isinstance(value, float):
        return Kind.DOUBLE
    if isinstance(value, str):
        return Kind.STRING
    raise TypeError(f'Unknown type of "{name}" field')


def _entries(values: object) -> list[tuple[str, Any]]:
    """The names and values of a dict that shall become typed parameters."""
    if not isinstance(values, dict):
        raise TypeError(f"a dict is required, not {type(values).__name__}")
    for name in values:
        if not isinstance(name, str):
            raise TypeError("bad argument type for built-in operation")
    return list(values.items())


def typed_params(values: Mapping[str, Any] | None, kinds: Mapping[str, Kind] | None = None) -> list[TypedParam]:
    """A dict as typed parameters: of the type `kinds` tells, else the one the value suggests.

    A list or tuple gives the parameter once per element.
    """
    if values is None:
        return []
    known = kinds or {}
    made: list[TypedParam] = []
    for name, value in _entries(values):
        items: Iterable[object] = value if isinstance(value, list | tuple) else (value,)
        for item in items:
            kind = known.get(name)
            made.append(_convert(name, _guess(name, item) if kind is None else kind, item))
    return made


def required_params(values: Mapping[str, Any], kinds: Mapping[str, Kind], function: str) -> list[TypedParam]:
    """The same where the C function does not take an empty list."""
    params = typed_params(values, kinds)
    if not params:
        error = reporter(error_domain(function))
        raise error.argument(f"params in {function} must not be NULL", function, "params")
    return params


def retyped_params(values: object, fetch: Callable[[], Iterable[TypedParam]]) -> list[TypedParam]:
    """A dict as typed parameters of the types the current ones have; `fetch` gets those."""
    entries = _entries(values)
    if not entries:
        raise LookupError("Need non-empty dictionary to set attributes")
    kinds = {param.field: param.type for param in fetch()}
    for name, _ in entries:
        if name not in kinds:
            raise LookupError(f'Attribute name "{name}" could not be recognized')
    return [_convert(name, kinds[name], value) for name, value in entries]


def host_cpus(backend: Backend) -> int:
    """How many CPUs the host has."""
    try:
        return int(backend.call("node_get_cpu_map", 0).ncpus)
    except ManorError as error:
        if error.code is not ErrorNumber.NO_SUPPORT:
            raise
    info = backend.call("node_get_info")
    return int(info.nodes * info.sockets * info.cores * info.threads)


def absolute(path: str) -> str:
    """A path that means the same to a daemon, whose working folder is another."""
    return path if path.startswith("/") else f"{Path.cwd()}/{path}"
