# SPDX-License-Identifier: Apache-2.0
"""The procedures whose wire structure is another than their operation's in a way the general rules do not cover.

One class of calls each; `ADAPTERS` finds them. What takes a client several calls is in manor.wire.exchanges, which
encodes and decodes the structures of such procedures itself.
"""

from __future__ import annotations

from manor import records
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.wire.calls import STRING_OKAY, TYPED_PARAM_STRING, Call, check_maximum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from manor.records import TypedParam, VcpuPlacement

    Arguments = tuple[Any, ...]
    Reply = tuple[bytes, Sequence[int]]

_error = reporter(ErrorDomain.RPC)

_VCPUS_MAX = "VCPUINFO_MAX"
_MAPS_MAX = "CPUMAPS_MAX"


def _sized(cpumap: bytes, size: int) -> bytes:
    """A CPU map of exactly `size` bytes."""
    return cpumap[:size].ljust(size, b"\0")


class _CpuMaps(Call):
    """A call that answers CPU maps of a size the caller chooses."""

    __slots__ = ()

    def _check_maps(self, count_name: str, count: int, size: int) -> None:
        limit = self.procedure.program.limit
        if count > limit(_VCPUS_MAX):
            raise _error(ErrorNumber.INTERNAL_ERROR, f"{count_name} > REMOTE_{_VCPUS_MAX}")
        if count * size > limit(_MAPS_MAX):
            raise _error(ErrorNumber.INTERNAL_ERROR, f"maxinfo * maplen > REMOTE_{_MAPS_MAX}")


class _Vcpus(_CpuMaps):
    """domain_get_vcpus: two arrays for one list."""

    __slots__ = ()

    def decode_args(self, payload: bytes) -> tuple[Arguments, Arguments]:
        raw = self.procedure.args.decode(payload)
        self._check_maps("maxinfo", raw[1], raw[2])
        return raw[:1], raw

    def encode_ret(self, result: Sequence[VcpuPlacement], raw: Sequence[Any]) -> Reply:
        _, maxinfo, size = raw
        shown = result[: max(maxinfo, 0)]
        size = max(size, 0)
        maps = b"".join(_sized(vcpu.cpumap, size) for vcpu in shown).ljust(max(maxinfo, 0) * size, b"\0")
        return self.procedure.ret.encode(([vcpu[:4] for vcpu in shown], maps)), ()


class _VcpuPins(_CpuMaps):
    """domain_get_vcpu_pin_info: the maps in one piece."""

    __slots__ = ()

    def decode_args(self, payload: bytes) -> tuple[Arguments, Arguments]:
        raw = self.procedure.args.decode(payload)
        self._check_maps("ncpumaps", raw[1], raw[2])
        return (raw[0], raw[3]), raw

    def encode_ret(self, result: Sequence[bytes], raw: Sequence[Any]) -> Reply:
        count, size = max(raw[1], 0), max(raw[2], 0)
        shown = result[:count]
        maps = b"".join(_sized(cpumap, size) for cpumap in shown).ljust(count * size, b"\0")
        return self.procedure.ret.encode((maps, len(shown))), ()


class _EmulatorPin(_CpuMaps):
    """domain_get_emulator_pin_info: one map and a sign that there is one."""

    __slots__ = ()

    def decode_args(self, payload: bytes) -> tuple[Arguments, Arguments]:
        raw = self.procedure.args.decode(payload)
        if raw[1] > self.procedure.program.limit(_MAPS_MAX):
            raise _error(ErrorNumber.INTERNAL_ERROR, f"maplen > REMOTE_{_MAPS_MAX}")
        return (raw[0], raw[2]), raw

    def encode_ret(self, result: bytes, raw: Sequence[Any]) -> Reply:
        return self.procedure.ret.encode((_sized(result, max(raw[1], 0)), 1)), ()


class _NodeCpuMap(Call):
    """node_get_cpu_map: the caller says which parts it wants; the count comes last."""

    __slots__ = ()

    def encode_args(self, args: Sequence[Any], *, strings: bool = True) -> bytes:
        return self.procedure.args.encode((1, 1, *args))

    def decode_ret(self, payload: bytes, fds: Sequence[int] = ()) -> records.NodeCPUMap:
        cpumap, online, count = self.procedure.ret.decode(payload)
        return records.NodeCPUMap(count, cpumap, online)

    def decode_args(self, payload: bytes) -> tuple[Arguments, Arguments]:
        raw = self.procedure.args.decode(payload)
        return raw[2:], raw

    def encode_ret(self, result: records.NodeCPUMap, raw: Sequence[Any]) -> Reply:
        need_map, need_online, _ = raw
        cpumap = _sized(result.cpumap, (result.ncpus + 7) // 8) if need_map else b""
        return self.procedure.ret.encode((cpumap, result.online if need_online else 0, result.ncpus)), ()


class _CellsFreeMemory(Call):
    """node_get_cells_free_memory: the catalogue has the maximum as an argument too."""

    __slots__ = ()

    def decode_args(self, payload: bytes) -> tuple[Arguments, Arguments]:
        raw = self.procedure.args.decode(payload)
        check_maximum("maxcells", raw[1], self.procedure.ret.fields[0].limit, "REMOTE_NODE_MAX_CELLS")
        return raw, raw


class _FreePages(Call):
    """node_get_free_pages: so many numbers as there are sizes and cells together."""

    __slots__ = ()

    def decode_args(self, payload: bytes) -> tuple[Arguments, Arguments]:
        raw = self.procedure.args.decode(payload)
        if len(raw[0]) * raw[2] > (self.procedure.ret.fields[0].limit or 0):
            raise _error(ErrorNumber.INTERNAL_ERROR, "the result won't fit into REMOTE_NODE_MAX_CELLS")
        return raw, raw


class _WholeParams(Call):
    """node_get_sev_info and network_port_get_parameters: their callers get all, and leave the maximum unset."""

    __slots__ = ()

    def decode_args(self, payload: bytes) -> tuple[Arguments, Arguments]:
        # Whatever happens to be in the memory of libvirt's clients stands there.
        *objects, _, flags = self.procedure.args.decode(payload)
        limit = self.procedure.ret.fields[0].limit
        raw = (*objects, limit, flags)
        return (*objects, flags & ~STRING_OKAY if self.asks_for_strings else flags), raw


class _Peek(Call):
    """domain_block_peek and domain_memory_peek: no more may be asked for than one answer carries."""

    __slots__ = ()

    def decode_args(self, payload: bytes) -> tuple[Arguments, Arguments]:
        raw = self.procedure.args.decode(payload)
        if raw[-2] > self.procedure.ret.fields[0].limit:
            raise _error(ErrorNumber.INTERNAL_ERROR, "size > maximum buffer size")
        return raw, raw


class _CpuStats(Call):
    """domain_get_cpu_stats: one flat array for a list per CPU, and two ways to ask for counts.

    In the catalogue `start_cpu` -1 means the total over all CPUs, one list; `ncpus` 0 means all CPUs of the host.
    """

    __slots__ = ()

    def decode_args(self, payload: bytes) -> tuple[Arguments, Arguments]:
        raw = self.procedure.args.decode(payload)
        dom, nparams, start_cpu, ncpus, flags = raw
        check_maximum("nparams", nparams, self.procedure.program.limit("NODE_CPU_STATS_MAX"), "")
        if ncpus > _CPUS_PER_CALL:
            raise _error(ErrorNumber.INTERNAL_ERROR, "ncpus too large")
        return (dom, start_cpu, ncpus, flags & ~STRING_OKAY), raw

    def encode_ret(self, result: Sequence[Sequence[TypedParam]], raw: Sequence[Any]) -> Reply:
        _, nparams, _, ncpus, flags = raw
        rows = list(result)
        if not flags & STRING_OKAY:
            rows = [[param for param in row if param.type != TYPED_PARAM_STRING] for row in rows]
        if not nparams:
            count = len(rows[0]) if ncpus and rows else len(rows)
            return self.procedure.ret.encode(([], count)), ()
        rows = [row[:nparams] for row in rows[: ncpus or None]]
        params = [param for row in rows for param in row]
        return self.procedure.ret.encode((params, max(map(len, rows), default=0))), ()


_CPUS_PER_CALL = 128  # REMOTE_DOMAIN_GET_CPU_STATS_NCPUS_MAX, which limits an argument, not an array


class _BlockJobInfo(Call):
    """domain_get_block_job_info: whether there is a job stands beside its figures."""

    __slots__ = ()

    def decode_ret(self, payload: bytes, fds: Sequence[int] = ()) -> records.DomainBlockJobInfo | None:
        found, *figures = self.procedure.ret.decode(payload)
        return records.DomainBlockJobInfo(*figures) if found else None

    def encode_ret(self, result: records.DomainBlockJobInfo | None, raw: Sequence[Any]) -> Reply:
        return self.procedure.ret.encode((0, 0, 0, 0, 0) if result is None else (1, *result)), ()


class _SchedulerType(Call):
    """domain_get_scheduler_type: also answers how many parameters there are."""

    __slots__ = ()

    count_operation = "domain_get_scheduler_parameters"

    def decode_ret(self, payload: bytes, fds: Sequence[int] = ()) -> str:
        scheduler: str = self.procedure.ret.decode(payload)[0]
        return scheduler

    def encode_ret(self, result: tuple[str, int], raw: Sequence[Any]) -> Reply:
        return self.procedure.ret.encode(result), ()


class _LoggingSettings(Call):
    """The admin calls that answer a list of words as one text, and the number of words."""

    __slots__ = ()

    def decode_ret(self, payload: bytes, fds: Sequence[int] = ()) -> str | None:
        words: str | None = self.procedure.ret.decode(payload)[0]
        return words

    def encode_ret(self, result: str | None, raw: Sequence[Any]) -> Reply:
        return self.procedure.ret.encode((result, len((result or "").split()))), ()


class _MonitorFiles(Call):
    """domain_monitor_command_with_files: descriptors in both directions, and in the midst of the arguments."""

    __slots__ = ()

    def split(self, arguments: Sequence[Any]) -> tuple[Sequence[Any], Any, Sequence[int]]:
        dom, cmd, files, flags = arguments
        return (dom, cmd, flags), None, files

    def join(self, args: Sequence[Any], stream: Any, fds: Sequence[int]) -> Arguments:
        dom, cmd, flags = args
        return dom, cmd, fds, flags

    def decode_ret(self, payload: bytes, fds: Sequence[int] = ()) -> tuple[str, list[int]]:
        return self.procedure.ret.decode(payload)[0], list(fds)

    def encode_ret(self, result: tuple[str, list[int]], raw: Sequence[Any]) -> Reply:
        return self.procedure.ret.encode(result[:1]), result[1]


class _Namespaces(Call):
    """domain_open_namespace: as many descriptors as the domain has namespaces."""

    __slots__ = ()

    def decode_ret(self, payload: bytes, fds: Sequence[int] = ()) -> list[int]:
        return list(fds)

    def encode_ret(self, result: Sequence[int], raw: Sequence[Any]) -> Reply:
        return b"", result


ADAPTERS: dict[str, type[Call]] = {
    "connect_get_logging_filters": _LoggingSettings,
    "connect_get_logging_outputs": _LoggingSettings,
    "domain_block_peek": _Peek,
    "domain_get_block_job_info": _BlockJobInfo,
    "domain_get_cpu_stats": _CpuStats,
    "domain_get_emulator_pin_info": _EmulatorPin,
    "domain_get_scheduler_type": _SchedulerType,
    "domain_get_vcpu_pin_info": _VcpuPins,
    "domain_get_vcpus": _Vcpus,
    "domain_memory_peek": _Peek,
    "domain_monitor_command_with_files": _MonitorFiles,
    "domain_open_namespace": _Namespaces,
    "node_get_cells_free_memory": _CellsFreeMemory,
    "node_get_free_pages": _FreePages,
    "network_port_get_parameters": _WholeParams,
    "node_get_cpu_map": _NodeCpuMap,
    "node_get_sev_info": _WholeParams,
}
