# SPDX-License-Identifier: Apache-2.0
"""Passes over everything but devices: identity, machine, CPU, memory, boot, lifecycle, clock."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, cast

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.passes.context import Context, error
from manor.errors import reporter
from manor.schema.common.address import Device
from manor.schema.domain.clock import Clock
from manor.schema.domain.cpu import Cpu, CpuModel
from manor.schema.domain.document import GenId
from manor.schema.domain.memory import Memory
from manor.schema.domain.os import Os, OsType
from manor.schema.domain.tuning import IoThread, Vcpu

_xml_error = reporter(ErrorDomain.DOMAIN)


def identity(context: Context) -> None:
    """Name, UUID and generation id; the ids are made where missing."""
    document = context.document
    if not document.name:
        raise _xml_error(ErrorNumber.NO_NAME)
    if "/" in document.name:
        raise _xml_error(ErrorNumber.XML_ERROR, f"name {document.name} cannot contain '/'")
    if document.uuid is None:
        document.uuid = str(uuid.uuid4())
    if document.genid is not None and document.genid.value is None:
        document.genid = GenId(value=str(uuid.UUID(bytes=secrets.token_bytes(16))))


def machine(context: Context) -> None:
    """Operating system type, architecture and machine type, aliases resolved; the emulator's path."""
    document = context.document
    if document.os is None:
        document.os = Os()
    if document.os.type is None:
        document.os.type = OsType()
    kind = document.os.type
    kind.value = kind.value or "hvm"
    kind.arch = kind.arch or cast(Any, context.caps.arch)
    if kind.machine is None:
        default = context.caps.default_machine(context.virt_type)
        if default is None:
            raise error(ErrorNumber.CONFIG_UNSUPPORTED, "could not determine the default machine type")
        kind.machine = default
    kind.machine = context.caps.canonical_machine(kind.machine, context.virt_type)
    context.devices.emulator = context.devices.emulator or context.caps.path


def memory(context: Context) -> None:
    """Memory sizes: what there is at most, at start and now, all in KiB."""
    document = context.document
    cells = document.cpu.numa.cells if document.cpu is not None and document.cpu.numa is not None else []
    from_cells = sum(cell.memory or 0 for cell in cells)
    if document.memory is None:
        document.memory = Memory()
    plugged = sum((device.target.size or 0) for device in context.devices.memories if device.target is not None)
    if from_cells:
        document.memory.value = from_cells + plugged
    if not document.memory.value:
        raise _xml_error(
            ErrorNumber.XML_ERROR, "Memory size must be specified via <memory> or in the <numa> configuration"
        )
    total = document.memory.value
    current = document.current_memory
    if current is None or current > total:
        if current is not None and current - total > 1024 and context.purpose.value != "start":
            current = total
        document.current_memory = total
    if document.max_memory is not None and not document.max_memory.slots:
        raise _xml_error(
            ErrorNumber.CONFIG_UNSUPPORTED, "both maximum memory size and memory slot count must be specified"
        )


def vcpus(context: Context) -> None:
    """How many CPUs; one where nothing is said."""
    document = context.document
    if document.vcpu is None:
        document.vcpu = Vcpu(value=1)
    vcpu = document.vcpu
    if vcpu.value is None:
        vcpu.value = 1
    if vcpu.current == vcpu.value:
        vcpu.current = None
    vcpu.placement = vcpu.placement or "static"


def iothreads(context: Context) -> None:
    """Number the I/O threads that are only counted; count those that are only numbered."""
    document = context.document
    known = {thread.id for thread in document.iothreadids}
    if document.iothreadids and (document.iothreads or 0) < len(document.iothreadids):
        document.iothreads = len(document.iothreadids)
    candidate = 1
    while len(document.iothreadids) < (document.iothreads or 0):
        if candidate not in known:
            document.iothreadids.append(IoThread(id=candidate))
        candidate += 1


def lifecycle(context: Context) -> None:
    """What follows power-off, reboot and crash."""
    document = context.document
    document.on_poweroff = document.on_poweroff or "destroy"
    document.on_reboot = document.on_reboot or "restart"
    document.on_crash = document.on_crash or "destroy"


def clock(context: Context) -> None:
    """The clock is UTC unless said otherwise."""
    document = context.document
    if document.clock is None:
        document.clock = Clock()
    document.clock.offset = document.clock.offset or "utc"
    if document.clock.offset == "variable":
        document.clock.basis = document.clock.basis or "utc"
        document.clock.adjustment = document.clock.adjustment or "0"


def boot(context: Context) -> None:
    """Boot from the first hard disk where nothing says otherwise."""
    os = context.document.os
    if os is None or os.boots or os.kernel:
        return
    if any(device.boot is not None for device in context.devices.walk(Device)):
        return
    os.boots = ["hd"]


def cpu(context: Context) -> None:
    """The CPU model the machine has anyway, written down; and how strictly a given one is checked."""
    document = context.document
    if document.cpu is None:
        document.cpu = Cpu()
    processor = document.cpu
    if processor.mode is None and (processor.model is None or not processor.model.value):
        _default_model(context, processor)
    if processor.mode in ("host-passthrough", "maximum"):
        processor.check = processor.check or "none"
        processor.migratable = True if processor.migratable is None else processor.migratable
    elif processor.mode == "host-model":
        processor.check = processor.check or "partial"
    elif processor.model is not None and processor.model.value:
        processor.mode = "custom"
        processor.match = processor.match or "exact"
        processor.check = processor.check or "partial"
        processor.model.fallback = processor.model.fallback or "allow"
    for feature in processor.features:
        feature.policy = feature.policy or "require"


def _default_model(context: Context, processor: Cpu) -> None:
    default = context.caps.default_cpu(context.machine, context.virt_type)
    if default is None or not context.is_x86:
        return
    processor.mode = "custom"
    processor.match = "exact"
    processor.check = "none"
    processor.model = CpuModel(fallback="forbid", value=default)
