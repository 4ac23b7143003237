# SPDX-License-Identifier: Apache-2.0
"""Graphics servers, video cards and audio backends that QEMU, or this machine, cannot have."""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.passes.context import Context, unsupported, xml_error
from manor.schema.domain.graphics import Graphics, Video, VideoModel
from manor.schema.domain.sound import Audio

_UNKNOWN: Final = frozenset({"rdp", "desktop"})
_WITH_EGL: Final = frozenset({"vnc", "spice", "egl-headless"})
_VNC_PASSWORD: Final = 8

_CARDS: Final[dict[str, tuple[str, ...]]] = {
    "vga": ("VGA",),
    "cirrus": ("cirrus-vga",),
    "vmvga": ("vmware-svga",),
    "qxl": ("qxl", "qxl-vga"),
    "virtio": ("virtio-gpu-pci", "virtio-gpu-ccw", "virtio-gpu-device", "virtio-vga"),
    "bochs": ("bochs-display",),
    "ramfb": ("ramfb",),
}
"""The devices any one of which makes a card."""

_SECONDARY: Final = frozenset({"qxl", "virtio"})
_HEADS: Final = frozenset({"qxl", "virtio"})
_SIZED: Final = frozenset({"vga", "qxl", "virtio", "bochs"})
_LEAST_MEMORY: Final = 1024


def graphics(context: Context, item: Graphics) -> None:
    """Check one server."""
    if item.type in _UNKNOWN:
        raise unsupported(f"{item.type} graphics are not supported with this QEMU")
    if item.type == "egl-headless":
        _egl(context)
    elif item.type == "vnc" and item.passwd is not None and len(item.passwd) > _VNC_PASSWORD:
        length = len(item.passwd)
        raise unsupported(f"VNC password is {length} characters long, only {_VNC_PASSWORD} permitted")
    elif item.type == "spice" and (item.tls_port or 0) > 0 and not context.host.spice_tls:
        raise unsupported("spice TLS port set in XML configuration, but TLS is disabled in qemu.conf")


def _egl(context: Context) -> None:
    servers = context.devices.graphics
    if any(server.type not in _WITH_EGL for server in servers):
        text = "graphics type 'egl-headless' is only supported with one of: 'vnc', 'spice' graphics types"
        raise unsupported(text)
    if any(server.type == "spice" and server.gl is not None and server.gl.enable for server in servers):
        raise unsupported("multiple OpenGL displays are not supported by QEMU")


def video(context: Context, item: Video) -> None:
    """Check one card."""
    model = item.model
    if model is None or model.type == "none":
        return
    kind = model.type or ""
    if not any(context.caps.has_device(name) for name in _CARDS.get(kind, ())):
        raise unsupported(f"domain configuration does not support video model '{kind}'")
    if item is not context.devices.videos[0] and kind not in _SECONDARY:
        raise unsupported(f"video type '{kind}' is only valid as primary video device")
    if (model.heads or 1) > 1 and kind not in _HEADS:
        raise unsupported(f"video type '{kind}' doesn't support multiple 'heads'")
    acceleration = model.acceleration
    if acceleration is not None:
        if acceleration.accel2d:
            raise unsupported("qemu does not support the accel2d setting")
        if acceleration.accel3d and kind != "virtio":
            raise unsupported("3d acceleration is supported only with 'virtio' video device")
    _memory(model, kind)
    if model.resolution is not None and kind not in _SIZED:
        raise xml_error("model resolution is not supported")


def _memory(model: VideoModel, kind: str) -> None:
    if kind == "qxl":
        if model.vgamem is not None and model.vgamem < _LEAST_MEMORY:
            raise unsupported("value for 'vgamem' must be at least 1 MiB (1024 KiB)")
        if model.vgamem is not None and model.vgamem & (model.vgamem - 1):
            raise unsupported("value for 'vgamem' must be power of two")
    elif kind in ("vga", "vmvga") and model.vram is not None and model.vram < _LEAST_MEMORY:
        raise unsupported("value for 'vram' must be at least 1 MiB (1024 KiB)")


def audio(context: Context, item: Audio) -> None:
    """Check one audio backend."""
    if item.type == "spice" and all(server.type != "spice" for server in context.devices.graphics):
        raise unsupported("Spice audio is not supported without spice graphics")
