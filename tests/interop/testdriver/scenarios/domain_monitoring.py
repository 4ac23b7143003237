# SPDX-License-Identifier: Apache-2.0
"""Figures of domains."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios.domain_lifecycle import OTHER_UUID, domain_xml
from tests.interop.testdriver.scenarios.domain_tuning import FULL


def figures(r: Recorder) -> None:
    """CPU, memory, block and interface figures."""
    c = r.open("test:///default")
    d = c.lookupByName("test")
    for turn in range(2):
        d.memoryStats()
        for args in ((True, 0), (False, 0), (True, 1)):
            d.getCPUStats(*args)
        for path in ("vda", "/guest/diskimage1", "vdz", ""):
            d.blockInfo(path, 0)
            d.blockInfo(path, 1)
            d.blockStats(path)
            d.blockStatsFlags(path, 0)
        for device in ("testnet0", "aa:bb:cc:dd:ee:ff", "none", ""):
            d.interfaceStats(device)
        d.diskErrors(0)
        d.diskErrors(1)
        d.memoryPeek(0, 16, 1)
        d.memoryPeek(5, 10, 2)
        d.memoryPeek(0, 16, 0)
        d.memoryPeek(0, 16, 4)
        d.memoryPeek(0, 16, 3)
        d.blockPeek("vda", 0, 16, 0)
        d.messages(0)
        d.messages(1)
        d.messages(2)
        d.securityLabel()
        d.securityLabelList()
        d.launchSecurityInfo()
        if not turn:
            d.destroy()


def stats(r: Recorder) -> None:
    """Bulk statistics."""
    c = r.open("test:///default")
    t = c.lookupByName("test")
    d = c.defineXML(domain_xml(more=FULL))
    e = c.createXML(domain_xml("two", OTHER_UUID), 0)
    for stats in (0, 1, 2, 4, 8, 16, 32, 1 << 20, 1 | 2):
        for flags in (0, 1, 2, 4, 8, 1 << 31):
            r.listing(c.getAllDomainStats, stats, flags)
    for flags in (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 1 << 16):
        r.listing(c.getAllDomainStats, 1, flags)
    c.domainListGetStats([t, d, e], 1, 0)
    c.domainListGetStats([e, t], 0, 0)
    c.domainListGetStats([d], 1, 1)
    c.domainListGetStats([], 1, 0)


def peeks_of_vcpus(r: Recorder) -> None:
    """Per-CPU figures in parts."""
    c = r.open("test:///default")
    d = c.defineXML(domain_xml(more=FULL))
    d.getCPUStats(True)
    d.create()
    d.getCPUStats(True)
    d.getCPUStats(False)
    d.memoryStats()
    d.interfaceStats("tap0")
    d.blockInfo("vda")


def devices_of_many_kinds(r: Recorder) -> None:
    """What is made up from the devices and the CPUs of a guest."""
    c = r.open("test:///default")
    disks = "".join(f"<disk type='file'><source file='/{x}'/><target dev='vd{x}'/></disk>" for x in "abcde")
    cdrom = "<disk type='file' device='cdrom'><target dev='hda'/></disk>"
    inputs = "<input type='mouse' bus='ps2'/><input type='keyboard' bus='ps2'/><input type='tablet' bus='usb'/>"
    for vcpus in ("<vcpu>4</vcpu>", "<vcpu current='2'>4</vcpu>", "<vcpu>20</vcpu>", "<vcpu cpuset='1-2'>1</vcpu>"):
        for devices in (disks + cdrom + inputs, cdrom + inputs, inputs):
            d = c.createXML(
                domain_xml(more=f"{vcpus}<iothreads>2</iothreads><devices>{devices}</devices>"),
                0,
            )
            d.diskErrors()
            d.fsInfo()
            d.getCPUStats(False)
            d.getCPUStats(True)
            d.ioThreadInfo()
            d.emulatorPinInfo()
            d.vcpuPinInfo()
            d.XMLDesc(8)
            s = d.snapshotCreateXML("<domainsnapshot><name>s</name></domainsnapshot>", 0)
            s.getXMLDesc(0)
            s.delete(0)
            k = d.checkpointCreateXML("<domaincheckpoint><name>k</name></domaincheckpoint>", 0)
            k.getXMLDesc(0)
            d.destroy()


def names_of_disks(r: Recorder) -> None:
    """Disks by target and by path; a path that two disks have is good for some questions only."""
    c = r.open("test:///default")
    disks = "".join(
        f"<disk type='file'><source file='{path}'/><target dev='{target}'/></disk>"
        for path, target in (("/a", "vda"), ("/a", "vdb"), ("/c", "vdc"), ("beside", "vdd"))
    )
    network = (
        "<disk type='network'><source protocol='nbd' name='/n'><host name='h'/></source><target dev='vde'/></disk>"
    )
    d = c.createXML(domain_xml(more=f"<devices>{disks}{network}</devices>"), 0)
    for name in ("vda", "/a", "/c", "beside", "/n", "vdz"):
        d.blockInfo(name)
        d.blockIoTune(name)
        for kind in ("snapshot", "checkpoint"):
            make = getattr(d, f"{kind}CreateXML")
            make(
                f"<domain{kind}><name>{name[-1]}</name><disks><disk name='{name}' {kind}='no'/></disks></domain{kind}>"
            )
    twice = "<disks><disk name='vdc' checkpoint='no'/><disk name='/c' checkpoint='no'/></disks>"
    d.checkpointCreateXML(f"<domaincheckpoint><name>t</name>{twice}</domaincheckpoint>")
