# SPDX-License-Identifier: Apache-2.0
"""What a guest may take of its host: CPU time, memory, disk time, nodes, bandwidth, as typed parameters.

The definition always takes them; a running guest is held to them by its control group, where it has one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from manor.constants import DomainNumatuneMemMode, ErrorNumber
from manor.drivers.qemu import controls, definitions
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.impact import AFFECT_MASK, one_document, resolve
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.measures import network
from manor.drivers.qemu.ops.base import QemuDomainOps, error
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
from manor.system.cgroup import PERIOD_RANGE, QUOTA_RANGE, UNLIMITED

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

    async def domain_get_scheduler_type(self, dom: DomainRef) -> str:
        self.guest(dom)
        return "posix"

    async def domain_get_scheduler_parameters(self, dom: DomainRef) -> list[TypedParam]:
        return await self.domain_get_scheduler_parameters_flags(dom, 0)

    async def domain_set_scheduler_parameters(self, dom: DomainRef, params: list[TypedParam]) -> None:
        await self.domain_set_scheduler_parameters_flags(dom, params, 0)

    async def domain_get_scheduler_parameters_flags(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | _STRING_OKAY, "qemuDomainGetSchedulerParametersFlags")
        guest = self.guest(dom)
        impact = resolve(guest, flags & AFFECT_MASK)
        if impact.live is not None:
            values = controls.scheduler(self.core, guest, impact.live)
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

        guest = self.guest(dom)
        await self._change_resource(
            guest, flags, "domain_set_scheduler_parameters", given, change, controls.set_scheduler, told=True
        )

    async def domain_get_memory_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | _STRING_OKAY, "qemuDomainGetMemoryParameters")
        guest = self.guest(dom)
        impact = resolve(guest, flags & AFFECT_MASK)
        if impact.live is not None:
            values = controls.memory(self.core, guest, impact.live)
        else:
            tune = guest.require_persistent().memtune or MemoryTune()
            values = {name: getattr(tune, name) or UNLIMITED for name in _MEMORY}
        return [ullong_param(name, values[name]) for name in _MEMORY]

    async def domain_set_memory_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetMemoryParameters")
        given = checked(params, _MEMORY)
        guest = self.guest(dom)

        def change(document: Domain) -> None:
            tune = document.memtune = document.memtune or MemoryTune()
            for name, value in given.items():
                setattr(tune, name, value if int(value or 0) < UNLIMITED else None)
            if (tune.hard_limit or 0) > (tune.swap_hard_limit or UNLIMITED):
                raise error(
                    ErrorNumber.INVALID_ARG,
                    "memory hard_limit tunable value must be lower than or equal to swap_hard_limit",
                )

        await self._change_resource(guest, flags, "domain_set_memory_parameters", given, change, controls.set_memory)

    async def domain_get_blkio_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | _STRING_OKAY, "qemuDomainGetBlkioParameters")
        guest = self.guest(dom)
        impact = resolve(guest, flags & AFFECT_MASK)
        tune = one_document(guest, flags & AFFECT_MASK).blkiotune or BlkioTune()
        weight = tune.weight or 0
        if impact.live is not None:
            weight = controls.io_weight(self.core, guest, impact.live)
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

        live: dict[str, Any] = {"weight": given["weight"]} if "weight" in given else {}
        guest = self.guest(dom)
        await self._change_resource(
            guest, flags, "domain_set_blkio_parameters", live | devices, change, controls.set_blkio
        )

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
            _check_live_numa(impact.live.document, mode, nodeset)

        def change(document: Domain) -> None:
            tune = document.numatune = document.numatune or NumaTune()
            memory = tune.memory = tune.memory or NumaMemory(mode="strict")
            if mode is not None:
                memory.mode = _MODES[DomainNumatuneMemMode(int(mode))]  # type: ignore[assignment]
            if nodeset is not None:
                memory.nodeset, memory.placement = nodeset, "static"

        live: dict[str, Any] = {} if nodes is None else {"nodes": nodes}
        await self._change_resource(guest, flags, "domain_set_numa_parameters", live, change, controls.set_nodes)

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
        given: dict[str, Any],
        change: Callable[[Domain], None],
        live: controls.Setter,
        *,
        told: bool = False,
    ) -> None:
        """Change what is meant by the flags: the control group and the live document, the definition, or both.

        With `told`, clients learn of a change to the running guest by VIR_DOMAIN_EVENT_ID_TUNABLE.
        """
        async with guest.jobs.change(Job.MODIFY, operation):
            impact = resolve(guest, flags)
            changed = impact.config.copy() if impact.config is not None else None
            if changed is not None:
                change(changed)
            if impact.live is not None:
                trial = impact.live.document.copy()
                change(trial)
                live(self.core, guest, impact.live, given)
                change(impact.live.document)
                self.core.save_status(guest)
                if told:
                    params = [
                        (llong_param if _SCHEDULER[name] == LLONG else ullong_param)(f"cputune.{name}", value)
                        for name, value in given.items()
                    ]
                    self.core.publish(DomainTunableEvent(guest.ref, params))
            if changed is not None:
                await definitions.replace(self.core, guest, changed, self.origin(operation))


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
    if len(words) % 2 or any(not path or not value.isdigit() for path, value in pairs):
        raise error(ErrorNumber.INVALID_ARG, f"unable to parse blkio device '{name}' '{text}'")
    return {path: int(value) for path, value in pairs}


def _device(tune: BlkioTune, path: str, field: str, value: int) -> None:
    found = next((item for item in tune.devices if item.path == path), None)
    if found is None:
        found = BlockDeviceTune(path=path)
        tune.devices.append(found)
    setattr(found, field, value or None)


def _nodeset(text: str) -> Bitmap:
    try:
        nodes = Bitmap.parse(text)
    except ValueError:
        nodes = Bitmap()
    if not nodes:
        raise error(ErrorNumber.OPERATION_INVALID, f"Invalid nodeset of 'numatune': {text}")
    return nodes


def _check_live_numa(document: Domain, mode: ParamValue | None, nodeset: Bitmap | None) -> None:
    memory = document.numatune.memory if document.numatune is not None else None
    known = (memory.mode if memory is not None else None) or "strict"
    if mode is not None and _MODES[DomainNumatuneMemMode(int(mode))] != known:
        raise error(ErrorNumber.OPERATION_INVALID, "can't change numatune mode for running domain")
    if nodeset is not None and known == "strict":
        raise error(ErrorNumber.OPERATION_INVALID, "can't change nodeset for strict mode for running domain")


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
