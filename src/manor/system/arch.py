# SPDX-License-Identifier: Apache-2.0
"""Processor architectures under libvirt's names."""

from __future__ import annotations

from typing import Final

#: All that libvirt knows, in the order its documents list them.
ARCHITECTURES: Final = (
    "alpha", "armv6l", "armv7l", "armv7b", "aarch64", "cris", "i686", "itanium", "lm32", "loongarch64",
    "m68k", "microblaze", "microblazeel", "mips", "mipsel", "mips64", "mips64el", "or32", "parisc",
    "parisc64", "ppc", "ppc64", "ppc64le", "ppcemb", "riscv32", "riscv64", "s390", "s390x", "sh4", "sh4eb",
    "sparc", "sparc64", "unicore32", "x86_64", "xtensa", "xtensaeb",
)  # fmt: skip

#: What kernels call an architecture that libvirt names otherwise.
KERNEL_NAMES: Final = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "i386": "i686",
    "i486": "i686",
    "i586": "i686",
}

X86: Final = ("i686", "x86_64")
ARM: Final = ("armv6l", "armv7l", "armv7b", "aarch64")
PPC: Final = ("ppc64", "ppc64le")
S390: Final = ("s390", "s390x")
