# SPDX-License-Identifier: Apache-2.0
"""Character devices before a start: sockets that QEMU listens on, made here and handed over.

QEMU's user need not be allowed to make files where a document wants the socket.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from manor.drivers.qemu.documents import alias_of, devices_of
from manor.errors import ErrorDomain, reporter
from manor.schema.domain.chardev import Chardev
from manor.system.fds import listen_unix

if TYPE_CHECKING:
    from manor.drivers.qemu.prepare import Preparation

_error = reporter(ErrorDomain.QEMU)

ROLE: Final = "chardev"
"""What the descriptors are for, in a plan."""

_MODE: Final = 0o770


async def prepare(p: Preparation) -> None:
    """Make the sockets of all character devices."""
    devices = devices_of(p.document)
    for device in (*devices.serials, *devices.parallels, *devices.consoles, *devices.channels, *devices.redirdevs):
        prepare_one(p, device)


def prepare_one(p: Preparation, device: Chardev) -> None:
    """Make the socket of one device, if it listens on one; a console that mirrors a serial port shares its socket."""
    source = device.source
    place = (alias_of(device), ROLE)
    if device.type != "unix" or source is None or not source.path or source.mode == "connect" or place in p.plan.fds:
        return
    path = Path(source.path)
    try:
        with listen_unix(path, mode=_MODE) as sock:
            p.undo.push(_remove, path)
            p.core.security.give_socket(p.document, path)
            p.plan.fds[place] = [sock.detach()]
    except OSError as failure:
        raise _error.system(failure.errno or errno.EIO, f"Unable to bind to UNIX socket path '{path}'") from failure


def _remove(path: Path) -> None:
    """QEMU has removed it already unless it was killed."""
    try:
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    except FileNotFoundError:
        return
