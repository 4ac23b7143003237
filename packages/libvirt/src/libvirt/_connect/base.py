# SPDX-License-Identifier: Apache-2.0
"""What every part of virConnect builds on."""

from __future__ import annotations

from typing import Any

from libvirt._handle import Handle
from manor.errors import ErrorNumber, ManorError


class ConnectBase(Handle):
    """A connection; its operations take no reference."""

    def _list(self, count: str, names: str, *arguments: Any) -> list[Any]:
        """What the older list calls return.

        libvirt counts before it lists, so a driver that lacks both is said to lack the counting.
        """
        try:
            return list(self._call(names, *arguments))
        except ManorError as error:
            if error.code is ErrorNumber.NO_SUPPORT:
                self._call(count, *arguments)
            raise

    def _do(self, operation: str, *arguments: Any) -> int:
        """Run an operation that returns nothing; 0, as in C."""
        self._call(operation, *arguments)
        return 0
