# SPDX-License-Identifier: Apache-2.0
"""Defaults of each device, given the machine: models, buses, formats, sizes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Final, cast

from manor.constants import ErrorNumber
from manor.drivers.qemu.passes.context import Context, error
from manor.schema.common.address import Device
from manor.schema.domain.chardev import Channel, Chardev, Console, Parallel, ParallelTarget, Serial, SerialTarget
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Input, Rng, Tpm, Watchdog
from manor.schema.domain.disk import Disk, DiskDriver
from manor.schema.domain.graphics import Graphics, GraphicsListen, Video, VideoModel
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface, Mac

_BUS_OF_TARGET: Final = {"hd": "ide", "vd": "virtio", "sd": "scsi", "fd": "fdc", "xv": "xen", "ub": "uml"}

OUI: Final = (0x52, 0x54, 0x00)
"""The vendor part of generated MAC addresses."""


def disk(context: Context, item: Disk) -> None:
    """Device kind, bus by target name, driver and format, read-only for optical drives."""
    item.device = item.device or "disk"
    target = item.target
    if target is not None and target.bus is None:
        if item.device == "floppy":
            target.bus = "fdc"
        else:
            target.bus = cast(Any, _BUS_OF_TARGET.get((target.dev or "")[:2], "ide"))
    if item.device == "cdrom":
        item.readonly = True
    if item.driver is None:
        item.driver = DiskDriver()
    item.driver.name = item.driver.name or "qemu"
    if item.driver.type is None and item.type not in ("volume", "vhostuser"):
        item.driver.type = "raw"
    if item.type == "vhostuser":
        item.driver.name = "qemu"
        item.driver.type = "raw"


def interface(context: Context, nic: Interface) -> None:
    """A MAC address, and the model the machine's guests have drivers for."""
    if nic.mac is None:
        nic.mac = Mac()
    if nic.mac.address is None:
        tail = secrets.token_bytes(3)
        nic.mac.address = ":".join(f"{byte:02x}" for byte in (*OUI, *tail))
    if nic.model is None and nic.type != "hostdev":
        nic.model = _nic_model(context)


def _nic_model(context: Context) -> str:
    if context.is_x86:
        for model, name in (("rtl8139", "rtl8139"), ("e1000", "e1000"), ("virtio", "virtio-net-pci")):
            if context.caps.has_device(name):
                return model
    if context.is_pseries:
        return "rtl8139"
    if context.arch in ("aarch64", "armv7l"):
        return {"versatilepb": "smc91c111", "integratorcp": "smc91c111"}.get(context.machine) or (
            "lan9118" if context.machine.startswith("vexpress") else "virtio"
        )
    return "virtio"


def controller(context: Context, item: Controller) -> None:
    """The model of a USB or SCSI controller."""
    item.index = item.index or 0
    if item.type == "usb" and item.model is None:
        item.model = _usb_model(context)
    elif item.type == "scsi" and item.model is None:
        item.model = _scsi_model(context)


def _usb_model(context: Context) -> str | None:
    has = context.caps.has_device
    if context.is_q35 or context.is_arm_virt or context.is_riscv_virt:
        return next((m for m, d in (("qemu-xhci", "qemu-xhci"), ("nec-xhci", "nec-usb-xhci")) if has(d)), None)
    if context.is_pseries:
        for model, device in (("qemu-xhci", "qemu-xhci"), ("nec-xhci", "nec-usb-xhci"), ("pci-ohci", "pci-ohci")):
            if has(device):
                return model
        return None
    if context.is_s390_ccw:
        return "none"
    return "piix3-uhci" if has("piix3-usb-uhci") else ("pci-ohci" if has("pci-ohci") else None)


def _scsi_model(context: Context) -> str:
    if context.is_pseries:
        return "ibmvscsi"
    if context.is_s390_ccw or context.is_arm_virt or context.is_riscv_virt:
        return "virtio-scsi"
    for model, device in (("lsilogic", "lsi"), ("virtio-scsi", "virtio-scsi-pci")):
        if context.caps.has_device(device):
            return model
    raise error(ErrorNumber.CONFIG_UNSUPPORTED, "Unable to determine model for SCSI controller")


def video(context: Context, item: Video) -> None:
    """Card model, memory sizes, heads; the first card is the primary one."""
    if item.model is None:
        item.model = VideoModel()
    model = item.model
    if model.type in (None, "default"):
        model.type = cast(Any, _video_type(context))
    if model.type in ("none", "ramfb"):
        return
    _video_memory(model)
    if model.heads is None:
        model.heads = 1


def _video_type(context: Context) -> str:
    if context.is_pseries:
        return "vga"
    if context.is_arm_virt or context.is_riscv_virt or context.is_s390_ccw:
        return "virtio"
    if context.caps.has_device("cirrus-vga"):
        return "cirrus"
    return "vga" if context.caps.has_device("VGA") else "virtio"


_VRAM: Final = {"cirrus": 16384, "vga": 16384, "vmvga": 16384, "bochs": 16384, "xen": 4096, "gop": 16384}


def _video_memory(model: VideoModel) -> None:
    if model.type == "qxl":
        model.ram = _power_of_two(model.ram or 65536)
        model.vram = _power_of_two(model.vram or 65536)
        model.vgamem = _power_of_two(model.vgamem or 16384)
        if model.vram64 is not None:
            model.vram64 = _power_of_two(model.vram64)
    elif model.vram is None:
        model.vram = _VRAM.get(model.type or "")
    else:
        model.vram = _power_of_two(model.vram) if model.type in ("vga", "vmvga") else model.vram


def _power_of_two(value: int) -> int:
    return 1 << max(0, value - 1).bit_length()


def graphics(context: Context, item: Graphics) -> None:
    """Automatic ports, and where the server listens."""
    if item.type not in ("vnc", "spice"):
        return
    if item.type == "vnc" and not item.listens and item.socket is None and item.port is None and item.autoport is None:
        item.autoport = True
    if item.type == "vnc":
        if item.autoport or item.port == -1 or (item.port is None and item.socket is None):
            item.port, item.autoport = -1, True
        elif item.autoport is None:
            item.autoport = False
    elif item.type == "spice":
        if item.port == -1 and item.tls_port == -1:
            item.autoport = True
        if item.autoport:
            item.port = item.tls_port = None
    if not item.listens:
        item.listens = [_listen(item)]


def _listen(item: Graphics) -> GraphicsListen:
    if item.socket is not None:
        return GraphicsListen(type="socket", socket=item.socket)
    return GraphicsListen(type="address", address=item.listen)


def character(context: Context, item: Chardev) -> None:
    """Targets of serial and parallel ports, consoles and channels."""
    if isinstance(item, Serial):
        _serial(context, item)
    elif isinstance(item, Parallel):
        ports = context.devices.parallels
        if item.target is None:
            item.target = ParallelTarget()
        if item.target.port is None:
            item.target.port = _free_port([p.target.port if p.target is not None else None for p in ports])
    elif isinstance(item, Console):
        if item.target is not None and item.target.port is None:
            item.target.port = context.devices.consoles.index(item)
    elif isinstance(item, Channel) and item.type == "spicevmc" and item.target is not None and item.target.name is None:
        item.target.name = "com.redhat.spice.0"


def _serial(context: Context, item: Serial) -> None:
    ports = context.devices.serials
    if item.target is None:
        item.target = SerialTarget()
    target = item.target
    if target.port is None:
        target.port = _free_port([p.target.port if p.target is not None else None for p in ports])
    if target.type is None:
        target.type = _serial_type(context)
    if target.model is None:
        target.model = cast(Any, _SERIAL_MODELS.get(target.type or "") or _arch_serial_model(context, target.type))


_SERIAL_MODELS: Final = {
    "isa-serial": "isa-serial",
    "usb-serial": "usb-serial",
    "pci-serial": "pci-serial",
    "spapr-vio-serial": "spapr-vty",
    "sclp-serial": "sclpconsole",
    "isa-debug": "isa-debugcon",
}


def _serial_type(context: Context) -> Any:
    if context.is_x86:
        return "isa-serial"
    if context.is_pseries:
        return "spapr-vio-serial"
    if context.is_arm_virt or context.is_riscv_virt:
        return "system-serial"
    return "sclp-serial" if context.is_s390_ccw else None


def _arch_serial_model(context: Context, kind: str | None) -> str | None:
    if kind != "system-serial":
        return None
    return "pl011" if context.is_arm_virt else "16550a"


def _free_port(ports: list[int | None]) -> int:
    return max((port for port in ports if port is not None), default=-1) + 1


def input_device(context: Context, item: Input) -> None:
    """The bus of a pointer or keyboard."""
    if item.bus is None:
        if item.type in ("mouse", "keyboard") and context.is_x86:
            item.bus = "ps2"
        elif item.type in ("passthrough", "evdev"):
            item.bus = "virtio" if item.type == "passthrough" else None
        else:
            item.bus = "usb"


def tpm(context: Context, item: Tpm) -> None:
    """The interface of a TPM."""
    if item.model in (None, "default"):
        item.model = "tpm-spapr" if context.is_pseries else "tpm-tis"
    if item.backend is not None and item.backend.type == "emulator" and item.backend.version in (None, "default"):
        item.backend.version = "2.0" if item.model in ("tpm-crb", "tpm-spapr", "tpm-tis") else "1.2"


def hostdev(context: Context, item: Hostdev) -> None:
    """Host devices are the subsystem kind, driven by VFIO where they are on PCI."""
    item.mode = item.mode or "subsystem"


def watchdog(context: Context, item: Watchdog) -> None:
    """A watchdog resets the guest unless told otherwise."""
    item.action = item.action or "reset"


def rng(context: Context, item: Rng) -> None:
    """Random numbers come over virtio."""
    item.model = item.model or "virtio"


_DEFAULTS: Final[dict[type[Device], Callable[[Context, Any], None]]] = {
    Interface: interface,
    Controller: controller,
    Video: video,
    Graphics: graphics,
    Serial: character,
    Parallel: character,
    Console: character,
    Channel: character,
    Input: input_device,
    Tpm: tpm,
    Hostdev: hostdev,
    Watchdog: watchdog,
    Rng: rng,
}


def fill_disks(context: Context) -> None:
    """Complete the disks, whose buses decide which controllers there are."""
    for item in context.devices.disks:
        disk(context, item)


def fill(context: Context) -> None:
    """Complete every device."""
    for device in tuple(context.devices.walk(Device)):
        default = _DEFAULTS.get(type(device))
        if default is not None:
            default(context, device)
    for index, card in enumerate(context.devices.videos):
        if card.model is not None and index == 0 and card.model.type != "none":
            card.model.primary = True
