# SPDX-License-Identifier: Apache-2.0
"""Graphics servers before a start: ports and sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.schema.domain.graphics import Graphics, GraphicsListen

if TYPE_CHECKING:
    from manor.drivers.qemu.prepare import Preparation

LISTEN_ADDRESS = "127.0.0.1"
"""Where servers listen unless a document says otherwise: on this machine only."""


async def prepare(p: Preparation) -> None:
    """Take the ports a guest's graphics servers need and write them into the live document."""
    for graphics in p.document.devices.graphics if p.document.devices is not None else ():
        if graphics.type not in ("vnc", "spice"):
            continue
        listen = graphics.listens[0] if graphics.listens else GraphicsListen(type="address")
        if not graphics.listens:
            graphics.listens = [listen]
        if listen.type == "address":
            if listen.address is None:
                listen.address = LISTEN_ADDRESS
                listen.from_config = 1
                graphics.listen = LISTEN_ADDRESS
            _take_port(p, graphics)


def _take_port(p: Preparation, graphics: Graphics) -> None:
    if graphics.autoport or graphics.port in (None, -1):
        graphics.port = p.core.ports.acquire()
    elif graphics.port:
        p.core.ports.reserve(graphics.port)
    if graphics.port:
        p.plan.ports.append(graphics.port)
        p.undo.push(p.core.ports.release, graphics.port)
    if graphics.websocket == -1:
        graphics.websocket = p.core.websocket_ports.acquire()
        graphics.websocket_generated = True
        p.undo.push(p.core.websocket_ports.release, graphics.websocket)
