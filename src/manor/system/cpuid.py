# SPDX-License-Identifier: Apache-2.0
"""What the host's x86 processor says about itself: CPUID registers and feature MSRs.

CPUID is an instruction, not a file.  It is executed through a few bytes of machine code; where the system
forbids that (memory that is written and then executed), the kernel's list of flags has to do, which lacks
what the kernel does not use.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from manor.system.sysfs import Tree


class Word(NamedTuple):
    """One register: CPUID's after `leaf` and `subleaf`, or the low half of MSR `leaf` (register ``msr``)."""

    leaf: int
    subleaf: int
    register: str


class Signature(NamedTuple):
    """Family, model and stepping, as Intel and AMD number their processors."""

    family: int
    model: int
    stepping: int


class Processor(msgspec.Struct, frozen=True):
    """The host's processor: vendor string (``GenuineIntel``), signature, and all words that are not 0."""

    vendor: str
    signature: Signature
    words: dict[Word, int] = msgspec.field(default_factory=dict)


Cpuid = Callable[[int, int], tuple[int, int, int, int]]
"""Leaf and subleaf to eax, ebx, ecx, edx."""

_REGISTERS: Final = ("eax", "ebx", "ecx", "edx")

#: Leaves whose subleaves hold features, and how many of them are read.
_SUBLEAVES: Final = {0x7: 2, 0xD: 2, 0xF: 2, 0x12: 2}

#: Leaves that mean something only if a bit elsewhere is set: monitoring of the L3 cache, SGX.
_CONDITIONS: Final = {
    (0xF, 1): (Word(0xF, 0, "edx"), 1),
    (0x12, 0): (Word(7, 0, "ebx"), 2),
    (0x12, 1): (Word(7, 0, "ebx"), 2),
}

#: Ranges of leaves; the first of each tells the last one there is.
_RANGES: Final = (0, 0x80000000)

#: Most leaves read of a range: far more than any processor has.
_MOST_LEAVES: Final = 64

#: MSRs with features, and the CPUID bit that says one exists: IA32_ARCH_CAPABILITIES.  Of the host's
#: processor libvirt looks at no other.
_MSRS: Final = {0x10A: (Word(7, 0, "edx"), 29)}

#: push rbx; mov eax, edi; mov ecx, esi; mov r8, rdx; cpuid; store the four registers at r8; pop rbx; ret
_CODE: Final = bytes.fromhex("53 89f8 89f1 4989d0 0fa2 418900 41895804 41894808 4189500c 5b c3")


def processor(tree: Tree, cpuid: Cpuid | None = None) -> Processor | None:
    """The host's processor; None on other architectures or when it cannot be asked."""
    ask = cpuid or native_cpuid()
    if ask is None:
        return None
    words = dict(_cpuid_words(ask))
    words.update(_msr_words(tree, words))
    _, ebx, ecx, edx = ask(0, 0)
    vendor = struct.pack("<III", ebx, edx, ecx).decode("ascii", "replace")
    return Processor(vendor, signature(ask(1, 0)[0]), {word: value for word, value in words.items() if value})


def signature(eax: int) -> Signature:
    """Family, model and stepping out of eax of CPUID leaf 1."""
    stepping, model, family = eax & 0xF, eax >> 4 & 0xF, eax >> 8 & 0xF
    if family in (6, 15):
        model += (eax >> 16 & 0xF) << 4
    if family == 15:
        family += eax >> 20 & 0xFF
    return Signature(family, model, stepping)


def native_cpuid() -> Cpuid | None:
    """A function that executes CPUID here, or None where that is not possible."""
    if platform.machine() not in ("x86_64", "AMD64") or os.name != "posix":
        return None
    try:
        code = _executable(_CODE)
    except (OSError, ValueError, AttributeError):
        return None
    registers = (ctypes.c_uint32 * 4)()
    function = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p)(code)

    def cpuid(leaf: int, subleaf: int) -> tuple[int, int, int, int]:
        function(leaf, subleaf, ctypes.addressof(registers))
        eax, ebx, ecx, edx = registers
        return eax, ebx, ecx, edx

    return cpuid


#: Pages with machine code; the functions made of them live as long as the program.
_pages: list[mmap.mmap] = []


def _executable(code: bytes) -> int:
    """The address of the code in a page of its own, executable and no longer writable."""
    page = mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if libc.mprotect(address, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_EXEC) != 0:
        raise OSError(ctypes.get_errno(), "mprotect")
    _pages.append(page)
    return address


def _cpuid_words(ask: Cpuid) -> dict[Word, int]:
    found: dict[Word, int] = {}
    for first in _RANGES:
        last = ask(first, 0)[0]
        for leaf in range(first, min(last, first + _MOST_LEAVES) + 1):
            for subleaf in range(_SUBLEAVES.get(leaf, 1)):
                word, bit = _CONDITIONS.get((leaf, subleaf), (None, 0))
                if word is not None and not found.get(word, 0) >> bit & 1:
                    continue
                for register, value in zip(_REGISTERS, ask(leaf, subleaf), strict=True):
                    found[Word(leaf, subleaf, register)] = value
    return found


def _msr_words(tree: Tree, words: dict[Word, int]) -> dict[Word, int]:
    found = {}
    for index, (word, bit) in _MSRS.items():
        if words.get(word, 0) >> bit & 1:
            value = _read_msr(tree, index)
            if value is not None:
                found[Word(index, 0, "msr")] = value & 0xFFFFFFFF
    return found


def _read_msr(tree: Tree, index: int) -> int | None:
    try:
        fd = os.open(tree.path("dev/cpu/0/msr"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        data = os.pread(fd, 8, index)
    except OSError:
        return None
    finally:
        os.close(fd)
    return int.from_bytes(data, "little") if len(data) == 8 else None
