# SPDX-License-Identifier: Apache-2.0
"""CPUs of a guest and how the host shares out CPU and disk time: vcpu, iothreads, cputune, blkiotune, perf."""

from __future__ import annotations

from typing import Literal

from manor.schema.core import Bitmap, Element, attr, child, codec, many, one, text, unsupported, xml_error

PerfEventName = Literal[
    "cmt",
    "mbmt",
    "mbml",
    "cpu_cycles",
    "instructions",
    "cache_references",
    "cache_misses",
    "branch_instructions",
    "branch_misses",
    "bus_cycles",
    "stalled_cycles_frontend",
    "stalled_cycles_backend",
    "ref_cpu_cycles",
    "cpu_clock",
    "task_clock",
    "page_faults",
    "context_switches",
    "cpu_migrations",
    "page_faults_min",
    "page_faults_maj",
    "alignment_faults",
    "emulation_faults",
]


class Vcpu(Element, tag="vcpu"):
    """How many CPUs a guest can have (`value`), has at start (`current`), and where they run."""

    placement: Literal["static", "auto"] | None = attr()
    cpuset: Bitmap | None = attr()
    current: int | None = attr()
    value: int | None = text(error=xml_error("maximum vcpus count must be an integer"))


class VcpuState(Element, tag="vcpu"):
    """One CPU: whether it is there, can be taken away, and when it is added."""

    id: int | None = attr()
    enabled: bool | None = attr()
    hotpluggable: bool | None = attr()
    order: int | None = attr()


class ThreadPool(Element):
    """Bounds of the worker threads of an event loop."""

    thread_pool_min: int | None = attr(codec=codec.index, order=5, since=(8, 5))
    thread_pool_max: int | None = attr(codec=codec.index, order=5, since=(8, 5))


class IoThread(ThreadPool, tag="iothread"):
    """One I/O thread."""

    id: int | None = attr()


class DefaultIoThread(ThreadPool, tag="defaultiothread"):
    """The main loop."""


class VcpuPin(Element, tag="vcpupin"):
    """The host CPUs one guest CPU runs on."""

    vcpu: int | None = attr()
    cpuset: Bitmap | None = attr()


class EmulatorPin(Element, tag="emulatorpin"):
    """The host CPUs for everything but guest CPUs."""

    cpuset: Bitmap | None = attr()


class IoThreadPin(Element, tag="iothreadpin"):
    """The host CPUs of one I/O thread."""

    iothread: int | None = attr()
    cpuset: Bitmap | None = attr()


class Scheduling(Element):
    """A scheduler class of Linux and its priority."""

    scheduler: Literal["batch", "idle", "fifo", "rr"] | None = attr(order=5)
    priority: int | None = attr(codec=codec.signed, order=5)


class VcpuScheduler(Scheduling, tag="vcpusched"):
    """Scheduling of some guest CPUs."""

    vcpus: Bitmap | None = attr()


class IoThreadScheduler(Scheduling, tag="iothreadsched"):
    """Scheduling of some I/O threads."""

    iothreads: Bitmap | None = attr()


class EmulatorScheduler(Scheduling, tag="emulatorsched"):
    """Scheduling of the emulator's own threads."""


class Cache(Element, tag="cache"):
    """A part of a host cache reserved for some CPUs; `size` in bytes."""

    id: int | None = attr()
    level: int | None = attr()
    type: Literal["both", "code", "data"] | None = attr()
    size: int | None = attr(unit="bytes", pretty=True, required=True)


class CacheMonitor(Element, tag="monitor"):
    """CPUs whose cache use is measured."""

    level: int | None = attr()
    vcpus: Bitmap | None = attr(error=xml_error("Invalid monitor attribute 'vcpus' value '{value}'"))


class CacheTune(Element, tag="cachetune"):
    """Allocation of host caches."""

    vcpus: Bitmap | None = attr(error=xml_error("Invalid cachetune attribute 'vcpus' value '{value}'"))
    id: str | None = attr(live_only=True)
    caches: list[Cache] = many()
    monitors: list[CacheMonitor] = many()


class MemoryNodeBandwidth(Element, tag="node"):
    """A share of a node's memory bandwidth, in percent."""

    id: int | None = attr()
    bandwidth: int | None = attr()


class MemoryMonitor(Element, tag="monitor"):
    """CPUs whose memory bandwidth is measured."""

    vcpus: Bitmap | None = attr(error=xml_error("Invalid monitor attribute 'vcpus' value '{value}'"))


class MemoryBandwidthTune(Element, tag="memorytune"):
    """Allocation of memory bandwidth."""

    vcpus: Bitmap | None = attr(error=xml_error("Invalid memorytune attribute 'vcpus' value '{value}'"))
    id: str | None = attr(live_only=True)
    nodes: list[MemoryNodeBandwidth] = many()
    monitors: list[MemoryMonitor] = many()


class CpuTune(Element, tag="cputune"):
    """CPU shares, quotas (microseconds per period), pinning and scheduling."""

    shares: int | None = child(codec=codec.unsigned_long, error=xml_error("can't parse cputune shares value"))
    period: int | None = child(codec=codec.unsigned_long, error=xml_error("can't parse cputune period value"))
    quota: int | None = child(codec=codec.signed_long, error=xml_error("can't parse cputune quota value"))
    global_period: int | None = child(
        codec=codec.unsigned_long, error=xml_error("can't parse cputune global period value")
    )
    global_quota: int | None = child(codec=codec.signed_long, error=xml_error("can't parse cputune global quota value"))
    emulator_period: int | None = child(
        codec=codec.unsigned_long, error=xml_error("can't parse cputune emulator period value")
    )
    emulator_quota: int | None = child(
        codec=codec.signed_long, error=xml_error("can't parse cputune emulator quota value")
    )
    iothread_period: int | None = child(
        codec=codec.unsigned_long, error=xml_error("can't parse cputune iothread period value")
    )
    iothread_quota: int | None = child(
        codec=codec.signed_long, error=xml_error("can't parse cputune iothread quota value")
    )
    vcpupins: list[VcpuPin] = many()
    emulatorpin: EmulatorPin | None = one(duplicate=xml_error("only one emulatorpin is supported"))
    iothreadpins: list[IoThreadPin] = many()
    emulatorsched: EmulatorScheduler | None = one()
    vcpuscheds: list[VcpuScheduler] = many()
    iothreadscheds: list[IoThreadScheduler] = many()
    cachetunes: list[CacheTune] = many()
    memorytunes: list[MemoryBandwidthTune] = many()


class BlockDeviceTune(Element, tag="device"):
    """Weight and limits for one host block device."""

    path: str | None = child()
    weight: int | None = child(error=unsupported("could not parse weight {value}"))
    read_iops_sec: int | None = child(error=unsupported("could not parse read iops sec {value}"))
    write_iops_sec: int | None = child(error=unsupported("could not parse write iops sec {value}"))
    read_bytes_sec: int | None = child(
        codec=codec.unsigned_long, error=unsupported("could not parse read bytes sec {value}")
    )
    write_bytes_sec: int | None = child(
        codec=codec.unsigned_long, error=unsupported("could not parse write bytes sec {value}")
    )


class BlkioTune(Element, tag="blkiotune"):
    """Shares of the host's disk time."""

    weight: int | None = child(lenient=True)
    devices: list[BlockDeviceTune] = many()


class Fibrechannel(Element, tag="fibrechannel"):
    """The application identifier storage traffic is tagged with."""

    appid: str | None = attr(since=(7, 7))


class Resource(Element, tag="resource"):
    """Where in the host's control groups the guest is."""

    partition: str | None = child()
    fibrechannel: Fibrechannel | None = one()


class PerfEvent(Element, tag="event"):
    """A hardware event counter."""

    name: PerfEventName | None = attr()
    enabled: bool | None = attr()


class Perf(Element, tag="perf"):
    """Hardware event counters of the guest."""

    events: list[PerfEvent] = many()
