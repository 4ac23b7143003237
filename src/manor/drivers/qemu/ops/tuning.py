# SPDX-License-Identifier: Apache-2.0
"""vCPUs and memory: how many, how much, now and at the next start."""

from __future__ import annotations

from typing import Final

from manor.constants import DomainMemoryModFlags, DomainVcpuFlags, ErrorNumber
from manor.drivers.interface.flags import exclusive_flags
from manor.drivers.qemu import balloon, controls, definitions, vcpus
from manor.drivers.qemu.groups import EMULATOR
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.impact import AFFECT_MASK, Impact, one_document, resolve
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.measures import cpu, memory
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.records import DomainIOThreadInfo, DomainRef, string_param
from manor.records.events import DomainTunableEvent
from manor.schema.domain import Domain
from manor.schema.domain.memory import Memory
from manor.schema.domain.tuning import EmulatorPin, IoThreadPin, VcpuPin

_VCPU_SET: Final = AFFECT_MASK | DomainVcpuFlags.MAXIMUM | DomainVcpuFlags.GUEST | DomainVcpuFlags.HOTPLUGGABLE
_MEMORY_SET: Final = AFFECT_MASK | DomainMemoryModFlags.MAXIMUM


class TuningOps(QemuDomainOps):
    """virDomainSetVcpus, virDomainSetMemory, pinning and I/O threads."""

    async def domain_get_max_memory(self, dom: DomainRef) -> int:
        return memory.maximum_kib(self.guest(dom))

    async def domain_set_memory_flags(self, dom: DomainRef, memory: int, flags: int) -> None:
        self.check_flags(flags, _MEMORY_SET, "qemuDomainSetMemoryFlags")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_memory_flags"):
            impact = resolve(guest, flags)
            if flags & DomainMemoryModFlags.MAXIMUM:
                await self._set_maximum(guest, impact, memory)
            else:
                await self._set_current(guest, impact, memory)

    async def _set_maximum(self, guest: Guest, impact: Impact, amount: int) -> None:
        if impact.live is not None:
            raise error(ErrorNumber.OPERATION_INVALID, "cannot resize the maximum memory on an active domain")
        if impact.config is None:
            return
        if impact.config.cpu is not None and impact.config.cpu.numa is not None and impact.config.cpu.numa.cells:
            raise error(
                ErrorNumber.OPERATION_INVALID,
                "initial memory size of a domain with NUMA nodes cannot be modified with this API",
            )
        if impact.config.max_memory is not None and (impact.config.max_memory.value or 0) < amount:
            raise error(
                ErrorNumber.OPERATION_INVALID,
                "cannot set initial memory size greater than the maximum memory size",
            )
        changed = impact.config.copy()
        changed.memory = Memory(value=amount, dump_core=changed.memory.dump_core if changed.memory else None)
        if (changed.current_memory or 0) > amount:
            changed.current_memory = amount
        await definitions.replace(self.core, guest, changed, self.origin("domain_set_memory_flags"))

    async def _set_current(self, guest: Guest, impact: Impact, amount: int) -> None:
        for document in (impact.live.document if impact.live is not None else None, impact.config):
            maximum = document.memory.value if document is not None and document.memory is not None else None
            if maximum is not None and amount > maximum:
                raise error(ErrorNumber.INVALID_ARG, "cannot set memory higher than max memory")
        if impact.live is not None:
            await balloon.resize(impact.live, amount)
        if impact.config is not None:
            changed = impact.config.evolve(current_memory=amount)
            await definitions.replace(self.core, guest, changed, self.origin("domain_set_memory_flags"))

    async def domain_get_max_vcpus(self, dom: DomainRef) -> int:
        guest = self.guest(dom)
        guest.require_active()
        return cpu.counts(guest)[1]

    async def domain_get_vcpus_flags(self, dom: DomainRef, flags: int) -> int:
        self.check_flags(
            flags, AFFECT_MASK | DomainVcpuFlags.MAXIMUM | DomainVcpuFlags.GUEST, "qemuDomainGetVcpusFlags"
        )
        guest = self.guest(dom)
        if flags & DomainVcpuFlags.GUEST:
            names = ("VIR_DOMAIN_VCPU_MAXIMUM", "VIR_DOMAIN_VCPU_GUEST")
            exclusive_flags(flags, DomainVcpuFlags.MAXIMUM, DomainVcpuFlags.GUEST, names, "qemuDomainGetVcpusFlags")
            return await vcpus.guest_count(guest)
        vcpu = one_document(guest, flags & AFFECT_MASK).vcpu
        maximum = (vcpu.value if vcpu is not None else None) or 1
        if flags & DomainVcpuFlags.MAXIMUM:
            return maximum
        return (vcpu.current if vcpu is not None else None) or maximum

    async def domain_set_vcpus_flags(self, dom: DomainRef, nvcpus: int, flags: int) -> None:
        self.check_flags(flags, _VCPU_SET, "qemuDomainSetVcpusFlags")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_vcpus_flags"):
            if flags & DomainVcpuFlags.GUEST:
                await vcpus.set_guest_count(guest, nvcpus)
                return
            impact = resolve(guest, flags)
            if flags & DomainVcpuFlags.MAXIMUM:
                await self._set_max_vcpus(guest, impact, nvcpus)
            else:
                await self._set_vcpus(guest, impact, nvcpus)

    async def _set_max_vcpus(self, guest: Guest, impact: Impact, count: int) -> None:
        if impact.live is not None or impact.config is None:
            raise error(ErrorNumber.INVALID_ARG, "maximum vcpu count of a live domain can't be modified")
        await self._store(guest, vcpus.with_maximum(impact.config, count), "domain_set_vcpus_flags")

    async def _set_vcpus(self, guest: Guest, impact: Impact, count: int) -> None:
        for document, name in ((impact.live.document if impact.live else None, "live"), (impact.config, "persistent")):
            maximum = (
                ((document.vcpu.value if document.vcpu is not None else None) or 1) if document is not None else count
            )
            if count > maximum:
                raise error(
                    ErrorNumber.INVALID_ARG,
                    f"requested vcpus is greater than max allowable vcpus for the {name} domain: {count} > {maximum}",
                )
        if impact.live is not None:
            await vcpus.plug(self.core, guest, impact.live, count)
        if impact.config is not None:
            await self._store(guest, vcpus.with_count(impact.config, count), "domain_set_vcpus_flags")

    async def domain_get_vcpu_pin_info(self, dom: DomainRef, flags: int) -> list[bytes]:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainGetVcpuPinInfo")
        guest = self.guest(dom)
        document = one_document(guest, flags)
        host_cpus = self.core.host.cpu_map().ncpus
        pins = {pin.vcpu: pin.cpuset for pin in (document.cputune.vcpupins if document.cputune else [])}
        default = document.vcpu.cpuset if document.vcpu is not None else None
        count = (document.vcpu.value if document.vcpu is not None else None) or 1
        return [vcpus.bitmap(pins.get(number) or default, host_cpus) for number in range(count)]

    async def domain_pin_vcpu_flags(self, dom: DomainRef, vcpu: int, cpumap: bytes, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainPinVcpuFlags")
        guest = self.guest(dom)
        cpus = vcpus.cpu_set(cpumap)
        async with guest.jobs.change(Job.MODIFY, "domain_pin_vcpu"):
            impact = resolve(guest, flags)
            if impact.live is not None:
                thread = impact.live.vcpu_pids.get(vcpu)
                if thread is None:
                    raise error(ErrorNumber.INVALID_ARG, f"vcpu {vcpu} is out of range of live cpu count")
                await controls.pin(impact.live, f"vcpu{vcpu}", thread, cpus)
                impact.live.document = vcpus.with_vcpu_pin(impact.live.document, VcpuPin(vcpu=vcpu, cpuset=cpus))
                self.core.save_status(guest)
                self.core.publish(DomainTunableEvent(guest.ref, [string_param(f"cputune.vcpupin{vcpu}", str(cpus))]))
            if impact.config is not None:
                changed = vcpus.with_vcpu_pin(impact.config, VcpuPin(vcpu=vcpu, cpuset=cpus))
                await self._store(guest, changed, "domain_pin_vcpu")

    async def domain_get_emulator_pin_info(self, dom: DomainRef, flags: int) -> bytes:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainGetEmulatorPinInfo")
        document = one_document(self.guest(dom), flags)
        pin = document.cputune.emulatorpin if document.cputune is not None else None
        cpuset = pin.cpuset if pin is not None else (document.vcpu.cpuset if document.vcpu is not None else None)
        return vcpus.bitmap(cpuset, self.core.host.cpu_map().ncpus)

    async def domain_pin_emulator(self, dom: DomainRef, cpumap: bytes, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainPinEmulator")
        guest = self.guest(dom)
        cpus = vcpus.cpu_set(cpumap)
        async with guest.jobs.change(Job.MODIFY, "domain_pin_emulator"):
            impact = resolve(guest, flags)
            if impact.live is not None:
                await controls.pin(impact.live, EMULATOR, impact.live.process.pid, cpus)
                impact.live.document = vcpus.with_emulator_pin(impact.live.document, EmulatorPin(cpuset=cpus))
                self.core.save_status(guest)
                self.core.publish(DomainTunableEvent(guest.ref, [string_param("cputune.emulatorpin", str(cpus))]))
            if impact.config is not None:
                changed = vcpus.with_emulator_pin(impact.config, EmulatorPin(cpuset=cpus))
                await self._store(guest, changed, "domain_pin_emulator")

    async def domain_get_iothread_info(self, dom: DomainRef, flags: int) -> list[DomainIOThreadInfo]:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainGetIOThreadInfo")
        guest = self.guest(dom)
        document = one_document(guest, flags)
        host_cpus = self.core.host.cpu_map().ncpus
        pins: dict[int | None, IoThreadPin] = {
            pin.iothread: pin for pin in (document.cputune.iothreadpins if document.cputune is not None else [])
        }
        default = document.vcpu.cpuset if document.vcpu is not None else None
        return [
            DomainIOThreadInfo(
                thread.id or 0,
                vcpus.bitmap(pins[thread.id].cpuset if thread.id in pins else default, host_cpus),
            )
            for thread in document.iothreadids
        ]

    async def _store(self, guest: Guest, document: Domain, operation: str) -> None:
        await definitions.replace(self.core, guest, document, self.origin(operation))
