# SPDX-License-Identifier: Apache-2.0
"""manor runs virtual machines: libvirt's objects, XML, errors and wire protocol, in Python.

The asyncio API is here (`manor.connect`, `manor.Connection` …); it is imported when it is first used, so that programs
of the client part start quickly.
"""

TYPE_CHECKING = False  # the name is enough for type checkers; `typing` would cost every start a few milliseconds
if TYPE_CHECKING:
    from typing import Any

    from manor.api import Connection, DataStream, Domain, DomainStats, Gap, Healing, JobProgress, connect
    from manor.errors import ManorError

__all__ = [
    "Connection",
    "DataStream",
    "Domain",
    "DomainStats",
    "Gap",
    "Healing",
    "JobProgress",
    "ManorError",
    "__version__",
    "connect",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> "Any":
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    source = "manor.errors" if name == "ManorError" else "manor.api"
    value = getattr(import_module(source), name)
    globals()[name] = value
    return value
