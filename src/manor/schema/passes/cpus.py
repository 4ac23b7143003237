# SPDX-License-Identifier: Apache-2.0
"""Virtual CPUs and I/O threads: how many, which model, where and how they run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.core import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.cpu import Cpu
from manor.schema.domain.memory import NumaMemory, NumaTune
from manor.schema.domain.tuning import (
    CpuTune,
    IoThread,
    IoThreadScheduler,
    Scheduling,
    ThreadPool,
    Vcpu,
    VcpuScheduler,
    VcpuState,
)
from manor.schema.passes.report import detail, internal, missing_attribute, unsupported, xml_error, zero_attribute

_REAL_TIME: Final = frozenset({"fifo", "rr"})
_cpu_error = reporter(ErrorDomain.CPU)


def vcpus(domain: Domain) -> None:
    """How many CPUs there can be and are, and which: one where nothing is said."""
    vcpu = domain.vcpu = domain.vcpu or Vcpu()
    if vcpu.value is None:
        vcpu.value = 1
    elif not vcpu.value:
        what = "CPU IDs in <numa> exceed" if not _has_nodes(domain) else "Number of CPUs in <numa> exceeds"
        raise internal(f"{what} the <vcpu> count")
    if vcpu.current is not None and vcpu.current > vcpu.value:
        raise unsupported("maximum vCPU count must not be less than current vCPU count")
    if vcpu.cpuset is not None and not vcpu.cpuset:
        raise unsupported("Invalid value of 'cpuset': 0,^0")
    if domain.vcpus:
        _individual_vcpus(domain, vcpu)
    if vcpu.current == vcpu.value:
        vcpu.current = None
    _placement(domain, vcpu)


def _has_nodes(domain: Domain) -> bool:
    return domain.cpu is not None and domain.cpu.numa is not None and bool(domain.cpu.numa.cells)


def _individual_vcpus(domain: Domain, vcpu: Vcpu) -> None:
    count = vcpu.value or 1
    given = {state.id: state for state in domain.vcpus}
    for state in domain.vcpus:
        if state.id is None:
            raise missing_attribute("vcpu", "id")
        if state.enabled is None:
            raise missing_attribute("vcpu", "enabled")
        if state.id >= count:
            raise xml_error(f"vcpu id '{state.id}' is out of range of maximum vcpu count")
    domain.vcpus = [_vcpu_state(number, given.get(number)) for number in range(count)]
    vcpu.current = sum(bool(state.enabled) for state in domain.vcpus)


def _vcpu_state(number: int, state: VcpuState | None) -> VcpuState:
    if state is None:
        return VcpuState(id=number, enabled=False, hotpluggable=True)
    if state.enabled:
        state.hotpluggable = state.hotpluggable or False
    else:
        state.hotpluggable = True
    return state


def _placement(domain: Domain, vcpu: Vcpu) -> None:
    """Where CPUs and memory are: one of both placed automatically takes the other along."""
    tune = domain.numatune
    memory = tune.memory if tune is not None else None
    if memory is not None and memory.placement is None:
        memory.placement = "auto" if memory.nodeset is None and vcpu.placement == "auto" else "static"
    if vcpu.placement != "auto":
        automatic = memory is not None and memory.placement == "auto" and vcpu.cpuset is None
        vcpu.placement = "auto" if automatic else "static"
    if vcpu.placement == "auto":
        vcpu.cpuset = None
        if memory is None and (tune is None or not tune.memnodes):
            tune = domain.numatune = tune or NumaTune()
            tune.memory = NumaMemory(mode="strict", placement="auto")


def iothreads(domain: Domain) -> None:
    """I/O threads: those that are numbered count, and if one is, all are."""
    if domain.defaultiothread is not None:
        _check_pool(domain.defaultiothread)
    threads = domain.iothreadids
    if not threads:
        domain.iothreads = domain.iothreads or None
        return
    known: set[int] = set()
    for thread in threads:
        if thread.id is None:
            raise missing_attribute("iothread", "id")
        if not thread.id:
            raise zero_attribute("iothread", "id")
        _check_pool(thread)
        if thread.id in known:
            raise xml_error(f"duplicate iothread id '{thread.id}' found")
        known.add(thread.id or 0)
    number_iothreads(domain)


def _check_pool(pool: ThreadPool) -> None:
    least, most = pool.thread_pool_min, pool.thread_pool_max
    if least is not None and most is not None and least > most:
        raise unsupported("thread_pool_min must be smaller or equal to thread_pool_max")


def number_iothreads(domain: Domain) -> None:
    """Number the I/O threads that are only counted, with the lowest free numbers."""
    threads = domain.iothreadids
    threads += [IoThread(id=number) for number in thread_numbers(domain)[len(threads) :]]
    domain.iothreads = len(threads) or None


def cputune(domain: Domain) -> None:
    """Pinning and scheduling, one entry per CPU and thread, in order."""
    tune = domain.cputune
    if tune is None:
        return
    _check_range(tune)
    _pins(domain, tune)
    _schedulers(domain, tune)
    taken: set[int] = set()
    for cache in tune.cachetunes:
        numbers = set(cache.vcpus or ())
        if taken & numbers:
            raise xml_error("Identical vcpus in cachetunes found")
        taken |= numbers


def _check_range(tune: CpuTune) -> None:
    for name, least, most in _RANGES:
        value = getattr(tune, name)
        if value and not (least <= value <= most) and not (value < 0 and name.endswith("quota")):
            raise unsupported(f"Value of cputune '{name}' must be in range [{least}, {most}]")


_PERIOD: Final = (1000, 1000000)
_QUOTA: Final = (1000, 17592186044415)
_RANGES: Final = (
    ("shares", 2, 262144),
    ("period", *_PERIOD),
    ("quota", *_QUOTA),
    ("global_period", *_PERIOD),
    ("global_quota", *_QUOTA),
    ("emulator_period", *_PERIOD),
    ("emulator_quota", *_QUOTA),
    ("iothread_period", *_PERIOD),
    ("iothread_quota", *_QUOTA),
)


def _pins(domain: Domain, tune: CpuTune) -> None:
    seen: set[int] = set()
    for pin in tune.vcpupins:
        if pin.vcpu is None:
            raise missing_attribute("vcpupin", "vcpu")
        if pin.cpuset is None:
            raise internal("missing cpuset for vcpupin")
        if pin.vcpu in seen:
            raise internal(f"duplicate vcpupin for vcpu '{pin.vcpu}'")
        seen.add(pin.vcpu)
    count = (domain.vcpu.value if domain.vcpu is not None else None) or 1
    tune.vcpupins = sorted((pin for pin in tune.vcpupins if (pin.vcpu or 0) < count), key=lambda pin: pin.vcpu or 0)
    if tune.emulatorpin is not None and tune.emulatorpin.cpuset is None:
        raise internal("missing cpuset for emulatorpin")
    threads = thread_numbers(domain)
    for thread in tune.iothreadpins:
        if thread.iothread is None:
            raise missing_attribute("iothreadpin", "iothread")
        if thread.iothread not in threads:
            raise unsupported(f"Cannot find 'iothread' : {thread.iothread}")
        if thread.cpuset is None:
            raise internal("missing cpuset for iothreadpin")
    tune.iothreadpins.sort(key=lambda thread: threads.index(thread.iothread or 0))


def thread_numbers(domain: Domain) -> list[int]:
    """The numbers of all I/O threads, in the order in which libvirt keeps them."""
    numbers = [thread.id or 0 for thread in domain.iothreadids]
    candidate = 1
    while len(numbers) < (domain.iothreads or 0):
        if candidate not in numbers:
            numbers.append(candidate)
        candidate += 1
    return numbers


def _schedulers(domain: Domain, tune: CpuTune) -> None:
    count = (domain.vcpu.value if domain.vcpu is not None else None) or 1
    cpus = _scheduled(((item, item.vcpus) for item in tune.vcpuscheds), "vcpusched", "vcpus")
    for number in cpus:
        if number >= count:
            raise unsupported(f"vCPU '{number}' is not present in domain definition")
    threads = thread_numbers(domain)
    loops = _scheduled(((item, item.iothreads) for item in tune.iothreadscheds), "iothreadsched", "iothreads")
    for number in loops:
        if number not in threads:
            raise unsupported(f"Cannot find 'iothread' : {number}")
    tune.vcpuscheds = [
        VcpuScheduler(vcpus=Bitmap((number,)), scheduler=item.scheduler, priority=item.priority)
        for number, item in sorted(cpus.items())
    ]
    tune.iothreadscheds = [
        IoThreadScheduler(
            iothreads=Bitmap((number,)), scheduler=loops[number].scheduler, priority=loops[number].priority
        )
        for number in threads
        if number in loops
    ]
    if tune.emulatorsched is not None:
        _check_scheduler(tune.emulatorsched, "emulatorsched")


def _scheduled(items: Iterable[tuple[Scheduling, Bitmap | None]], tag: str, name: str) -> dict[int, Scheduling]:
    """Each number's scheduling."""
    found: dict[int, Scheduling] = {}
    for item, numbers in items:
        if numbers is None:
            raise xml_error(f"Missing attribute '{name}' in element '{tag}'")
        _check_scheduler(item, tag)
        for number in numbers:
            if number in found:
                raise detail(f"'{tag}' attributes '{name}' must not overlap")
            found[number] = item
    return found


def _check_scheduler(item: Scheduling, tag: str) -> None:
    if item.scheduler is None:
        raise missing_attribute(tag, "scheduler")
    if item.scheduler not in _REAL_TIME:
        item.priority = None
    elif item.priority is None:
        raise missing_attribute(tag, "priority")


def cpu_model(domain: Domain) -> None:
    """What is wrong with a CPU whatever runs it, and what its words mean where they are left out."""
    cpu = domain.cpu
    if cpu is None:
        return
    if cpu.migratable is not None and cpu.mode not in ("host-passthrough", "maximum"):
        text = "Attribute migratable is only allowed for 'host-passthrough' / 'maximum' CPU mode"
        raise _cpu_error(ErrorNumber.CONFIG_UNSUPPORTED, text)
    if cpu.mode in ("host-passthrough", "maximum") or (cpu.model is not None and not cpu.model.value):
        cpu.model = None
    model = cpu.model
    if cpu.vendor is not None and model is None:
        raise _cpu_error(ErrorNumber.XML_ERROR, "CPU vendor specified without CPU model")
    if cpu.mode in (None, "custom") and model is None and cpu.features:
        raise _cpu_error(ErrorNumber.XML_ERROR, "Non-empty feature list specified without CPU model")
    if model is not None:
        if model.vendor_id is not None and "," in model.vendor_id:
            raise _cpu_error(ErrorNumber.XML_ERROR, "vendor id is invalid")
        cpu.mode = cpu.mode or "custom"
        model.fallback = model.fallback or "allow"
    elif cpu.mode == "custom":
        # Without a model there is nothing to match.
        cpu.mode = None
    if cpu.mode == "custom":
        cpu.match = cpu.match or "exact"
    else:
        cpu.match = None
    _parts(cpu)
    _features(cpu)


def _parts(cpu: Cpu) -> None:
    topology = cpu.topology
    if topology is not None:
        for name in ("sockets", "cores", "threads"):
            if getattr(topology, name) is None:
                raise missing_attribute("topology", name)
        topology.dies = topology.dies or 1
    if cpu.cache is not None and cpu.cache.mode is None:
        raise missing_attribute("cache", "mode")
    if cpu.maxphysaddr is not None and cpu.maxphysaddr.mode is None:
        raise missing_attribute("maxphysaddr", "mode")


def _features(cpu: Cpu) -> None:
    names: set[str] = set()
    for feature in cpu.features:
        feature.policy = feature.policy or "require"
        if not feature.name:
            raise _cpu_error(ErrorNumber.XML_ERROR, "Invalid CPU feature name")
        if feature.name in names:
            raise _cpu_error(ErrorNumber.XML_ERROR, f"CPU feature '{feature.name}' specified more than once")
        names.add(feature.name)
