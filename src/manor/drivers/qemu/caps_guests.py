# SPDX-License-Identifier: Apache-2.0
"""The guests of <capabilities>: which architectures the installed emulators run, with which machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from manor.drivers.qemu.caps import QemuCaps
from manor.schema import capabilities as xml
from manor.system.arch import X86

_64_BIT: Final = frozenset(
    {
        "aarch64", "alpha", "itanium", "loongarch64", "mips64", "mips64el", "parisc64", "ppc64", "ppc64le",
        "riscv64", "s390x", "sh4eb", "sparc64", "x86_64",
    }
)  # fmt: skip
"""Architectures with a word size of 64 in libvirt's eyes (of sh4eb's, too)."""

_WITH_ACPI: Final = ("aarch64", *X86)


def guests(installed: Mapping[str, QemuCaps]) -> list[xml.CapsGuest]:
    """One entry per architecture, in the order given."""
    return [_guest(arch, caps) for arch, caps in installed.items()]


def _guest(arch: str, caps: QemuCaps) -> xml.CapsGuest:
    return xml.CapsGuest(
        os_type="hvm",
        arch=xml.CapsArch(
            name=arch,
            wordsize=64 if arch in _64_BIT else 32,
            emulator=caps.path,
            machines=list(_machines(caps)),
            # Emulation is always possible where acceleration is; libvirt lists it first.
            domains=[xml.CapsDomain(type=name) for name in reversed(caps.virt_types)],
        ),
        features=_features(arch),
    )


def _machines(caps: QemuCaps) -> Iterator[xml.CapsMachine]:
    """The machine types, each followed by its alias; those of the best accelerator stand for all."""
    for machine in caps.machines():
        entry = xml.CapsMachine(
            max_cpus=machine.cpu_max or None, deprecated=machine.deprecated or None, value=machine.name
        )
        yield entry
        if machine.alias is not None:
            yield entry.evolve(canonical=machine.name, value=machine.alias)


def _features(arch: str) -> xml.CapsFeatures:
    return xml.CapsFeatures(
        pae=arch == "i686",
        nonpae=arch == "i686",
        acpi=xml.AcpiToggle(default=True, toggle=True) if arch in _WITH_ACPI else None,
        apic=xml.ApicToggle(default=True, toggle=False) if arch in X86 else None,
        cpuselection=True,
        deviceboot=True,
        disksnapshot=xml.DiskSnapshotToggle(default=True, toggle=False),
    )
