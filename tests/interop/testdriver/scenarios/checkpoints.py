# SPDX-License-Identifier: Apache-2.0
"""Checkpoints."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios.domain_lifecycle import domain_xml

DISKS = (
    "<devices><disk type='file'><driver name='qemu' type='qcow2'/><source file='/a'/><target dev='vda'/></disk>"
    "<disk type='file'><driver name='qemu' type='qcow2'/><source file='/b'/><target dev='vdb'/></disk></devices>"
)


def checkpoint(name: str, more: str = "") -> str:
    """A small checkpoint document."""
    return f"<domaincheckpoint><name>{name}</name>{more}</domaincheckpoint>"


def tree(r: Recorder) -> None:
    """Creation, listing, deletion."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.defineXML(domain_xml(more=DISKS))
    d.checkpointCreateXML(checkpoint("off"), 0)
    d.create()
    r.listing(d.listAllCheckpoints)
    d.checkpointLookupByName("a")
    a = d.checkpointCreateXML(checkpoint("a", "<description>first</description>"), 0)
    a.getXMLDesc(0)
    a.getXMLDesc(1)
    a.getXMLDesc(2)
    a.getXMLDesc(4)
    a.getXMLDesc(8)
    a.getParent()
    b = d.checkpointCreateXML(checkpoint("b", "<disks><disk name='vda' checkpoint='bitmap' bitmap='x'/></disks>"), 0)
    b.getXMLDesc(2)
    b.getParent()
    d.checkpointCreateXML(checkpoint("c"), 0)
    d.checkpointCreateXML(checkpoint("a"), 0)
    for flags in range(8):
        r.listing(d.listAllCheckpoints, 1 << flags)
        r.listing(a.listAllChildren, 1 << flags)
    r.listing(a.listAllChildren, 0)
    d.snapshotCreateXML("<domainsnapshot><name>s</name></domainsnapshot>", 0)
    for flags in (1, 2, 3, 4, 0):
        b.delete(flags)
        r.listing(d.listAllCheckpoints)
    a.delete(2)
    a.delete(1)
    r.listing(d.listAllCheckpoints)
    d.destroy()
    d.undefine()
    d.undefineFlags(16)


def documents(r: Recorder) -> None:
    """What is refused."""
    c = r.open("test:///default")
    d = c.createXML(domain_xml(more=DISKS), 0)
    for xml in (
        "",
        "<bogus/>",
        "<domaincheckpoint/>",
        checkpoint(""),
        checkpoint("a/b"),
        checkpoint(".x"),
        checkpoint("d1", "<disks><disk name='vdz'/></disks>"),
        checkpoint("d2", "<disks><disk/></disks>"),
        checkpoint("d3", "<disks><disk name='vda' checkpoint='no'/></disks>"),
        checkpoint("d4", "<disks><disk name='vda' checkpoint='no'/><disk name='vdb' checkpoint='no'/></disks>"),
        checkpoint("d5", "<disks><disk name='vda' checkpoint='bogus'/></disks>"),
        checkpoint("d6", "<disks><disk name='vda'/><disk name='vda'/></disks>"),
        checkpoint("d7", "<disks><disk name='vda' checkpoint='no' bitmap='x'/></disks>"),
        checkpoint("d8", "<disks><disk name='/a'/></disks>"),
        checkpoint("d9", "<disks><disk name='vda' size='5'/></disks>"),
        checkpoint("p", "<parent><name>zzz</name></parent>"),
        checkpoint("t", "<creationTime>5</creationTime>"),
    ):
        for flags in (0, 1, 2, 3, 4, 5):
            d.checkpointCreateXML(xml, flags).getXMLDesc(2)
    r.listing(d.listAllCheckpoints)
    t = c.lookupByName("test")
    t.checkpointCreateXML(checkpoint("x"), 0)
    t.backupBegin("<domainbackup/>", None, 0)
    t.backupGetXMLDesc(0)
