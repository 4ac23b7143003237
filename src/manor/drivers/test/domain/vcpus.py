# SPDX-License-Identifier: Apache-2.0
"""vCPUs, memory sizes and I/O threads of test domains, and the host CPUs they are pinned to."""

from __future__ import annotations

import time

from manor.drivers.test.domain.base import DomainBase
from manor.drivers.test.errors import (
    CONFIG,
    LIVE,
    check_flags,
    check_impact,
    domain_error,
    invalid_argument,
    not_valid,
    test_error,
    unknown_cause,
)
from manor.drivers.test.host import HOST_CPUS, MAX_VCPUS
from manor.errors import ErrorNumber
from manor.records import DomainIOThreadInfo, DomainRef, TypedParam, VcpuPlacement
from manor.schema.core.bitmap import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.memory import Memory
from manor.schema.domain.tuning import CpuTune, EmulatorPin, IoThread, IoThreadPin, Vcpu, VcpuPin
from manor.schema.passes.cpus import thread_numbers

_MAXIMUM = 4  # VIR_DOMAIN_VCPU_MAXIMUM and VIR_DOMAIN_MEM_MAXIMUM
_HOST_CPUS = frozenset(range(HOST_CPUS))
_VCPU_RUNNING = 1


class Vcpus(DomainBase):
    """Numbers of vCPUs and their placement."""

    async def domain_get_max_vcpus(self, dom: DomainRef) -> int:
        """virDomainGetMaxVcpus."""
        return await self.domain_get_vcpus_flags(dom, LIVE | _MAXIMUM)

    async def domain_get_vcpus_flags(self, dom: DomainRef, flags: int) -> int:
        """virDomainGetVcpusFlags."""
        check_flags(flags, LIVE | CONFIG | _MAXIMUM, "testDomainGetVcpusFlags")
        vcpu = vcpu_of(self.find(dom).one(flags))
        return (vcpu.value if flags & _MAXIMUM else vcpu.current or vcpu.value) or 0

    async def domain_set_vcpus_flags(self, dom: DomainRef, nvcpus: int, flags: int) -> None:
        """virDomainSetVcpusFlags."""
        check_flags(flags, LIVE | CONFIG | _MAXIMUM, "testDomainSetVcpusFlags")
        guest = self.find(dom)
        running, stored = guest.both(flags)
        if nvcpus > MAX_VCPUS:
            text = f"requested cpu amount exceeds maximum supported amount ({nvcpus} > {MAX_VCPUS})"
            raise invalid_argument(text)
        limits = [vcpu_of(definition).value or 0 for definition in (running, stored) if definition is not None]
        if flags & _MAXIMUM:
            limits = [nvcpus, *limits[:-1]] if running is not None else [nvcpus]
        if nvcpus > min(limits):
            raise invalid_argument(f"requested cpu amount exceeds maximum ({nvcpus} > {min(limits)})")
        if running is not None:
            set_current(running, nvcpus)
        if stored is not None:
            if flags & _MAXIMUM:
                _set_maximum(stored, nvcpus)
            else:
                set_current(stored, nvcpus)

    async def domain_get_vcpus(self, dom: DomainRef) -> list[VcpuPlacement]:
        """virDomainGetVcpus; the CPU time is the time of day, the CPU the last it may be on."""
        guest = self.find(dom)
        if not guest.active:
            raise not_valid("cannot list vcpus for an inactive domain")
        definition = guest.definition
        vcpu = vcpu_of(definition)
        now = time.time_ns() // 1000
        places = (pinned_vcpu(definition, number) for number in range(vcpu.current or vcpu.value or 0))
        return [
            VcpuPlacement(number, _VCPU_RUNNING, now // 10, max(place, default=-1), to_bytes(place))
            for number, place in enumerate(places)
        ]

    async def domain_get_vcpu_pin_info(self, dom: DomainRef, flags: int) -> list[bytes]:
        """virDomainGetVcpuPinInfo: of the vCPUs in use."""
        definition = self.find(dom).one(flags)
        vcpu = vcpu_of(definition)
        return [to_bytes(pinned_vcpu(definition, number)) for number in range(vcpu.current or vcpu.value or 0)]

    async def domain_pin_vcpu(self, dom: DomainRef, vcpu: int, cpumap: bytes) -> None:
        """virDomainPinVcpu."""
        await self.domain_pin_vcpu_flags(dom, vcpu, cpumap, 0)

    async def domain_pin_vcpu_flags(self, dom: DomainRef, vcpu: int, cpumap: bytes, flags: int) -> None:
        """virDomainPinVcpuFlags."""
        check_flags(flags, 0, "testDomainPinVcpuFlags")
        guest = self.find(dom)
        if not guest.active:
            raise not_valid("cannot pin vcpus on an inactive domain")
        definition = guest.definition
        known = vcpu_of(definition)
        if vcpu >= (known.current or known.value or 0):
            raise invalid_argument(f"requested vcpu '{vcpu}' is not present in the domain")
        place = from_bytes(cpumap)
        tune = definition.cputune = definition.cputune or CpuTune()
        pins = [pin for pin in tune.vcpupins if pin.vcpu != vcpu]
        tune.vcpupins = sorted([*pins, VcpuPin(vcpu=vcpu, cpuset=place)], key=lambda pin: pin.vcpu or 0)

    async def domain_get_emulator_pin_info(self, dom: DomainRef, flags: int) -> bytes:
        """virDomainGetEmulatorPinInfo."""
        check_flags(flags, LIVE | CONFIG, "testDomainGetEmulatorPinInfo")
        definition = self.find(dom).one(flags)
        pin = definition.cputune.emulatorpin if definition.cputune is not None else None
        return to_bytes(pin.cpuset if pin is not None and pin.cpuset is not None else default_place(definition))

    async def domain_pin_emulator(self, dom: DomainRef, cpumap: bytes, flags: int) -> None:
        """virDomainPinEmulator."""
        check_flags(flags, LIVE | CONFIG, "testDomainPinEmulator")
        guest = self.find(dom)
        check_impact(flags)
        definition = guest.one(flags)
        place = from_bytes(cpumap)
        if not place:
            raise invalid_argument("Empty cpu list for pinning")
        tune = definition.cputune = definition.cputune or CpuTune()
        tune.emulatorpin = EmulatorPin(cpuset=place)


def vcpu_of(definition: Domain) -> Vcpu:
    """A definition's vCPUs."""
    return definition.vcpu or Vcpu(value=1)


def set_current(definition: Domain, count: int) -> None:
    """Change the number of vCPUs in use."""
    vcpu = definition.vcpu = vcpu_of(definition)
    vcpu.current = count if count != vcpu.value else None


def _set_maximum(definition: Domain, count: int) -> None:
    vcpu = definition.vcpu = vcpu_of(definition)
    current = min(vcpu.current or vcpu.value or count, count)
    vcpu.value = count
    set_current(definition, current)
    if definition.cputune is not None:
        definition.cputune.vcpupins = [pin for pin in definition.cputune.vcpupins if (pin.vcpu or 0) < count]


def default_place(definition: Domain) -> frozenset[int]:
    """The host CPUs of what is not pinned."""
    return vcpu_of(definition).cpuset or _HOST_CPUS


def pinned_vcpu(definition: Domain, number: int) -> frozenset[int]:
    """The host CPUs of one vCPU."""
    for pin in definition.cputune.vcpupins if definition.cputune is not None else ():
        if pin.vcpu == number and pin.cpuset is not None:
            return pin.cpuset
    return default_place(definition)


def to_bytes(place: frozenset[int]) -> bytes:
    """Host CPUs as libvirt's bitmaps have them, the lowest in the lowest bit of the first byte."""
    return sum(1 << cpu for cpu in place & _HOST_CPUS).to_bytes((HOST_CPUS + 7) // 8, "little")


def from_bytes(bitmap: bytes) -> Bitmap:
    """The host CPUs of a bitmap."""
    number = int.from_bytes(bitmap, "little")
    return Bitmap(cpu for cpu in range(number.bit_length()) if number >> cpu & 1)


class IoThreads(DomainBase):
    """I/O threads."""

    async def domain_get_iothread_info(self, dom: DomainRef, flags: int) -> list[DomainIOThreadInfo]:
        """virDomainGetIOThreadInfo."""
        check_flags(flags, LIVE | CONFIG, "testDomainGetIOThreadInfo")
        definition = self.find(dom).one(flags)
        pins = {pin.iothread: pin.cpuset for pin in (definition.cputune.iothreadpins if definition.cputune else ())}
        vcpu = vcpu_of(definition)
        # Threads that are not pinned are on as many CPUs as the guest has.
        unpinned = vcpu.cpuset or frozenset(range(vcpu.current or vcpu.value or 0))
        return [
            DomainIOThreadInfo(number, to_bytes(pins.get(number) or unpinned)) for number in thread_numbers(definition)
        ]

    async def domain_pin_iothread(self, dom: DomainRef, iothreads_id: int, cpumap: bytes, flags: int) -> None:
        """virDomainPinIOThread."""
        check_flags(flags, LIVE | CONFIG, "testDomainPinIOThread")
        definition = self.find(dom).one(flags)
        place = from_bytes(cpumap)
        numbers = thread_numbers(definition)
        if iothreads_id not in numbers:
            raise invalid_argument(f"iothreadid {iothreads_id} not found")
        _write_out(definition, numbers)
        tune = definition.cputune = definition.cputune or CpuTune()
        pins = [pin for pin in tune.iothreadpins if pin.iothread != iothreads_id]
        added = IoThreadPin(iothread=iothreads_id, cpuset=place)
        tune.iothreadpins = sorted([*pins, added], key=lambda pin: pin.iothread or 0)

    async def domain_add_iothread(self, dom: DomainRef, iothread_id: int, flags: int) -> None:
        """virDomainAddIOThread."""
        check_flags(flags, LIVE | CONFIG, "testDomainAddIOThread")
        if iothread_id == 0:
            raise invalid_argument("invalid value of 0 for iothread_id")
        definition = self.find(dom).one(flags)
        numbers = thread_numbers(definition)
        if iothread_id in numbers:
            text = f"an IOThread is already using iothread_id '{iothread_id}'"
            raise domain_error(ErrorNumber.INVALID_ARG, text)
        _write_out(definition, [*numbers, iothread_id])

    async def domain_del_iothread(self, dom: DomainRef, iothread_id: int, flags: int) -> None:
        """virDomainDelIOThread."""
        check_flags(flags, LIVE | CONFIG, "testDomainDelIOThread")
        definition = self.find(dom).one(flags)
        numbers = thread_numbers(definition)
        if iothread_id not in numbers:
            text = f"cannot find IOThread '{iothread_id}' in iothreadids list"
            raise domain_error(ErrorNumber.INVALID_ARG, text)
        _write_out(definition, [number for number in numbers if number != iothread_id])

    async def domain_set_iothread_params(
        self, dom: DomainRef, iothread_id: int, params: list[TypedParam], flags: int
    ) -> None:
        """virDomainSetIOThreadParams: checks what it is given and then fails for no reason, as with libvirt."""
        check_flags(flags, LIVE, "testDomainSetIOThreadParams")
        if iothread_id == 0:
            raise invalid_argument("invalid value of 0 for iothread_id")
        definition = self.find(dom).one(flags)
        if iothread_id not in thread_numbers(definition):
            raise invalid_argument(f"cannot find IOThread '{iothread_id}' in iothreadids")
        raise unknown_cause()


def _write_out(definition: Domain, numbers: list[int]) -> None:
    """Set the I/O threads; their ids are written out from now on."""
    known = {thread.id: thread for thread in definition.iothreadids}
    definition.iothreadids = [known.get(number) or IoThread(id=number) for number in numbers]
    definition.iothreads = len(numbers) or None


class MemorySizes(DomainBase):
    """Memory sizes, in KiB."""

    async def domain_get_max_memory(self, dom: DomainRef) -> int:
        """virDomainGetMaxMemory."""
        memory = self.find(dom).definition.memory
        return (memory.value if memory is not None else None) or 0

    async def domain_set_max_memory(self, dom: DomainRef, memory: int) -> None:
        """virDomainSetMaxMemory."""
        await self.domain_set_memory_flags(dom, memory, _MAXIMUM)

    async def domain_set_memory_flags(self, dom: DomainRef, memory: int, flags: int) -> None:
        """virDomainSetMemoryFlags."""
        check_flags(flags, LIVE | CONFIG | _MAXIMUM, "testDomainSetMemoryFlags")
        guest = self.find(dom)
        definition = guest.one(flags)
        size = definition.memory = definition.memory or Memory(value=0)
        if flags & _MAXIMUM:
            if guest.active and not flags & CONFIG:
                raise not_valid("cannot resize the maximum memory on an active domain")
            size.value = memory
            definition.current_memory = min(definition.current_memory or 0, memory)
            return
        if memory > (size.value or 0):
            raise invalid_argument("cannot set memory higher than max memory")
        definition.current_memory = memory

    async def domain_set_memory_stats_period(self, dom: DomainRef, period: int, flags: int) -> None:
        """virDomainSetMemoryStatsPeriod."""
        check_flags(flags, LIVE | CONFIG, "testDomainSetMemoryStatsPeriod")
        definitions = self.find(dom).affected(flags)
        for definition in definitions:
            balloon = definition.devices.memballoon if definition.devices is not None else None
            if balloon is None or balloon.model == "none":
                text = "No memory balloon device configured, can not set the collection period"
                raise test_error(ErrorNumber.INTERNAL_ERROR, text)
            balloon.stats = period or None
