# SPDX-License-Identifier: Apache-2.0
"""What every pass gets: the document, what its emulator can do, the purpose; and questions about the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final

import msgspec

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.caps_firmware import Firmware
from manor.drivers.qemu.passes.machines import Board, board
from manor.errors import ErrorDomain, reporter
from manor.schema.common.address import HostPciAddress
from manor.schema.domain import Domain
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices

__all__ = [
    "NO_HOST",
    "Context",
    "Host",
    "Pass",
    "Purpose",
    "error",
    "internal",
    "of_devices",
    "of_document",
    "unsupported",
    "xml_error",
]

error = reporter(ErrorDomain.QEMU)
xml_error = error.xml_error
unsupported = error.unsupported
internal = error.internal


class Purpose(Enum):
    """What a completed document is for."""

    DEFINE = "define"
    CREATE = "create"
    START = "start"
    NATIVE = "domxml-to-native"
    ATTACH = "attach"


def _any_express(_address: HostPciAddress) -> bool:
    return True


class Host(msgspec.Struct, frozen=True):
    """What the passes must know of the host and the driver's settings; found out by the caller.

    `firmware` are the descriptors of installed firmware, the preferred first. `is_express` tells whether a PCI device
    of the host is PCI Express, which one that is not there is taken for. `nvram` is the folder of variable stores,
    `channels` that of channel sockets. `arch` is the host's architecture. `spice_tls` is a setting of the driver.
    """

    firmware: Sequence[Firmware] = ()
    is_express: Callable[[HostPciAddress], bool] = _any_express
    nvram: str = "/var/lib/libvirt/qemu/nvram"
    channels: str = "/var/lib/libvirt/qemu/channel/target"
    arch: str = "x86_64"
    spice_tls: bool = False


NO_HOST: Final = Host()

Pass = Callable[["Context"], None]
"""One thing that is filled in or refused."""


class Context:
    """One document on its way through the passes.

    `added` are the controllers that passes added. `arch`, `machine` and `board` are those of the document when the
    context was made, or when `settle` was called last.
    """

    __slots__ = ("added", "arch", "board", "caps", "devices", "document", "host", "machine", "purpose", "virt_type")

    def __init__(self, document: Domain, caps: QemuCaps, purpose: Purpose, host: Host = NO_HOST) -> None:
        self.document: Final = document
        self.caps: Final = caps
        self.purpose: Final = purpose
        self.host: Final = host
        if document.devices is None:
            document.devices = Devices()
        self.devices: Devices = document.devices
        self.added: Final[list[Controller]] = []
        self.virt_type: str = document.type or "qemu"
        self.arch = ""
        self.machine = ""
        self.board: Board
        self.settle()

    def settle(self) -> None:
        """Take note of the architecture and the machine type that the document has now."""
        kind = self.document.os.type if self.document.os is not None else None
        self.arch = (kind.arch if kind is not None else None) or self.host.arch
        self.machine = (kind.machine if kind is not None else None) or ""
        self.board = board(self.arch, self.machine)

    @property
    def is_x86(self) -> bool:
        return self.board.is_x86

    @property
    def is_i440fx(self) -> bool:
        return self.board.is_i440fx

    @property
    def is_q35(self) -> bool:
        return self.board.is_q35

    @property
    def is_microvm(self) -> bool:
        return self.board.is_microvm

    @property
    def is_pseries(self) -> bool:
        return self.board.is_pseries

    @property
    def is_arm_virt(self) -> bool:
        return self.board.is_arm_virt

    @property
    def is_riscv_virt(self) -> bool:
        return self.board.is_riscv_virt

    @property
    def is_s390_ccw(self) -> bool:
        return self.board.is_s390_ccw

    @property
    def has_pci_root(self) -> bool:
        """Whether the machine's root bus is conventional PCI."""
        return self._root() == "pci-root"

    @property
    def has_pcie_root(self) -> bool:
        """Whether the machine's root bus is PCI Express."""
        return self._root() == "pcie-root"

    def _root(self) -> str | None:
        root = self.controller("pci", 0)
        return root.model if root is not None else None

    def controller(self, kind: str, index: int) -> Controller | None:
        """The controller of a type and index."""
        for controller in self.devices.controllers:
            if controller.type == kind and (controller.index or 0) == index:
                return controller
        return None

    def add_controller(self, controller: Controller) -> None:
        """Add a controller that nobody wrote, behind those that are there."""
        self.devices.controllers.append(controller)
        self.added.append(controller)


def of_document(step: Callable[[Domain], None]) -> Pass:
    """A pass that all drivers have, among those of QEMU."""
    return lambda context: step(context.document)


def of_devices(step: Callable[[Devices], None]) -> Pass:
    """The same, of one that looks at devices only."""
    return lambda context: step(context.devices)
