# SPDX-License-Identifier: Apache-2.0
"""libvirt's enumerations, flags and string names, as typed enums.

`DomainState.RUNNING` is VIR_DOMAIN_RUNNING: an enumeration loses `vir`, its members lose what they have in
common. String macros form StrEnums called …Field; integer macros are plain ints without VIR_. The stub
`__init__.pyi` lists all of them. Each is built when it is first asked for. No behaviour lives here.
"""

from manor.constants import _loader
from manor.constants._loader import values

__all__ = ["values"]


def __getattr__(name: str) -> object:
    made: object = _loader.build(name)
    if made is None:
        made = _loader.integers().get(name)
    if made is None:
        raise AttributeError(f"module 'manor.constants' has no attribute '{name}'")
    # setdefault: of two threads that build the same enumeration, both must get the same class.
    return globals().setdefault(name, made)


def __dir__() -> list[str]:
    from manor.constants._data import ENUMS

    return sorted({*globals(), *ENUMS, *_loader.integers()})
