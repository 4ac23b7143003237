# SPDX-License-Identifier: Apache-2.0
"""What every part of virConnect builds on."""

from __future__ import annotations

from typing import Any

from libvirt._handle import Handle


class ConnectBase(Handle):
    """A connection; its operations take no reference."""

    def _do(self, operation: str, *arguments: Any) -> int:
        """Run an operation that returns nothing; 0, as in C."""
        self._call(operation, *arguments)
        return 0
