# SPDX-License-Identifier: Apache-2.0
"""Single threads of guests: I/O threads and chosen vCPUs; and what is counted and labelled of the whole."""

from __future__ import annotations

from typing import Any, Final

from manor.constants import ErrorNumber
from manor.drivers.qemu import controls, definitions, groups, vcpus
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.impact import AFFECT_MASK, one_document, resolve
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.errors import ManorError
from manor.records import DomainRef, ParamValue, TypedParam, bool_param, string_param
from manor.records.checks import BOOLEAN, INT, UINT, ULLONG, checked
from manor.records.events import DomainTunableEvent
from manor.schema.core import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.tuning import CpuTune, IoThread, IoThreadPin, Perf, PerfEvent, PerfEventName, Vcpu, VcpuState

_EVENTS: Final[tuple[str, ...]] = PerfEventName.__args__  # type: ignore[attr-defined]

_IOTHREAD_PARAMS: Final = {
    "poll_max_ns": ULLONG,
    "poll_grow": UINT,
    "poll_shrink": UINT,
    "thread_pool_min": INT,
    "thread_pool_max": INT,
}


class ThreadOps(QemuDomainOps):
    """virDomainAddIOThread and its relatives, virDomainSetVcpu, virDomainSetPerfEvents, security labels."""

    async def domain_add_iothread(self, dom: DomainRef, iothread_id: int, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainAddIOThread")
        if not iothread_id:
            raise error(ErrorNumber.INVALID_ARG, "invalid value of 0 for iothread_id")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_add_iothread"):
            impact = resolve(guest, flags)
            changed = _with_iothread(impact.config, iothread_id) if impact.config is not None else None
            if impact.live is not None:
                document = _with_iothread(impact.live.document, iothread_id)
                arguments = {"qom-type": "iothread", "id": f"iothread{iothread_id}"}
                before = impact.live.document.copy()
                await impact.live.monitor.execute("object-add", arguments)
                _keep_iothreads(impact.live, document)
                try:
                    await groups.follow(impact.live)
                except ManorError:
                    _keep_iothreads(impact.live, before)
                    await impact.live.monitor.execute("object-del", {"id": arguments["id"]})
                    raise
                self.core.save_status(guest)
            await self._store_changed(guest, changed, "domain_add_iothread")

    async def domain_del_iothread(self, dom: DomainRef, iothread_id: int, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainDelIOThread")
        if not iothread_id:
            raise error(ErrorNumber.INVALID_ARG, "invalid value of 0 for iothread_id")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_del_iothread"):
            impact = resolve(guest, flags)
            changed = _without_iothread(impact.config, iothread_id) if impact.config is not None else None
            if impact.live is not None:
                document = _without_iothread(impact.live.document, iothread_id)
                await impact.live.monitor.execute("object-del", {"id": f"iothread{iothread_id}"})
                _keep_iothreads(impact.live, document)
                await groups.follow(impact.live)
                self.core.save_status(guest)
            await self._store_changed(guest, changed, "domain_del_iothread")

    async def domain_pin_iothread(self, dom: DomainRef, iothreads_id: int, cpumap: bytes, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainPinIOThread")
        guest = self.guest(dom)
        cpus = vcpus.cpu_set(cpumap)
        pin = IoThreadPin(iothread=iothreads_id, cpuset=cpus)
        async with guest.jobs.change(Job.MODIFY, "domain_pin_iothread"):
            impact = resolve(guest, flags)
            changed = None
            if impact.config is not None:
                _iothread(impact.config, iothreads_id, "iothreadid {} not found")
                changed = impact.config.evolve(cputune=_pinned(impact.config.cputune, pin))
            if impact.live is not None:
                _iothread(impact.live.document, iothreads_id, "iothread {} not found")
                for thread in await impact.live.monitor.execute("query-iothreads"):
                    if thread["id"] == f"iothread{iothreads_id}":
                        await controls.pin(impact.live, thread["id"], thread["thread-id"], cpus)
                impact.live.document.cputune = _pinned(impact.live.document.cputune, pin)
                self.core.save_status(guest)
                told = string_param(f"cputune.iothreadpin{iothreads_id}", str(cpus))
                self.core.publish(DomainTunableEvent(guest.ref, [told]))
            await self._store_changed(guest, changed, "domain_pin_iothread")

    async def domain_set_iothread_params(
        self, dom: DomainRef, iothread_id: int, params: list[TypedParam], flags: int
    ) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetIOThreadParams")
        if not iothread_id:
            raise error(ErrorNumber.INVALID_ARG, "invalid value of 0 for iothread_id")
        given = checked(params, _IOTHREAD_PARAMS)
        polling = {name: value for name, value in given.items() if name.startswith("poll_")}
        pool = {name: value for name, value in given.items() if not name.startswith("poll_")}
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_iothread_params"):
            impact = resolve(guest, flags)
            changed = None
            if impact.config is not None:
                if polling:
                    raise error(
                        ErrorNumber.OPERATION_UNSUPPORTED, "configuring persistent polling values is not supported"
                    )
                changed = impact.config.copy()
                _set_pool(_iothread(changed, iothread_id, "cannot find IOThread '{}' in iothreadids"), pool)
            if impact.live is not None:
                thread = _iothread(impact.live.document, iothread_id, "cannot find IOThread '{}' in iothreadids")
                for name, value in given.items():
                    place = {"path": f"/objects/iothread{iothread_id}", "property": name.replace("_", "-")}
                    await impact.live.monitor.execute("qom-set", {**place, "value": value})
                _set_pool(thread, pool)
                self.core.save_status(guest)
            await self._store_changed(guest, changed, "domain_set_iothread_params")

    async def domain_set_vcpu(self, dom: DomainRef, cpumap: str, state: int, flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetVcpu")
        if state not in (0, 1):
            raise error(ErrorNumber.INVALID_ARG, f"unsupported state value '{state}'")
        chosen = vcpus.numbers(cpumap)
        if not chosen:
            raise error(ErrorNumber.INVALID_ARG, "no vcpus selected for modification")
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_vcpu"):
            impact = resolve(guest, flags)
            changed = None
            if impact.config is not None:
                _check_present(impact.config, chosen, "persistent")
                changed = _with_vcpus(impact.config, chosen, enabled=bool(state))
            if impact.live is not None:
                _check_present(impact.live.document, chosen, "live")
                await self._plug_vcpus(guest, impact.live, chosen, enable=bool(state))
            await self._store_changed(guest, changed, "domain_set_vcpu")

    async def _plug_vcpus(self, guest: Guest, running: Running, chosen: Bitmap, *, enable: bool) -> None:
        for number in sorted(chosen):
            if (number in running.vcpu_pids) == enable:
                raise error(ErrorNumber.INVALID_ARG, f"vcpu '{number}' is already in requested state")
        if len(chosen) > 1:
            raise error(ErrorNumber.INVALID_ARG, "only one hotpluggable entity can be selected")
        number = min(chosen)
        await vcpus.switch(running, number, enable=enable)
        running.document = vcpus.with_count(running.document, len(running.vcpu_pids))
        self.core.save_status(guest)

    async def domain_get_perf_events(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, AFFECT_MASK | 4, "qemuDomainGetPerfEvents")
        document = one_document(self.guest(dom), flags & AFFECT_MASK)
        enabled = {event.name for event in (document.perf.events if document.perf is not None else []) if event.enabled}
        return [bool_param(name, name in enabled) for name in _EVENTS]

    async def domain_set_perf_events(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        self.check_flags(flags, AFFECT_MASK, "qemuDomainSetPerfEvents")
        given = checked(params, dict.fromkeys(_EVENTS, BOOLEAN))
        guest = self.guest(dom)
        async with guest.jobs.change(Job.MODIFY, "domain_set_perf_events"):
            impact = resolve(guest, flags)
            if impact.live is not None:
                # Counters of the host's hardware are not opened here; switching off what is off is no change.
                wanted = next((name for name, value in given.items() if value), None)
                if wanted is not None:
                    raise error(ErrorNumber.ARGUMENT_UNSUPPORTED, f"unable to enable host cpu perf event for {wanted}")
            changed = _with_events(impact.config, given) if impact.config is not None else None
            await self._store_changed(guest, changed, "domain_set_perf_events")

    async def _store_changed(self, guest: Guest, document: Domain | None, operation: str) -> None:
        if document is not None:
            await definitions.replace(self.core, guest, document, self.origin(operation))


def _iothread(document: Domain, number: int, text: str) -> IoThread:
    for thread in document.iothreadids:
        if thread.id == number:
            return thread
    raise error(ErrorNumber.INVALID_ARG, text.format(number))


def _with_iothread(document: Domain, number: int) -> Domain:
    if any(thread.id == number for thread in document.iothreadids):
        raise error(ErrorNumber.INVALID_ARG, f"an IOThread is already using iothread_id '{number}'")
    threads = [*document.iothreadids, IoThread(id=number)]
    return document.evolve(iothreads=len(threads), iothreadids=threads)


def _without_iothread(document: Domain, number: int) -> Domain:
    _iothread(document, number, "cannot find IOThread '{}' in iothreadids list")
    for disk in devices_of(document).disks:
        if disk.driver is not None and disk.driver.iothread == number and disk.target is not None:
            raise _in_use(f"cannot remove IOThread {number} since it is being used by disk '{disk.target.dev}'")
    for controller in devices_of(document).controllers:
        if controller.driver is not None and controller.driver.iothread == number:
            raise _in_use(f"cannot remove IOThread '{number}' since it is being used by controller")
    threads = [thread for thread in document.iothreadids if thread.id != number]
    changed = document.evolve(iothreads=len(threads) or None, iothreadids=threads)
    if changed.cputune is not None:
        changed.cputune.iothreadpins = [pin for pin in changed.cputune.iothreadpins if pin.iothread != number]
    return changed


def _in_use(text: str) -> ManorError:
    return error(ErrorNumber.INVALID_ARG, text)


def _keep_iothreads(running: Running, changed: Domain) -> None:
    """Take over what changed; the rest of the live document may have moved on meanwhile."""
    running.document.iothreads = changed.iothreads
    running.document.iothreadids = changed.iothreadids
    running.document.cputune = changed.cputune


def _pinned(known: CpuTune | None, pin: IoThreadPin) -> CpuTune:
    tune = known or CpuTune()
    pins = [*(item for item in tune.iothreadpins if item.iothread != pin.iothread), pin]
    return tune.evolve(iothreadpins=sorted(pins, key=lambda item: item.iothread or 0))


def _set_pool(thread: IoThread, pool: dict[str, Any]) -> None:
    for name, value in pool.items():
        setattr(thread, name, value if value >= 0 else None)


def _check_present(document: Domain, chosen: Bitmap, name: str) -> None:
    maximum = (document.vcpu.value if document.vcpu is not None else None) or 1
    last = max(chosen)
    if last >= maximum:
        raise error(ErrorNumber.INVALID_ARG, f"vcpu {last} is not present in {name} config")


def _with_vcpus(document: Domain, chosen: Bitmap, *, enabled: bool) -> Domain:
    """The definition with these vCPUs there, or not there, at start."""
    if 0 in chosen:
        raise error(ErrorNumber.INVALID_ARG, "vCPU '0' can't be modified")
    vcpu = document.vcpu or Vcpu(value=1)
    maximum = vcpu.value or 1
    current = vcpu.current or maximum
    states = {state.id: state for state in document.vcpus}
    rows = []
    for number in range(maximum):
        state = states.get(number)
        on = state.enabled if state is not None else number < current
        pluggable = (state.hotpluggable if state is not None else None) or (number > 0 and not on)
        if number in chosen:
            on, pluggable = enabled, True
        rows.append(VcpuState(id=number, enabled=on, hotpluggable=pluggable, order=None))
    count = sum(bool(row.enabled) for row in rows)
    return document.evolve(vcpu=vcpu.evolve(current=None if count == maximum else count), vcpus=rows)


def _with_events(document: Domain, given: dict[str, ParamValue]) -> Domain:
    known = {event.name: event.enabled for event in (document.perf.events if document.perf is not None else [])}
    states: dict[Any, Any] = {**known, **given}
    events = [PerfEvent(name=name, enabled=bool(states[name])) for name in _EVENTS if name in states]  # type: ignore[arg-type]
    return document.evolve(perf=Perf(events=events))
