# SPDX-License-Identifier: Apache-2.0
"""What a guest may take of its host: CPU time, memory, disk time, nodes, bandwidth, as typed parameters.

The definition always takes them; a running guest is held to them by its control group, where it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from manor.constants import DomainNumatuneMemMode, ErrorNumber
from manor.drivers.qemu import controls, definitions, group_settings, vcpus
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.impact import AFFECT_MASK, one_document, resolve
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.measures import network
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.errors import ErrorDomain, reporter
from manor.records import (
    DomainRef,
    ParamValue,
    TypedParam,
    int_param,
    llong_param,
    string_param,
    uint_param,
    ullong_param,
)
from manor.records.checks import INT, LLONG, STRING, UINT, ULLONG, checked
from manor.records.events import DomainTunableEvent
from manor.schema.common.network import Bandwidth, Inbound, Outbound
from manor.schema.core import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.interface import Interface
from manor.schema.domain.memory import MemoryTune, NumaMemory, NumaTune
from manor.schema.domain.tuning import BlkioTune, BlockDeviceTune, CpuTune
from manor.system.cgroup import PERIOD_RANGE, QUOTA_RANGE, UNLIMITED, Controller

_domain_error: Final = reporter(ErrorDomain.DOMAIN)

_STRING_OKAY: Final = 4

_SCHEDULER: Final = {
    "cpu_shares": ULLONG,
    "vcpu_period": ULLONG,
    "vcpu_quota": LLONG,
    "emulator_period": ULLONG,
    "emulator_quota": LLONG,
    "global_period": ULLONG,
    "global_quota": LLONG,
    "iothread_period": ULLONG,
    "iothread_quota": LLONG,
}
_CPU_FIELDS: Final = {"cpu_shares": "shares", "vcpu_period": "period", "vcpu_quota": "quota"}
"""Where the document's name is not the parameter's."""

_MEMORY: Final = {"hard_limit": ULLONG, "soft_limit": ULLONG, "swap_hard_limit": ULLONG}

_BLKIO_DEVICES: Final = {
    "device_weight": "weight",
    "device_read_iops_sec": "read_iops_sec",
    "device_write_iops_sec": "write_iops_sec",
    "device_read_bytes_sec": "read_bytes_sec",
    "device_write_bytes_sec": "write_bytes_sec",
}
_BLKIO: Final = {"weight": UINT, **dict.fromkeys(_BLKIO_DEVICES, STRING)}

_NUMA: Final = {"numa_mode": INT, "numa_nodeset": STRING}
_MODES: Final = {mode: mode.name.lower() for mode in DomainNumatuneMemMode}

_BANDWIDTH: Final = (
    "inbound.average",
    "inbound.peak",
    "inbound.burst",
    "inbound.floor",
    "outbound.average",
    "outbound.peak",
    "outbound.burst",
)


class ResourceOps(QemuDomainOps):
    """virDomainSetSchedulerParameters, virDomainSetMemoryParameters, virDomainSetBlkioParameters and the like."""

    def _require_system(self, what: str, code: ErrorNumber = ErrorNumber.OPERATION_UNSUPPORTED) -> None:
        """Refuse what only the system's daemon can do."""
        if not self.core.context.privileged:
            raise error(code, f"{what} is not available in session mode")

    async def domain_get_scheduler_type(self, dom: DomainRef) -> str:
        running = self.guest(dom).running
        self._require_system("CPU tuning")
        if running is not None:
            controls.group(running, Controller.CPU)
        return "posix"

    async def domain_get_scheduler_parameters(self, dom: DomainRef) -> list[TypedParam]:
        return await self.domain_get_scheduler_parameters_flags(dom, 0)

    async def domain_set_scheduler_parameters(self, dom: DomainRef, params: list[TypedParam]) -> None:
        await self.domain_set_scheduler_parameters_flags(dom, params, 0)

    async def domain_get_scheduler_parameters_flags(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | _STRING_OKAY, "qemuDomainGetSchedulerParametersFlags")
        guest = self.guest(dom)
        self._require_system("CPU tuning")
        impact = resolve(guest, flags & AFFECT_MASK)
        if impact.live is not None:
            await controls.settled(impact.live)
            values = controls.scheduler(impact.live)
        else:
            tune = guest.require_persistent().cputune or CpuTune()
            values = {name: getattr(tune, _CPU_FIELDS.get(name, name)) or 0 for name in _SCHEDULER}
        return [
            (llong_param if kind == LLONG else ullong_param)(name, values[name]) for name, kind in _SCHEDULER.items()
        ]

    async def domain_set_scheduler_parameters_flags(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetSchedulerParametersFlags")
        given = checked(params, _SCHEDULER)
        _check_scheduler(given)

        def change(document: Domain) -> None:
            tune = document.cputune = document.cputune or CpuTune()
            for name, value in given.items():
                setattr(tune, _CPU_FIELDS.get(name, name), value)

        def change_live(document: Domain) -> None:
            tune = document.cputune = document.cputune or CpuTune()
            for name, value in given.items():
                if value:
                    setattr(tune, _CPU_FIELDS.get(name, name), value)

        guest = self.guest(dom)
        self._require_system("CPU tuning")
        live = _Live(Controller.CPU, given, controls.set_scheduler, change_live, _scheduler_news)
        await self._change_resource(guest, flags, "domain_set_scheduler_parameters", change, live)

    async def domain_get_memory_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | _STRING_OKAY, "qemuDomainGetMemoryParameters")
        guest = self.guest(dom)
        self._require_system("Memory tuning")
        impact = resolve(guest, flags & AFFECT_MASK)
        if impact.live is not None:
            values = controls.memory(impact.live)
        else:
            tune = guest.require_persistent().memtune or MemoryTune()
            values = {name: getattr(tune, name) or UNLIMITED for name in _MEMORY}
        return [ullong_param(name, values[name]) for name in _MEMORY]

    async def domain_set_memory_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetMemoryParameters")
        given = checked(params, _MEMORY)
        guest = self.guest(dom)
        self._require_system("Memory tuning")

        def change(document: Domain) -> None:
            tune = document.memtune = document.memtune or MemoryTune()
            for name, value in given.items():
                setattr(tune, name, value if int(value or 0) < UNLIMITED else None)
            hard, swap = (UNLIMITED if limit is None else limit for limit in (tune.hard_limit, tune.swap_hard_limit))
            if hard > swap and not given.keys().isdisjoint(("hard_limit", "swap_hard_limit")):
                raise _domain_error(
                    ErrorNumber.INVALID_ARG,
                    "memory hard_limit tunable value must be lower than or equal to swap_hard_limit",
                )

        live = _Live(Controller.MEMORY, given, controls.set_memory, change)
        await self._change_resource(guest, flags, "domain_set_memory_parameters", change, live)

    async def domain_get_blkio_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | _STRING_OKAY, "qemuDomainGetBlkioParameters")
        guest = self.guest(dom)
        self._require_system("Block I/O tuning", ErrorNumber.CONFIG_UNSUPPORTED)
        impact = resolve(guest, flags & AFFECT_MASK)
        tune = one_document(guest, flags & AFFECT_MASK).blkiotune or BlkioTune()
        weight = tune.weight or 0
        if impact.live is not None:
            weight = controls.io_weight(impact.live)
        return [
            uint_param("weight", weight),
            *(string_param(name, _device_text(tune, field)) for name, field in _BLKIO_DEVICES.items()),
        ]

    async def domain_set_blkio_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetBlkioParameters")
        given = checked(params, _BLKIO)
        devices = {name: _device_values(str(given[name]), name) for name in _BLKIO_DEVICES if name in given}

        def change(document: Domain) -> None:
            tune = document.blkiotune = document.blkiotune or BlkioTune()
            if "weight" in given:
                tune.weight = int(given["weight"] or 0) or None
            for name, values in devices.items():
                for path, value in values.items():
                    _device(tune, path, _BLKIO_DEVICES[name], value)
            tune.devices = [item for item in tune.devices if any(getattr(item, f) for f in _BLKIO_DEVICES.values())]

        values: dict[str, Any] = {"weight": given["weight"]} if "weight" in given else {}
        guest = self.guest(dom)
        self._require_system("Block I/O tuning", ErrorNumber.CONFIG_UNSUPPORTED)
        live = _Live(Controller.BLKIO, values | devices, controls.set_blkio, change)
        await self._change_resource(guest, flags, "domain_set_blkio_parameters", change, live)

    async def domain_get_numa_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | _STRING_OKAY, "qemuDomainGetNumaParameters")
        tune = one_document(self.guest(dom), flags & AFFECT_MASK).numatune
        memory = (tune.memory if tune is not None else None) or NumaMemory()
        number = next((mode for mode, name in _MODES.items() if name == memory.mode), DomainNumatuneMemMode.STRICT)
        nodes = str(memory.nodeset) if memory.nodeset is not None else ""
        return [int_param("numa_mode", number), string_param("numa_nodeset", nodes)]

    async def domain_set_numa_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetNumaParameters")
        given = checked(params, _NUMA)
        mode = given.get("numa_mode")
        if mode is not None and mode not in _MODES:
            raise error(ErrorNumber.INVALID_ARG, f"unsupported numatune mode: '{mode}'")
        nodes = str(given["numa_nodeset"]) if "numa_nodeset" in given else None
        nodeset = _nodeset(nodes) if nodes is not None else None
        guest = self.guest(dom)
        impact = resolve(guest, flags)
        if impact.live is not None:
            self._require_system("NUMA tuning")
            controls.group(impact.live, Controller.CPUSET)
            _check_live_numa(impact.live.document, mode, nodeset)
            if nodeset is not None:
                group_settings.check_nodes(nodeset, {cell.id for cell in self.core.host.cells()})

        def change(document: Domain) -> None:
            tune = document.numatune = document.numatune or NumaTune()
            memory = tune.memory = tune.memory or NumaMemory(mode="strict")
            if mode is not None:
                memory.mode = _MODES[DomainNumatuneMemMode(int(mode))]  # type: ignore[assignment]
            if nodeset is not None:
                memory.nodeset, memory.placement = nodeset, None
            _check_nodes(memory)

        def change_live(document: Domain) -> None:
            if nodeset is not None:
                change(document)

        live = _Live(Controller.CPUSET, {"nodes": nodeset}, controls.set_nodes, change_live)
        await self._change_resource(guest, flags, "domain_set_numa_parameters", change, live)

    async def domain_get_interface_parameters(self, dom: DomainRef, device: str, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | _STRING_OKAY, "qemuDomainGetInterfaceParameters")
        bandwidth = _interface(one_document(self.guest(dom), flags & AFFECT_MASK), device).bandwidth
        return [uint_param(name, _rate(bandwidth, name)) for name in _BANDWIDTH]

    async def domain_set_interface_parameters(
        self, dom: DomainRef, device: str, params: list[TypedParam], flags: int
    ) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetInterfaceParameters")
        given = checked(params, dict.fromkeys(_BANDWIDTH, UINT))
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_interface_parameters"):
            impact = resolve(guest, flags)
            for document in (impact.live.document if impact.live is not None else None, impact.config):
                nic = _interface(document, device) if document is not None else None
                if nic is not None and (impact.live is not None or nic.type not in _SHAPED):
                    raise error(
                        ErrorNumber.CONFIG_UNSUPPORTED,
                        f"setting bandwidth on interfaces of type '{nic.type}' is not implemented yet",
                    )
            if impact.config is not None:
                changed = impact.config.copy()
                found = _interface(changed, device)
                found.bandwidth = _bandwidth(found.bandwidth, given)
                await definitions.replace(self.core, guest, changed, self.origin("domain_set_interface_parameters"))

    async def _change_resource(
        self,
        guest: Guest,
        flags: int,
        operation: str,
        change: Callable[[Domain], None],
        live: _Live,
    ) -> None:
        """Change what is meant by the flags: the control group and the live document, the definition, or both."""
        async with guest.jobs.change(Job.MODIFY, operation):
            impact = resolve(guest, flags)
            changed = impact.config.copy() if impact.config is not None else None
            if changed is not None:
                change(changed)
            if impact.live is not None:
                controls.group(impact.live, live.controller)
                live.change(impact.live.document.copy())
                await controls.settled(impact.live)
                live.setter(impact.live, live.given)
                live.change(impact.live.document)
                self.core.save_status(guest)
                news = live.news(live.given)
                if news:
                    self.core.publish(DomainTunableEvent(guest.ref, news))
            if changed is not None:
                await definitions.replace(self.core, guest, changed, self.origin(operation))


class _Live(msgspec.Struct, frozen=True):
    """The live side of a change: what `setter` is given for the control group, what becomes of the document, and what
    clients are told of it by VIR_DOMAIN_EVENT_ID_TUNABLE."""

    controller: Controller
    given: Mapping[str, Any]
    setter: controls.Setter
    change: Callable[[Domain], None]
    news: Callable[[Mapping[str, Any]], list[TypedParam]] = lambda _given: []


def _scheduler_news(given: Mapping[str, Any]) -> list[TypedParam]:
    return [
        (llong_param if _SCHEDULER[name] == LLONG else ullong_param)(f"cputune.{name}", value)
        for name, value in given.items()
        if value
    ]


_SHAPED: Final = frozenset({"network", "bridge", "ethernet", "direct"})
"""Interfaces whose traffic the host can shape."""


def _check_scheduler(given: dict[str, ParamValue]) -> None:
    for name, value in given.items():
        number = int(value or 0)
        low, high = QUOTA_RANGE if name.endswith("_quota") else PERIOD_RANGE
        if name != "cpu_shares" and number > 0 and not low <= number <= high:
            raise error(ErrorNumber.INVALID_ARG, f"value of '{name}' is out of range [{low}, {high}]")


def _device_text(tune: BlkioTune, field: str) -> str:
    """One limit of all devices, as libvirt writes it: path,value,path,value."""
    return ",".join(f"{item.path},{getattr(item, field)}" for item in tune.devices if getattr(item, field))


def _device_values(text: str, name: str) -> dict[str, int]:
    words = text.split(",") if text else []
    pairs = list(zip(words[::2], words[1::2], strict=False))
    if len(words) % 2 or any(not path for path, _ in pairs):
        raise error(ErrorNumber.INVALID_ARG, f"unable to parse blkio device '{name}' '{text}'")
    for path, value in pairs:
        if not value.isdecimal():
            detail = f"invalid value '{value}' for parameter '{name}' of device '{path}'"
            raise error(ErrorNumber.INVALID_ARG, detail)
    return {path: int(value) for path, value in pairs}


def _device(tune: BlkioTune, path: str, field: str, value: int) -> None:
    found = next((item for item in tune.devices if item.path == path), None)
    if found is None:
        found = BlockDeviceTune(path=path)
        tune.devices.append(found)
    setattr(found, field, value or None)


def _nodeset(text: str) -> Bitmap:
    nodes = vcpus.numbers(text)
    if not nodes:
        raise error(ErrorNumber.OPERATION_INVALID, f"Invalid nodeset of 'numatune': {text}")
    return nodes


def _check_nodes(memory: NumaMemory) -> None:
    if memory.nodeset is None and memory.placement != "auto":
        detail = "nodeset for NUMA memory tuning must be set if 'placement' is 'static'"
        raise _domain_error(ErrorNumber.CONFIG_UNSUPPORTED, detail)


def _check_live_numa(document: Domain, mode: ParamValue | None, nodeset: Bitmap | None) -> None:
    memory = document.numatune.memory if document.numatune is not None else None
    known = (memory.mode if memory is not None else None) or "strict"
    wanted = None if mode is None else _MODES[DomainNumatuneMemMode(int(mode))]
    if wanted is not None and memory is not None and wanted != known:
        raise error(ErrorNumber.OPERATION_INVALID, "can't change numatune mode for running domain")
    if wanted == "strict" and (memory is not None or nodeset is not None):
        raise error(ErrorNumber.OPERATION_INVALID, "can't change nodeset for strict mode for running domain")
    if wanted not in (None, known) and nodeset is None:
        _check_nodes(memory or NumaMemory())
    if nodeset is not None and memory is not None and known != "restrictive":
        detail = "change of nodeset for running domain requires restrictive numa mode"
        raise error(ErrorNumber.OPERATION_INVALID, detail)


def _interface(document: Domain, name: str) -> Interface:
    for nic in devices_of(document).interfaces:
        if name and name in (network.host_side(nic), nic.mac.address if nic.mac is not None else None):
            return nic
    raise error(ErrorNumber.INVALID_ARG, f"'{name}' is not a known interface")


def _rate(bandwidth: Bandwidth | None, name: str) -> int:
    direction, _, field = name.partition(".")
    return getattr(getattr(bandwidth, direction, None), field, None) or 0


def _bandwidth(known: Bandwidth | None, given: dict[str, ParamValue]) -> Bandwidth | None:
    """The bandwidth after a change; a direction without average and floor has no limits."""
    rates = {name: int(given.get(name, _rate(known, name)) or 0) or None for name in _BANDWIDTH}
    inbound = {name.partition(".")[2]: rate for name, rate in rates.items() if name.startswith("inbound.")}
    outbound = {name.partition(".")[2]: rate for name, rate in rates.items() if name.startswith("outbound.")}
    new = Bandwidth(
        inbound=Inbound(**inbound) if inbound["average"] or inbound["floor"] else None,
        outbound=Outbound(**outbound) if outbound["average"] else None,
    )
    return new if new.inbound is not None or new.outbound is not None else None
