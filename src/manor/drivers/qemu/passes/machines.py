# SPDX-License-Identifier: Apache-2.0
"""What is on a machine type's board before anybody asks for a device, by architecture and machine type."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

import msgspec

from manor.system.arch import ARM, PPC, S390, X86

RISCV: Final = frozenset({"riscv64", "riscv32"})
MIPS: Final = frozenset({"mips", "mipsel", "mips64", "mips64el"})

_WITH_PCI_ROOT: Final = frozenset({"ppc", "ppcemb", "ppc64", "ppc64le", "alpha", "sh4", "sh4eb", "sparc64"})
"""Architectures all of whose machines have a conventional PCI root; s390, x86 and MIPS have rules of their own."""

_I440FX: Final = ("pc-0.", "pc-1.", "pc-i440fx-", "rhel")


class Board(msgspec.Struct, frozen=True):
    """A machine type's board. `supports_pci` is False where a device on PCI cannot even be complained about."""

    is_x86: bool = False
    is_arm: bool = False
    is_s390: bool = False
    is_ppc64: bool = False
    is_i440fx: bool = False
    is_q35: bool = False
    is_isapc: bool = False
    is_microvm: bool = False
    is_pseries: bool = False
    is_arm_virt: bool = False
    is_riscv_virt: bool = False
    is_s390_ccw: bool = False
    supports_pci: bool = True
    root: Literal["pci-root", "pcie-root"] | None = None
    has_usb: bool = True
    has_sata: bool = False
    has_balloon: bool = True
    has_ps2: bool = False
    has_builtin_ide: bool = False
    panic: Literal["pseries", "s390"] | None = None
    usb_inputs: bool = False


def _starts(machine: str, name: str) -> bool:
    return machine == name or machine.startswith(f"{name}-")


@lru_cache(maxsize=256)
def board(arch: str, machine: str) -> Board:
    """The board of a machine type: its alias or its canonical name."""
    if arch in X86:
        return _x86(machine)
    if arch in ARM:
        virt = _starts(machine, "virt")
        return Board(
            is_arm=True,
            is_arm_virt=virt,
            supports_pci=virt or machine == "versatilepb",
            root="pcie-root" if virt else None,
            has_usb=False,
            has_balloon=False,
        )
    if arch in S390:
        return Board(
            is_s390=True, is_s390_ccw=machine.startswith("s390-ccw"), root="pci-root", has_usb=False, panic="s390"
        )
    if arch in RISCV:
        virt = _starts(machine, "virt")
        return Board(is_riscv_virt=virt, supports_pci=virt, root="pcie-root" if virt else None, has_usb=False)
    if arch in PPC:
        pseries = _starts(machine, "pseries")
        return Board(
            is_ppc64=True,
            is_pseries=pseries,
            root="pci-root",
            usb_inputs=True,
            panic="pseries" if pseries else None,
        )
    if arch == "sparc":
        return Board(has_usb=False, has_balloon=False)
    if arch in MIPS:
        return Board(root="pci-root" if machine == "malta" else None, has_builtin_ide=machine == "malta")
    return Board(root="pci-root" if arch in _WITH_PCI_ROOT else None)


def _x86(machine: str) -> Board:
    i440fx = machine == "pc" or machine.startswith(_I440FX)
    q35 = machine == "q35" or machine.startswith("pc-q35-")
    isapc = machine == "isapc"
    return Board(
        is_x86=True,
        is_i440fx=i440fx,
        is_q35=q35,
        is_isapc=isapc,
        is_microvm=_starts(machine, "microvm"),
        root="pci-root" if i440fx else "pcie-root" if q35 else None,
        has_usb=not isapc,
        has_sata=q35,
        has_ps2=True,
        has_builtin_ide=i440fx,
    )
