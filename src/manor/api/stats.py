# SPDX-License-Identifier: Apache-2.0
"""Statistics as typed values instead of lists of named parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from manor.constants import DomainState
from manor.records import DomainStatsRecord, ParamValue, params_dict


@dataclass(frozen=True, slots=True)
class VcpuStats:
    """One vCPU: its state (virVcpuState), CPU time, and time spent waiting for a CPU, in ns."""

    number: int
    state: int
    time_ns: int
    delay_ns: int | None = None


@dataclass(frozen=True, slots=True)
class DiskStats:
    """One disk by its target: requests, bytes, times in ns, sizes in bytes; None where unknown."""

    name: str
    path: str | None = None
    read_requests: int | None = None
    read_bytes: int | None = None
    read_time_ns: int | None = None
    write_requests: int | None = None
    write_bytes: int | None = None
    write_time_ns: int | None = None
    flush_requests: int | None = None
    allocation: int | None = None
    capacity: int | None = None
    physical: int | None = None


@dataclass(frozen=True, slots=True)
class InterfaceStats:
    """One network card by its host interface; from the guest's point of view."""

    name: str
    rx_bytes: int
    rx_packets: int
    rx_errors: int
    rx_dropped: int
    tx_bytes: int
    tx_packets: int
    tx_errors: int
    tx_dropped: int


@dataclass(frozen=True, slots=True)
class DomainStats:
    """A domain's figures at one time. `raw` holds every parameter by libvirt's name, also those without a field here.

    Memory is in KiB, CPU times in ns since the start; what was not asked for or is not known is None or empty.
    """

    name: str
    uuid: bytes
    state: DomainState | None
    reason: int | None
    cpu_time_ns: int | None
    cpu_user_ns: int | None
    cpu_system_ns: int | None
    memory_current_kib: int | None
    memory_maximum_kib: int | None
    memory_resident_kib: int | None
    vcpus: tuple[VcpuStats, ...] = ()
    disks: tuple[DiskStats, ...] = ()
    interfaces: tuple[InterfaceStats, ...] = ()
    raw: Mapping[str, ParamValue] = field(default_factory=dict)

    @classmethod
    def from_record(cls, record: DomainStatsRecord) -> DomainStats:
        """Sort out the parameters of one record of virConnectGetAllDomainStats."""
        raw = params_dict(record.params)
        state = _number(raw, "state.state")
        return cls(
            name=record.dom.name,
            uuid=record.dom.uuid,
            state=None if state is None else DomainState(state),
            reason=_number(raw, "state.reason"),
            cpu_time_ns=_number(raw, "cpu.time"),
            cpu_user_ns=_number(raw, "cpu.user"),
            cpu_system_ns=_number(raw, "cpu.system"),
            memory_current_kib=_number(raw, "balloon.current"),
            memory_maximum_kib=_number(raw, "balloon.maximum"),
            memory_resident_kib=_number(raw, "balloon.rss"),
            vcpus=tuple(_vcpus(raw)),
            disks=tuple(_disks(raw)),
            interfaces=tuple(_interfaces(raw)),
            raw=raw,
        )


def _number(raw: Mapping[str, ParamValue], name: str) -> int | None:
    value = raw.get(name)
    return None if value is None else int(value)


def _vcpus(raw: Mapping[str, ParamValue]) -> Iterable[VcpuStats]:
    for number in range(_number(raw, "vcpu.maximum") or 0):
        state = _number(raw, f"vcpu.{number}.state")
        if state is not None:
            time = _number(raw, f"vcpu.{number}.time") or 0
            yield VcpuStats(number, state, time, _number(raw, f"vcpu.{number}.delay"))


_DISK_FIELDS = {
    "read_requests": "rd.reqs",
    "read_bytes": "rd.bytes",
    "read_time_ns": "rd.times",
    "write_requests": "wr.reqs",
    "write_bytes": "wr.bytes",
    "write_time_ns": "wr.times",
    "flush_requests": "fl.reqs",
    "allocation": "allocation",
    "capacity": "capacity",
    "physical": "physical",
}


def _disks(raw: Mapping[str, ParamValue]) -> Iterable[DiskStats]:
    for number in range(_number(raw, "block.count") or 0):
        prefix = f"block.{number}"
        path = raw.get(f"{prefix}.path")
        figures = {name: _number(raw, f"{prefix}.{key}") for name, key in _DISK_FIELDS.items()}
        yield DiskStats(str(raw.get(f"{prefix}.name", "")), None if path is None else str(path), **figures)


_TRAFFIC = ("bytes", "pkts", "errs", "drop")


def _interfaces(raw: Mapping[str, ParamValue]) -> Iterable[InterfaceStats]:
    for number in range(_number(raw, "net.count") or 0):
        prefix = f"net.{number}"
        name = raw.get(f"{prefix}.name")
        if name is None:
            continue
        figures = [_number(raw, f"{prefix}.{way}.{part}") or 0 for way in ("rx", "tx") for part in _TRAFFIC]
        yield InterfaceStats(str(name), *figures)
