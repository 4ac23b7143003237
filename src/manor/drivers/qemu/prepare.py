# SPDX-License-Identifier: Apache-2.0
"""The host's part of starting a guest: everything that must exist before QEMU runs.

Each step changes the host, pushes its undo and leaves its result in the plan or the live document. Steps run in the
order of `STEPS`; what one device needs is in a module of its own.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from manor.drivers.qemu import (
    firmware,
    native,
    prepare_chardevs,
    prepare_disks,
    prepare_graphics,
    prepare_interfaces,
    prepare_secrets,
    prepare_vsock,
)
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.command import secrets
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.plan import LaunchPlan, sev_files
from manor.errors import ErrorDomain, reporter
from manor.schema.domain import Domain
from manor.system.fds import listen_unix
from manor.system.undo import Undo

_error = reporter(ErrorDomain.QEMU)
_security_error = reporter(ErrorDomain.SECURITY)


class Preparation(msgspec.Struct, frozen=True):
    """What every step gets: the live document to complete, the plan to fill, and where undo goes."""

    core: QemuCore
    guest: Guest
    document: Domain
    caps: QemuCaps
    plan: LaunchPlan
    undo: Undo
    reset_nvram: bool = False


Step = Callable[[Preparation], Awaitable[None]]


async def host_side(preparation: Preparation) -> None:
    """Run all steps; on failure the caller's undo takes back what was done."""
    for step in STEPS:
        await step(preparation)


async def _labels(p: Preparation) -> None:
    """As whom QEMU runs."""
    p.core.security.label(p.document)


async def _folders(p: Preparation) -> None:
    """The guest's own folders, with the key under which secrets travel to QEMU; nobody else waits for a busy disk."""
    await asyncio.to_thread(_make_folders, p)


def _make_folders(p: Preparation) -> None:
    paths = p.plan.paths
    made: list[Path] = []
    p.undo.push(asyncio.to_thread, _remove_folders, made)
    for folder in (paths.folder, paths.channels):
        try:
            folder.mkdir(parents=True, mode=0o700)
        except OSError as failure:
            raise _error.system(failure.errno or errno.EIO, f"unable to create directory '{folder}'") from failure
        made.append(folder)
    # Only QEMU's user may read it.
    descriptor = os.open(paths.master_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(os.urandom(prepare_secrets.MASTER_KEY_BYTES))


def _remove_folders(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


async def _monitor(p: Preparation) -> None:
    """The monitor's socket, listening before QEMU exists: nobody waits for it to appear."""
    with listen_unix(p.plan.paths.monitor) as sock:
        p.plan.monitor_fd = sock.detach()
    p.undo.push(p.plan.close_fds)


async def _channels(p: Preparation) -> None:
    """Sockets of channels whose source the definition leaves to us."""
    native.fill_channels(p.document, p.plan)


async def _variable_store(p: Preparation) -> None:
    if firmware.variable_store(p.document) is not None:
        await asyncio.to_thread(firmware.make_variable_store, p.document, p.undo, reset=p.reset_nvram)


async def _boot_files(p: Preparation) -> None:
    """Files QEMU boots directly exist; libvirt meets them first when it labels them, and says so in these words."""
    boot = p.document.os
    for path in (boot.kernel, boot.initrd, boot.dtb) if boot is not None else ():
        if path is not None:
            try:
                await asyncio.to_thread(os.stat, path)
            except OSError as failure:
                raise _security_error.system(failure.errno or errno.ENOENT, f"unable to stat: {path}") from failure


async def _secrets(p: Preparation) -> None:
    """The secrets of disks and of the firmware's variables; images have their numbers by now."""
    key = p.plan.paths.master_key.read_bytes()
    await prepare_secrets.fill(p.plan, secrets.needs(p.document), key, p.core.secret_lookup)


async def _sev(p: Preparation) -> None:
    """The certificate and session of a SEV guest, in files that go with the guest's folder."""
    security = p.document.launch_security
    if security is None:
        return
    for path, text in sev_files(p.plan.paths, security).values():
        if text:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(text)


async def _give_files(p: Preparation) -> None:
    """What all the other steps have found or made belongs to QEMU's user for as long as the guest runs."""
    p.core.security.give_folders(p.document, p.plan.paths)
    p.undo.push(p.core.security.release, p.guest.key)
    await p.core.security.give(p.guest.key, p.document)


STEPS: Final[tuple[Step, ...]] = (
    _labels,
    _folders,
    _sev,
    _monitor,
    _channels,
    _variable_store,
    _boot_files,
    prepare_disks.prepare,
    _secrets,
    prepare_graphics.prepare,
    prepare_interfaces.prepare,
    prepare_vsock.prepare,
    prepare_chardevs.prepare,
    _give_files,
)
