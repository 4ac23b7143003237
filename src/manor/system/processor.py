# SPDX-License-Identifier: Apache-2.0
"""The host's processor as libvirt describes it: nearest model, features, vendor, numbers.

Asked once, because a processor does not change while the machine runs.  Other architectures than x86 have
no named models here; they are described by their name alone.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Final

from manor.errors import ManorError
from manor.system.arch import X86
from manor.system.cpu import first_cpuinfo
from manor.system.cpuid import Processor, Signature, processor
from manor.system.cpumap import cpu_map
from manor.system.cpumodel import Description, describe_host
from manor.system.sysfs import Tree

_log = logging.getLogger(__name__)

#: Intel processors whose transactional memory does not work and is switched off: model numbers of family 6
#: with the first stepping that is sound, if any (Intel's specification updates, such as HSD136).
_BROKEN_TSX: Final = {60: None, 63: 4, 69: None, 70: None}
_TSX: Final = frozenset({"hle", "rtm"})


class HostProcessor:
    """The processor of the machine whose files are `tree`."""

    def __init__(self, tree: Tree, arch: str) -> None:
        self._tree = tree
        self.arch = arch

    @cached_property
    def _cpuid(self) -> Processor | None:
        return processor(self._tree) if self.arch in X86 else None

    @cached_property
    def _cpuinfo(self) -> dict[str, str]:
        return first_cpuinfo(self._tree, self.arch)

    @cached_property
    def features(self) -> frozenset[str]:
        """All its features under libvirt's names; empty where libvirt names none."""
        if self.arch not in X86:
            return frozenset()
        if self._cpuid is not None:
            found = cpu_map().features_of(self._cpuid)
        else:
            found = cpu_map().features_of_flags(self._cpuinfo.get("flags", "").split())
        return found - _TSX if self._has_broken_tsx() else found

    def _has_broken_tsx(self) -> bool:
        if self.vendor != "Intel" or self.signature is None or self.signature.family != 6:
            return False
        if self.signature.model not in _BROKEN_TSX:
            return False
        sound = _BROKEN_TSX[self.signature.model]
        return sound is None or self.signature.stepping < sound

    @cached_property
    def vendor(self) -> str | None:
        """libvirt's name of its vendor."""
        identifier = self._cpuid.vendor if self._cpuid else self._cpuinfo.get("vendor_id", "")
        return cpu_map().vendor_name(identifier)

    @cached_property
    def signature(self) -> Signature | None:
        """Family, model and stepping."""
        if self._cpuid is not None:
            return self._cpuid.signature
        numbers = [self._cpuinfo.get(name, "") for name in ("cpu family", "model", "stepping")]
        return Signature(*map(int, numbers)) if all(map(str.isdecimal, numbers)) else None

    @cached_property
    def microcode(self) -> int | None:
        """The version of its microcode."""
        try:
            return int(self._cpuinfo.get("microcode", ""), 16)
        except ValueError:
            return None

    @cached_property
    def physical_bits(self) -> int | None:
        """The width of its physical addresses."""
        words = self._cpuinfo.get("address sizes", "").split()
        return int(words[0]) if words and words[0].isdecimal() else None

    @cached_property
    def description(self) -> Description | None:
        """The nearest model and the features beyond it; None where libvirt names no models, or none fits."""
        if not self.features:
            return None
        try:
            return describe_host(cpu_map(), self.features, self.vendor, self.signature)
        except ManorError as error:
            _log.warning("the host's processor cannot be described: %s", error)
            return None
