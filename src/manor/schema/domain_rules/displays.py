# SPDX-License-Identifier: Apache-2.0
"""Graphics servers and video cards."""

from __future__ import annotations

from typing import Final

from manor.schema.domain import Domain
from manor.schema.domain.graphics import Graphics, GraphicsListen, Video, VideoModel, VideoModelType
from manor.schema.domain_rules.basics import devices_of

_VRAM: Final = {"vga": 16384, "cirrus": 16384, "vmvga": 16384, "bochs": 16384, "xen": 4096, "gop": 16384}
_QXL_MEMORY: Final = 65536


def complete_displays(domain: Domain) -> None:
    """Ports and listeners of servers; a card where there is a server; memory and heads of cards."""
    devices = devices_of(domain)
    for graphics in devices.graphics:
        _complete_server(graphics)
    if devices.graphics and not devices.videos:
        devices.videos.append(Video())
    devices.videos.sort(key=lambda video: video.model is None or not video.model.primary)
    for number, video in enumerate(devices.videos):
        model = video.model = video.model or VideoModel()
        if model.type in (None, "default"):
            model.type = _default_card(domain)
        _complete_card(model)
        model.primary = True if number == 0 and model.type not in ("none",) else None


def _default_card(domain: Domain) -> VideoModelType:
    kind = domain.os.type if domain.os is not None else None
    return "vga" if kind is not None and kind.arch in ("ppc64", "ppc64le") else "cirrus"


def _complete_card(model: VideoModel) -> None:
    if model.type == "none":
        return
    if model.type == "qxl":
        model.ram = model.ram or _QXL_MEMORY
        model.vram = model.vram or _QXL_MEMORY
    elif model.vram is None:
        model.vram = _VRAM.get(model.type or "")
    model.heads = model.heads or 1


def _has_socket(graphics: Graphics) -> bool:
    return any(listen.type == "socket" for listen in graphics.listens)


def _complete_server(graphics: Graphics) -> None:
    if graphics.type == "vnc" and graphics.socket is None and not _has_socket(graphics):
        if graphics.port == -1 or (graphics.port is None and graphics.autoport is not False):
            graphics.port, graphics.autoport = -1, True
        elif graphics.autoport is None:
            graphics.autoport = False
    if graphics.type == "spice" and graphics.autoport is None and graphics.port == -1 and graphics.tls_port == -1:
        graphics.autoport = True
    if graphics.type == "vnc" and graphics.socket is not None and not _has_socket(graphics):
        # The short form of a socket counts for more than a long form of an address.
        graphics.listens = [GraphicsListen(type="socket", socket=graphics.socket)]
        graphics.listen = None
    if graphics.type in ("vnc", "spice", "rdp") and not graphics.listens:
        graphics.listens = [_listen(graphics)]
    if graphics.listens:
        first = graphics.listens[0]
        graphics.listen = graphics.listen or first.address
        if graphics.type == "vnc":
            graphics.socket = graphics.socket or first.socket
    if graphics.passwd is None:
        graphics.passwd_valid_to = graphics.connected = None
    if graphics.type == "spice" and not graphics.autoport and not graphics.port and not graphics.tls_port:
        graphics.autoport = None


def _listen(graphics: Graphics) -> GraphicsListen:
    if graphics.socket is not None:
        return GraphicsListen(type="socket", socket=graphics.socket)
    if graphics.type == "spice" and not any((graphics.port, graphics.tls_port, graphics.autoport, graphics.listen)):
        return GraphicsListen(type="none")
    return GraphicsListen(type="address", address=graphics.listen)
