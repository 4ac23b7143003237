# SPDX-License-Identifier: Apache-2.0
"""Devices a guest has although nobody wrote them: what the machine type brings, and what other devices need."""

from __future__ import annotations

from typing import Any, cast

from manor.drivers.qemu.passes.context import X86, Context
from manor.schema.common.address import (
    CcidAddress,
    DriveAddress,
    VirtioSerialAddress,
)
from manor.schema.domain.chardev import Channel, Console, ConsoleTarget, Serial, SerialTarget
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Input, MemBalloon, Panic
from manor.schema.domain.graphics import Video, VideoModel
from manor.schema.domain.sound import Audio


def add_machine_devices(context: Context) -> None:
    """The buses and devices of the machine type."""
    if _default_usb(context) and not any(c.type == "usb" for c in context.devices.controllers):
        _ensure(context, "usb", 0, None)
    if context.is_q35:
        _ensure(context, "sata", 0, None)
    root = _root_model(context)
    if root is not None:
        _ensure(context, "pci", 0, root)
    if context.devices.memballoon is None and not context.is_microvm and context.arch not in ("m68k", "sh4"):
        context.devices.memballoon = MemBalloon(model="virtio")
    if context.is_pseries and not context.devices.panics:
        context.devices.panics.append(Panic(model="pseries"))


def _root_model(context: Context) -> str | None:
    if context.is_i440fx or context.is_pseries or context.is_s390_ccw:
        return "pci-root"
    if context.is_q35 or context.is_arm_virt or context.is_riscv_virt:
        return "pcie-root"
    return None


def _default_usb(context: Context) -> bool:
    return context.is_i440fx or context.is_q35 or context.is_pseries


def _ensure(context: Context, kind: str, index: int, model: str | None) -> None:
    """Add a controller unless the document has it."""
    if context.controller(kind, index) is None:
        context.add_controller(Controller(type=cast(Any, kind), index=index, model=model))


def add_input_devices(context: Context) -> None:
    """A PC has a keyboard and a mouse."""
    if context.arch not in X86 or context.is_microvm:
        return
    for kind in ("mouse", "keyboard"):
        if not any(item.type == kind and item.bus == "ps2" for item in context.devices.inputs):
            context.devices.inputs.append(Input(type=cast(Any, kind), bus="ps2"))


def add_video(context: Context) -> None:
    """A graphics server without a card gets one."""
    if context.devices.graphics and not context.devices.videos:
        context.devices.videos.append(Video(model=VideoModel(type=None)))


def add_audio(context: Context) -> None:
    """Every guest has an audio backend, silent where nothing plays."""
    if context.devices.audios or (context.arch in ("s390x",) and not context.devices.graphics):
        return
    kind = "none"
    for graphics in context.devices.graphics:
        if graphics.type in ("spice", "sdl"):
            kind = graphics.type
            break
    context.devices.audios.append(Audio(id=1, type=cast(Any, kind)))


def add_console(context: Context) -> None:
    """The first serial port and the first console are one thing; each makes the other where it is missing."""
    devices = context.devices
    if devices.consoles:
        first = devices.consoles[0]
        kind = first.target.type if first.target is not None else None
        if kind in (None, "serial") and not devices.serials and context.arch not in ("s390x",):
            serial = Serial(target=SerialTarget(port=0))
            for name in ("type", "tty", "sources", "protocol", "log"):
                if hasattr(first, name):
                    setattr(serial, name, getattr(first, name))
            devices.serials.append(serial)
    elif devices.serials and devices.serials[0].type is not None:
        devices.consoles.append(Console(type="pty", target=ConsoleTarget(type="serial", port=0)))
    if devices.consoles and devices.serials:
        first = devices.consoles[0]
        if first.target is None:
            first.target = ConsoleTarget(port=0)
        first.target.type = first.target.type or "serial"
        if first.target.type == "serial":
            _mirror(first, devices.serials[0])


def _mirror(console: Console, serial: Serial) -> None:
    """The console shows what its serial port is connected to."""
    for name in ("type", "tty", "sources", "protocol", "log"):
        if hasattr(serial, name):
            setattr(console, name, getattr(serial, name))


def add_bus_controllers(context: Context) -> None:
    """The controllers that the addresses of devices speak of."""
    for disk in context.devices.disks:
        bus = disk.target.bus if disk.target is not None else None
        if bus in ("ide", "fdc", "scsi", "sata") and isinstance(disk.address, DriveAddress):
            for index in range((disk.address.controller or 0) + 1):
                _ensure(context, bus, index, None)
    ports: list[Channel | Console] = [*context.devices.channels, *context.devices.consoles]
    for device in ports:
        address = device.address
        target = device.target.type if device.target is not None else None
        if (target == "virtio" and not context.is_s390_ccw) or isinstance(address, VirtioSerialAddress):
            index = (address.controller or 0) if isinstance(address, VirtioSerialAddress) else 0
            _ensure(context, "virtio-serial", index, None)
    for smartcard in context.devices.smartcards:
        index = (smartcard.address.controller or 0) if isinstance(smartcard.address, CcidAddress) else 0
        _ensure(context, "ccid", index, None)
    for hostdev in context.devices.hostdevs:
        if hostdev.type == "scsi":
            index = (hostdev.address.controller or 0) if isinstance(hostdev.address, DriveAddress) else 0
            _ensure(context, "scsi", index, None)
