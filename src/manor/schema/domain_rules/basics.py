# SPDX-License-Identifier: Apache-2.0
"""What every domain document must say and what libvirt says for it, devices aside."""

from __future__ import annotations

from uuid import uuid4

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.common import metadata
from manor.schema.common.address import Device
from manor.schema.common.storage import FileSource
from manor.schema.domain import Domain
from manor.schema.domain.clock import Clock
from manor.schema.domain.cpu import Cpu
from manor.schema.domain.devices import Devices
from manor.schema.domain.memory import Memory, NumaMemory, NumaTune
from manor.schema.domain.os import Architecture, FirmwareFeature
from manor.schema.domain.tuning import Vcpu

_error = reporter(ErrorDomain.DOMAIN)


def xml_error(text: str) -> ManorError:
    """VIR_ERR_XML_ERROR about a domain."""
    return _error(ErrorNumber.XML_ERROR, text)


def unsupported(text: str) -> ManorError:
    """VIR_ERR_CONFIG_UNSUPPORTED about a domain."""
    return _error(ErrorNumber.CONFIG_UNSUPPORTED, text)


def internal(text: str) -> ManorError:
    """VIR_ERR_INTERNAL_ERROR about a domain."""
    return _error(ErrorNumber.INTERNAL_ERROR, text)


def detail(text: str) -> ManorError:
    """VIR_ERR_XML_DETAIL about a domain."""
    return _error(ErrorNumber.XML_DETAIL, text)


def devices_of(domain: Domain) -> Devices:
    """The devices of a domain, made if there are none."""
    if domain.devices is None:
        domain.devices = Devices()
    return domain.devices


def complete_identity(domain: Domain, architecture: Architecture) -> None:
    """UUID and operating system type; there must be one."""
    if "/" in domain.name:
        raise xml_error(f"name {domain.name} cannot contain '/'")
    domain.uuid = domain.uuid or str(uuid4())
    if domain.genid is not None and domain.genid.value is None:
        domain.genid.value = str(uuid4())
    if domain.metadata is not None:
        domain.metadata = metadata.tidied(domain.metadata)
    for label in domain.seclabels:
        label.imagelabel = None
        if label.type == "dynamic" and label.relabel is None:
            label.relabel = True
    if domain.os is None or domain.os.type is None or domain.os.type.value is None:
        if domain.bootloader is not None:
            return
        raise xml_error("an os <type> must be specified")
    firmware = domain.os.firmware.features if domain.os.firmware is not None else []
    enrolled = any(feature.name == "enrolled-keys" and feature.enabled for feature in firmware)
    if enrolled and all(feature.name != "secure-boot" for feature in firmware):
        firmware.append(FirmwareFeature(name="secure-boot", enabled=True))
    if domain.os.loader is not None and domain.os.loader.value and domain.os.firmware_type is None:
        domain.os.loader.type = domain.os.loader.type or "rom"
    nvram = domain.os.nvram
    if nvram is not None and isinstance(nvram.source, FileSource) and not nvram.source.file:
        nvram.source = nvram.value = None
    domain.os.type.machine = domain.os.type.machine or None
    domain.os.type.arch = domain.os.type.arch or architecture
    if domain.os.type.value == "exe" and not domain.os.init:
        raise xml_error("init binary must be specified")


def complete_memory(domain: Domain) -> None:
    """Memory sizes: what there is at most, and now."""
    cells = domain.cpu.numa.cells if domain.cpu is not None and domain.cpu.numa is not None else []
    domain.memory = domain.memory or Memory()
    if not domain.memory.value:
        domain.memory.value = sum(cell.memory or 0 for cell in cells)
    if not domain.memory.value:
        raise xml_error("Memory size must be specified via <memory> or in the <numa> configuration")
    if domain.current_memory is None or domain.current_memory > domain.memory.value:
        domain.current_memory = domain.memory.value


def complete_vcpus(domain: Domain) -> None:
    """The number of CPUs: one where nothing is said."""
    vcpu = domain.vcpu = domain.vcpu or Vcpu()
    vcpu.value = 1 if vcpu.value is None else vcpu.value
    cells = domain.cpu.numa.cells if domain.cpu is not None and domain.cpu.numa is not None else []
    if max((max(cell.cpus or (), default=0) for cell in cells), default=0) >= vcpu.value:
        raise internal("CPU IDs in <numa> exceed the <vcpu> count")
    if vcpu.current is not None and vcpu.current > vcpu.value:
        raise unsupported("maximum vCPU count must not be less than current vCPU count")
    if vcpu.current == vcpu.value:
        vcpu.current = None
    if vcpu.placement == "auto" and domain.numatune is None:
        domain.numatune = NumaTune(memory=NumaMemory(mode="strict", placement="auto"))
    memory = domain.numatune.memory if domain.numatune is not None else None
    if memory is not None and memory.placement == "auto":
        memory.nodeset = None
    if vcpu.placement is None:
        automatic = memory is not None and memory.placement == "auto" and vcpu.cpuset is None
        vcpu.placement = "auto" if automatic else "static"


def complete_lifecycle(domain: Domain) -> None:
    """What follows power-off, reboot and crash."""
    domain.on_poweroff = domain.on_poweroff or "destroy"
    domain.on_reboot = domain.on_reboot or "restart"
    domain.on_crash = domain.on_crash or "destroy"


def complete_clock(domain: Domain) -> None:
    """The clock is UTC unless said otherwise."""
    clock = domain.clock = domain.clock or Clock()
    clock.offset = clock.offset or "utc"
    if clock.offset == "variable":
        clock.basis = clock.basis or "utc"
        clock.adjustment = clock.adjustment or "0"


def complete_boot(domain: Domain) -> None:
    """Full guests boot from the first hard disk where nothing says otherwise."""
    if domain.os is None:
        return
    if domain.os.bootmenu is not None and not domain.os.bootmenu.enable:
        domain.os.bootmenu.timeout = None
    if domain.os.type is None or domain.os.type.value != "hvm" or domain.os.boots:
        return
    if any(device.boot is not None and device.boot.order for device in devices_of(domain).walk(Device)):
        return
    domain.os.boots = ["hd"]


def complete_cpu(domain: Domain) -> None:
    """How a CPU is meant that is only named."""
    cpu = domain.cpu
    if cpu is None:
        return
    if cpu.model is not None and cpu.model.value and cpu.mode is None:
        cpu.mode = "custom"
    if cpu.mode == "custom" or cpu.model is not None:
        _complete_model(cpu)
    if cpu.topology is not None and cpu.topology.dies is None:
        cpu.topology.dies = 1
    if cpu.mode == "host-model" and cpu.model is not None and not cpu.model.value:
        cpu.model = None
    if cpu.numa is not None:
        for number, cell in enumerate(cpu.numa.cells):
            if cell.id is None:
                cell.id = number
        cpu.numa.cells.sort(key=lambda cell: cell.id or 0)
        if [cell.id for cell in cpu.numa.cells] != list(range(len(cpu.numa.cells))):
            raise xml_error(
                "Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or ranges not starting "
                "from 0 are not allowed"
            )
    for feature in cpu.features:
        feature.policy = feature.policy or "require"


def _complete_model(cpu: Cpu) -> None:
    if cpu.mode != "custom":
        return
    if cpu.model is None or not cpu.model.value:
        # Without a model there is nothing to match.
        cpu.mode = cpu.match = None
        return
    cpu.match = cpu.match or "exact"
    cpu.model.fallback = cpu.model.fallback or "allow"
