# SPDX-License-Identifier: Apache-2.0
"""Machine, CPU and features as QEMU has them; the boot order."""

from __future__ import annotations

import re
from typing import Any, Final, cast

from manor.drivers.qemu.passes.context import Context, unsupported
from manor.schema.domain.cpu import Cpu, CpuModel
from manor.schema.domain.features import Features, Gic

_VECTORS: Final = re.compile(r"sve[0-9]+")


def machine(context: Context) -> None:
    """Machine type, aliases resolved; the emulator's path."""
    document = context.document
    kind = document.os.type if document.os is not None else None
    if document.bootloader is not None or kind is None:
        raise unsupported("bootloader is not supported by QEMU")
    if kind.value != "hvm":
        raise unsupported(f"Emulator '{context.caps.path}' does not support os type '{kind.value}'")
    if not kind.machine:
        kind.machine = context.caps.default_machine(context.virt_type)
    if kind.machine is not None:
        kind.machine = context.caps.canonical_machine(kind.machine, context.virt_type)
    context.devices.emulator = context.devices.emulator or context.caps.path
    context.settle()


def cpu(context: Context) -> None:
    """The CPU model the machine has anyway, written down; and how strictly a given one is checked."""
    document = context.document
    processor = document.cpu
    if processor is not None and context.board.is_arm:
        _vector_lengths(processor)
    if processor is None or (processor.mode in (None, "custom") and processor.model is None):
        default = default_cpu(context)
        if default is None:
            return
        processor = document.cpu = processor or Cpu()
        processor.mode = "custom"
        processor.match = "exact"
        processor.check = "none"
        processor.model = CpuModel(fallback="forbid", value=default)
    elif processor.mode == "custom":
        # Emulation has every feature it has on any host.
        processor.check = processor.check or ("none" if context.virt_type == "qemu" else "partial")
    elif processor.mode == "host-model":
        processor.check = processor.check or "partial"
    else:
        processor.check = processor.check or "none"
        if processor.mode == "host-passthrough" and processor.migratable is None and context.is_x86:
            processor.migratable = can_choose_migratable(context)


def _vector_lengths(processor: Cpu) -> None:
    """There are no lengths of vectors that are not there."""
    policies = {feature.name or "": feature.policy for feature in processor.features}
    if policies.get("sve") != "disable":
        return
    if any(_VECTORS.fullmatch(name) and policy == "require" for name, policy in policies.items()):
        raise unsupported("SVE disabled, but SVE vector lengths provided")


def can_choose_migratable(context: Context) -> bool:
    """Whether the emulator has the switch that leaves unmigratable features out of a passed-through CPU."""
    host = context.caps.accel(context.virt_type).host_cpu
    return context.caps.arch == "x86_64" and host is not None and "migratable" in host.props


def default_cpu(context: Context) -> str | None:
    """The model of a machine's CPU where nothing is said, in libvirt's naming; None where libvirt knows none."""
    name = context.caps.default_cpu(context.machine, context.virt_type)
    if name is None or not (context.is_x86 or context.board.is_arm or context.board.is_s390 or context.board.is_ppc64):
        return None
    if context.board.is_ppc64:
        generation = re.match(r"power(\d+)", name, re.IGNORECASE)
        return f"POWER{generation[1]}" if generation is not None else re.sub(r"_v[\d.]+$", "", name)
    return name


def features(context: Context) -> None:
    """An ARM board's interrupt controller, whose version libvirt always writes down."""
    if not context.is_arm_virt:
        return
    item = context.document.features
    gic = item.gic if item is not None else None
    if gic is not None and gic.version is not None:
        return
    version = _gic_version(context)
    if version is None:
        return
    if item is None:
        item = context.document.features = Features()
    item.gic = Gic(version=cast(Any, str(version)))


def _gic_version(context: Context) -> int | None:
    """Version 2 where it is emulated, else the newest that KVM has."""
    if context.virt_type == "qemu":
        return 2
    return max((gic.version for gic in context.caps.gic if gic.kernel), default=None)
