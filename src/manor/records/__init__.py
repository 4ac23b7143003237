# SPDX-License-Identifier: Apache-2.0
"""The typed values that operations take and return.

One NamedTuple per object reference, result and statistics record, with the fields in the order of libvirt's wire
structures, so that the wire codec can build and read them by position. Events live in `manor.records.events`.
Nothing here has behaviour; the only helpers are those that build lists of typed parameters.

What is in the modules below is had from here as well, each module loaded with the first of its names: making a hundred
classes takes longer than a short command has.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from manor.records.params import *  # noqa: F403 - the names are those modules'
    from manor.records.references import *  # noqa: F403
    from manor.records.results import *  # noqa: F403

_HOMES = ("manor.records.references", "manor.records.params", "manor.records.results")


def __getattr__(name: str) -> object:
    if not name.startswith("_"):
        for home in _HOMES:
            module = import_module(home)
            if hasattr(module, name):
                value: object = getattr(module, name)
                globals()[name] = value
                return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
