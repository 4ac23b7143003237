# SPDX-License-Identifier: Apache-2.0
"""Passwords of graphics servers, the one thing of them that changes while a guest runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from manor.constants import ErrorNumber
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug import rules
from manor.errors import ErrorDomain, reporter
from manor.schema.domain.graphics import Graphics, GraphicsListen

_error = reporter(ErrorDomain.QEMU)

_PASSWORDS = frozenset({"vnc", "spice"})


async def update(core: QemuCore, guest: Guest, running: Running, wanted: Graphics) -> None:
    """Change the password, and how long it is valid; VIR_ERR_OPERATION_UNSUPPORTED for anything else."""
    graphics = next((item for item in devices_of(running.document).graphics if item.type == wanted.type), None)
    if graphics is None:
        raise _error(
            ErrorNumber.DEVICE_MISSING, f"cannot find existing graphics device to modify of type '{wanted.type}'"
        )
    _check(graphics, wanted)
    changed = graphics.evolve(passwd=wanted.passwd, passwd_valid_to=wanted.passwd_valid_to, connected=wanted.connected)
    if (changed.passwd, changed.passwd_valid_to) != (graphics.passwd, graphics.passwd_valid_to):
        await set_password(running, changed)
    graphics.passwd, graphics.passwd_valid_to = changed.passwd, changed.passwd_valid_to
    graphics.connected = changed.connected
    core.save_status(guest)


def _check(known: Graphics, wanted: Graphics) -> None:
    kind = wanted.type
    if wanted.listens and len(wanted.listens) != len(known.listens):
        raise rules.unsupported(f"cannot change the number of listen addresses on '{kind}' graphics")
    given: list[GraphicsListen | None] = [*wanted.listens] or [None] * len(known.listens)
    for old, new in zip(known.listens, given, strict=True):
        if new is not None and new.type != old.type:
            raise rules.unsupported(f"cannot change the type of listen address on '{kind}' graphics")
        address = new.address if new is not None else wanted.listen
        if old.type == "address" and address != old.address:
            raise rules.unsupported(f"cannot change listen address setting on '{kind}' graphics")
        if old.type == "socket" and new is not None and new.socket != old.socket:
            raise rules.unsupported(f"cannot change listen socket setting on '{kind}' graphics")
    automatic = wanted.autoport or wanted.port in (None, -1)
    if not automatic and wanted.port != known.port:
        raise rules.unsupported(f"cannot change port settings on {kind} graphics")
    if wanted.keymap is not None and wanted.keymap != known.keymap:
        raise rules.unsupported(f"cannot change keymap setting on {kind} graphics")


async def set_password(running: Running, graphics: Graphics) -> None:
    """Tell QEMU the password of a server; without one nobody can log in."""
    if graphics.type not in _PASSWORDS:
        return
    arguments: dict[str, Any] = {"protocol": graphics.type, "password": graphics.passwd or ""}
    if graphics.connected not in (None, "default"):
        arguments["connected"] = graphics.connected
    await running.monitor.execute("set_password", arguments)
    if graphics.passwd_valid_to is None:
        expiry = "never"
    else:
        expiry = str(int(datetime.fromisoformat(graphics.passwd_valid_to).replace(tzinfo=UTC).timestamp()))
    await running.monitor.execute("expire_password", {"protocol": graphics.type, "time": expiry})


async def apply_all(running: Running) -> None:
    """Tell a QEMU that has just started its passwords, which are not for its command line."""
    for graphics in devices_of(running.document).graphics:
        if graphics.passwd is not None:
            await set_password(running, graphics)
