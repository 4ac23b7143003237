# SPDX-License-Identifier: Apache-2.0
"""Consoles and channels of running guests as streams: one client at a time per device."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.interface import Hole, Stream
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.guest import Running
from manor.errors import reporter
from manor.schema.domain.chardev import Chardev
from manor.system.duplex import Duplex
from manor.system.fds import connect_unix

_error = reporter(ErrorDomain.QEMU)


def find_console(running: Running, name: str | None) -> Chardev:
    """The console, serial or parallel port with an alias; without one, the first console or serial port.

    Raises VIR_ERR_INVALID_ARG when there is none.
    """
    devices = devices_of(running.document)
    candidates: list[Chardev] = [*devices.consoles, *devices.serials, *devices.parallels]
    if name is None:
        if devices.consoles and devices.consoles[0].target is not None and devices.consoles[0].target.type == "serial":
            return devices.serials[0] if devices.serials else devices.consoles[0]
        found = next(iter(candidates), None)
    else:
        found = next((item for item in candidates if alias_of(item) == name), None)
    if found is None:
        raise _error(
            ErrorNumber.INTERNAL_ERROR,
            "cannot find console device" if name is None else f"cannot find console device '{name}'",
        )
    return found


def find_channel(running: Running, name: str | None) -> Chardev:
    """The channel with a target name or an alias; without one, the first."""
    for channel in devices_of(running.document).channels:
        target = channel.target.name if channel.target is not None else None
        if name in (None, target, alias_of(channel)):
            return channel
    raise _error(ErrorNumber.INTERNAL_ERROR, f"cannot find channel {name}")


def open_terminal(device: Chardev) -> int:
    """A descriptor of the host's end of a device: its pseudo-terminal."""
    path = next((source.path for source in device.sources if source.path), None) or device.tty
    if device.type not in ("pty", "dev") or path is None:
        raise _error(ErrorNumber.INTERNAL_ERROR, f"character device {alias_of(device)} is not using a PTY")
    return _open(path)


def open_channel(device: Chardev) -> int:
    """A descriptor of a channel's unix socket."""
    path = next((source.path for source in device.sources if source.path), None)
    if device.type != "unix" or path is None:
        raise _error(ErrorNumber.INTERNAL_ERROR, f"channel {alias_of(device)} is not using a UNIX socket")
    try:
        return connect_unix(Path(path)).detach()
    except OSError as failure:
        raise _error.system(failure.errno or 5, f"Unable to connect to '{path}'") from failure


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as failure:
        raise _error.system(failure.errno or 5, f"unable to open file '{path}'") from failure


def attach(running: Running, device: Chardev, fd: int, stream: Stream, *, force: bool) -> None:
    """Connect a client's stream to a descriptor, which this owns from now on.

    Raises VIR_ERR_OPERATION_FAILED when another client has the device, unless `force` takes it from them.
    """
    alias = alias_of(device)
    holder = running.consoles.get(alias)
    if holder is not None and not holder.done():
        if not force:
            os.close(fd)
            raise _error(ErrorNumber.OPERATION_FAILED, "Active console session exists for this domain")
        holder.cancel()
    released: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    running.consoles[alias] = released

    async def transfer(channel: Stream) -> None:
        duplex = Duplex(fd)
        try:
            await _both_ways(channel, duplex, released)
        finally:
            duplex.close()
            released.cancel()
            if running.consoles.get(alias) is released:
                del running.consoles[alias]

    stream.serve(transfer)


async def _both_ways(channel: Stream, duplex: Duplex, released: asyncio.Future[None]) -> None:
    """Carry data until either side ends or the device is taken away."""
    tasks: set[asyncio.Future[None]] = {
        asyncio.ensure_future(_to_client(channel, duplex)),
        asyncio.ensure_future(_to_guest(channel, duplex)),
    }
    try:
        done, _pending = await asyncio.wait({*tasks, released}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await task
    for task in done & tasks:
        task.result()


async def _to_client(channel: Stream, duplex: Duplex) -> None:
    while data := await duplex.read():
        await channel.write(data)


async def _to_guest(channel: Stream, duplex: Duplex) -> None:
    while (data := await channel.read()) is not None:
        if not isinstance(data, Hole):
            await duplex.write(data)
