# SPDX-License-Identifier: Apache-2.0
"""The typed values that operations take and return.

One NamedTuple per object reference, result and statistics record, with the fields in the order of libvirt's wire
structures, so that the wire codec can build and read them by position. Events live in `manor.records.events`.
Nothing here has behaviour; the only helpers are those that build lists of typed parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class DomainRef(NamedTuple):
    """A domain; uuid is 16 raw bytes, id is -1 while it is not running."""

    name: str
    uuid: bytes
    id: int


class NetworkRef(NamedTuple):
    """A virtual network."""

    name: str
    uuid: bytes


class NetworkPortRef(NamedTuple):
    """A port of a virtual network."""

    net: NetworkRef
    uuid: bytes


class NwfilterRef(NamedTuple):
    """A network filter."""

    name: str
    uuid: bytes


class NwfilterBindingRef(NamedTuple):
    """The binding of a network filter to a port device."""

    portdev: str
    filtername: str


class InterfaceRef(NamedTuple):
    """A host network interface."""

    name: str
    mac: str


class StoragePoolRef(NamedTuple):
    """A storage pool."""

    name: str
    uuid: bytes


class StorageVolRef(NamedTuple):
    """A volume: its pool's name, its own name, and its unique key."""

    pool: str
    name: str
    key: str


class NodeDeviceRef(NamedTuple):
    """A host device."""

    name: str


class SecretRef(NamedTuple):
    """A secret; usage_type is a virSecretUsageType."""

    uuid: bytes
    usage_type: int
    usage_id: str


class DomainCheckpointRef(NamedTuple):
    """A checkpoint of a domain."""

    name: str
    dom: DomainRef


class DomainSnapshotRef(NamedTuple):
    """A snapshot of a domain."""

    name: str
    dom: DomainRef


ParamValue = int | float | bool | str


class TypedParam(NamedTuple):
    """One typed parameter; type is a virTypedParameterType (INT 1 to STRING 7)."""

    field: str
    type: int
    value: ParamValue


class VcpuInfo(NamedTuple):
    """cpu_time in ns; cpu is the host CPU, negative where unknown."""

    number: int
    state: int
    cpu_time: int
    cpu: int


class NodeCPUStat(NamedTuple):
    """Wire structure remote_node_get_cpu_stats."""

    field: str
    value: int


class NodeMemoryStat(NamedTuple):
    """Wire structure remote_node_get_memory_stats."""

    field: str
    value: int


class DomainDiskError(NamedTuple):
    """Wire structure remote_domain_disk_error."""

    disk: str
    error: int


class DomainMemoryStat(NamedTuple):
    """tag is a virDomainMemoryStatTags; val mostly in KiB."""

    tag: int
    val: int


class DomainIOThreadInfo(NamedTuple):
    """Wire structure remote_domain_iothread_info."""

    iothread_id: int
    cpumap: bytes


class NetworkDHCPLease(NamedTuple):
    """Wire structure remote_network_dhcp_lease."""

    iface: str
    expirytime: int
    type: int
    mac: str | None
    iaid: str | None
    ipaddr: str
    prefix: int
    hostname: str | None
    clientid: str | None


class DomainStatsRecord(NamedTuple):
    """Wire structure remote_domain_stats_record."""

    dom: DomainRef
    params: list[TypedParam]


class DomainFSInfo(NamedTuple):
    """Wire structure remote_domain_fsinfo."""

    mountpoint: str
    name: str
    fstype: str
    dev_aliases: list[str]


class DomainIPAddress(NamedTuple):
    """Wire structure remote_domain_ip_addr."""

    type: int
    addr: str
    prefix: int


class DomainInterface(NamedTuple):
    """Wire structure remote_domain_interface."""

    name: str
    hwaddr: str | None
    addrs: list[DomainIPAddress]


class VcpuPlacement(NamedTuple):
    """One vCPU of virDomainGetVcpus: cpu_time in ns, cpumap its affinity (bit n of byte n // 8 is host CPU n)."""

    number: int
    state: int
    cpu_time: int
    cpu: int
    cpumap: bytes


class NodeCPUMap(NamedTuple):
    """virNodeGetCPUMap: CPUs present, bitmap of those online, count of those online."""

    ncpus: int
    cpumap: bytes
    online: int


class DomainBlockJobInfo(NamedTuple):
    """virDomainGetBlockJobInfo: bandwidth in MiB/s unless bytes were asked for; cur and end are progress marks."""

    type: int
    bandwidth: int
    cur: int
    end: int


class NodeInfo(NamedTuple):
    """virNodeGetInfo: memory in KiB, mhz of the CPUs."""

    model: str
    memory: int
    cpus: int
    mhz: int
    nodes: int
    sockets: int
    cores: int
    threads: int


class DomainInfo(NamedTuple):
    """virDomainGetInfo: max_mem and memory in KiB, cpu_time in ns."""

    state: int
    max_mem: int
    memory: int
    nr_virt_cpu: int
    cpu_time: int


class MigratePrepareResult(NamedTuple):
    """virDomainMigratePrepare: the values it returns together."""

    cookie: bytes
    uri_out: str | None


class DomainBlockStats(NamedTuple):
    """virDomainBlockStats: the values it returns together."""

    rd_req: int
    rd_bytes: int
    wr_req: int
    wr_bytes: int
    errs: int


class DomainInterfaceStats(NamedTuple):
    """virDomainInterfaceStats: the values it returns together."""

    rx_bytes: int
    rx_packets: int
    rx_errs: int
    rx_drop: int
    tx_bytes: int
    tx_packets: int
    tx_errs: int
    tx_drop: int


class StoragePoolInfo(NamedTuple):
    """virStoragePoolGetInfo: Sizes in bytes."""

    state: int
    capacity: int
    allocation: int
    available: int


class StorageVolInfo(NamedTuple):
    """virStorageVolGetInfo: Sizes in bytes."""

    type: int
    capacity: int
    allocation: int


class MigratePrepare2Result(NamedTuple):
    """virDomainMigratePrepare2: the values it returns together."""

    cookie: bytes
    uri_out: str | None


class SecurityLabel(NamedTuple):
    """virDomainGetSecurityLabel: the values it returns together."""

    label: str
    enforcing: int


class NodeSecurityModel(NamedTuple):
    """virNodeGetSecurityModel: the values it returns together."""

    model: str
    doi: str


class DomainJobInfo(NamedTuple):
    """virDomainGetJobInfo: Times in ms, data in bytes."""

    type: int
    time_elapsed: int
    time_remaining: int
    data_total: int
    data_processed: int
    data_remaining: int
    mem_total: int
    mem_processed: int
    mem_remaining: int
    file_total: int
    file_processed: int
    file_remaining: int


class DomainBlockInfo(NamedTuple):
    """virDomainGetBlockInfo: Sizes in bytes."""

    allocation: int
    capacity: int
    physical: int


class DomainState(NamedTuple):
    """virDomainGetState: the values it returns together."""

    state: int
    reason: int


class MigrateBegin3Result(NamedTuple):
    """virDomainMigrateBegin3: the values it returns together."""

    cookie_out: bytes
    xml: str


class MigratePrepare3Result(NamedTuple):
    """virDomainMigratePrepare3: the values it returns together."""

    cookie_out: bytes
    uri_out: str | None


class MigrateFinish3Result(NamedTuple):
    """virDomainMigrateFinish3: the values it returns together."""

    dom: DomainRef
    cookie_out: bytes


class DomainControlInfo(NamedTuple):
    """virDomainGetControlInfo: the values it returns together."""

    state: int
    details: int
    state_time: int


class DomainJobStats(NamedTuple):
    """virDomainGetJobStats: the values it returns together."""

    type: int
    params: list[TypedParam]


class DomainTime(NamedTuple):
    """virDomainGetTime: Seconds and nanoseconds since the epoch."""

    seconds: int
    nseconds: int


class AdminServerRef(NamedTuple):
    """A server of a daemon, as the admin interface names it."""

    name: str


class AdminClientRef(NamedTuple):
    """A client of a server; timestamp is seconds since the epoch, transport a virClientTransport."""

    srv: AdminServerRef
    id: int
    timestamp: int
    transport: int


_INT, _UINT, _LLONG, _ULLONG, _DOUBLE, _BOOLEAN, _STRING = range(1, 8)


def int_param(field: str, value: int) -> TypedParam:
    """A signed 32-bit parameter."""
    return TypedParam(field, _INT, value)


def uint_param(field: str, value: int) -> TypedParam:
    """An unsigned 32-bit parameter."""
    return TypedParam(field, _UINT, value)


def llong_param(field: str, value: int) -> TypedParam:
    """A signed 64-bit parameter."""
    return TypedParam(field, _LLONG, value)


def ullong_param(field: str, value: int) -> TypedParam:
    """An unsigned 64-bit parameter."""
    return TypedParam(field, _ULLONG, value)


def double_param(field: str, value: float) -> TypedParam:
    """A floating-point parameter."""
    return TypedParam(field, _DOUBLE, value)


def bool_param(field: str, value: bool) -> TypedParam:
    """A boolean parameter."""
    return TypedParam(field, _BOOLEAN, value)


def string_param(field: str, value: str) -> TypedParam:
    """A string parameter."""
    return TypedParam(field, _STRING, value)


def params_dict(params: Iterable[TypedParam]) -> dict[str, ParamValue]:
    """Typed parameters as a mapping of field to value; of a field given several times the last one stays."""
    return {param.field: param.value for param in params}


def merge_params(*parts: Mapping[str, TypedParam] | Iterable[TypedParam]) -> list[TypedParam]:
    """Several groups of typed parameters as one list, in order."""
    merged: list[TypedParam] = []
    for part in parts:
        merged.extend(part.values() if isinstance(part, Mapping) else part)
    return merged
