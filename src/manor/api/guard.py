# SPDX-License-Identifier: Apache-2.0
"""Read-only connections to drivers in process: what a daemon's read-only socket refuses is refused here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from manor.client.readonly import check_readonly
from manor.drivers.interface import Driver, Family
from manor.drivers.interface.driver import FAMILIES


class _ReadOnly:
    """A family whose operations are checked before they run."""

    def __init__(self, family: Family) -> None:
        self._family = family

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self._family, name)

        def checked(*arguments: Any) -> Any:
            check_readonly(name, arguments)
            return operation(*arguments)

        return checked


def make_readonly(driver: Driver) -> None:
    """Have a connection's driver refuse with VIR_ERR_OPERATION_DENIED what a read-only one may not do."""
    for attribute in FAMILIES:
        setattr(driver, attribute, cast(Family, _ReadOnly(getattr(driver, attribute))))
