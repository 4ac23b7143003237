# SPDX-License-Identifier: Apache-2.0
"""Exchanges of several calls, written once as generators for every shell.

A step is a `Request` that the generator yields; the shell sends it and resumes the generator with the payload of the
good reply, or throws the peer's ManorError into it. `EXCHANGES` holds the operations that take a client several calls,
where libvirt's own clients count first and fetch then.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar

from manor import records
from manor.errors import ErrorNumber, ManorError
from manor.records import DomainRef, TypedParam
from manor.wire.calls import STRING_OKAY, call
from manor.wire.programs import Procedure, operation

T = TypeVar("T")


class Request(NamedTuple):
    """A call to be made."""

    procedure: Procedure
    payload: bytes


Steps = Generator[Request, bytes, T]


def ask(name: str, *values: Any) -> Steps[tuple[Any, ...]]:
    """One call by its name: the arguments and the answer as they are on the wire."""
    procedure = operation(name)
    assert procedure is not None, name  # noqa: S101 - names in this package are those of the tables
    payload = yield Request(procedure, procedure.args.encode(values))
    return procedure.ret.decode(payload)


def operate(name: str, *args: Any) -> Steps[Any]:
    """One call by its name: the arguments and the result as in the catalogue."""
    chosen = call(name)
    payload = yield Request(chosen.procedure, chosen.encode_args(args))
    return chosen.decode_ret(payload)


def host_cpus() -> Steps[int]:
    """How many CPUs the host can have, which gives the size of CPU maps."""
    try:
        present = yield from operate("node_get_cpu_map", 0)
        return int(present.ncpus)
    except ManorError as error:
        if error.code != ErrorNumber.NO_SUPPORT:
            raise
    info = yield from operate("node_get_info")
    return int(info.nodes * info.sockets * info.cores * info.threads)


def _map_size() -> Steps[int]:
    return ((yield from host_cpus()) + 7) // 8


def _slices(maps: bytes, size: int, count: int) -> list[bytes]:
    return [maps[at * size : (at + 1) * size] for at in range(count)]


def domain_get_vcpus(dom: DomainRef) -> Steps[list[records.VcpuPlacement]]:
    """virDomainGetVcpus, for as many vCPUs as the domain has now."""
    size = yield from _map_size()
    count = (yield from operate("domain_get_info", dom)).nr_virt_cpu
    infos, maps = yield from ask("domain_get_vcpus", dom, count, size)
    return [
        records.VcpuPlacement._make((*info, cpumap))
        for info, cpumap in zip(infos, _slices(maps, size, len(infos)), strict=True)
    ]


def domain_get_vcpu_pin_info(dom: DomainRef, flags: int) -> Steps[list[bytes]]:
    """virDomainGetVcpuPinInfo, for as many vCPUs as the domain has now."""
    size = yield from _map_size()
    count = (yield from operate("domain_get_info", dom)).nr_virt_cpu
    maps, found = yield from ask("domain_get_vcpu_pin_info", dom, count, size, flags)
    return _slices(maps, size, found)


def domain_get_emulator_pin_info(dom: DomainRef, flags: int) -> Steps[bytes]:
    """virDomainGetEmulatorPinInfo."""
    size = yield from _map_size()
    cpumap, _ = yield from ask("domain_get_emulator_pin_info", dom, size, flags)
    return bytes(cpumap)


_CPUS_PER_CALL = 128
_PARAMS_PER_CALL = 2048


def domain_get_cpu_stats(dom: DomainRef, start_cpu: int, ncpus: int, flags: int) -> Steps[list[list[TypedParam]]]:
    """virDomainGetCPUStats; `start_cpu` -1 is the total, `ncpus` 0 all CPUs from `start_cpu` on."""

    def stats(nparams: int, start: int, count: int) -> Steps[tuple[Any, ...]]:
        return ask("domain_get_cpu_stats", dom, nparams, start, count, flags | STRING_OKAY)

    if start_cpu >= 0 and not ncpus:
        _, total = yield from stats(0, 0, 0)
        ncpus = max(total - start_cpu, 0)
    _, nparams = yield from stats(0, min(start_cpu, 0), 1)
    rows: list[list[TypedParam]] = []
    per_call = min(_CPUS_PER_CALL, _PARAMS_PER_CALL // nparams) if nparams else ncpus
    for first in range(0, ncpus, max(per_call, 1)):
        count = min(per_call, ncpus - first)
        params: list[TypedParam] = []
        width = 0
        if nparams:
            params, width = yield from stats(nparams, start_cpu + first if start_cpu >= 0 else start_cpu, count)
        # What a server leaves out at the end are CPUs it has no figures of.
        rows += [params[at * width : (at + 1) * width] for at in range(count)]
    return rows


def _counted(name: str, count_at: int, *values: Any) -> Steps[list[Any]]:
    """Ask how many there are, then for exactly so many: hosts refuse any other number."""
    _, count = yield from ask(name, *values[:count_at], 0, *values[count_at:])
    items, _ = yield from ask(name, *values[:count_at], count, *values[count_at:])
    return list(items)


def node_get_cpu_stats(cpu_num: int, flags: int) -> Steps[list[Any]]:
    """virNodeGetCPUStats."""
    return _counted("node_get_cpu_stats", 1, cpu_num, flags)


def node_get_memory_stats(cell_num: int, flags: int) -> Steps[list[Any]]:
    """virNodeGetMemoryStats."""
    return _counted("node_get_memory_stats", 0, cell_num, flags)


EXCHANGES: dict[str, Callable[..., Steps[Any]]] = {
    "domain_get_cpu_stats": domain_get_cpu_stats,
    "domain_get_emulator_pin_info": domain_get_emulator_pin_info,
    "domain_get_vcpu_pin_info": domain_get_vcpu_pin_info,
    "domain_get_vcpus": domain_get_vcpus,
    "node_get_cpu_stats": node_get_cpu_stats,
    "node_get_memory_stats": node_get_memory_stats,
}
"""Operations that take a client several calls; each generator has the operation's arguments and result."""
