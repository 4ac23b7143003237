# SPDX-License-Identifier: Apache-2.0
"""Devices a guest has although nobody wrote them: what the machine brings along."""

from __future__ import annotations

from typing import Any, Final, cast

from manor.drivers.qemu.passes.context import Context, xml_error
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Input, MemBalloon, Panic
from manor.schema.domain.sound import Audio, AudioType


def add_machine_devices(context: Context) -> None:
    """The buses and devices of the machine type."""
    board, devices = context.board, context.devices
    if board.has_usb and context.controller("usb", 0) is None and not _without_usb(context):
        context.add_controller(Controller(type="usb", index=0, model=_usb_model(context)))
    if board.has_sata:
        _ensure(context, "sata", 0, None)
    if board.root is not None:
        _root(context, board.root)
    if board.has_balloon and devices.memballoon is None:
        devices.memballoon = MemBalloon(model="virtio")
    if board.usb_inputs and devices.graphics:
        plugged = {item.type for item in devices.inputs if item.bus == "usb"}
        if "keyboard" not in plugged:
            devices.inputs.append(Input(type="keyboard", bus="usb"))
        if not plugged & {"mouse", "tablet"}:
            devices.inputs.append(Input(type="mouse", bus="usb"))
    if board.panic is not None and not any(item.model in (None, board.panic) for item in devices.panics):
        devices.panics.append(Panic(model=board.panic))


def _without_usb(context: Context) -> bool:
    return any(item.type == "usb" and item.model == "none" for item in context.devices.controllers)


def _usb_model(context: Context) -> str | None:
    """Newer PCs have a newer controller than a controller without a model is."""
    if context.is_q35:
        for model, device in (("qemu-xhci", "qemu-xhci"), ("nec-xhci", "nec-usb-xhci")):
            if context.caps.has_device(device):
                return model
    return None


def _root(context: Context, model: str) -> None:
    root = context.controller("pci", 0)
    if root is None:
        context.add_controller(Controller(type="pci", index=0, model=model))
    elif root.model != model:
        raise xml_error(
            f"The PCI controller with index='0' must be model='{model}' for this machine type, "
            f"but model='{root.model or '(null)'}' was found instead"
        )


def _ensure(context: Context, kind: str, index: int, model: str | None) -> None:
    """Add a controller unless the document has it."""
    if context.controller(kind, index) is None:
        context.add_controller(Controller(type=cast(Any, kind), index=index, model=model))


def add_input_devices(context: Context) -> None:
    """A PC has a keyboard and a mouse."""
    if not context.board.has_ps2:
        return
    inputs = context.devices.inputs
    for kind in ("mouse", "keyboard"):
        if not any(item.type == kind and item.bus == "ps2" for item in inputs):
            inputs.append(Input(type=cast(Any, kind), bus="ps2"))


def add_audio(context: Context) -> None:
    """The audio backend that goes with the last graphics server; a silent one without any."""
    devices = context.devices
    if devices.audios:
        return
    kind: AudioType | None = None if devices.graphics else "none"
    for graphics in devices.graphics:
        kind = _AUDIO.get(graphics.type or "", kind)
    if kind is not None:
        devices.audios.append(Audio(id=1, type=kind))


_AUDIO: Final[dict[str, AudioType | None]] = {"vnc": "none", "spice": "spice", "sdl": None}
"""The backend that goes with a graphics server; SDL is left to QEMU's own choice."""
