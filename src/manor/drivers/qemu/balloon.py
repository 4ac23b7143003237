# SPDX-License-Identifier: Apache-2.0
"""Changing how much memory a running guest has, through its balloon (QMP: balloon)."""

from __future__ import annotations

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.guest import Running
from manor.drivers.qemu.measures.memory import balloon_path
from manor.errors import reporter

_error = reporter(ErrorDomain.QEMU)


async def resize(running: Running, kib: int) -> None:
    """Ask the guest to make do with `kib`; how far it gets, BALLOON_CHANGE tells.

    Raises VIR_ERR_OPERATION_INVALID for a guest without a balloon.
    """
    if balloon_path(running) is None:
        raise _error(
            ErrorNumber.OPERATION_INVALID, "Unable to change memory of active domain without the balloon device"
        )
    await running.monitor.execute("balloon", {"value": kib * 1024})
