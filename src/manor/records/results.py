# SPDX-License-Identifier: Apache-2.0
"""What operations answer with: one NamedTuple per result and statistics record."""

from typing import NamedTuple

from manor.records.params import TypedParam
from manor.records.references import DomainRef


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
