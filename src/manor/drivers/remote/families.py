# SPDX-License-Identifier: Apache-2.0
"""The families of the remote driver, made from the catalogue: each operation passes its arguments on.

Nothing is written per operation; one that the catalogue gains is here at once.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from manor.drivers.interface import Family
from manor.drivers.interface.driver import FAMILIES, operations

Caller = Callable[[str, tuple[Any, ...]], Awaitable[Any]]


def _operation(name: str, declared: Any) -> Callable[..., Awaitable[Any]]:
    """A method with the catalogue's parameters that asks the daemon."""
    parameters = declared.__code__.co_varnames[1 : declared.__code__.co_argcount]

    async def operation(self: Any, *args: Any, **named: Any) -> Any:
        if named:
            args += tuple(named.pop(parameter) for parameter in parameters[len(args) :])
        if named or len(args) != len(parameters):
            raise TypeError(f"{name} takes {', '.join(parameters) or 'no arguments'}")
        return await self.caller(name, args)

    operation.__name__ = name
    operation.__qualname__ = f"Remote.{name}"
    operation.__doc__ = declared.__doc__
    operation.__signature__ = inspect.signature(declared)  # type: ignore[attr-defined]
    return operation


@cache
def _remote(attribute: str) -> type[Family]:
    """The subclass of a family whose operations ask the daemon."""
    base = FAMILIES[attribute]
    methods = {
        name: _operation(name, getattr(base, name))
        for name, home in operations().items()
        if home == attribute and inspect.iscoroutinefunction(getattr(base, name))
    }
    return type(f"Remote{base.__name__}", (base,), {**methods, "__doc__": f"{base.__doc__} Asked of a daemon."})


def remote_families(session: Any, caller: Caller) -> dict[str, Family]:
    """An instance of each family by its attribute of `Driver`; `caller` runs an operation by name and arguments."""
    families = {}
    for attribute in FAMILIES:
        family: Any = _remote(attribute)(session)
        family.caller = caller
        families[attribute] = family
    return families
