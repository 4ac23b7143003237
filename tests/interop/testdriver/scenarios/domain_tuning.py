# SPDX-License-Identifier: Apache-2.0
"""vCPUs, memory and the parameters around them."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios.domain_lifecycle import domain_xml

DISK = "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>"
NIC = (
    "<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><target dev='tap0'/></interface>"
)
FULL = (
    "<currentMemory>32768</currentMemory><vcpu current='2' cpuset='0-3'>4</vcpu>"
    "<memtune><hard_limit>131072</hard_limit><soft_limit>100000</soft_limit></memtune>"
    "<blkiotune><weight>500</weight></blkiotune>"
    "<cputune><shares>1024</shares><period>100000</period><quota>-1</quota>"
    "<vcpupin vcpu='1' cpuset='2'/><emulatorpin cpuset='1-2'/><iothreadpin iothread='1' cpuset='3'/></cputune>"
    "<iothreads>2</iothreads>"
    f"<devices>{DISK}{NIC}</devices>"
)


def vcpus(r: Recorder) -> None:
    """How many vCPUs."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.defineXML(domain_xml(more=FULL))
    for flags in (0, 1, 2, 3, 4, 5, 6, 7, 8, 16):
        d.vcpusFlags(flags)
    d.vcpus()
    d.maxVcpus()
    for number, flags in (
        (3, 0),
        (3, 2),
        (5, 2),
        (6, 6),
        (40, 6),
        (2, 6),
        (0, 2),
        (3, 1),
        (1, 3),
        (3, 8),
        (3, 10),
        (3, 16),
        (3, 64),
    ):
        d.setVcpusFlags(number, flags)
        d.vcpusFlags(2)
        d.vcpusFlags(6)
    d.setVcpus(2)
    d.create()
    for flags in (0, 1, 2, 3, 4, 5, 6, 7, 8, 16):
        d.vcpusFlags(flags)
    d.vcpus()
    d.maxVcpus()
    d.setVcpus(1)
    d.vcpus()
    d.setVcpus(2)
    d.setVcpus(9)
    d.setVcpus(0)
    for number, flags in ((1, 0), (2, 1), (1, 2), (2, 3), (3, 5), (3, 6), (3, 7), (3, 8)):
        d.setVcpusFlags(number, flags)
        d.vcpusFlags(1)
        d.vcpusFlags(2)
    d.info()
    d.XMLDesc(0)
    d.XMLDesc(2)
    d.setVcpu("1", 1, 0)


def pinning(r: Recorder) -> None:
    """Where vCPUs, the emulator and I/O threads run."""
    c = r.open("test:///default")
    d = c.defineXML(domain_xml(more=FULL))
    yes = (True, False, True)
    none = (False, False)
    for flags in (0, 1, 2, 3, 4):
        d.vcpuPinInfo(flags)
        d.emulatorPinInfo(flags)
        d.ioThreadInfo(flags)
        d.pinVcpuFlags(0, yes, flags)
        d.pinVcpuFlags(9, yes, flags)
        d.pinEmulator(yes, flags)
        d.pinIOThread(1, yes, flags)
        d.pinIOThread(9, yes, flags)
        d.pinVcpuFlags(0, none, flags)
    d.pinVcpu(0, yes)
    d.XMLDesc(0)
    d.create()
    d.vcpus()
    for flags in (0, 1, 2, 3, 4):
        d.vcpuPinInfo(flags)
        d.emulatorPinInfo(flags)
        d.ioThreadInfo(flags)
        d.pinVcpuFlags(1, yes, flags)
        d.pinVcpuFlags(9, yes, flags)
        d.pinEmulator(yes, flags)
        d.pinIOThread(1, yes, flags)
        d.pinIOThread(9, yes, flags)
        d.pinVcpuFlags(1, none, flags)
        d.pinEmulator(none, flags)
    d.vcpus()
    d.pinVcpu(0, yes)
    d.pinVcpu(1, (True,) * 20)
    d.vcpus()
    d.vcpuPinInfo()
    d.XMLDesc(0)
    t = c.lookupByName("test")
    t.vcpuPinInfo()
    t.emulatorPinInfo()
    t.vcpus()
    t.ioThreadInfo()


def iothreads(r: Recorder) -> None:
    """I/O threads come and go."""
    c = r.open("test:///default")
    d = c.defineXML(domain_xml(more=FULL))
    d.addIOThread(3, 0)
    d.addIOThread(3, 0)
    d.addIOThread(0, 0)
    d.addIOThread(5, 1)
    d.addIOThread(5, 2)
    d.addIOThread(6, 4)
    d.delIOThread(3, 0)
    d.delIOThread(3, 0)
    d.delIOThread(0, 0)
    d.delIOThread(5, 4)
    d.setIOThreadParams(1, {"poll_max_ns": 10}, 0)
    d.XMLDesc(0)
    d.create()
    d.addIOThread(7, 0)
    d.addIOThread(7, 1)
    d.addIOThread(8, 2)
    d.addIOThread(9, 3)
    d.delIOThread(7, 1)
    d.delIOThread(8, 2)
    d.delIOThread(9, 3)
    d.delIOThread(77, 0)
    d.ioThreadInfo()
    for params in (
        {"poll_max_ns": 10},
        {"poll_grow": 4, "poll_shrink": 2},
        {"poll_max_ns": 2**40},
        {"poll_grow": 2**40},
        {"thread_pool_min": 2},
        {"bogus": 1},
        {},
    ):
        for flags in (0, 1, 2, 4):
            d.setIOThreadParams(1, params, flags)
    d.setIOThreadParams(9, {"poll_max_ns": 1}, 0)
    d.setIOThreadParams(0, {"poll_max_ns": 1}, 0)
    d.XMLDesc(0)


def memory(r: Recorder) -> None:
    """How much memory."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.defineXML(domain_xml(more=FULL))
    d.maxMemory()
    for amount, flags in (
        (40000, 0), (40000, 1), (40000, 2), (40000, 4), (90000, 2), (90000, 4), (90000, 6), (90000, 5), (0, 2),
        (10, 6), (40000, 8), (40000, 64), (2**60, 6),
    ):  # fmt: skip
        d.setMemoryFlags(amount, flags)
        d.info()
    d.setMaxMemory(100000)
    d.setMemory(50000)
    d.info()
    d.create()
    d.setMaxMemory(200000)
    d.setMemory(60000)
    d.setMemory(160000)
    d.setMemory(0)
    for amount, flags in ((40000, 0), (40001, 1), (40002, 2), (300000, 4), (300000, 6), (300000, 5), (40003, 3)):
        d.setMemoryFlags(amount, flags)
        d.info()
    d.XMLDesc(0)
    d.XMLDesc(2)
    d.setMemoryStatsPeriod(5, 0)
    d.setMemoryStatsPeriod(-1, 0)
    d.setMemoryStatsPeriod(5, 2)
    d.setMemoryStatsPeriod(7, 1)
    d.setMemoryStatsPeriod(7, 4)
    t = c.lookupByName("test")
    t.setMemoryStatsPeriod(5, 0)
    t.setMemoryStatsPeriod(6, 2)
    t.setMemoryStatsPeriod(-3, 2)
    t.XMLDesc(0)
    t.XMLDesc(2)
    t.setMemory(1000000)
    t.info()


PARAMETERS = {
    "memoryParameters": (
        "setMemoryParameters",
        [{"hard_limit": 200000}, {"soft_limit": 7, "min_guarantee": 8}, {"swap_hard_limit": 300000},
         {"swap_hard_limit": 3}, {"hard_limit": 2**60}, {"hard_limit": "x"}, {"bogus": 1}, {}],
    ),
    "blkioParameters": (
        "setBlkioParameters",
        [{"weight": 600}, {"weight": 5}, {"weight": 5000}, {"device_weight": "/dev/sda,300"}, {"device_weight": "x"},
         {"device_read_iops_sec": "/dev/sda,20"}, {"device_write_iops_sec": "/dev/sda,30,/dev/sdb,40"},
         {"device_read_bytes_sec": "/dev/sda,50"}, {"device_write_bytes_sec": "/dev/sda,60"},
         {"device_weight": "/dev/sda,0"}, {"device_weight": ""}, {"bogus": 1}, {}],
    ),
    "numaParameters": (
        "setNumaParameters",
        [{"numa_nodeset": "0"}, {"numa_mode": 0}, {"numa_mode": 1}, {"numa_mode": 9}, {"numa_nodeset": "5-x"},
         {"numa_nodeset": ""}, {"numa_mode": 2, "numa_nodeset": "0-1"}, {"bogus": 1}, {}],
    ),
}  # fmt: skip


def parameters(r: Recorder) -> None:
    """Memory, block I/O and NUMA parameters."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.defineXML(domain_xml(more=FULL))
    for turn in range(2):
        for getter, (setter, values) in PARAMETERS.items():
            for flags in (0, 1, 2, 3, 4):
                getattr(d, getter)(flags)
            for params in values:
                for flags in (0, 1, 2):
                    getattr(d, setter)(params, flags)
                getattr(d, getter)(2)
            getattr(d, setter)(values[0], 3)
            getattr(d, setter)(values[0], 4)
            getattr(d, getter)(0)
        d.XMLDesc(0)
        if not turn:
            d.create()
    d.XMLDesc(2)
    t = c.lookupByName("test")
    t.memoryParameters()
    t.blkioParameters()
    t.numaParameters()


def scheduler(r: Recorder) -> None:
    """Scheduler parameters."""
    c = r.open("test:///default")
    d = c.defineXML(domain_xml(more=FULL))
    for turn in range(2):
        d.schedulerType()
        d.schedulerParameters()
        for flags in (0, 1, 2, 3, 4):
            d.schedulerParametersFlags(flags)
        for params in ({"weight": 60}, {"cpu_shares": 5}, {"weight": -1}, {}, {"weight": "x"}):
            d.setSchedulerParameters(params)
            for flags in (0, 1, 2, 3, 4):
                d.setSchedulerParametersFlags(params, flags)
        d.schedulerParameters()
        if not turn:
            d.create()


def block_io_tune(r: Recorder) -> None:
    """Limits of disks."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.defineXML(domain_xml(more=FULL))
    for turn in range(2):
        for flags in (0, 1, 2, 3, 4):
            d.blockIoTune("vda", flags)
            d.blockIoTune("/a", flags)
            d.blockIoTune("vdz", flags)
            d.blockIoTune(None, flags)
        for params in (
            {"total_bytes_sec": 1000},
            {"total_bytes_sec": 1000, "read_bytes_sec": 5},
            {"read_bytes_sec": 5, "write_bytes_sec": 6},
            {"total_iops_sec": 10, "read_iops_sec": 5},
            {"total_bytes_sec": 0},
            {"total_bytes_sec_max": 5, "read_bytes_sec_max": 6},
            {"total_iops_sec_max": 5, "write_iops_sec_max": 6},
            {"total_bytes_sec_max": 5000},
            {"total_bytes_sec": 6000, "total_bytes_sec_max": 5000},
            {"total_bytes_sec_max_length": 5},
            {"size_iops_sec": 64},
            {"group_name": "limits"},
            {"total_iops_sec": 2**62},
            {"read_iops_sec": 10, "read_iops_sec_max": 20, "read_iops_sec_max_length": 3},
            {"bogus": 1},
            {"total_bytes_sec": "x"},
            {},
        ):
            for flags in (0, 1, 2):
                d.setBlockIoTune("vda", params, flags)
            d.blockIoTune("vda", 2)
        d.setBlockIoTune("vdz", {"total_bytes_sec": 1000}, 0)
        d.setBlockIoTune("vda", {"total_bytes_sec": 1000}, 4)
        d.blockIoTune("vda", 0)
        d.XMLDesc(0)
        if not turn:
            d.create()
    d.XMLDesc(2)


def interface_parameters(r: Recorder) -> None:
    """Bandwidth of network interfaces."""
    c = r.open("test:///default")
    d = c.defineXML(domain_xml(more=FULL))
    for turn in range(2):
        for device in ("tap0", "52:54:00:00:00:01", "none", ""):
            for flags in (0, 1, 2, 3, 4):
                d.interfaceParameters(device, flags)
        for params in (
            {"inbound.average": 100, "inbound.peak": 200, "inbound.burst": 300},
            {"outbound.average": 100},
            {"inbound.floor": 50},
            {"inbound.peak": 300},
            {"inbound.average": 0},
            {"outbound.peak": 7},
            {"bogus": 1},
            {},
        ):
            for flags in (0, 1, 2):
                d.setInterfaceParameters("tap0", params, flags)
            d.interfaceParameters("tap0", 2)
        d.setInterfaceParameters("none", {"outbound.average": 100}, 0)
        d.setInterfaceParameters("52:54:00:00:00:01", {"outbound.average": 9}, 3)
        d.setInterfaceParameters("tap0", {"outbound.average": 9}, 4)
        d.interfaceParameters("tap0", 0)
        d.XMLDesc(0)
        if not turn:
            d.create()
    d.XMLDesc(2)


def perf(r: Recorder) -> None:
    """Perf events."""
    c = r.open("test:///default")
    d = c.defineXML(domain_xml())
    for turn in range(2):
        for flags in (0, 1, 2, 3, 4):
            d.perfEvents(flags)
            d.setPerfEvents({"cpu_cycles": True}, flags)
            d.setPerfEvents({"cmt": True, "mbmt": False}, flags)
            d.setPerfEvents({"bogus": True}, flags)
            d.setPerfEvents({"cmt": 5}, flags)
        d.perfEvents()
        d.XMLDesc(0)
        if not turn:
            d.create()
