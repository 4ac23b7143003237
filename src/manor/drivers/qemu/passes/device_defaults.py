# SPDX-License-Identifier: Apache-2.0
"""Defaults of each kind of device that depend on the machine or the emulator: models, buses, formats, sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from manor.drivers.qemu.passes.context import Context
from manor.schema.common.storage import StorageSource
from manor.schema.domain.chardev import Channel, Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Panic, Tpm, Vsock
from manor.schema.domain.disk import BackingStore, Disk, DiskDriver
from manor.schema.domain.filesystem import Shmem, ShmemMsi
from manor.schema.domain.graphics import VideoModelType
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.passes.chardevs import share_console
from manor.schema.passes.displays import cards, power_of_two

_SHMEM_MIB: Final = 4


def disk(context: Context, item: Disk) -> None:
    """Driver and format. The format is never guessed: what is not said is raw."""
    driver = item.driver = item.driver or DiskDriver()
    if driver.name is None:
        driver.name = "qemu"
    if driver.type is None and item.type != "volume":
        driver.type = "raw"
    if item.encryption is not None:
        item.encryption.engine = item.encryption.engine or "qemu"
    layer: Disk | BackingStore | None = item
    while layer is not None:
        if layer.source is not None:
            source(layer.source)
        layer = layer.backing_store
    if item.mirror is not None:
        item.mirror = None


def source(item: StorageSource) -> None:
    """What encrypts and decrypts an image."""
    if item.encryption is not None:
        item.encryption.engine = item.encryption.engine or "qemu"


def interface(context: Context, nic: Interface) -> None:
    """The model the machine's guests have drivers for."""
    if nic.model is None and nic.type != "hostdev":
        nic.model = "virtio" if nic.type == "vdpa" else _nic_model(context)


_NIC_MODELS: Final = (("rtl8139", "rtl8139"), ("e1000", "e1000"), ("virtio", "virtio-net-pci"))


def _nic_model(context: Context) -> str:
    board = context.board
    if board.is_s390 or board.is_arm_virt or board.is_riscv_virt:
        return "virtio"
    if board.is_arm:
        return "smc91c111" if context.machine == "versatilepb" else "lan9118"
    for model, device in _NIC_MODELS:
        if context.caps.has_device(device):
            return model
    return "rtl8139"


def controller(context: Context, item: Controller) -> None:
    """The model of a controller where the machine has a usual one."""
    item.index = item.index or 0
    if item.type == "scsi":
        if item.model in (None, "auto"):
            item.model = _scsi_model(context)
    elif item.type == "usb":
        if item.model is None:
            item.model = usb_model(context, item)
    elif item.type == "pci" and item.driver is not None:
        item.driver = None


_PPC_USB: Final = (("qemu-xhci", "qemu-xhci"), ("nec-xhci", "nec-usb-xhci"), ("pci-ohci", "pci-ohci"))
_ARM_USB: Final = (("qemu-xhci", "qemu-xhci"), ("nec-xhci", "nec-usb-xhci"))


def usb_model(context: Context, item: Controller) -> str | None:
    """The model of a USB controller that somebody asked for without saying which."""
    has = context.caps.has_device
    board = context.board
    choices: tuple[tuple[str, str], ...] = (("piix3-uhci", "piix3-usb-uhci"),)
    if board.is_ppc64:
        choices = _PPC_USB
    elif context.arch == "aarch64":
        choices = _ARM_USB
    elif board.is_s390:
        return "none" if item.address is None else None
    return next((model for model, device in choices if has(device)), None)


def _scsi_model(context: Context) -> str | None:
    board = context.board
    if board.is_pseries:
        return "ibmvscsi"
    if board.is_s390:
        return "virtio-scsi"
    if context.arch == "sparc":
        return "ncr53c90"
    for model, device in (("lsilogic", "lsi53c895a"), ("virtio-scsi", "virtio-scsi-pci")):
        if context.caps.has_device(device):
            return model
    return None


def videos(context: Context) -> None:
    """Video cards; QEMU rounds one more memory of qxl."""
    cards(context.devices, lambda: _video_type(context))
    for card in context.devices.videos:
        model = card.model
        if model is None:
            continue
        if model.type == "qxl":
            model.vgamem = model.vgamem or _QXL_VGA_MEMORY
            model.vram64 = power_of_two(model.vram64)


_QXL_VGA_MEMORY: Final = 16384


def _video_type(context: Context) -> VideoModelType:
    board = context.board
    if board.is_ppc64:
        return "vga"
    if board.is_arm_virt or board.is_riscv_virt or board.is_s390:
        return "virtio"
    for name, device in (("cirrus", "cirrus-vga"), ("vga", "VGA"), ("virtio", "virtio-gpu-pci")):
        if context.caps.has_device(device):
            return cast(VideoModelType, name)
    return "cirrus"


def channel(context: Context, item: Channel) -> None:
    """Sockets whose path the driver chooses are not written down."""
    if item.type == "unix" and item.target is not None and item.target.type == "virtio":
        path = item.source.path if item.source is not None else None
        if path is not None and _is_chosen(context, item.target.name or "", path):
            item.sources = []
    if item.target is not None:
        item.target.state = None


def _is_chosen(context: Context, name: str, path: str) -> bool:
    """Whether a path is one the driver chose: below its folder, or of any guest's folder."""
    if path.startswith(f"{context.host.channels}/"):
        return True
    folder, _, last = path.rpartition("/")
    return last == name and folder.rpartition("/")[2].startswith("domain-")


_SERIAL_MODELS: Final = {
    "isa-serial": "isa-serial",
    "usb-serial": "usb-serial",
    "pci-serial": "pci-serial",
    "spapr-vio-serial": "spapr-vty",
    "sclp-serial": "sclpconsole",
    "isa-debug": "isa-debugcon",
}


def serials(context: Context) -> None:
    """What a serial port is plugged into, and which device it is."""
    for item in context.devices.serials:
        serial(context, item)
    share_console(context.devices)


def serial(context: Context, item: Serial) -> None:
    """One serial port."""
    target = item.target
    if target is None:
        return
    if target.type is None:
        target.type = cast(Any, _serial_type(context, item))
    elif target.type == "isa-serial" and context.is_pseries:
        target.type = "spapr-vio-serial"
    if target.model is None:
        target.model = cast(Any, _SERIAL_MODELS.get(target.type or "") or _system_model(context, target.type))


def _serial_type(context: Context, item: Serial) -> str | None:
    if item.address is not None and item.address.type != "isa":
        # Old documents say what kind of port it is by its address.
        return {"usb": "usb-serial", "pci": "pci-serial", "spapr-vio": "spapr-vio-serial"}.get(item.address.type)
    board = context.board
    if board.is_x86:
        return "isa-serial"
    if board.is_pseries:
        return "spapr-vio-serial"
    if board.is_arm_virt or board.is_riscv_virt:
        return "system-serial"
    return "sclp-serial" if board.is_s390 else None


def _system_model(context: Context, kind: str | None) -> str | None:
    if kind != "system-serial":
        return None
    if context.board.is_arm:
        return "pl011"
    return "16550a" if context.board.is_riscv_virt else None


def tpm(context: Context, item: Tpm) -> None:
    """The interface of a TPM, and the version that goes with it."""
    if item.model is None:
        item.model = "tpm-spapr" if context.board.is_ppc64 else "tpm-tis"
    backend = item.backend
    if backend is not None and backend.type == "emulator" and backend.version is None:
        old = item.model == "tpm-tis" and not context.is_arm_virt
        backend.version = "1.2" if old else "2.0"


def hostdev(context: Context, item: Hostdev) -> None:
    """A mediated device shows nothing unless it is asked to."""
    if item.type == "mdev" and item.model == "vfio-pci" and item.display is None:
        item.display = False


def panic(context: Context, item: Panic) -> None:
    """The panic device of the machine."""
    if item.model is not None:
        return
    board = context.board
    item.model = "pseries" if board.is_pseries else "s390" if board.is_s390 else "isa"


def vsock(context: Context, item: Vsock) -> None:
    """A socket device is virtio."""
    item.model = item.model or "virtio"


def shmem(context: Context, item: Shmem) -> None:
    """The size of plain shared memory; interrupts of the other kind."""
    if item.model == "ivshmem-plain":
        item.size = item.size if item.size is not None else _SHMEM_MIB
    elif item.model == "ivshmem-doorbell" and item.server is not None:
        item.msi = item.msi or ShmemMsi()
        item.msi.ioeventfd = True if item.msi.ioeventfd is None else item.msi.ioeventfd


_DEFAULTS: Final[tuple[tuple[str, Callable[[Context, Any], None]], ...]] = (
    ("interfaces", interface),
    ("hostdevs", hostdev),
    ("channels", channel),
    ("tpms", tpm),
    ("panics", panic),
    ("shmems", shmem),
)


def fill(context: Context) -> None:
    """Complete every device but the disks and controllers."""
    devices = context.devices
    for name, default in _DEFAULTS:
        for device in getattr(devices, name):
            default(context, device)
    if devices.vsock is not None:
        vsock(context, devices.vsock)
    if devices.serials:
        serials(context)
    if devices.videos:
        videos(context)


def fill_controllers(context: Context) -> None:
    """Complete the controllers, on which addresses depend."""
    for item in context.devices.controllers:
        controller(context, item)


def fill_disks(context: Context) -> None:
    """Complete the disks, whose buses decide which controllers there are."""
    for item in context.devices.disks:
        disk(context, item)
