# SPDX-License-Identifier: Apache-2.0
"""Dumping a guest's memory into a file QEMU gets as a descriptor (QMP: dump-guest-memory)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest, Running
from manor.errors import reporter
from manor.system.files import discard

_error = reporter(ErrorDomain.QEMU)

DUMP_FD: Final = "migrate"
DEADLINE_S: Final = 24 * 3600.0
"""A dump is as long as its memory is large; its owner cancels it, not the clock."""


async def dump_memory(core: QemuCore, guest: Guest, running: Running, path: Path, form: str | None = None) -> None:
    """Write the memory to `path`, which must not exist; a failed dump leaves no file.

    `form` is one of QEMU's dump formats, None for its default (ELF). Raises VIR_ERR_OPERATION_FAILED with QEMU's words.
    """
    if form is not None:
        known: dict[str, list[str]] = await running.monitor.execute("query-dump-guest-memory-capability")
        if form not in known["formats"]:
            raise _error(ErrorNumber.INVALID_ARG, f"unsupported dumpformat '{form}' for this QEMU binary")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        try:
            await running.monitor.execute("getfd", {"fdname": DUMP_FD}, fds=[handle])
        finally:
            os.close(handle)
        arguments: dict[str, object] = {"paging": False, "protocol": f"fd:{DUMP_FD}", "detach": True}
        if form is not None:
            arguments["format"] = form
        async with running.monitor.listening("DUMP_COMPLETED") as completed:
            await running.monitor.execute("dump-guest-memory", arguments)
            event = await completed.get(DEADLINE_S)
        if event.data.get("error"):
            raise _error(ErrorNumber.OPERATION_FAILED, f"memory-only dump failed: {event.data['error']}")
    except BaseException:
        discard(path)
        raise
