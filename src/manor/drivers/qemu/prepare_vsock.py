# SPDX-License-Identifier: Apache-2.0
"""The virtio socket: the kernel's end, opened and given its context identifier before QEMU has it."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from typing import TYPE_CHECKING, Final

from manor.drivers.qemu.documents import alias_of, devices_of
from manor.errors import ErrorDomain, reporter
from manor.schema.domain.devices import VsockCid

if TYPE_CHECKING:
    from manor.drivers.qemu.prepare import Preparation

_error = reporter(ErrorDomain.QEMU)

_DEVICE: Final = "/dev/vhost-vsock"
_SET_GUEST_CID: Final = 0x4008AF60
"""VHOST_VSOCK_SET_GUEST_CID of linux/vhost.h."""

_FIRST_CID: Final = 3
"""The lowest that is neither a wildcard nor a host."""


async def prepare(p: Preparation) -> None:
    """Open the guest's virtio socket, where it has one; raises VIR_ERR_SYSTEM_ERROR."""
    vsock = devices_of(p.document).vsock
    if vsock is None:
        return
    try:
        handle = os.open(_DEVICE, os.O_RDWR | os.O_CLOEXEC)
    except OSError as failure:
        raise _error.system(failure.errno or errno.EIO, "unable to open vhost-vsock device") from failure
    p.plan.fds[alias_of(vsock), "vhost-vsock"] = [handle]
    cid = vsock.cid = vsock.cid or VsockCid(auto=True)
    if cid.auto:
        cid.address = _first_free(handle)
    else:
        _set(handle, cid.address or 0)


def _first_free(handle: int) -> int:
    """Take the lowest identifier nobody has."""
    number = _FIRST_CID
    while True:
        try:
            fcntl.ioctl(handle, _SET_GUEST_CID, struct.pack("=Q", number))
        except OSError as failure:
            if failure.errno != errno.EADDRINUSE:
                raise _error.system(failure.errno or errno.EIO, "failed to set guest cid") from failure
            number += 1
            continue
        return number


def _set(handle: int, number: int) -> None:
    try:
        fcntl.ioctl(handle, _SET_GUEST_CID, struct.pack("=Q", number))
    except OSError as failure:
        raise _error.system(failure.errno or errno.EIO, "failed to set guest cid") from failure
