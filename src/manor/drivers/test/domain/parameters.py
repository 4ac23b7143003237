# SPDX-License-Identifier: Apache-2.0
"""Parameters of test domains: memory, block I/O, NUMA, scheduler, performance events."""

from __future__ import annotations

from manor.drivers.test.domain.base import DomainBase
from manor.drivers.test.errors import CONFIG, LIVE, check_flags, domain_error, invalid_argument, not_valid
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import (
    DomainRef,
    ParamValue,
    TypedParam,
    bool_param,
    int_param,
    string_param,
    uint_param,
    ullong_param,
)
from manor.records.checks import BOOLEAN, INT, STRING, UINT, ULLONG, checked
from manor.schema.core.bitmap import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.memory import MemoryMode, MemoryTune, NumaMemory, NumaTune
from manor.schema.domain.tuning import BlkioTune, BlockDeviceTune, Perf, PerfEvent, PerfEventName

_STRING_OKAY = 4  # VIR_TYPED_PARAM_STRING_OKAY
_BOTH = LIVE | CONFIG

_UNLIMITED = 9007199254740991
_MEMORY_LIMITS = ("hard_limit", "soft_limit", "swap_hard_limit")
_NUMA_MODES: tuple[MemoryMode, ...] = ("strict", "preferred", "interleave", "restrictive")
_DEVICE_LIMITS = {
    "device_weight": "weight",
    "device_read_iops_sec": "read_iops_sec",
    "device_write_iops_sec": "write_iops_sec",
    "device_read_bytes_sec": "read_bytes_sec",
    "device_write_bytes_sec": "write_bytes_sec",
}
_LARGEST_UINT = (1 << 32) - 1
_LARGEST_DEVICE_LIMIT = dict.fromkeys(("device_read_bytes_sec", "device_write_bytes_sec"), (1 << 64) - 1)
_PERF_EVENTS: tuple[PerfEventName, ...] = (
    "cmt", "mbmt", "mbml", "cpu_cycles", "instructions", "cache_references", "cache_misses", "branch_instructions",
    "branch_misses", "bus_cycles", "stalled_cycles_frontend", "stalled_cycles_backend", "ref_cpu_cycles", "cpu_clock",
    "task_clock", "page_faults", "context_switches", "cpu_migrations", "page_faults_min", "page_faults_maj",
    "alignment_faults", "emulation_faults",
)  # fmt: skip

_plain_error = reporter(ErrorDomain.NONE)


class Parameters(DomainBase):
    """Typed parameters of the whole domain."""

    async def domain_get_memory_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetMemoryParameters."""
        check_flags(flags, _BOTH | _STRING_OKAY, "testDomainGetMemoryParameters")
        tune = self.find(dom).one(flags).memtune or MemoryTune()
        return [ullong_param(name, limit) for name, limit in _memory_limits(tune).items()]

    async def domain_set_memory_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetMemoryParameters."""
        check_flags(flags, _BOTH, "testDomainSetMemoryParameters")
        definition = self.find(dom).one(flags)
        tune = definition.memtune or MemoryTune()
        given = {name: int(value) for name, value in checked(params, dict.fromkeys(_MEMORY_LIMITS, ULLONG)).items()}
        limits = _memory_limits(tune) | given
        if limits["hard_limit"] > limits["swap_hard_limit"]:
            text = "memory hard_limit tunable value must be lower than or equal to swap_hard_limit"
            raise invalid_argument(text)
        for name, value in given.items():
            setattr(tune, name, value if value < _UNLIMITED else None)
        definition.memtune = tune

    async def domain_get_blkio_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetBlkioParameters."""
        check_flags(flags, _BOTH | _STRING_OKAY, "testDomainGetBlkioParameters")
        tune = self.find(dom).one(flags).blkiotune or BlkioTune()
        return [
            uint_param("weight", tune.weight or 0),
            *(string_param(name, _device_limits(tune, field)) for name, field in _DEVICE_LIMITS.items()),
        ]

    async def domain_set_blkio_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetBlkioParameters."""
        check_flags(flags, _BOTH, "testDomainSetBlkioParameters")
        definition = self.find(dom).one(flags)
        tune = definition.blkiotune = definition.blkiotune or BlkioTune()
        for name, value in checked(params, {"weight": UINT, **dict.fromkeys(_DEVICE_LIMITS, STRING)}).items():
            if name == "weight":
                tune.weight = int(value)
            else:
                _set_device_limits(tune, name, str(value))

    async def domain_get_numa_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetNumaParameters."""
        check_flags(flags, _BOTH | _STRING_OKAY, "testDomainGetNumaParameters")
        memory = _numa_memory(self.find(dom).one(flags))
        mode = _NUMA_MODES.index(memory.mode or "strict")
        return [int_param("numa_mode", mode), string_param("numa_nodeset", str(memory.nodeset or ""))]

    async def domain_set_numa_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetNumaParameters."""
        check_flags(flags, _BOTH, "testDomainSetNumaParameters")
        guest = self.find(dom)
        given = checked(params, {"numa_mode": INT, "numa_nodeset": STRING})
        definition = guest.one(flags)
        memory = _numa_memory(definition)
        mode = given.get("numa_mode")
        if mode is not None and not 0 <= int(mode) < len(_NUMA_MODES):
            raise invalid_argument(f"unsupported numatune mode: '{mode}'")
        nodeset = _nodes(given["numa_nodeset"]) if "numa_nodeset" in given else None
        changed = mode is not None and _NUMA_MODES[int(mode)] != (memory.mode or "strict")
        if nodeset is None and memory.nodeset is None:
            if mode is not None:
                text = "nodeset for NUMA memory tuning must be set if 'placement' is 'static'"
                raise domain_error(ErrorNumber.CONFIG_UNSUPPORTED, text)
        elif changed and memory.nodeset is not None and guest.active and not flags & CONFIG:
            raise not_valid("can't change numatune mode for running domain")
        if mode is not None:
            memory.mode = _NUMA_MODES[int(mode)]
        if nodeset is not None:
            memory.nodeset = nodeset
        memory.mode = memory.mode or "strict"
        if memory.nodeset is not None:
            definition.numatune = definition.numatune or NumaTune()
            definition.numatune.memory = memory

    async def domain_get_scheduler_type(self, dom: DomainRef) -> str:
        """virDomainGetSchedulerType."""
        return "fair"

    async def domain_get_scheduler_parameters_flags(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetSchedulerParametersFlags.

        libvirt's library adds a flag for callers that take strings, which libvirt's test driver does not know.
        """
        check_flags(flags | _STRING_OKAY, 0, "testDomainGetSchedulerParametersFlags")
        return []

    async def domain_get_scheduler_parameters(self, dom: DomainRef) -> list[TypedParam]:
        """virDomainGetSchedulerParameters."""
        self.find(dom)
        return [uint_param("weight", 50)]

    async def domain_set_scheduler_parameters_flags(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetSchedulerParametersFlags: nothing is kept."""
        check_flags(flags, 0, "testDomainSetSchedulerParametersFlags")
        checked(params, {"weight": UINT})
        self.find(dom)

    async def domain_get_perf_events(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetPerfEvents."""
        check_flags(flags, _BOTH | _STRING_OKAY, "testDomainGetPerfEvents")
        perf = self.find(dom).one(flags).perf or Perf()
        enabled = {event.name for event in perf.events if event.enabled}
        return [bool_param(name, name in enabled) for name in _PERF_EVENTS]

    async def domain_set_perf_events(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetPerfEvents."""
        check_flags(flags, _BOTH, "testDomainSetPerfEvents")
        given = checked(params, dict.fromkeys(_PERF_EVENTS, BOOLEAN))
        for definition in self.find(dom).affected(flags):
            perf = definition.perf or Perf()
            state = {str(event.name): bool(event.enabled) for event in perf.events}
            state |= {name: bool(value) for name, value in given.items()}
            perf.events = [PerfEvent(name=name, enabled=state[name]) for name in _PERF_EVENTS if name in state]
            definition.perf = perf


def _memory_limits(tune: MemoryTune) -> dict[str, int]:
    limits = {name: getattr(tune, name) for name in _MEMORY_LIMITS}
    return {name: _UNLIMITED if limit is None else limit for name, limit in limits.items()}


def _numa_memory(definition: Domain) -> NumaMemory:
    tune = definition.numatune
    return NumaMemory() if tune is None or tune.memory is None else tune.memory


def _nodes(value: ParamValue) -> Bitmap:
    try:
        return Bitmap.parse(str(value))
    except ValueError:
        text = f"Failed to parse bitmap '{value}'"
        raise _plain_error(ErrorNumber.INVALID_ARG, text) from None


def _device_limits(tune: BlkioTune, field: str) -> str:
    limits = [(device.path, getattr(device, field)) for device in tune.devices]
    return ",".join(f"{path},{limit}" for path, limit in limits if limit)


def _set_device_limits(tune: BlkioTune, name: str, text: str) -> None:
    """Set one limit of several devices, given as "path,limit,path,limit"; others' are taken away."""
    parts = text.split(",") if text else []
    if len(parts) % 2:
        raise domain_error(ErrorNumber.INVALID_ARG, f"unable to parse blkio device '{name}' '{text}'")
    numbers = parts[1::2]
    largest = _LARGEST_DEVICE_LIMIT.get(name, _LARGEST_UINT)
    for path, number in zip(parts[::2], numbers, strict=True):
        if not number.isdecimal() or int(number) > largest:
            message = f"invalid value '{number}' for parameter '{name}' of device '{path}'"
            raise domain_error(ErrorNumber.INVALID_ARG, message)
    known = {device.path: device for device in tune.devices}
    for path, number in zip(parts[::2], numbers, strict=True):
        if path not in known:
            known[path] = BlockDeviceTune(path=path)
            tune.devices.append(known[path])
        setattr(known[path], _DEVICE_LIMITS[name], int(number) or None)
