# SPDX-License-Identifier: Apache-2.0
"""The folders of files behind a guest's memory: on a disk, or on the file systems of huge pages."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from manor.drivers.qemu.security.accounts import Account
from manor.errors import ErrorDomain, reporter

if TYPE_CHECKING:
    from manor.drivers.qemu.prepare import Preparation

_error = reporter(ErrorDomain.QEMU)

_PASSED_THROUGH: Final = 0o711


async def make_folders(p: Preparation) -> None:
    """Make the folders that the plan's memory objects name, for as long as the guest runs.

    Call it once the command line, or the commands that plug a device, have been built: only they know.
    """
    account = p.core.security.account_of(p.document)
    for folder in sorted(p.plan.memory_folders):
        try:
            if await asyncio.to_thread(_make, folder, account):
                p.undo.push(asyncio.to_thread, shutil.rmtree, folder, ignore_errors=True)
        except OSError as failure:
            raise _error.system(failure.errno or errno.EIO, f"unable to create directory '{folder}'") from failure


def _make(folder: Path, account: Account | None) -> bool:
    """Whether it was not there yet."""
    if folder.exists():
        return False
    for above in reversed(folder.parents):
        above.mkdir(exist_ok=True, mode=_PASSED_THROUGH)
    folder.mkdir(mode=0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return True
