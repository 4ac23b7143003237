# SPDX-License-Identifier: Apache-2.0
"""What every API method does around its own work: check arguments, turn failures into libvirtError.

A method is written as if nothing could go wrong, names its C function in `@api`, and calls the backend. The decorator
gives it the C binding's behaviour: wrong types are TypeError, None where C forbids NULL is VIR_ERR_INVALID_ARG, a
closed connection is VIR_ERR_INVALID_CONN, and a failed operation is this thread's last error and a libvirtError.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from libvirt._errors import error_tuple, failed, forget, libvirtError, report
from manor.client.functions import error_domain
from manor.errors import ErrorNumber, ManorError, reporter

P = ParamSpec("P")
R = TypeVar("R")
Check = Callable[[Any], Any]

# How wide a number is in C, and the bytes that have to be 16; type checkers see ints and bytes.
Int32 = int
UInt32 = int
RawUUID = bytes

_RAISE = object()
_MINIMUM, _MAXIMUM = -(1 << 63), (1 << 64) - 1


def api(function: str, *, on_failure: Any = _RAISE) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a method of an API class as the C function `function`.

    `on_failure` is returned instead of raising, for the few methods whose C binding does not look at failures.
    """

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        checks: dict[str, Check] = {}
        unchecked: Callable[..., R] = method

        @wraps(method)
        def call(handle: Any, *args: Any, **kwargs: Any) -> R:
            try:
                if args or kwargs:
                    if not checks:
                        checks.update(_checks(method, function))
                    if len(args) <= len(checks):
                        args = tuple(check(value) for check, value in zip(checks.values(), args, strict=False))
                    for name in kwargs:
                        if name in checks:
                            kwargs[name] = checks[name](kwargs[name])
                if handle._o is None:
                    raise reporter(error_domain(function))(ErrorNumber.INVALID_CONN, function)
                return unchecked(handle, *args, **kwargs)
            except ManorError as error:
                report(error)
                handle._link.last_error = error_tuple(error)
                if on_failure is not _RAISE:
                    result: R = on_failure
                    return result
                raise libvirtError(f"{function}() failed") from None

        return cast("Callable[P, R]", call)

    return decorate


def call_guarded(function: str, work: Callable[[], R]) -> R:
    """The same for what is no method of an object: run `work`, turn its failure into a libvirtError."""
    forget()
    try:
        return work()
    except ManorError as error:
        report(error)
        raise libvirtError(f"{function}() failed") from None


def _checks(method: Callable[..., Any], function: str) -> dict[str, Check]:
    """A check for each parameter after self, made from the annotations; C counts self as argument 1."""
    names = method.__code__.co_varnames[1 : method.__code__.co_argcount]
    return {
        name: _check(str(method.__annotations__[name]), function, name, position)
        for position, name in enumerate(names, start=2)
    }


def _check(annotation: str, function: str, name: str, position: int) -> Check:
    if annotation in _NUMBERS:
        return _NUMBERS[annotation]
    if annotation == "RawUUID":
        return _uuid_check(function)
    if annotation in ("str", "str | None"):
        return _text_check(function, name, position, nullable=annotation != "str")
    return _anything


def _uuid_check(function: str) -> Check:
    def check(value: Any) -> bytes:
        raw = value.encode() if isinstance(value, str) else value
        if not isinstance(raw, bytes | bytearray) or len(raw) != 16:
            raise failed(function)
        return bytes(raw)

    return check


def _anything(value: Any) -> Any:
    return value


def _unsigned(value: Any) -> int:
    """C takes 32 bits and drops the rest."""
    return operator.index(value) & 0xFFFFFFFF


def _signed(value: Any) -> int:
    number = operator.index(value)
    if number > 0x7FFFFFFF:
        raise OverflowError("signed integer is greater than maximum")
    if number < -0x80000000:
        raise OverflowError("signed integer is less than minimum")
    return number


def _integer(value: Any) -> int:
    number = operator.index(value)
    if not _MINIMUM <= number <= _MAXIMUM:
        raise OverflowError("Python int too large to convert to C long")
    return number


_NUMBERS: dict[str, Check] = {"int": _integer, "Int32": _signed, "UInt32": _unsigned}


def _text_check(function: str, name: str, position: int, *, nullable: bool) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, str):
            return value
        if value is not None:
            kind = type(value).__name__
            raise TypeError(f"{function}() argument {position} must be str or None, not {kind}")
        if nullable:
            return None
        error = reporter(error_domain(function))
        raise error.argument(f"{name} in {function} must not be NULL", function, name)

    return check
