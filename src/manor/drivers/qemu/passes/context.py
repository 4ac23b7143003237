# SPDX-License-Identifier: Apache-2.0
"""What every pass gets: the document, what its emulator can do, the purpose; and questions about the machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from manor.drivers.qemu.caps import QemuCaps
from manor.errors import ErrorDomain, reporter
from manor.schema.domain import Domain
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices

error = reporter(ErrorDomain.QEMU)

X86 = frozenset({"x86_64", "i686"})
ARM = frozenset({"aarch64", "armv7l", "armv6l"})
S390 = frozenset({"s390x", "s390"})
PPC64 = frozenset({"ppc64", "ppc64le"})
RISCV = frozenset({"riscv64", "riscv32"})


class Purpose(Enum):
    """What a completed document is for."""

    DEFINE = "define"
    CREATE = "create"
    START = "start"
    NATIVE = "domxml-to-native"
    ATTACH = "attach"


@dataclass(slots=True)
class Context:
    """One document on its way through the passes."""

    document: Domain
    caps: QemuCaps
    purpose: Purpose

    @property
    def devices(self) -> Devices:
        """The devices; `basics` has made the element where it was missing."""
        if self.document.devices is None:
            self.document.devices = Devices()
        return self.document.devices

    @property
    def arch(self) -> str:
        """libvirt's name of the guest's architecture."""
        kind = self.document.os.type if self.document.os is not None else None
        return (kind.arch if kind is not None else None) or self.caps.arch

    @property
    def machine(self) -> str:
        """The machine type, canonical once `basics` has run."""
        kind = self.document.os.type if self.document.os is not None else None
        return (kind.machine if kind is not None else None) or ""

    @property
    def virt_type(self) -> str:
        """The domain type: "qemu" or "kvm"."""
        return self.document.type or "qemu"

    @property
    def is_x86(self) -> bool:
        return self.arch in X86

    @property
    def is_i440fx(self) -> bool:
        machine = self.machine
        return self.is_x86 and (
            machine == "pc" or machine.startswith(("pc-0.", "pc-1.", "pc-i440fx-", "rhel", "xenfv"))
        )

    @property
    def is_q35(self) -> bool:
        return self.is_x86 and (self.machine == "q35" or self.machine.startswith("pc-q35"))

    @property
    def is_isapc(self) -> bool:
        return self.machine == "isapc"

    @property
    def is_microvm(self) -> bool:
        return self.machine.startswith("microvm")

    @property
    def is_pseries(self) -> bool:
        return self.arch in PPC64 and (self.machine == "pseries" or self.machine.startswith("pseries-"))

    @property
    def is_arm_virt(self) -> bool:
        return self.arch in ARM and (self.machine == "virt" or self.machine.startswith("virt-"))

    @property
    def is_riscv_virt(self) -> bool:
        return self.arch in RISCV and (self.machine == "virt" or self.machine.startswith("virt-"))

    @property
    def is_s390_ccw(self) -> bool:
        return self.arch in S390 and self.machine.startswith("s390-ccw")

    @property
    def has_pci_root(self) -> bool:
        """Whether the machine's root bus is conventional PCI."""
        return any(c.type == "pci" and c.index == 0 and c.model == "pci-root" for c in self.devices.controllers)

    @property
    def has_pcie_root(self) -> bool:
        """Whether the machine's root bus is PCI Express."""
        return any(c.type == "pci" and c.index == 0 and c.model == "pcie-root" for c in self.devices.controllers)

    def controller(self, kind: str, index: int) -> Controller | None:
        """The controller of a type and index."""
        for controller in self.devices.controllers:
            if controller.type == kind and (controller.index or 0) == index:
                return controller
        return None

    def add_controller(self, controller: Controller) -> None:
        """Insert a controller in libvirt's order."""
        insert_controller(self.devices.controllers, controller)


def insert_controller(controllers: list[Controller], controller: Controller) -> None:
    """Insert a controller where libvirt does: among those of its type by index, a new type at the end."""
    place = len(controllers)
    for position, other in enumerate(controllers):
        if other.type == controller.type:
            if (other.index or 0) > (controller.index or 0):
                place = position
                break
            place = position + 1
    controllers.insert(place, controller)
